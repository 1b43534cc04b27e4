"""The two ends of a poll: feeds claimed with all it needs, and written down with all it means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.records import Audited, Feed, OutletKind, Verdict
from store import groups, work
from store.feeds import UNREADABLE
from store.models import FeedRow

# Under a backlog no more bells are sent than this: the rows wait as well without one.
MOST_RUNG = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class DueFeed:
    """A feed about to be polled, as its row has it. Spans are in seconds."""

    feed: Feed
    at: datetime  # real time: when it was claimed
    standing: groups.Standing
    interval_seconds: int
    hints: Mapping[str, Any] | None
    rhythm: Mapping[str, Any] | None
    window_seconds: float | None
    overlap: float | None
    was_read: bool  # some document of it once was
    last_new_at: datetime | None
    is_pushed: bool  # its hub tells us what is new
    is_audit: bool  # a plain request is wanted, to see whether its validators tell the truth
    audit_wait_seconds: float
    is_unreadable: bool  # its last answer was no feed
    moved_to: str | None
    moved_since: datetime | None
    moved_polls: int
    moved_shares: bool
    refused_move: str | None  # where somebody took it back from: it is not moved there again


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How one poll ended, ready to be written down."""

    due: DueFeed
    verdict: Verdict
    again_in: float  # seconds
    why: str  # it is polled again then
    address: str | None = None
    is_refused: bool = False  # 403 or 420: whether it is the server's limit, its siblings tell
    overlap: float | None = None  # None: not known from this poll
    shares: bool | None = None  # whether what came from where it moved to has items it had before
    audit: Audited | None = None  # what an audit leaves behind
    audit_outcome: str | None = None  # agrees, news, lie, mended, failed


_DUE = text(f"""
    SELECT id, host, address, moved_to FROM (
        SELECT id, host, address, moved_to, due_at,
            row_number() OVER (PARTITION BY host ORDER BY due_at, id) AS of_host,
            row_number() OVER (PARTITION BY address ORDER BY due_at, id) AS of_address
        FROM feeds
        WHERE work_state = 'ready' AND due_at <= now() AND url LIKE 'http%'
            AND (lease_until IS NULL OR lease_until <= now())
            AND (announced_until IS NULL OR announced_until <= now())
            -- Whoever waits for his server takes nobody's place among those that are rung for.
            AND NOT EXISTS (
                SELECT FROM host_groups WHERE key IN (host, address) AND not_before > now()
            )
    ) AS due
    WHERE (host = '' OR of_host <= :most) AND (address IS NULL OR of_address <= :most)
    ORDER BY due_at, id
    LIMIT {MOST_RUNG}
""")  # noqa: S608  # a number of ours
_OUT = text("SELECT count(*) FROM feeds WHERE announced_until > now() AND url LIKE 'http%'")
_MOST_AT_ONCE = text("SELECT max(most_at_once) FROM host_groups")
_RUNG_FOR = text("""
    UPDATE feeds SET announced_until = now() + make_interval(secs => :ring)
    WHERE id IN (
        SELECT id FROM feeds
        WHERE id = ANY(:ids) AND (announced_until IS NULL OR announced_until <= now())
        ORDER BY id FOR UPDATE SKIP LOCKED
    )
    RETURNING id
""")


def due(session: Session, limits: groups.Limits) -> list[groups.Standing]:
    """The http(s) feeds that are due and not rung for, the longest due first.

    Of each group at most as many as it may ever take at once: a large one hides no other.
    """
    most = max(limits.most_at_once, session.scalar(_MOST_AT_ONCE) or 0)
    return [groups.Standing._make(row) for row in session.execute(_DUE, {"most": most})]


def announce(session: Session, ids: Sequence[int], *, ring_seconds: float) -> list[int]:
    """Take note that these feeds are being rung for; gives those that nobody else is ringing for.

    None of them is announced again within `ring_seconds`, nor any while very many bells are out.
    """
    room = max(0, MOST_RUNG - (session.scalar(_OUT) or 0))
    asked = {"ids": list(ids[:room]), "ring": ring_seconds}
    rung_for = set(session.scalars(_RUNG_FOR, asked)) if asked["ids"] else set()
    return [feed_id for feed_id in ids if feed_id in rung_for]


