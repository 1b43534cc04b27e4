"""What an instalment is called and opens with: proposed, with the reason; a person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.draft.told import Planned
from pipeline.draft.voice import voice_of
from pipeline.draft.wording import instalment_title
from pipeline.records import Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A development that may be the week's."""

    development: int
    headline: str
    merit: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The title and what stands beneath it; all of it headlines, never prose of ours."""

    title: str = ""
    lead: int | None = None  # the development
    why: str = ""
    candidates: tuple[Candidate, ...] = ()
    subhead: str = ""  # offered for the empty slot: the next best headline in the series' form
    subhead_of: int | None = None  # whose


def propose(
    series: Series, items: Sequence[Planned], *, number: int, cut_off: datetime
) -> Proposal:
    """Return what the instalment could open with: of the reports the one of most merit."""
    fixed = {one.key for one in series.sections if one.query or one.outlet_kinds or one.outlets}
    news = [
        one
        for one in items
        if one.section not in fixed and voice_of(one.headline, one.linked.url).kind == "news"
    ]
    best = sorted(news, key=lambda one: (-one.merit, one.development))
    if not best:
        return Proposal(why="no report of the series' own matter has come yet")
    most = max((one.maximum for one in series.sections if one.minimum_score), default=0) or 3
    lead, after = best[0], best[1:2]
    return Proposal(
        title=instalment_title(series, lead.headline, number=number, cut_off=cut_off),
        lead=lead.development,
        why=f"the main development among the reports: {_breadth(lead)}",
        candidates=tuple(
            Candidate(
                development=one.development,
                headline=one.headline,
                merit=one.merit,
                why=_breadth(one),
            )
            for one in best[:most]
        ),
        subhead="".join(
            series.subhead_template.replace("{headline}", one.headline) for one in after
        ),
        subhead_of=next((one.development for one in after), None),
    )


def _breadth(item: Planned) -> str:
    outlets = len({one.source for one in item.tellings})
    days = len({one.at.date() for one in item.tellings})
    stories = len(item.tellings)
    return (
        f"{_many(stories, 'report')} by {_many(outlets, 'outlet')} on {_many(days, 'day')}, "
        f"matching at {item.score:.2f}"
    )


def _many(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else f'{noun}s'}"
