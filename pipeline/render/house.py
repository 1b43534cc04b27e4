"""An instalment in the house form: the same words as HTML and as Markdown.

Items are rows and their dashes are made here. Nothing is worded beyond the lines a definition
gives: headline, quotation, credit, day and link; what an editor has written stands as written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from pipeline.render.markdown import link, links_to, opens_with_words, plain, portable, to_html

# By hand: the words of strftime change with the machine's language.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_OPEN, _CLOSE = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"
_ENDS = (".", "!", "?", ":", ",", ";", "\N{HORIZONTAL ELLIPSIS}", _CLOSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseQuote:
    """A quotation, verbatim, with who said it, where and when."""

    text: str
    speaker: str = ""
    office: str = ""
    forum: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseItem:
    """One item. Its credit line is made with the outlet's full name the first time it stands."""

    headline: str
    url: str | None = None
    attribution: str = ""
    outlet: str = ""
    outlet_short: str = ""  # what it is called once it has been named; '' for the same
    text: str = ""  # what the editor wrote, in Markdown: it stands instead of headline and quotes
    quotes: tuple[HouseQuote, ...] = ()
    is_primary: bool = False  # who speaks is the source itself: day, forum and speaker open it


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseSection:
    """A section with its items in order."""

    heading: str = ""
    text: str = ""  # what the editor wrote above its items, in Markdown
    items: tuple[HouseItem, ...] = ()
    when_empty: str = ""
    is_lead: bool = False  # without heading and dashes; what an editor writes as lead replaces it


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseNote:
    """What readers are told about an instalment that was changed after it was out."""

    day: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An instalment with everything that its page shows."""

    title: str
    subhead: str = ""
    kicker: str = ""
    lead: str = ""  # in Markdown
    sections: tuple[HouseSection, ...] = ()
    previous: tuple[tuple[str, str | None], ...] = ()  # title and address, the newest first
    corrections: tuple[HouseNote, ...] = ()
    withdrawn: HouseNote | None = None
    mark: str = "\N{EM DASH}"
    credit_at: Literal["start", "end"] = "start"
    is_proposal: bool = (
        False  # nothing is accepted yet: what stands here is what the machine offers
    )


@dataclass(slots=True)
class _Named:
    """The outlets that have been named so far."""

    outlets: set[str] = field(default_factory=set)

    def credit(self, item: HouseItem) -> str:
        """Return the credit line, with the short name if the full one stood before."""
        is_known = item.outlet in self.outlets
        self.outlets.add(item.outlet)
        if is_known and item.outlet_short and item.outlet:
            return item.attribution.replace(item.outlet, item.outlet_short)
        return item.attribution


def markdown(instalment: House) -> str:
    """Return the whole piece as Markdown."""
    return "\n\n".join([f"# {plain(instalment.title)}", *_top(instalment), *_body(instalment)])


def html(instalment: House) -> str:
    """Return the whole piece as HTML that does no harm, its title as the first heading."""
    title = to_html(f"# {plain(instalment.title)}")
    return "\n".join([title, *map(to_html, _top(instalment)), *map(to_html, _body(instalment))])


def body_html(instalment: House) -> str:
    """Return the piece below title and subhead, for systems that have fields for those."""
    return "\n".join(map(to_html, _body(instalment)))


def body_markdown(instalment: House) -> str:
    """Return the piece below title and subhead as Markdown."""
    return "\n\n".join(_body(instalment))


def _top(instalment: House) -> Iterator[str]:
    if instalment.subhead:
        yield f"*{plain(instalment.subhead)}*"
    if instalment.kicker:
        yield f"**{plain(instalment.kicker)}**"


def _body(instalment: House) -> Iterator[str]:
    """The blocks of Markdown; each is made HTML by itself, so that none runs into the next."""
    if instalment.withdrawn is not None:
        yield _note("Withdrawn", instalment.withdrawn)
        return
    named = _Named()
    if instalment.is_proposal:
        yield "*Nothing is accepted yet: these are the first proposals of each section.*"
    if instalment.lead:
        yield portable(instalment.lead)
    for section in instalment.sections:
        if section.is_lead and instalment.lead:
            # The editor's lead is written about its items: only what was written into them stays.
            written = [item for item in section.items if item.text]
        else:
            written = list(section.items)
            yield from _opening(section)
        for item in written:
            yield from _item(item, section, instalment, named)
    for note in instalment.corrections:
        yield _note("Correction", note)
    if instalment.previous:
        yield "## Previous instalments"
        yield "\n".join(f"- {link(plain(title), url)}" for title, url in instalment.previous)


def date_words(at: datetime, time_zone: str) -> str:
    """Return the day of a moment as readers are told it, "March 13, 2026"."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{_MONTHS[local.month - 1]} {local.day}, {local.year}"