_FREE = text("""
    SELECT id, host, address, moved_to FROM feeds
    WHERE id = ANY(:ids) AND work_state = 'ready' AND due_at <= now()
        AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY due_at, id
    FOR UPDATE SKIP LOCKED
""")
_CLAIMED = text("""
    UPDATE feeds AS f SET
        lease_token = :token,
        lease_until = now() + make_interval(secs => :lease),
        attempts = f.attempts + 1,
        announced_until = NULL
    FROM outlets AS o, feeds AS was
    WHERE f.id = ANY(:ids) AND o.id = f.outlet_id AND was.id = f.id
    RETURNING was.lease_token IS NOT NULL AS was_held,
        f.id, f.url, o.kind, f.etag, f.last_modified, f.validators_of, f.answer_hash,
        f.failures, f.user_agent, f.state, f.validators_lie, f.host, f.address, f.interval_seconds,
        f.hints, f.rhythm, f.window_seconds, f.last_success_at IS NOT NULL AS was_read,
        -- the first document of all shares nothing with any, and has lost nothing
        CASE WHEN f.overlap > 0 OR f.lost_suspected > 0 THEN f.overlap END AS overlap,
        -- of a replay it tells recorded time, beside which now is no measure
        CASE WHEN NOT EXISTS (SELECT FROM recorded_clock) THEN f.last_new_at END AS last_new_at,
        EXISTS (
            SELECT FROM subscriptions AS s
            WHERE s.feed_id = f.id AND s.state = 'active' AND s.last_push_at IS NOT NULL
                AND s.expires_at > now() AND s.missed_at IS NULL
        ) AS is_pushed,
        f.is_audit_due AND coalesce(f.audited_at + interval '12 hours' <= now(), true) AS is_audit,
        f.audit_wait_seconds,
        f.state = ANY(:unreadable) AS is_unreadable,
        f.moved_to, f.moved_since, f.moved_polls, f.moved_shares,
        f.refused_move, f.validators_lie,
        now() AS at
""")


def free(session: Session, feed_ids: Sequence[int]) -> list[groups.Standing]:
    """Those of the feeds that are due and nobody's, the longest due first, locked for `claim`."""
    found = session.execute(_FREE, {"ids": list(feed_ids)})
    return [groups.Standing._make(row) for row in found]


def claim(
    session: Session, ids: Sequence[int], *, lease_seconds: int
) -> tuple[work.Lease, list[DueFeed]]:
    """Lease feeds that `free` gave, with all that polling them needs.

    A feed is never given up: it has no number of attempts.
    """
    lease = work.Lease(FeedRow, work.new_token(), tuple(sorted(ids)))
    claimed = session.execute(
        _CLAIMED,
        {
            "ids": list(ids),
            "token": lease.token,
            "lease": lease_seconds,
            "unreadable": list(UNREADABLE),
        },
    ).all()
    work.note_expired(session, FeedRow, sum(row.was_held for row in claimed))
    return lease, [_due_feed(row) for row in claimed]


def _due_feed(row: Any) -> DueFeed:  # noqa: ANN401  # a row of _CLAIMED
    return DueFeed(
        feed=Feed(
            id=row.id,
            url=row.url,
            kind=cast("OutletKind", row.kind),  # the column holds these words only
            etag=row.etag,
            last_modified=row.last_modified,
            validators_of=row.validators_of,
            answer_hash=row.answer_hash,
            failures=row.failures,
            is_limited=row.state == "rate_limited",
            user_agent=row.user_agent,
            validators_lie=row.validators_lie,
        ),
        at=row.at,
        standing=groups.Standing(row.id, row.host, row.address, row.moved_to),
        interval_seconds=row.interval_seconds,
        hints=row.hints,
        rhythm=row.rhythm,
        window_seconds=row.window_seconds,
        overlap=row.overlap,
        was_read=row.was_read,
        last_new_at=row.last_new_at,
        is_pushed=row.is_pushed,
        is_audit=row.is_audit,
        audit_wait_seconds=row.audit_wait_seconds,
        is_unreadable=row.is_unreadable,
        moved_to=row.moved_to,
        moved_since=row.moved_since,
        moved_polls=row.moved_polls,
        moved_shares=row.moved_shares,
        refused_move=row.refused_move,
    )


