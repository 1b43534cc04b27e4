"""NewsML 1.0 to 1.2: items with their revisions, as Europe's agencies still send them."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from itertools import islice

from pipeline.errors import UnreadableFeed
from pipeline.newscodes import subject
from pipeline.parse.bodies import html_inside, paragraphs
from pipeline.parse.elements import (
    Element,
    all_of,
    attribute,
    bytes_of,
    first,
    language_of,
    line,
    name_of,
    text_of_answer,
    tree_of_text,
)
from pipeline.parse.limits import MOST_ITEMS
from pipeline.parse.nitf import words_of
from pipeline.parse.pieces import is_torn, items_of
from pipeline.parse.sniffing import Sniffed
from pipeline.parse.wires import (
    Collected,
    NoItem,
    Notes,
    Words,
    carried,
    cut_off,
    entry_of,
    left_over,
)
from pipeline.records import (
    ActsOn,
    Answer,
    Custom,
    Document,
    Embargo,
    Entry,
    Link,
    Subject,
    Wire,
    WireAction,
    WireStatus,
)

# What the content of an item is, by the formal name of its media type.
_KINDS = {
    "text": "text",
    "complexdata": "text",
    "photo": "picture",
    "graphic": "graphic",
    "video": "video",
    "audio": "audio",
    "animation": "graphic",
}
# Words of instructions by which an item says what it does.
_INSTRUCTIONS: tuple[tuple[str, WireAction], ...] = (
    ("kill", "kill"),
    ("cancel", "kill"),
    ("delete", "kill"),
    ("withhold", "withhold"),
    ("correct", "correct"),
    ("rectif", "correct"),
    ("refile", "refile"),
    ("update", "update"),
)
_FIRST = ("", "0")
_MANAGED = "A"  # Update="A": new management data alone; the content stays as it was


def read(answer: Answer, sniffed: Sniffed, custom: Custom) -> Document:
    """Return the document of a NewsML 1 message. Raises UnreadableFeed if there is none."""
    text, problems = text_of_answer(answer, sniffed)
    root, fault = tree_of_text(text)
    if root is None or name_of(root) != "NewsML":
        raise UnreadableFeed(answer.url, "this is called NewsML 1, but there is no item in it")
    if fault and is_torn(text, "NewsML"):
        raise UnreadableFeed(answer.url, f"it breaks off before its end: {fault}")
    collected = Collected(answer)
    if fault:
        problems += ("the message is not well-formed: its items were read one by one",)
        pieces = items_of(text, "NewsItem")
        for position, (raw, framed) in enumerate(islice(pieces, MOST_ITEMS)):
            reading = partial(_framed, framed, position, Notes(custom), answer.url)
            collected.take(position, reading, partial(str.encode, raw, "utf-8", "replace"))
        beyond, more = left_over(pieces)
        collected.refused += beyond
        return collected.document("newsml1", (*problems, *more))
    items = list(all_of(root, "NewsItem"))
    for position, item in enumerate(items[:MOST_ITEMS]):
        reading = partial(_item, item, position, Notes(custom), answer.url)
        collected.take(position, reading, partial(bytes_of, item))
    beyond, more = cut_off(items, lambda: b"".join(map(bytes_of, items[MOST_ITEMS:])))
    collected.refused += beyond
    return collected.document("newsml1", (*problems, *more))


def _framed(framed: str, position: int, notes: Notes, base_url: str) -> Entry:
    root, fault = tree_of_text(framed)
    item = first(root, "NewsItem")
    if fault or item is None:
        raise NoItem(f"not well-formed: {fault or 'there is no item in it'}")
    return _item(item, position, notes, base_url)


def _item(item: Element, position: int, notes: Notes, base_url: str) -> Entry:
    """Return the entry of one item. Raises NoItem."""
    identifier = first(item, "Identification", "NewsIdentifier")
    if identifier is None:
        raise NoItem("it has no NewsIdentifier, which every item needs")
    management = first(item, "NewsManagement")
    component = first(item, "NewsComponent")
    parts = list(component.iter("{*}NewsComponent")) if component is not None else []
    lines = next((found for one in parts if (found := first(one, "NewsLines")) is not None), None)
    content, kind = _content(parts)
    created = line(first(management, "FirstCreated"))
    revised = line(first(management, "ThisRevisionCreated"))
    words = Words(
        guid=_lineage(identifier),
        title=line(first(lines, "HeadLine")) or content.title or _label(item),
        summary=_abstract(parts) or content.summary,
        content=content.content,
        byline=line(first(lines, "ByLine")) or content.byline,
        language=_language(parts) or language_of(item),
        published=notes.moment(created or revised),
        published_raw=created or revised,
        updated=notes.moment(revised),
        updated_raw=revised,
    )
    wire = _wire(item, identifier, management, parts, kind, notes)
    has_words = kind == "text" and bool(parts) and not _is_managed(identifier)
    return entry_of(position, words, wire, notes, base_url, has_words=has_words)


def _lineage(identifier: Element) -> str:
    """Return what all revisions share, as the standard's public identifiers spell it."""
    names = ("ProviderId", "DateId", "NewsItemId")
    parts = [line(first(identifier, name)) for name in names]
    if all(parts):
        return ":".join(("urn:newsml", *parts))
    return line(first(identifier, "PublicIdentifier")) or ":".join(filter(None, parts))