def _note(word: str, note: HouseNote) -> str:
    return f"*{word}, {plain(note.day)}: {plain(note.said)}*"


def _opening(section: HouseSection) -> Iterator[str]:
    is_empty = not section.items and not section.text
    if section.heading and not (is_empty and not section.when_empty):
        yield f"## {plain(heading(section.heading))}"
    if section.text:
        yield portable(section.text)
    if is_empty and section.when_empty:
        yield f"*{plain(section.when_empty)}*"


def heading(words: str) -> str:
    """Return a heading as printed: "In other news," goes on in the items, "News:" does not."""
    if words.endswith(_ENDS):
        return words
    return f"{words}," if words.startswith("In ") else f"{words}:"


def _item(
    item: HouseItem, section: HouseSection, instalment: House, named: _Named
) -> Iterator[str]:
    mark = "" if section.is_lead else f"{instalment.mark} "
    credit = named.credit(item)
    is_at_start = instalment.credit_at == "start"
    if item.text:
        yield from _written(item, mark, credit, is_at_start=is_at_start)
        return
    headline = link(plain(item.headline), item.url)
    quotes = item.quotes
    if item.is_primary and quotes and quotes[0].speaker:
        first, quotes = quotes[0], quotes[1:]
        when = plain(first.day) or plain(credit)
        who = ", ".join(
            [when, *map(plain, filter(None, (first.forum, first.speaker, first.office)))]
        )
        *before, last = _quoted(first.text)
        yield from _several(f"{mark}{who.removeprefix(', ')}: ", [*before, f"{last} ({headline})"])
    elif not credit:
        yield f"{mark}{headline}"
    elif is_at_start:
        yield f"{mark}{plain(credit)}: {headline}"
    else:
        yield f"{mark}{_sentence(headline, item.headline)} {plain(credit)}."
    said_by = item.quotes[0].speaker if len(quotes) < len(item.quotes) else ""
    for quote in quotes:
        *before, last = _quoted(quote.text)
        yield from _several("", [*before, last + _spoken(quote, known=said_by)])


def _written(item: HouseItem, mark: str, credit: str, *, is_at_start: bool) -> Iterator[str]:
    """An editor's own words. If they do not link the source, the credit line does."""
    text = portable(item.text)
    if links_to(text, item.url) or not credit:
        line = mark
    elif is_at_start:
        line = f"{mark}{link(plain(credit), item.url)}: "
    else:
        line, text = mark, f"{text}\n\n{link(plain(credit), item.url)}."
    if opens_with_words(text):
        yield f"{line}{text}"
    else:
        yield from filter(None, (line.strip(), text))


def _several(start: str, paragraphs: Sequence[str]) -> Iterator[str]:
    first, *further = paragraphs
    yield f"{start}{first}"
    yield from further


def _quoted(text: str) -> list[str]:
    """The paragraphs of a quotation between its marks; those that open further ones are its own."""
    parts = [plain(part) for part in text.split("\n\n") if part.strip()] or [""]
    parts[0] = f"{_OPEN}{parts[0]}"
    parts[-1] = f"{parts[-1]}{_CLOSE}"
    return parts


def _spoken(quote: HouseQuote, *, known: str) -> str:
    speaker = "" if quote.speaker == known else quote.speaker
    facts = (
        (speaker, speaker and quote.office, quote.forum, quote.day) if speaker or not known else ()
    )
    told = ", ".join(map(plain, filter(None, facts)))
    return f" ({told})" if told else ""


def _sentence(shown: str, words: str) -> str:
    return shown if words.rstrip().endswith(_ENDS) else f"{shown}."