# What a poll has to say, as columns of one statement for all of them: name and type of each.
_SAID = {
    "id": "bigint",
    "again_in": "float8",
    "why": "text",
    "state": "text",
    "reason": "text",
    "is_failure": "boolean",
    "is_same_body": "boolean",
    "etag": "text",
    "last_modified": "text",
    "validators_of": "text",
    "body_hash": "text",
    "fresh_for": "float8",
    "address": "text",
    "is_refused": "boolean",
    "overlap": "float8",
    "moved_to": "text",
    "shares": "boolean",
    "audit": "text",
    "lies": "boolean",
    "audit_wait": "float8",
}
# A 304 to validators that were dropped while we asked: it speaks of a body that was not read.
_OF_NOTHING = (
    "(p.body_hash IS NULL AND NOT p.is_failure AND f.etag IS NULL AND f.last_modified IS NULL)"
)
# The same unreadable bytes again are no good news: the feed stays in the state they put it in, and
# without validators. So any other 304 speaks of a body that was read, and is good news.
_STILL_UNREADABLE = f"((p.is_same_body OR {_OF_NOTHING}) AND f.state = ANY(:unreadable))"
_ALIKE = "(f.state = p.state OR (f.state IN :well AND p.state IN :well))".replace(
    ":well", "('ok', 'not_modified')"
)
_MOVED_AS_BEFORE = "p.is_failure OR p.moved_to = f.moved_to"


def _validator(name: str) -> str:
    return f"""{name} = CASE
        WHEN p.is_failure THEN f.{name}
        WHEN {_STILL_UNREADABLE} OR {_OF_NOTHING} THEN NULL ELSE p.{name} END"""


_NOTED = text(f"""
    WITH p AS (
        SELECT * FROM unnest({", ".join(f"CAST(:{n} AS {kind}[])" for n, kind in _SAID.items())})
            AS said({", ".join(_SAID)})
    ), ours AS (
        SELECT id FROM feeds
        WHERE id = ANY(:id) AND lease_token = :token AND lease_until > clock_timestamp()
        ORDER BY id FOR UPDATE
    )
    UPDATE feeds AS f SET
        lease_token = NULL,
        lease_until = NULL,
        attempts = 0,
        last_error = NULL,
        due_at = now() + make_interval(secs => p.again_in),
        next_why = p.why,
        last_attempt_at = now(),
        state = CASE WHEN {_STILL_UNREADABLE} THEN f.state ELSE p.state END,
        reason = CASE WHEN {_STILL_UNREADABLE} THEN f.reason ELSE p.reason END,
        state_since = CASE
            WHEN {_STILL_UNREADABLE} OR {_ALIKE} THEN f.state_since ELSE now() END,
        failures = CASE WHEN p.is_failure OR {_STILL_UNREADABLE} THEN f.failures + 1 ELSE 0 END,
        last_success_at = CASE
            WHEN p.is_failure OR {_STILL_UNREADABLE} THEN f.last_success_at ELSE now() END,
        {_validator("etag")},
        {_validator("last_modified")},
        {_validator("validators_of")},
        answer_hash = coalesce(p.body_hash, f.answer_hash),
        fresh_until = CASE
            WHEN p.is_failure THEN f.fresh_until
            ELSE now() + make_interval(secs => p.fresh_for) END,
        address = coalesce(p.address, f.address),
        refused_at = CASE
            WHEN p.is_refused THEN now() WHEN p.is_failure THEN f.refused_at END,
        overlap = coalesce(p.overlap, f.overlap),
        moved_to = CASE WHEN p.is_failure THEN f.moved_to ELSE p.moved_to END,
        moved_since = CASE
            WHEN {_MOVED_AS_BEFORE} THEN f.moved_since WHEN p.moved_to IS NOT NULL THEN now() END,
        moved_polls = CASE
            WHEN p.is_failure THEN f.moved_polls
            WHEN p.moved_to = f.moved_to THEN f.moved_polls + 1
            WHEN p.moved_to IS NOT NULL THEN 1 ELSE 0 END,
        moved_shares = CASE
            WHEN {_MOVED_AS_BEFORE} THEN f.moved_shares ELSE coalesce(p.shares, false) END,
        moved_document_id = CASE WHEN {_MOVED_AS_BEFORE} THEN f.moved_document_id END,
        is_audit_due = f.is_audit_due AND (p.audit IS NULL OR p.audit = 'failed'),
        audited_at = CASE WHEN p.audit IS NULL THEN f.audited_at ELSE now() END,
        audit_wait_seconds = coalesce(CAST(p.audit_wait AS bigint), f.audit_wait_seconds),
        validators_lie = coalesce(p.lies, f.validators_lie)
    FROM p JOIN ours USING (id)
    WHERE f.id = p.id
    RETURNING f.id
""")  # noqa: S608  # our own words and numbers
_COUNTED = text("""
    INSERT INTO poll_counts (feed_id, state, polls)
    SELECT id, state, 1 FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[])) AS p(id, state)
    ORDER BY id
    ON CONFLICT (feed_id, state) DO UPDATE SET polls = poll_counts.polls + 1
""")
_DAY = text("""
    INSERT INTO poll_days (feed_id, day, state, polls)
    SELECT id, CAST(now() AT TIME ZONE 'UTC' AS date), state, 1
    FROM unnest(CAST(:ids AS bigint[]), CAST(:states AS text[])) AS p(id, state)
    ORDER BY id
    ON CONFLICT (feed_id, day, state) DO UPDATE SET polls = poll_days.polls + 1
""")
_AUDITED = text("""
    INSERT INTO audit_counts (outcome, audits)
    SELECT outcome, count(*) FROM unnest(CAST(:outcomes AS text[])) AS outcome
    GROUP BY outcome ORDER BY outcome
    ON CONFLICT (outcome) DO UPDATE SET audits = audit_counts.audits + excluded.audits
""")


