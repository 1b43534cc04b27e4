"""The flow's stretch of matching: series held open, stories matched, developments asked, samples.

A series is matched with the model that decisions taught it, as long as that model was fitted under
the definition in force; else by the cold score until it is fitted again.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.orm import Session

from pipeline import draft, match
from pipeline.definition import series_from_json
from pipeline.errors import BadInput
from pipeline.records import Match, Series, Tagged
from store import series, stories, taught

log = logging.getLogger(__name__)

MOST_BESIDE = 30  # stories of a development that are asked what one of them leaves out
SURE = 1.0  # the chance of a story that is shown because it was ignored only just


@dataclass(frozen=True, slots=True)
class Open:
    """A running series, its definition read, its queries compiled, its model at hand."""

    id: int
    definition_id: int
    series: Series
    compiled: match.CompiledSeries


@dataclass(frozen=True, slots=True)
class Standing:
    """A story's standing in one series that it is of interest to, and the section that takes it."""

    of: Open
    match: Match
    section: str


_READ: dict[tuple[int, int], Open] = {}  # by definition id and number of the model: neither changes
_MANY: dict[tuple[tuple[int, int], ...], "Held"] = {}  # one: of the series as they are now


@dataclass(frozen=True, slots=True)
class Held:
    """All running series, ready to be asked at once."""

    open: Mapping[str, Open]  # by key
    many: match.Many

    def standings(self, story: stories.Kept, tagged: Tagged) -> "Standings":
        """How a story stands in the series that it concerns, and who shows it though ignored."""
        reading = match.Reading(tagged)
        found = self.many.match(reading, arrived=story.seen)
        taken = [one for one in found if one.zone != "ignore"]
        shown = [(self.open[one.series], one) for one in found if one.shown_as]
        return Standings(tuple(self._placed(taken)), tuple(shown))

    def _placed(self, found: Sequence[Match]) -> Iterator[Standing]:
        for one in found:
            standing = placed(self.open[one.series], one)
            if standing is not None:
                yield standing


@dataclass(frozen=True, slots=True)
class Standings:
    """What matching found of one story."""

    taken: tuple[Standing, ...]
    shown: tuple[tuple[Open, Match], ...]


def placed(of: Open, found: Match) -> Standing | None:
    """The standing with the section that takes it; None if none does."""
    section = draft.section_for(found, of.series)
    return None if section is None else Standing(of, found, section)


def hold(session: Session) -> Held:
    """The running series as they are now; read again only where one has changed."""
    known = taught.models(session)
    opened = [of for one in series.running(session) if (of := _open(one, known.get(one.id)))]
    name = tuple((of.definition_id, id(of)) for of in opened)
    held = _MANY.get(name)
    if held is None:
        many = match.Many([of.compiled for of in opened])
        held = Held({of.series.key: of for of in opened}, many)
        _MANY.clear()
        _MANY[name] = held
    return held


def held_of(session: Session, key: str) -> Open | None:
    """One running series; None if there is none of that key."""
    return hold(session).open.get(key)


def _open(running: series.Running, model: taught.Model | None) -> Open | None:
    """The series with its definition read; None, said loudly, if that cannot be read."""
    is_fitting = model is not None and model.definition_id == running.definition_id
    name = running.definition_id, model.number if model is not None and is_fitting else 0
    found = _READ.get(name)
    if found is None:
        try:
            read = series_from_json(running.definition)
            fitted = read_model(model) if model is not None and is_fitting else None
            compiled = match.compile_series(read, fitted)
        except BadInput:
            log.exception("definition cannot be read, series left out: %s", running.key)
            return None
        found = _READ[name] = Open(running.id, running.definition_id, read, compiled)
    return found


def read_model(model: taught.Model) -> match.Model:
    """The model as the matcher takes it, named by its number: a match says which decided it."""
    read = match.model_from_json(model.model)
    return match.named(read, f"{read.method}, model {model.number}")


def sample(story: stories.Kept, of: Open, found: Match) -> taught.Sample:
    """The row of an ignored story that is shown."""
    is_hit = bool(found.score)
    drawn = match.chance(of.series, is_hit=is_hit) if found.shown_as == "sample" else SURE
    return taught.Sample(
        series_id=of.id,
        story_id=story.id,
        version_id=story.version_id,
        definition_id=of.definition_id,
        matcher=found.matcher,
        shown_as=found.shown_as,
        chance=drawn,
        score=found.score,
        why=[asdict(reason) for reason in found.why],
        seen_at=story.seen,
    )


def through_developments(
    session: Session, held: Held, ids: Sequence[int]
) -> list[tuple[stories.Kept, Standing]]:
    """Stories that leave out what their development says, found by it; whoever came first.

    Asked are the developments that these stories belong to, and of those the ones some story of
    which a series has taken: each of their other stories, though it came before.
    """
    groups = taught.beside(session, ids, most=MOST_BESIDE)
    members = sorted({story for group in groups.values() for story in group})
    if not members:
        return []
    taken = series.taken(session, members)
    kept = {one.id: one for one in stories.current(session, members) if one.id in set(members)}
    by_id = {of.id: of for of in held.open.values()}
    found: list[tuple[stories.Kept, Standing]] = []
    for group in groups.values():
        told = [kept[story] for story in group if story in kept]
        for series_id in sorted({one for story in group for one in taken.get(story, ())}):
            of = by_id.get(series_id)
            if of is not None:
                silent = [one for one in told if series_id not in taken.get(one.id, ())]
                found += _lent(of, told, silent)
    return found


def _lent(
    of: Open, told: Sequence[stories.Kept], silent: Sequence[stories.Kept]
) -> Iterator[tuple[stories.Kept, Standing]]:
    """Yield those of the silent stories that belong once the others speak."""
    readings = {one.id: match.Reading(Tagged(story=one.story)) for one in told}
    for one in silent:
        siblings = [reading for story, reading in readings.items() if story != one.id]
        found = match.judge(
            readings[one.id], of.compiled, arrived=one.seen, siblings=siblings, explain=False
        )
        standing = placed(of, found) if found.zone != "ignore" else None
        if standing is not None:
            yield one, standing


def beside_others(
    session: Session, of: Open, alone: Sequence[stories.Kept]
) -> list[tuple[stories.Kept, Match]]:
    """How stories stand in a series together with the others of their developments."""
    if not alone:
        return []
    ids = {one.id for one in alone}
    groups = taught.beside(session, sorted(ids), most=MOST_BESIDE)
    group_of = {story: group for group in groups.values() for story in group}
    others = {story for group in groups.values() for story in group if ids.intersection(group)}
    known = {one.id: one for one in alone}
    known |= {one.id: one for one in stories.current(session, sorted(others - ids))}
    told = {number: match.Reading(Tagged(story=one.story)) for number, one in known.items()}
    return [
        (
            one,
            match.judge(
                told[one.id],
                of.compiled,
                arrived=one.seen,
                siblings=[
                    told[story]
                    for story in group_of.get(one.id, ())
                    if story != one.id and story in told
                ],
            ),
        )
        for one in alone
    ]


def forget() -> None:
    """Drop what this process remembers of its database."""
    _READ.clear()
    _MANY.clear()