def _is_managed(identifier: Element) -> bool:
    return attribute(first(identifier, "RevisionId"), "Update").upper() == _MANAGED


def _label(item: Element) -> str:
    return line(first(item, "Identification", "NameLabel"))


def _formal(element: Element | None) -> str:
    return attribute(element, "FormalName")


def _wire(  # noqa: PLR0913, PLR0917 - the parts of one item
    item: Element,
    identifier: Element,
    management: Element | None,
    parts: list[Element],
    kind: str,
    notes: Notes,
) -> Wire:
    revision = first(identifier, "RevisionId")
    status_raw = _formal(first(management, "Status"))
    is_embargoed = status_raw.rpartition(":")[2].lower() == "embargoed"
    status = notes.status("" if is_embargoed else status_raw, what="Status")
    future, when = _change_to_come(management, notes)
    lines = next((found for one in parts if (found := first(one, "NewsLines")) is not None), None)
    instructions = list(all_of(management, "Instruction"))
    action = _action(status, instructions, revision)
    return Wire(
        kind=kind,
        version=line(revision) or None,
        version_created=notes.moment(line(first(management, "ThisRevisionCreated"))),
        first_created=notes.moment(line(first(management, "FirstCreated"))),
        status="canceled" if action == "kill" else status,
        action=action,
        acts_on=tuple(_acts_on(management)),
        embargo=Embargo(when if future == "usable" else None) if is_embargoed else None,
        ed_note="; ".join(_editorial(parts, instructions)),
        source=line(first(identifier, "ProviderId")),
        dateline=line(first(lines, "DateLine")),
        credit=line(first(lines, "CreditLine")),
        slug=line(first(lines, "SlugLine")),
        subjects=tuple(_subjects(parts, lines)),
        urgency=notes.urgency(_formal(first(management, "Urgency"))),
        genre=_formal(_described(parts, "Genre")),
        role=_formal(first(management, "NewsItemType")),
        links=tuple(_links(management)),
        others=_others(item, management, parts, lines, future),
    )


def _change_to_come(management: Element | None, notes: Notes) -> tuple[str, datetime | None]:
    """Return the status that an item will have one day, and from when on."""
    change = first(management, "StatusWillChange")
    future = _formal(first(change, "FutureStatus")).rpartition(":")[2].lower()
    return future, notes.moment(line(first(change, "DateAndTime")))


def _action(
    status: WireStatus, instructions: list[Element], revision: Element | None
) -> WireAction | None:
    """Return what an item does: by its status, its instructions, its place among revisions."""
    if status != "usable":
        return "kill" if status == "canceled" else "withhold"
    told = " ".join(_formal(one) for one in instructions)
    for word, action in _INSTRUCTIONS:
        if re.search(rf"(?:\b|(?<=[a-z])(?=[A-Z])|_)(?i:{word})", told):
            return action
    if revision is None:
        return None
    if attribute(revision, "Update").upper() == _MANAGED:
        return "advise"
    return "publish" if attribute(revision, "PreviousRevision") in _FIRST else "update"


def _acts_on(management: Element | None) -> Iterator[ActsOn]:
    """Give the items that instructions name: those they replace or take back."""
    for one in all_of(management, "Instruction"):
        named = attribute(one, "NewsItem") or attribute(one, "Href")
        if named:
            yield ActsOn(lineage=_without_revision(named))


def _without_revision(urn: str) -> str:
    """Return the lineage of a public identifier: all before its revision."""
    parts = urn.split(":")
    return ":".join(parts[:5]) if parts[:2] == ["urn", "newsml"] else urn


def _links(management: Element | None) -> Iterator[Link]:
    for one in all_of(management, "DerivedFrom", "AssociatedWith"):
        if target := attribute(one, "NewsItem"):
            rel = "derivedFrom" if name_of(one) == "DerivedFrom" else "associatedWith"
            yield Link(rel=rel, target=_without_revision(target))


