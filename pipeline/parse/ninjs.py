"""ninjs 1, 2 and 3: items in JSON, in either spelling of their names."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial

from pipeline.errors import UnreadableFeed
from pipeline.newscodes import subject
from pipeline.parse.bodies import paragraphs
from pipeline.parse.limits import MOST_ITEMS
from pipeline.parse.ninjs_shape import unsound
from pipeline.parse.sniffing import Sniffed
from pipeline.parse.wires import (
    MOST_WIRE_ITEM_BYTES,
    Collected,
    NoItem,
    Notes,
    Words,
    carried,
    cut_off,
    entry_of,
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
from pipeline.text import storable

Thing = dict[str, object]

_MOST_BRACKETS = 200_000  # each becomes an object of some hundred bytes
# What we read has a name here; all else is carried. In lower case: version 3 writes camelCase.
_READ = frozenset(
    """
    uri type version versioncreated firstcreated contentcreated embargoed embargoeduntil expires
    pubstatus urgency language headline headlines title body_html body_xhtml body_text bodies
    descriptions description_html description_text byline by slugline located ednote subject
    subjects genre genres signal evolvedfrom associations $standard standard copyrightholder
    renditions
    """.split(),  # noqa: SIM905 - plainer than fifty quoted names
)
# Types that are no story; any other, and none at all, is text.
_NO_STORIES = frozenset(("audio", "video", "picture", "graphic", "component", "event", "planning"))
_ACTIONS: dict[str, WireAction] = {
    "update": "update",
    "updated": "update",
    "correction": "correct",
    "corrected": "correct",
    "correct": "correct",
    "kill": "kill",
    "cancel": "kill",
    "canceled": "kill",
    "withhold": "withhold",
    "refile": "refile",
}


def read(answer: Answer, sniffed: Sniffed, custom: Custom) -> Document:
    """Return the document of one ninjs item, or of a list of them. Raises UnreadableFeed."""
    items = _items(answer, sniffed)
    collected = Collected(answer)
    for position, item in enumerate(items[:MOST_ITEMS]):
        reading = partial(_entry, item, position, Notes(custom), answer.url)
        collected.take(position, reading, partial(_raw, item))
    beyond, problems = cut_off(items, partial(_raw, items[MOST_ITEMS:]))
    collected.refused += beyond
    return collected.document("ninjs", problems)


def _items(answer: Answer, sniffed: Sniffed) -> list[object]:
    """Return the items of a document, of any kind. Raises UnreadableFeed where there are none."""
    body = answer.body
    brackets = body.count(b"{") + body.count(b"[")
    if brackets > _MOST_BRACKETS:
        why = f"it has {brackets:,} brackets: that is more than a document of items needs"
        raise UnreadableFeed(answer.url, why)
    try:
        given = json.loads(body.decode(sniffed.codec or "utf-8").removeprefix("\ufeff"))
    except (ValueError, RecursionError) as problem:
        why = f"it is JSON that cannot be read: {problem}"
        raise UnreadableFeed(answer.url, why) from problem
    if isinstance(given, list):
        return given
    if isinstance(given, dict) and "uri" not in given and isinstance(given.get("items"), list):
        return list(given["items"])
    if not isinstance(given, dict) or "uri" not in given:
        why = 'it is JSON, but no ninjs: an item needs a "uri", and this has none'
        raise UnreadableFeed(answer.url, why)
    return [given]


def _raw(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _entry(item: object, position: int, notes: Notes, base_url: str) -> Entry:
    """Return the entry of one item. Raises NoItem."""
    if not isinstance(item, dict):
        raise NoItem("it is no object")
    if len(_raw(item)) > MOST_WIRE_ITEM_BYTES:
        raise NoItem(f"it is longer than the limit of {MOST_WIRE_ITEM_BYTES // 1024:,} kB")
    found = _Item(item)
    uri = found.text("uri")
    if not uri:
        raise NoItem('it has no "uri", which every item needs')
    for problem in unsound(item):
        notes.say(problem)
    content = _content(found)
    created, created_raw = _moment(found, notes, "versioncreated")
    first, first_raw = _moment(found, notes, "firstcreated")
    made, made_raw = _moment(found, notes, "contentcreated")
    published_raw = first_raw or made_raw or created_raw
    words = Words(
        guid=uri,
        url=uri,
        title=_headline(found),
        summary=_summary(found),
        content=content,
        byline=found.text("byline", "by"),
        language=found.text("language"),
        published=first or made or created,
        published_raw=published_raw,
        updated=created,
        updated_raw=created_raw,
    )
    embargo, embargo_raw = _moment(found, notes, "embargoed", "embargoeduntil")
    is_embargoed = found.has("embargoed", "embargoeduntil")
    if is_embargoed and not embargo_raw:
        notes.say("it is embargoed and says until when nowhere: taken for an embargo without end")
    version, kind = found.text("version"), found.text("type").lower()
    status = Notes(notes.custom).status(found.text("pubstatus"))  # what is wrong is said already
    return entry_of(
        position,
        words,
        Wire(
            kind=kind if kind in _NO_STORIES else "text",
            version=version or None,
            version_created=created,
            first_created=first,
            status=status,
            action=_action(found, status, version),
            embargo=Embargo(embargo) if is_embargoed else None,
            ed_note=found.text("ednote"),
            expires=_moment(found, notes, "expires")[0],
            dateline=found.text("located"),
            credit=found.text("copyrightholder"),
            slug=found.text("slugline"),
            subjects=tuple(_subjects(found)),
            urgency=notes.urgency(found.text("urgency")),
            genre=next((one.label or one.code for one in _coded(found, "genre", "genres")), ""),
            links=tuple(_links(found)),
            others=_others(item),
        ),
        notes,
        base_url,
        has_words=found.claims_words(),
    )


class _Item:
    """An object whose names are found in either spelling."""

    def __init__(self, thing: Thing) -> None:
        """Take the object as JSON gave it."""
        self._by_name = {key.lower(): value for key, value in reversed(thing.items())}

    def has(self, *names: str) -> bool:
        """Whether there is anything under one of these names."""
        return any(self._by_name.get(name) is not None for name in names)

    def text(self, *names: str) -> str:
        """Return the first text, or number as text, under one of these names, '' for none."""
        for name in names:
            value = self._by_name.get(name)
            if isinstance(value, str) and value.strip():
                return storable(value).strip()
            if isinstance(value, int | float) and not isinstance(value, bool):
                return str(value)
        return ""

    def things(self, *names: str) -> list["_Item"]:
        """Return the objects of the first list or table under one of these names."""
        for name in names:
            value = self._by_name.get(name)
            if isinstance(value, dict):  # version 1 has tables where others have lists
                value = [{"name": key} | one for key, one in value.items() if isinstance(one, dict)]
            if isinstance(value, list):
                return [_Item(one) for one in value if isinstance(one, dict)]
        return []

    def claims_words(self) -> bool:
        """Whether there is a field for words that is not empty."""
        return any(
            value not in (None, "", [], {})
            for name, value in self._by_name.items()
            if name == "title" or name.startswith(("headline", "bod", "description"))
        )

    def named(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Give the texts whose names begin so, as version 1 extends headlines and bodies."""
        for name in self._by_name:
            if name.startswith(prefix) and (value := self.text(name)):
                yield name, value


