"""The watch over feeds: learns their rhythms, and says what is wrong with whom, once.

    rhythms learnt (hourly) | each feed looked at (every minute) | troubles opened, closed
                            | what was missed is looked for (workers/gaps.py)

Everything is judged by rows and no poll is needed for it: a feed that is not even asked any more
falls silent like any other. A trouble is one row, opened when it begins and closed when the feed is
well again; looking a second time, or from two workers at once, changes nothing.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import schedule
from pipeline.records import Heard, OutletKind, Trust
from store import clock, gaps, rhythms, troubles, work
from store.models import BackfillRow, TroubleRow
from store.rhythms import Came
from store.session import transaction
from store.troubles import Quiet, Trouble, Watched
from workers.gaps import follow, plan

log = logging.getLogger(__name__)

AT_ONCE = 50  # feeds whose stories are read together to learn from
FAILURES = 3  # in a row, and
FAILING_FOR = timedelta(hours=1)  # for so long: one bad hour of a server is no trouble yet
MOVED_POLLS = 5  # sent on for good so often: the other feed there is the same feed
NEWS_NEXT_DOOR = timedelta(minutes=30)  # a sibling's news is newer by so much
MOST_PLACES = 50  # looked at for what was missed, between two watches


# --- rhythms


def learn_rhythms() -> int:
    """Learn the rhythm of the feeds that have brought news since; gives how many."""
    with transaction() as session:
        now = clock.now(session)
        waiting = rhythms.to_learn(session, now)
    since = now - schedule.LEARN_FROM
    for at in range(0, len(waiting), AT_ONCE):
        with transaction() as session:
            came = rhythms.arrivals(session, waiting[at : at + AT_ONCE], since=since)
        learnt = {
            feed_id: schedule.learn(of.moments, since=_watched_since(of), until=now)
            for feed_id, of in came.items()
        }
        with transaction() as session:
            kept = {feed_id: schedule.rhythm_to_json(one) for feed_id, one in learnt.items()}
            rhythms.keep(session, kept, at=now)
    return len(waiting)


def _watched_since(came: Came) -> datetime:
    """From when on the arrivals are complete.

    The first document shows what came before we did; but its oldest tenth may be pinned there.
    """
    earlier = [moment for moment in came.moments if moment < came.first]
    return earlier[len(earlier) // 10] if earlier else came.first


# --- troubles


def watch(settings: Settings) -> list[int]:
    """Look at every feed once: open and close troubles, ask for audits, go after what was missed.

    Gives the ids of the addresses to look at for it now. Whoever comes while another watches goes
    away again.
    """
    with transaction() as session:
        if not troubles.turn(session):
            return []
        now = clock.now(session)
        seen = troubles.watched(session)
        standing = {(row.feed_id, row.kind): row for row in troubles.open_ones(session)}
        _open(session, seen, standing, now, settings)
        follow(session)
        _close(session, {feed.id: feed for feed in seen}, now)
        _ask_for_audits(session, now)
        ring = settings.sweep_seconds
        return work.announce(session, BackfillRow, limit=MOST_PLACES, ring_seconds=ring)


def _open(
    session: Session,
    seen: Sequence[Watched],
    standing: Mapping[tuple[int, str], TroubleRow],
    now: datetime,
    settings: Settings,
) -> None:
    """Open what is not open yet, and go after what was missed."""
    lost = troubles.lost_before(session, [feed.id for feed in seen if feed.lost])
    found = [one for feed in seen for one in _troubles(feed, standing, now, lost.get(feed.id, 0))]
    new = [one for one in found if (one.feed_id, one.kind) not in standing]
    opened = troubles.start(session, new, at=now)
    for number, one in opened.items():
        log.warning("trouble", extra={"feed": one.feed_id, "kind": one.kind, "why": one.reason})
        if one.kind == "items_missed":
            plan(session, number, one.feed_id, settings)
    for one in found:
        row = standing.get((one.feed_id, one.kind))
        if row is not None and one.lost > row.lost:  # it has lost more while that is looked for
            troubles.grow(session, row.id, reason=one.reason, lost=one.lost)
            plan(session, row.id, one.feed_id, settings)


def _troubles(
    feed: Watched, standing: Mapping[tuple[int, str], TroubleRow], now: datetime, lost: int
) -> Iterator[Trouble]:
    """What is wrong with a feed now."""
    last_success = now - feed.since_success if feed.has_succeeded else None
    if feed.state == "gone":
        yield Trouble(feed_id=feed.id, kind="gone", reason=feed.reason, since=last_success)
    elif (
        feed.failures >= FAILURES
        and feed.since_success >= FAILING_FOR
        and (feed.id, "gone") not in standing
    ):
        reason = f"{feed.failures} polls in a row failed, the last: {feed.reason}"
        yield Trouble(feed_id=feed.id, kind="failing", reason=reason, since=last_success)
    if (feed.id, "silent") not in standing and (silence := _silence(feed, now)):
        yield Trouble(feed_id=feed.id, kind="silent", reason=silence, since=feed.last_new)
    if feed.lost > lost:
        yield Trouble(feed_id=feed.id, kind="items_missed", reason=_loss(feed), lost=feed.lost)
    if feed.twin is not None and feed.moved_polls >= MOVED_POLLS:
        reason = (
            f"it sends us on for good to {feed.moved_to}, which is followed already as feed "
            f"{feed.twin}: pause one of the two"
        )
        yield Trouble(feed_id=feed.id, kind="moved", reason=reason)


def _loss(feed: Watched) -> str:
    times = "" if feed.lost == 1 else f" ({feed.lost} times since it is followed)"
    return (
        f"its document shared no item with the one before{times}: its window rolled over, and "
        "items were probably missed"
    )


def _silence(feed: Watched, now: datetime) -> str | None:
    """What is to be told of a feed that has fallen silent, or never spoke."""
    if feed.since_asked is None:
        return None  # we have not asked yet: nobody could have been heard
    heard = Heard(
        kind=cast("OutletKind", feed.kind),  # the column holds these words only
        added_at=now - feed.age,
        last_new_at=feed.last_new,
        rhythm=schedule.rhythm_from_json(feed.rhythm),
        state=feed.state,
        reason=feed.reason,
        failures=feed.failures,
    )
    return schedule.silence(heard, at=now - feed.since_asked)


def _close(session: Session, seen: Mapping[int, Watched], now: datetime) -> None:
    """Close what is over. A feed that was paused has no troubles: somebody has seen to it."""
    rows = troubles.open_ones(session)
    looking = gaps.unfinished(session, [row.id for row in rows if row.kind == "items_missed"])
    over = [
        row.id
        for row in rows
        if row.feed_id not in seen or _is_over(row, seen[row.feed_id], is_looking=row.id in looking)
    ]
    for number in troubles.end(session, over, at=now):
        log.info("trouble over", extra={"trouble": number})


def _is_over(row: TroubleRow, feed: Watched, *, is_looking: bool) -> bool:
    if row.kind == "silent":
        # Only news ends a silence: a rhythm learnt anew opens and closes nothing.
        return feed.last_new is not None and (row.since is None or feed.last_new > row.since)
    if row.kind == "items_missed":
        meets_again = bool(feed.overlap) or feed.state == "not_modified"
        return meets_again and not is_looking
    if row.kind == "moved":
        return feed.twin is None
    return feed.failures == 0  # failing, gone


# --- audits


def _ask_for_audits(session: Session, now: datetime) -> None:
    """Let those feeds be asked plainly once whose "not modified" is hard to believe."""
    reasons = {
        quiet.id: reason
        for quiet in troubles.may_be_audited(session)
        if (reason := schedule.wants_audit(_trust(quiet, now), now=now))
    }
    for feed_id in troubles.ask_for_audits(session, list(reasons)):
        log.info("audit asked for", extra={"feed": feed_id, "why": reasons[feed_id]})


def _trust(quiet: Quiet, now: datetime) -> Trust:
    rhythm = schedule.rhythm_from_json(quiet.rhythm)
    last, next_door = quiet.last_new, quiet.siblings_new
    # A busy house says little of its quiet feed, as long as nothing was to be expected of that.
    is_due = last is None or rhythm is None or schedule.expected(rhythm, last, now) >= 1
    have_news = next_door is not None and (last is None or next_door > last + NEWS_NEXT_DOOR)
    return Trust(
        is_not_modified=True,
        last_new_at=last,
        rhythm=rhythm,
        siblings_have_news=have_news and is_due,
    )