def _editorial(parts: list[Element], instructions: list[Element]) -> Iterator[str]:
    """Give what is said to editors: notes among the lines, and instructions in words."""
    for part in parts:
        for one in all_of(first(part, "NewsLines"), "NewsLine"):
            kind = _formal(first(one, "NewsLineType")).lower()
            if "note" in kind or "editor" in kind or "advisory" in kind:
                yield line(first(one, "NewsLineText"))
        if "note" in _formal(first(part, "Role")).lower():
            yield " ".join(line(one) for one in part.iter("{*}DataContent"))
    for one in instructions:
        if said := line(one):
            yield said


def _described(parts: list[Element], name: str) -> Element | None:
    found = (first(one, "DescriptiveMetadata", name) for one in parts)
    return next((one for one in found if one is not None), None)


def _language(parts: list[Element]) -> str:
    return _formal(_described(parts, "Language"))


def _subjects(parts: list[Element], lines: Element | None) -> Iterator[Subject]:
    seen = set()
    for part in parts:
        for group in all_of(first(part, "DescriptiveMetadata"), "SubjectCode"):
            for one in all_of(group, "SubjectDetail", "SubjectMatter", "Subject"):
                code = _formal(one)
                if code and code not in seen:
                    seen.add(code)
                    scheme = attribute(one, "Scheme") or attribute(one, "Vocabulary")
                    is_iptc = code.isdigit() or "iptc" in scheme.lower()
                    yield subject("subj" if is_iptc else scheme or "subject", code)
    for one in all_of(lines, "KeywordLine"):
        if word := line(one):
            yield Subject(scheme="keyword", code=word, label=word)


def _content(parts: list[Element]) -> tuple[Words, str]:
    """Return an item's words and what kind it is: the first text in it, else its first content."""
    kinds: list[str] = []
    for part in parts:
        for one in all_of(part, "ContentItem"):
            media = _formal(first(one, "MediaType")).lower()
            kinds.append(_KINDS.get(media, media or "text"))
            if kinds[-1] == "text" and not _is_beside(part):
                found = _words(first(one, "DataContent"), _mime(one))
                if found.content or found.title:
                    return found, "text"
    return Words(), next((kind for kind in kinds if kind != "text"), "text")


def _is_beside(part: Element) -> bool:
    """Return whether a component is said to be no body: a caption, an abstract, a note."""
    role = _formal(first(part, "Role")).lower()
    return any(word in role for word in ("caption", "abstract", "summary", "note", "thumbnail"))


def _abstract(parts: list[Element]) -> str:
    """Return the summary that a component of its own holds."""
    for part in parts:
        role = _formal(first(part, "Role")).lower()
        if "abstract" in role or "summary" in role:
            for one in all_of(part, "ContentItem"):
                return _words(first(one, "DataContent"), _mime(one)).content
    return ""


def _mime(content: Element) -> str:
    return f"{_formal(first(content, 'MimeType'))} {_formal(first(content, 'Format'))}".lower()


def _words(data: Element | None, mime: str) -> Words:
    """Return the words of a piece of content: NITF, XHTML, paragraphs, or text alone."""
    if data is None:
        return Words()
    for child in data:
        name = name_of(child)
        if name == "nitf":
            return words_of(child)
        if name in ("body", "body.content", "html"):
            inside = first(child, "body.content") if name == "body" else None
            body = first(child, "body") if name == "html" else None
            return Words(
                content=html_inside(next((x for x in (inside, body) if x is not None), child))
            )
    if len(data):
        return Words(content=html_inside(data))
    text = data.text or ""
    return Words(content=text.strip() if "html" in mime else paragraphs(text))


def _others(
    item: Element,
    management: Element | None,
    parts: list[Element],
    lines: Element | None,
    future: str,
) -> dict[str, str]:
    """Return what else an item says of itself."""
    found = {"future status": future}
    for one in all_of(lines, "SubHeadLine", "CopyrightLine", "RightsLine", "SeriesLine"):
        found[name_of(one)] = line(one)
    revision = first(item, "Identification", "NewsIdentifier", "RevisionId")
    for key in ("PreviousRevision", "Update"):
        found[key] = attribute(revision, key)
    for one in all_of(management, "RevisionHistory", "Property", "Instruction"):
        found[name_of(one)] = attribute(one, "FormalName") or attribute(one, "Href")
    provider = next(
        (x for p in parts if (x := first(p, "AdministrativeMetadata")) is not None), None
    )
    for name in ("Provider", "Creator", "Source"):
        found[name] = _formal(first(provider, name, "Party"))
    return carried(found)
