"""Host groups: feeds that share a registrable domain or an address share its limits.

A group's row holds when it was last asked, and until when it is to be left in peace; how many
requests are under way is counted from the leases, so that a worker's death frees them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.domains import host_of
from pipeline.records import HostGroup
from store import clock

LIMIT_SECONDS = 900.0  # how long a server that wants fewer questions, and no more, is left alone
SPREAD_SECONDS = 120.0  # its feeds come back over so long a time
SOFT_WINDOW = 900.0  # seconds within which refusals of several feeds count as one


class Standing(NamedTuple):
    """A feed's place among the groups."""

    id: int
    host: str
    address: str | None
    moved_to: str | None = None  # where a permanent redirect sends each poll of it

    @property
    def keys(self) -> set[str]:
        """The groups a poll of it concerns; none for a feed of our own house."""
        keys = {key for key in (self.host, self.address) if key}
        return keys | ({host_of(self.moved_to)} - {""}) if keys and self.moved_to else keys


@dataclass(frozen=True, slots=True)
class Limits:
    """The house's own limits, for groups that have none of their own."""

    gap_seconds: float
    most_at_once: int


_ROWS = """
    SELECT key, last_start, not_before, coalesce(gap_seconds, :gap), coalesce(most_at_once, :most)
    FROM host_groups WHERE key = ANY(:keys)
"""
_SEEN = text(_ROWS)
# Always in the order of their letters' codes, as Python sorts: no two ever wait in a circle.
_LOCKED = text(_ROWS + ' ORDER BY key COLLATE "C" FOR UPDATE')
# Those that are there are locked in passing, in that order, too.
_MADE = text("""
    INSERT INTO host_groups (key) SELECT unnest(CAST(:keys AS text[]))
    ON CONFLICT (key) DO UPDATE SET key = excluded.key
""")
_UNDER_WAY = text("""
    SELECT id, host, address FROM feeds
    WHERE lease_until > now() AND (host = ANY(:keys) OR address = ANY(:keys))
    UNION ALL
    SELECT f.id, f.host, f.address FROM backfills AS b JOIN feeds AS f ON f.id = b.feed_id
    WHERE b.work_state = 'ready' AND b.lease_until > now()
        AND (f.host = ANY(:keys) OR f.address = ANY(:keys))
    UNION ALL
    SELECT id, host, NULL FROM article_pages
    WHERE state = 'wanted' AND lease_until IS NOT NULL AND lease_until > now()
        AND host = ANY(:keys)
""")  # who goes after what a feed's window lost, or asks for a story's page, asks the same server
_RUNG_FOR = text("""
    SELECT id, host, address FROM feeds
    WHERE announced_until > now() AND (host = ANY(:keys) OR address = ANY(:keys))
""")
_STARTED = text("UPDATE host_groups SET last_start = clock_timestamp() WHERE key = ANY(:keys)")
_PUT_OFF = text("""
    INSERT INTO host_groups (key, not_before, reason)
    SELECT key, now() + make_interval(secs => :seconds), :reason
    FROM unnest(CAST(:keys AS text[])) AS key
    ON CONFLICT (key) DO UPDATE SET
        not_before = greatest(host_groups.not_before, excluded.not_before),
        reason = excluded.reason
""")
# Rows that somebody holds just now are left out: their turn is decided by the group's row.
_FEEDS_PUT_OFF = text("""
    UPDATE feeds SET
        due_at = now() + make_interval(secs => :seconds + random() * :spread),
        next_why = :reason
    WHERE id IN (
        SELECT id FROM feeds
        WHERE (host = ANY(:keys) OR address = ANY(:keys))
            AND work_state = 'ready' AND lease_token IS NULL
            AND due_at < now() + make_interval(secs => :seconds)
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
""")
_WAITS = text(
    "SELECT key, not_before FROM host_groups WHERE key = ANY(:keys) AND not_before > now()"
)
_MEMBERS = text("""
    SELECT key, count(f.id), count(f.id) FILTER (
        WHERE f.refused_at > now() - make_interval(secs => :window)
    )
    FROM unnest(CAST(:keys AS text[])) AS key
    JOIN feeds AS f ON (f.host = key OR f.address = key) AND NOT f.is_paused
    GROUP BY key
""")