def _moment(found: _Item, notes: Notes, *names: str) -> tuple[datetime | None, str]:
    raw = found.text(*names)
    return notes.moment(raw), raw


def _worded(found: _Item, name: str) -> str:
    """Return the text of a list by role, then by order."""
    given = [one for one in found.things(name) if one.text("value")]
    best = next((one for one in given if one.text("role").lower() == "main"), None)
    return (best or given[0]).text("value") if given else ""


def _headline(found: _Item) -> str:
    """Return an item's headline; version 1 extends the name, and its title is for editors."""
    given = found.text("headline") or _worded(found, "headlines")
    return given or next((text for _, text in found.named("headline_")), "") or found.text("title")


def _content(found: _Item) -> str:
    """Return an item's body as HTML: marked up rather than plain, main rather than any other."""
    given = [one for one in found.things("bodies") if one.text("value")]
    if given:
        return _as_html(min(given, key=_place))
    html = found.text("body_html", "body_xhtml")
    if html:
        return html
    named = dict(found.named("body_"))
    marked = next((text for name, text in named.items() if name.endswith("html")), "")
    return marked or paragraphs(found.text("body_text") or next(iter(named.values()), ""))


def _place(body: _Item) -> tuple[bool, bool]:
    return body.text("role").lower() not in ("main", "html", ""), not _is_html(body)


def _is_html(body: _Item) -> bool:
    media, role = body.text("contenttype").lower(), body.text("role").lower()
    return "html" in media or "nitf" in media or (not media and "html" in role)


def _as_html(body: _Item) -> str:
    value = body.text("value")
    return value if _is_html(body) else paragraphs(value)


def _summary(found: _Item) -> str:
    given = [one for one in found.things("descriptions") if one.text("value")]
    if given:
        return _as_html(min(given, key=_place))
    return found.text("description_html") or paragraphs(
        found.text("description_text")
        or next((text for _, text in found.named("description_")), "")
    )


def _action(found: _Item, status: str, version: str) -> WireAction | None:
    if status == "canceled":
        return "kill"
    if status == "withheld":
        return "withhold"
    for signal in found.things("signal"):
        word = (signal.text("code") or signal.text("qcode") or signal.text("name")).lower()
        if action := _ACTIONS.get(word.rpartition(":")[2]):
            return action
    return "publish" if version == "1" else None


def _coded(found: _Item, *names: str) -> Iterator[Subject]:
    """Give concepts: by scheme and code in version 1, by URI or a literal in those after it."""
    for one in found.things(*names):
        scheme, code = one.text("scheme"), one.text("code", "qcode")
        label, uri = one.text("name"), one.text("uri")
        code = code or ("" if uri else one.text("literal") or label)
        if code or uri:
            yield subject(scheme, code, label, uri)


def _subjects(found: _Item) -> Iterator[Subject]:
    yield from _coded(found, "subject", "subjects")


def _links(found: _Item) -> Iterator[Link]:
    if former := found.text("evolvedfrom"):
        yield Link(rel="evolvedfrom", target=former)
    for one in found.things("associations"):
        if target := one.text("uri"):
            yield Link(rel=one.text("rel") or one.text("name") or "association", target=target)


def _others(item: Thing) -> dict[str, str]:
    """Return what else stands in an item."""
    return carried(
        {
            key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            for key, value in item.items()
            if key.lower() not in _READ and value not in (None, "", [], {})
        }
    )
