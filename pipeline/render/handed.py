"""An instalment as it is handed over, and its body as HTML and as plain paragraphs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from lxml import etree
from lxml.etree import _Element as Element

from pipeline.text import storable


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedQuote:
    """A quotation, verbatim, and who said it."""

    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedItem:
    """One accepted item."""

    headline: str
    attribution: str = ""
    url: str | None = None
    text: str = ""  # what the editor wrote; paragraphs parted by blank lines
    quotes: tuple[HandedQuote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedSection:
    """A section that holds items."""

    heading: str
    items: tuple[HandedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """An instalment with what a receiver must know of it."""

    guid: str  # of the instalment, for ever
    version: int  # one more each time it is handed over
    generation: int = 1  # one more with each correction
    series: str  # key
    series_title: str
    number: int
    title: str
    subhead: str = ""
    lead: str = ""
    language: str = "en"
    status: Literal["usable", "canceled"] = "usable"
    signal: Literal["", "update", "correction"] = ""
    said: str = ""  # what is corrected, or why it is withdrawn
    first_created: datetime
    version_created: datetime
    sections: tuple[HandedSection, ...] = ()
    previous: tuple[tuple[str, str], ...] = ()  # guid and title of earlier instalments
    provider: str = "serieswatch"


def moment(at: datetime) -> str:
    """Return a moment as all three formats write it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text."""
    return [line for part in text.split("\n\n") if (line := " ".join(part.split()))]


def content(instalment: Handed, heading: str) -> Iterator[Element]:
    """Return the body's elements, in the words that HTML and NITF share; headings as `heading`."""
    for line in paragraphs(instalment.lead):
        yield _element("p", line)
    for section in instalment.sections:
        if section.heading:
            yield _element(heading, section.heading)
        for item in section.items:
            yield from _item(item)


def _item(item: HandedItem) -> Iterator[Element]:
    opening = _element("p", f"\N{EM DASH} {item.attribution}: " if item.attribution else "")
    if item.url:
        linked = etree.SubElement(opening, "a", href=clean(item.url))
        linked.text = clean(item.headline)
    else:
        opening.text = f"{opening.text or ''}{clean(item.headline)}"
    yield opening
    for line in paragraphs(item.text):
        yield _element("p", line)
    for quote in item.quotes:
        said = f" ({quote.speaker})" if quote.speaker else ""
        yield _element(
            "p", f"\N{LEFT DOUBLE QUOTATION MARK}{quote.text}\N{RIGHT DOUBLE QUOTATION MARK}{said}"
        )


def html(instalment: Handed) -> str:
    """Return the body as HTML; everything from a source is text in it."""
    return "\n".join(
        etree.tostring(one, encoding="unicode", method="xml") for one in content(instalment, "h2")
    )


def plain(instalment: Handed) -> str:
    """Return the body as plain paragraphs."""
    return "\n\n".join("".join(one.itertext()) for one in content(instalment, "h2"))


def clean(text: str) -> str:
    """Return a text that XML can hold."""
    return storable(text)


def moved(one: Element, namespace: str) -> Element:
    """Return an element of a body in some namespace."""
    return _moved(one, namespace, {None: namespace})


def _moved(one: Element, namespace: str, prefixes: dict[str | None, str]) -> Element:
    name = etree.QName(one).localname
    made = etree.Element(f"{{{namespace}}}{name}", dict(one.attrib), nsmap=prefixes)
    made.text, made.tail = one.text, one.tail
    made.extend([_moved(child, namespace, prefixes) for child in one])
    return made


def _element(name: str, text: str) -> Element:
    made = etree.Element(name)
    made.text = clean(text)
    return made