def look(session: Session, feeds: Iterable[Standing], limits: Limits) -> dict[str, HostGroup]:
    """The groups of these feeds as they stand, for ringing: what was rung for counts as begun."""
    keys = _keys(feeds)
    groups = _groups(session.execute(_SEEN, _asked(keys, limits)), keys, limits)
    now = clock.real_now(session)
    _count(groups, session.execute(_UNDER_WAY, {"keys": keys}))
    _count(groups, session.execute(_RUNG_FOR, {"keys": keys}), last_start=now)
    return groups


def lock(session: Session, feeds: Iterable[Standing], limits: Limits) -> dict[str, HostGroup]:
    """The groups of these feeds as they stand, locked until the transaction ends.

    How many requests are under way is told by the feeds' leases.
    """
    keys = _keys(feeds)
    if len(session.execute(_SEEN, _asked(keys, limits)).all()) < len(keys):
        session.execute(_MADE, {"keys": keys})
    rows = session.execute(_LOCKED, _asked(keys, limits)).all()
    groups = _groups(rows, keys, limits)
    _count(groups, session.execute(_UNDER_WAY, {"keys": keys}))
    return groups


def start(session: Session, keys: Iterable[str]) -> None:
    """A request to each of these groups starts now."""
    if started := sorted(keys):
        session.execute(_STARTED, {"keys": started})


def _keys(feeds: Iterable[Standing]) -> list[str]:
    return sorted({key for feed in feeds for key in feed.keys})


def _asked(keys: Sequence[str], limits: Limits) -> dict[str, object]:
    return {"keys": keys, "gap": limits.gap_seconds, "most": limits.most_at_once}


def _groups(rows: Iterable[Any], keys: Iterable[str], limits: Limits) -> dict[str, HostGroup]:
    unseen = HostGroup(gap_seconds=limits.gap_seconds, most_at_once=limits.most_at_once)
    return dict.fromkeys(keys, unseen) | {
        key: HostGroup(
            last_start=last_start, not_before=not_before, gap_seconds=gap, most_at_once=most
        )
        for key, last_start, not_before, gap, most in rows
    }


def _count(
    groups: dict[str, HostGroup], feeds: Iterable[Any], *, last_start: datetime | None = None
) -> None:
    """Count feeds as under way in their groups; `last_start`: as begun then."""
    for row in feeds:
        for key in Standing(*row).keys & groups.keys():
            group = groups[key]
            groups[key] = replace(
                group, in_flight=group.in_flight + 1, last_start=last_start or group.last_start
            )


def put_off(
    session: Session, keys: Iterable[str], *, seconds: float, spread: float, reason: str
) -> None:
    """Leave groups in peace for so long: a limit is the server's, not one feed's.

    Their feeds come back one after another when it is over, over `spread` seconds by chance.
    """
    put = {"keys": sorted(keys), "seconds": seconds, "reason": reason}
    session.execute(_PUT_OFF, put)
    session.execute(_FEEDS_PUT_OFF, put | {"spread": spread})


def leave_alone(session: Session, host: str, *, seconds: float | None, url: str, said: str) -> None:
    """Put off the group of a server that wants fewer questions, for so long as it says."""
    put_off(
        session,
        [host],
        seconds=seconds or LIMIT_SECONDS,
        spread=SPREAD_SECONDS,
        reason=why_alone(url, said),
    )


def why_alone(url: str, said: str) -> str:
    """Why a group is put off, in words for `feeds list`: what was asked for, and the answer."""
    return f"its server is left alone: {url} {said}"


def refused(session: Session, keys: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Of each group: how many of its feeds were refused a moment ago, and how many it has."""
    asked = {"keys": sorted(keys), "window": SOFT_WINDOW}
    return {key: (refused, feeds) for key, feeds, refused in session.execute(_MEMBERS, asked)}


def waits(session: Session, feeds: Iterable[Standing]) -> dict[str, datetime]:
    """Those groups of these feeds that are to be left in peace, and until when."""
    keys = _keys(feeds)
    return dict(session.execute(_WAITS, {"keys": keys}).all()) if keys else {}
