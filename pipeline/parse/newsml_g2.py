"""NewsML-G2: news items, packages and messages of several; concepts and plans stand beside."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice

from pipeline.errors import UnreadableFeed
from pipeline.parse.bodies import html_inside, paragraphs
from pipeline.parse.elements import (
    Element,
    Group,
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
from pipeline.parse.pieces import is_torn, items_of, told
from pipeline.parse.qcodes import Code, Codes, name_in
from pipeline.parse.sniffing import Sniffed
from pipeline.parse.standing import unsound
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
    Answer,
    Custom,
    Document,
    Embargo,
    Entry,
    Link,
    Subject,
    Wire,
    WireAction,
)

_KINDS = {
    "newsItem": "text",
    "packageItem": "package",
    "conceptItem": "concept",
    "knowledgeItem": "knowledge",
    "planningItem": "planning",
    "catalogItem": "catalog",
}
# By the signal's code; of codes that mean something else elsewhere, by scheme and code.
_SIGNALS: dict[str, WireAction] = {
    "update": "update",
    "correction": "correct",
    "correct": "correct",
    "kill": "kill",
    "cancel": "kill",
    "delete": "kill",
    "withhold": "withhold",
    "refile": "refile",
    "edstat:c": "correct",
    "edstat:u": "update",
    "edstat:d": "kill",
    "msgtype:d": "kill",
}
# What weighs more where an item gives several signals.
_WEIGHT: tuple[WireAction, ...] = (
    "kill",
    "withhold",
    "correct",
    "refile",
    "update",
    "advise",
    "publish",
)
_READ_OF_ITEM = frozenset(
    """
    catalogref catalog edNote embargoed expires firstCreated itemClass link profile pubStatus role
    signal title versionCreated
    """.split(),  # noqa: SIM905 - plainer than a dozen quoted names
)
_READ_OF_CONTENT = frozenset(
    """
    by creator dateline description genre headline language slugline subject urgency
    creditline contentCreated
    """.split(),  # noqa: SIM905 - plainer than quoted names
)


def read(answer: Answer, sniffed: Sniffed, custom: Custom) -> Document:
    """Return the document of an item, or of a message of several. Raises UnreadableFeed."""
    text, problems = text_of_answer(answer, sniffed)
    root, fault = tree_of_text(text)
    if (
        root is not None
        and name_of(root) == "catalog"
        and next(all_of(root, "scheme"), None) is not None
    ):
        return Document(format="newsml-g2")  # schemes alone: nothing that could be a story
    if root is None or name_of(root) not in (*_KINDS, "newsMessage"):
        raise UnreadableFeed(answer.url, "this is called NewsML-G2, but there is no item in it")
    if fault and is_torn(text, name_of(root)):
        raise UnreadableFeed(answer.url, f"it breaks off before its end: {fault}")
    collected = Collected(answer)
    if name_of(root) != "newsMessage":
        notes = Notes(custom, [*problems, *told(fault)])
        reading = partial(_item, root, Codes(), 0, notes, answer.url)
        collected.take(0, reading, partial(bytes_of, root))
        return collected.document("newsml-g2")
    if fault:
        problems += ("the message is not well-formed: its items were read one by one",)
        problems += _one_by_one(text, root, collected, custom)
        return collected.document("newsml-g2", problems)
    codes = Codes()
    codes.learn(first(root, "header"))
    items = [item for group in all_of(root, "itemSet") for item in group if name_of(item)]
    for position, item in enumerate(items[:MOST_ITEMS]):
        reading = partial(_item, item, codes, position, Notes(custom), answer.url)
        collected.take(position, reading, partial(bytes_of, item))
    beyond, more = cut_off(items, lambda: b"".join(map(bytes_of, items[MOST_ITEMS:])))
    collected.refused += beyond
    return collected.document("newsml-g2", (*problems, *more))


def _one_by_one(
    text: str, message: Element, collected: Collected, custom: Custom
) -> tuple[str, ...]:
    """Read the items of a message that is not well-formed each by itself; gives what is wrong."""
    codes = Codes()
    codes.learn(first(message, "header"))
    pieces = items_of(text, "|".join(_KINDS))
    for position, (raw, framed) in enumerate(islice(pieces, MOST_ITEMS)):
        root, fault = tree_of_text(framed)
        item = (
            next((one for one in root if name_of(one) in _KINDS), None)
            if root is not None
            else None
        )

        def reading(
            item: Element | None = item, fault: str = fault, position: int = position
        ) -> Entry:
            if fault or item is None:
                raise NoItem(f"not well-formed: {fault or 'there is no item in it'}")
            return _item(item, codes, position, Notes(custom), collected.answer.url)

        collected.take(position, reading, partial(str.encode, raw, "utf-8", "replace"))
    beyond, more = left_over(pieces)
    collected.refused += beyond
    return more


def _item(item: Element, around: Codes, position: int, notes: Notes, base_url: str) -> Entry:
    """Return the entry of one item. Raises NoItem."""
    kind = _KINDS.get(name_of(item))
    if kind is None:
        raise NoItem(f"<{name_of(item)}> is no item of NewsML-G2")
    guid = attribute(item, "guid")
    if not guid:
        raise NoItem("it has no guid, which every item needs")
    meta_element = first(item, "itemMeta")
    if meta_element is None:
        raise NoItem("it has no itemMeta, which every item needs")
    codes = around.within(item)
    for problem in unsound(item, has_catalogue=codes.is_named):
        notes.say(problem)
    meta, content = Group(meta_element), Group(first(item, "contentMeta"))
    wire = _wire(item, kind, meta, content, codes, notes)
    words = _words(item, guid, meta, content, codes, notes)
    has_words = bool(content.all("headline")) or _has_text(item)
    return entry_of(position, words, wire, notes, base_url, has_words=has_words)


def _has_text(item: Element) -> bool:
    """Return whether an item's content is of a kind that we read, whatever came of it."""
    for one in all_of(first(item, "contentSet"), "inlineXML", "inlineData"):
        if any(name_of(child) in ("nitf", "html") for child in one) or (one.text or "").strip():
            return True
    return False


