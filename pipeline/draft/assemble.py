"""An instalment's items from the stories that matched: gathered, linked, credited, ranked."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pipeline.draft.gather import gather
from pipeline.draft.link import choose
from pipeline.draft.placing import is_chosen, order
from pipeline.draft.told import NOTHING, Gathered, Memory, Planned, Telling, Why
from pipeline.draft.voice import NEWS, voice_of
from pipeline.draft.weigh import weigh
from pipeline.draft.wording import attribution
from pipeline.records import Section, Series


def assemble(
    series: Series,
    tellings: Sequence[Telling],
    *,
    opens: datetime,
    cut_off: datetime,
    memory: Memory = NOTHING,
) -> list[Planned]:
    """Return the items of an instalment in their order: one for each happening."""
    told: dict[int, list[Telling]] = defaultdict(list)
    for one in tellings:
        told[one.development].append(one)
    usual = " ".join((series.description, *series.exemplars))
    planned = [
        _item(series, head, under, told, opens=opens, cut_off=cut_off, memory=memory)
        for head, under in gather(tellings, memory, usual=usual).items()
    ]
    planned = _sectioned(series, _of_this_week(planned, memory))
    # A section dropped from the definition keeps what it had: nothing that matched disappears.
    dropped = {one.section for one in planned} - {s.key for s in series.sections}
    sections = (*series.sections, *(Section(key=key, heading=key) for key in sorted(dropped)))
    return [
        one
        for section in sections
        for one in order([item for item in planned if item.section == section.key], section)
    ]


def _item(  # noqa: PLR0913  # what an item is made of, all by keyword
    series: Series,
    head: int,
    under: Sequence[Gathered],
    told: dict[int, list[Telling]],
    *,
    opens: datetime,
    cut_off: datetime,
    memory: Memory,
) -> Planned:
    numbers = [head, *(one.development for one in under)]
    tellings = [one for number in numbers for one in told[number]]
    reports = [one for one in tellings if voice_of(one.title, one.url).kind == "news"]
    choice = choose(reports or tellings, language=series.language)
    linked = choice.telling
    first = [linked, *(one for one in reports or tellings if one.story != linked.story)]
    covered = sorted(
        {past for number in numbers for past in memory.covered.get(number, ())},
        key=lambda past: (past.instalment, past.item),
    )
    followed = [past for number in numbers for past in memory.followed.get(number, ())]
    merit, ranked = weigh(
        first,
        voice=NEWS if reports else voice_of(linked.title, linked.url),
        opens=opens,
        cut_off=cut_off,
        covered=covered,
        followed=followed,
    )
    # Credit goes to who broke it, whoever's page the item links to; the first named of several.
    is_to_origin = series.credit_rule == "origin" and bool(choice.origins)
    credited = choice.origins[0][1] if is_to_origin else linked.outlet_name
    is_older = linked.published is not None and linked.published <= opens
    others = [one for one in tellings if one.story not in {first_one.story for first_one in first}]
    best = max(reports or tellings, key=lambda one: one.score)
    return Planned(
        development=head,
        gathered=tuple(under),
        tellings=(*first, *others),
        section=best.section,
        headline=linked.title,
        attribution=attribution(series, credited, linked.published),
        merit=merit,
        score=best.score,
        zone="auto" if any(one.zone == "auto" for one in tellings) else best.zone,
        why=(
            *linked.why,
            *ranked,
            _why("link", choice.why),
            *(_of_gathered(one, told[one.development]) for one in under),
        ),
        flags=("before_window",) if is_older else (),
    )


_LEFT_OVER = 5  # developments of the tail that are offered, at most: the best of what was not used


def _of_this_week(items: Sequence[Planned], memory: Memory) -> list[Planned]:
    """Leave of what came before the window only the few that it would be a pity to miss.

    A piece that runs on Friday may use a report of the Friday before: it came when that day's
    piece was made. What was used, and what nobody would have run, is not offered again.
    """
    early = [one for one in items if all(told.is_early for told in one.tellings)]
    unused = [
        one
        for one in early
        if _reports(one)
        and not any(past.state == "accepted" for past in memory.covered.get(one.development, ()))
    ]
    best = sorted(unused, key=lambda one: (-one.merit, one.development))[:_LEFT_OVER]
    kept = {one.development for one in best if one.merit > 0} | memory.standing.keys()
    gone = {one.development for one in early} - kept
    return [one for one in items if one.development not in gone]


def _why(reason: str, text: str) -> Why:
    return {"reason": reason, "weight": 0.0, "text": text, "spans": []}


def _of_gathered(one: Gathered, tellings: Sequence[Telling]) -> Why:
    headline = max(tellings, key=lambda telling: telling.score).title
    return _why("gathered", f"tells “{headline}” as well, {one.why}")


def _sectioned(series: Series, items: Sequence[Planned]) -> list[Planned]:
    """Let the first sections have the best of what no section chose for itself.

    A lead takes what matches well enough, and of that the few of most merit that it has room for:
    a score alone makes no lead. What it leaves goes to the next one.
    """
    open_to_all = [section for section in series.sections if not is_chosen(section)]
    free = {section.key for section in open_to_all}
    ranked = sorted(
        (one for one in items if one.section in free), key=lambda one: (-one.merit, one.development)
    )
    placed: dict[int, str] = {}
    for at, section in enumerate(open_to_all):
        is_last = at == len(open_to_all) - 1
        left = [one for one in ranked if one.development not in placed]
        fitting = [one for one in left if one.score >= section.minimum_score]
        if section.minimum_score and not is_last and section.maximum:
            foremost = left[: section.maximum]
            fitting = [one for one in fitting if one in foremost and _reports(one)]
        placed |= {one.development: section.key for one in fitting}
    return [replace(one, section=placed.get(one.development, one.section)) for one in items]


def _reports(item: Planned) -> bool:
    return voice_of(item.headline, item.linked.url).kind == "news"
