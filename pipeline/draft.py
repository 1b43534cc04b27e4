"""What a matched story becomes in an instalment: its section, its place, its attribution line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.records import Match, Quote, Section, Series

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A development offered for a section, by the story that stands for it."""

    development: int
    score: float
    at: datetime  # first seen


def section_for(match: Match, series: Series) -> str | None:
    """Return the key of the section that gets the story, or None if no section takes it.

    A section that names its own query or sources is asked first, wherever it stands: State
    Department news belongs there even if its score would make it a lead. Then the first takes it.
    """
    taking = [
        section
        for section in series.sections
        if section.key in match.sections and match.score >= section.minimum_score
    ]
    taking.sort(key=lambda section: not (section.query or section.outlet_kinds or section.outlets))
    return taking[0].key if taking else None


def order(offers: Iterable[Offer], section: Section) -> list[Offer]:
    """Return the offers of a section as its order rule ranks them; equals stay apart by number.

    All of them: it is the desk that shows the first `maximum` and hides the rest.
    """
    newest_first = sorted(offers, key=lambda offer: (-offer.at.timestamp(), offer.development))
    if section.order == "oldest":
        return sorted(newest_first, key=lambda offer: offer.at)
    if section.order == "newest":
        return newest_first
    return sorted(newest_first, key=lambda offer: -offer.score)


def attribution(series: Series, outlet_name: str, published: datetime | None) -> str:
    """Return the line that credits an outlet: "On Thursday, the Example Gazette reported".

    The day is that of the desk's zone; a story without a date gets the line without a day.
    """
    form = series.item
    if published is None:
        line = form.credit_line_undated
    else:
        at_desk = published.astimezone(ZoneInfo(series.time_zone))
        # By hand: the words of strftime change with the machine's language.
        by_day = {
            "weekday": _WEEKDAYS[at_desk.weekday()],
            "date": f"{_MONTHS[at_desk.month - 1]} {at_desk.day}",
        }
        line = form.credit_line.replace("{day}", by_day[form.day])
    line = line.replace("{outlet}", outlet_name)
    # Not every first letter: "bne IntelliNews" begins small wherever it stands.
    return f"The {line[4:]}" if line.startswith("the ") else line


_WORTH = 3  # quotations that are proposed for an item, at most
_SHORTEST, _BEST, _LONGEST = 6, (12, 60), 150  # words


def worth_running(quotes: Sequence[Quote]) -> list[int]:
    """Return the places of those quotations that an item may carry, in the story's order.

    Whole sentences by somebody named come first, then by somebody described; of a length that
    reads well, and rather from the upper part of the story. Scare quotes are none.
    """
    ranked = sorted(
        (-_worth(quote), at)
        for at, quote in enumerate(quotes)
        if quote.span.field != "title" and quote.speaker and len(quote.text.split()) >= _SHORTEST
    )
    chosen: list[int] = []
    for _, at in ranked:
        text = quotes[at].text
        if all(text not in quotes[one].text and quotes[one].text not in text for one in chosen):
            chosen.append(at)
    return sorted(chosen[:_WORTH])


def _worth(quote: Quote) -> float:
    length = len(quote.text.split())
    return (
        4.0 * (quote.kind == "direct")
        + 2.0 * bool(quote.office)
        + 1.0 * (quote.speaker is not None and quote.speaker[:1].isupper())
        + 1.0 * (_BEST[0] <= length <= _BEST[1])
        - 2.0 * (length > _LONGEST)
        - quote.span.start / 4_000
    )


def instalment_title(series: Series, headline: str, *, number: int, cut_off: datetime) -> str:
    """Return the title of an instalment, "Diplomacy Watch: …", around its lead's headline."""
    day = cut_off.astimezone(ZoneInfo(series.time_zone)).date()
    slots = {"number": str(number), "date": f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"}
    title = series.title_template
    for slot, value in slots.items():
        title = title.replace(f"{{{slot}}}", value)
    return title.replace("{headline}", headline)  # last: a headline may hold braces
