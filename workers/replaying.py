"""A replay: what a definition would match of the last days, against what was matched; nothing kept.

At the desk it is a wish in a row, with the edited definition: a worker answers it there.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import match
from pipeline.definition import series_from_json
from pipeline.records import Series
from store import clock, replays, series, stories, work
from store.models import ReplayRow
from store.session import transaction
from workers import matching
from workers.leases import claim, ours
from workers.rematching import BATCH, readings

MOST_TOLD = 200  # stories of each kind that an answer holds; all are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One story that a definition would match, or matched once and would not now."""

    story: int
    title: str
    outlet: str
    seen: datetime
    score: float
    zone: str
    was: bool  # it is matched as things are
    why: tuple[str, ...]

    @property
    def change(self) -> str:
        """What the definition would change: gained, lost, or nothing: kept."""
        is_now = self.zone != "ignore"
        return "kept" if is_now and self.was else "gained" if is_now else "lost"


def replay(
    session: Session,
    key: str,
    *,
    days: int,
    proposed: Series | None,
    tell: Callable[[int], None] | None = None,
) -> list[Replayed]:
    """What a definition would match of the last days, against what was matched; writes nothing.

    Without a proposed definition it is the one in force. The model decides only for the definition
    it was fitted under. `tell` hears how many stories were looked at.
    """
    of = matching.held_of(session, key)
    if of is None:
        raise series.UnknownSeries(f'no running series "{key}": `serieswatch series list`')
    compiled = match.compile_series(proposed) if proposed else of.compiled
    since = clock.now(session) - timedelta(days=days)
    return sorted(_replayed(session, of, compiled, since, tell), key=_order)


def _replayed(
    session: Session,
    of: matching.Open,
    compiled: match.CompiledSeries,
    since: datetime,
    tell: Callable[[int], None] | None,
) -> Iterator[Replayed]:
    many = match.Many([compiled])
    reached = seen = 0
    while kept := stories.after(session, reached, limit=BATCH, since=since):
        reached = kept[-1].id
        before = series.of_one(session, of.id, [one.id for one in kept])
        read = readings(session, kept)
        for one in kept:
            reading = read[one.id]
            was = one.id in before
            if not was and not many.hit(reading):
                continue
            found = match.judge(reading, compiled, arrived=one.seen)
            if was or found.zone != "ignore":
                yield Replayed(
                    story=one.id,
                    title=one.story.title,
                    outlet=one.story.outlet,
                    seen=one.seen,
                    score=found.score,
                    zone=found.zone,
                    was=was,
                    why=tuple(reason.text for reason in found.why),
                )
        seen += len(kept)
        if tell:
            tell(seen)


def _order(one: Replayed) -> tuple[int, float, int]:
    return ("gained", "lost", "kept").index(one.change), -one.score, one.story


def answer(replay_id: int, settings: Settings) -> None:
    """Answer one wish for a replay."""
    with transaction() as session:
        lease = claim(session, ReplayRow, [replay_id], settings)
        if lease is None:
            return
        wish = replays.wished(session, replay_id)
        since = clock.now(session) - timedelta(days=wish.days)
        replays.note_start(session, replay_id, total=stories.total(session, since=since))

    def progress(seen: int) -> None:
        with transaction() as beside:
            replays.advance(beside, replay_id, stories=seen)
            work.renew(beside, lease, lease_seconds=settings.lease_seconds)

    with ours(lease):
        proposed = series_from_json(wish.definition)
        with transaction() as session:
            found = replay(session, wish.series, days=wish.days, proposed=proposed, tell=progress)
        with transaction() as session:
            replays.end(session, replay_id, result=_told(found))
            work.finish(session, lease)


def _told(found: list[Replayed]) -> dict[str, object]:
    counts = Counter(one.change for one in found)
    told: dict[str, object] = {change: counts[change] for change in ("gained", "lost", "kept")}
    for change in ("gained", "lost", "kept"):
        told[f"{change}_stories"] = [
            {
                "story": one.story,
                "title": one.title,
                "outlet": one.outlet,
                "seen": one.seen.isoformat(),
                "score": one.score,
                "why": list(one.why),
            }
            for one in found
            if one.change == change
        ][:MOST_TOLD]
    return told