def _version(item: Element, notes: Notes) -> str:
    """Return an item's version: 1 where it gives none, as the standard has it."""
    raw = attribute(item, "version")
    if raw and not (raw.isascii() and raw.isdigit() and int(raw[:9]) > 0):
        notes.say(f"its version {raw[:40]!r} is no whole number above 0")
    return raw or "1"


def _wire(  # noqa: PLR0913, PLR0917 - the parts of one item
    item: Element, kind: str, meta: Group, content: Group, codes: Codes, notes: Notes
) -> Wire:
    version = _version(item, notes)
    item_class = codes.of(meta.get("itemClass")).code
    if kind == "text" and item_class and item_class not in ("text", "composite"):
        kind = item_class
    if "versionCreated" not in meta.names:
        notes.say("it has no versionCreated, which the standard requires")
    status_code = codes.of(meta.get("pubStatus"))
    status = notes.status(status_code.code, what="pubStatus")
    if "pubStatus" in meta.names and not status_code.code:
        notes.say("its pubStatus gives no code: read as usable")
    action = _action(meta, codes, status, version)
    if action == "kill":
        status = "canceled"  # some providers signal a deletion and leave the status as it was
    provider = meta.get("provider")
    return Wire(
        kind=kind,
        version=version,
        version_created=notes.moment(line(meta.get("versionCreated"))),
        first_created=notes.moment(line(meta.get("firstCreated"))),
        status=status,
        action=action,
        embargo=_embargo(meta, notes),
        ed_note="; ".join(note for one in meta.all("edNote") if (note := line(one))),
        expires=notes.moment(line(meta.get("expires"))),
        source=codes.of(provider).code or name_in(provider),
        dateline=line(content.get("dateline")),
        credit=line(content.get("creditline")),
        slug=line(content.get("slugline")),
        subjects=tuple(_subjects(content, codes)),
        urgency=notes.urgency(line(content.get("urgency"))),
        genre=codes.of(content.get("genre")).code or name_in(content.get("genre")),
        role=codes.of(meta.get("role")).code,
        links=tuple(_links(item, meta, codes)),
        others=_others(item, meta, content, codes),
    )


def _embargo(meta: Group, notes: Notes) -> Embargo | None:
    """Return an item's embargo; one that gives no time, or none that can be read, has no end."""
    found = meta.get("embargoed")
    return None if found is None else Embargo(notes.moment(line(found)))


def _action(meta: Group, codes: Codes, status: str, version: str) -> WireAction | None:
    """Return what an item says it does: by its status, else by the weightiest of its signals."""
    if status != "usable":
        return "kill" if status == "canceled" else "withhold"
    found = {_signal(codes.of(one)) for one in meta.all("signal")}
    for one in (*meta.all("msgType"), *meta.all("itemMetaExtProperty")):
        rel = codes.of(one, "rel").code or name_of(one)
        value = attribute(one, "value") or codes.of(one).code or line(one)
        # A bare "delete" may be of anything there: what to do when the item expires, for one.
        found.add(_SIGNALS.get(f"{rel}:{value}".lower()))
    for action in _WEIGHT:
        if action in found:
            return action
    return "publish" if version == "1" else None


def _signal(code: Code) -> WireAction | None:
    word = code.code.lower()
    return _SIGNALS.get(f"{code.scheme.lower()}:{word}") or _SIGNALS.get(word)


def _subjects(content: Group, codes: Codes) -> Iterator[Subject]:
    for element in content.all("subject"):
        if found := codes.subject(element):
            yield found
    for element in content.all("keyword"):
        if word := line(element):
            yield Subject(scheme="keyword", code=word, label=word)