def note(session: Session, lease: work.Lease, polled: Sequence[Polled]) -> set[int]:
    """Write down how polls ended and close their leases; gives the feeds that were still ours.

    A feed whose lease has run out, or that was paused meanwhile, is left as it is: what came of its
    poll must not be kept either. The others are none the worse for it. Real time throughout.
    """
    said = [_said(one) for one in polled]
    columns: dict[str, object] = {
        # A list goes over as one type: 600 and 600.5 side by side would be two.
        name: [
            float(v) if isinstance(v := one[name], int) and kind == "float8" else v for one in said
        ]
        for name, kind in _SAID.items()
    }
    noted = set(
        session.scalars(_NOTED, columns | {"token": lease.token, "unreadable": list(UNREADABLE)})
    )
    ours = [one for one in polled if one.due.feed.id in noted]
    if ours:
        states = {
            "ids": [one.due.feed.id for one in ours],
            "states": [one.verdict.state for one in ours],
        }
        session.execute(_COUNTED, states)
        session.execute(_DAY, states)
    if outcomes := [one.audit_outcome for one in ours if one.audit_outcome is not None]:
        session.execute(_AUDITED, {"outcomes": outcomes})
    return noted


def _said(one: Polled) -> dict[str, object]:
    """What one poll has to say, by the columns of _SAID."""
    verdict = one.verdict
    return {
        "id": one.due.feed.id,
        "again_in": one.again_in,
        "why": one.why,
        "state": verdict.state,
        "reason": verdict.reason,
        "is_failure": verdict.is_failure,
        "is_same_body": verdict.state == "not_modified" and verdict.body_hash is not None,
        "etag": verdict.etag,
        "last_modified": verdict.last_modified,
        "validators_of": verdict.validators_of,
        "body_hash": verdict.body_hash,
        "fresh_for": verdict.fresh_for,
        "address": one.address,
        "is_refused": one.is_refused,
        "overlap": one.overlap,
        "moved_to": verdict.moved_to,
        "shares": one.shares,
        "audit": one.audit_outcome,
        "lies": one.audit.validators_lie if one.audit else None,
        "audit_wait": one.audit.wait_seconds if one.audit else None,
    }