def _links(item: Element, meta: Group, codes: Codes) -> Iterator[Link]:
    for one in meta.all("link"):
        rel = codes.of(one, "rel")
        target = attribute(one, "residref") or attribute(one, "href") or codes.of(one).uri
        if target:
            yield Link(rel=rel.code or "link", target=target)
    for group in all_of(first(item, "groupSet"), "group"):
        role = codes.of(group, "role").code or attribute(group, "id") or "group"
        for one in all_of(group, "itemRef", "conceptRef"):
            target = attribute(one, "residref") or attribute(one, "href") or codes.of(one).uri
            if target:
                yield Link(rel=role, target=target)


def _words(  # noqa: PLR0913, PLR0917 - the parts of one item
    item: Element, guid: str, meta: Group, content: Group, codes: Codes, notes: Notes
) -> Words:
    body = _body(item, notes)
    first_raw, version_raw = line(meta.get("firstCreated")), line(meta.get("versionCreated"))
    created_raw = line(content.get("contentCreated"))
    published_raw = first_raw or (created_raw if "T" in created_raw else "") or version_raw
    creators = ", ".join(filter(None, map(name_in, content.all("creator"))))
    headline = _headline(content) or body.title or line(meta.get("title"))
    concept = first(item, "concept")
    return Words(
        guid=guid,
        url=guid,
        title=headline or name_in(concept),
        summary=_description(content, codes) or body.summary,
        content=body.content,
        byline=line(content.get("by")) or body.byline or creators,
        language=attribute(content.get("language"), "tag") or language_of(item),
        published=notes.moment(published_raw),
        published_raw=published_raw,
        updated=notes.moment(version_raw),
        updated_raw=version_raw,
    )


def _headline(content: Group) -> str:
    """Return the headline that no role or the main one is given to, else the first."""
    given = [one for one in content.all("headline") if line(one)]
    plain = (
        one for one in given if attribute(one, "role").rpartition(":")[2].lower() in ("", "main")
    )
    return line(next(plain, given[0] if given else None))


def _description(content: Group, codes: Codes) -> str:
    given = [one for one in content.all("description") if line(one)]
    summary = (
        one for one in given if codes.of(one, "role").code.lower() in ("summary", "abstract")
    )
    best = next(summary, given[0] if given else None)
    return html_inside(best)


_NOTHING = Words()


def _body(item: Element, notes: Notes) -> Words:
    """Return the words of an item's content: its first rendition that has any."""
    content_set = first(item, "contentSet")
    for one in content_set if content_set is not None else ():
        name = name_of(one)
        if name == "inlineXML":
            found = _inline(one)
        elif name == "inlineData":
            found = Words(content=_inline_data(one, notes))
        else:
            continue
        if found.content or found.title or found.summary:
            return found
    return _NOTHING


_RUNNING_TEXT = frozenset(
    "article block body blockquote div h1 h2 h3 main ol p pre section table ul".split()  # noqa: SIM905 - plainer than a dozen quoted names
)


def _inline(element: Element) -> Words:
    """Return the words of XML inside an item: NITF, XHTML, or pieces of either."""
    for child in element:
        name = name_of(child)
        if name == "nitf":
            return words_of(child)
        if name == "html":
            title = line(first(child, "head", "title"))
            return Words(title=title, content=html_inside(first(child, "body")))
        if name.lower() in _RUNNING_TEXT:
            return Words(content=html_inside(element))
    return Words(content=paragraphs(element.text or ""))


def _inline_data(element: Element, notes: Notes) -> str:
    """Return inline data as HTML: text that is marked up only where its type says so."""
    media = attribute(element, "contenttype").lower()
    if attribute(element, "encoding"):
        notes.say("its inline data is encoded: it was not read")
        return ""
    text = "".join(element.itertext())
    if "html" in media:
        return text.strip()
    return paragraphs(text) if media.startswith("text/") or not media else ""


def _others(item: Element, meta: Group, content: Group, codes: Codes) -> dict[str, str]:
    """Return what else an item says of itself."""
    found: dict[str, str] = {}
    groups = (
        (meta, _READ_OF_ITEM),
        (content, _READ_OF_CONTENT),
        (Group(first(item, "rightsInfo")), frozenset[str]()),
    )
    for group, known in groups:
        for name in group.names:
            if name not in known:
                said = (codes.of(one).code or line(one) for one in group.all(name))
                found[name] = "; ".join(dict.fromkeys(filter(None, said)))
    signals: Sequence[Element] = meta.all("signal")
    found["signal"] = "; ".join(filter(None, (codes.of(one).code for one in signals)))
    for one in all_of(first(item, "contentSet"), "remoteContent"):
        found["remoteContent"] = attribute(one, "href") or attribute(one, "residref")
    return carried(found)
