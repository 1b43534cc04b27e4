"""Lists of feeds as OPML, the form in which readers hand them to one another."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urlsplit

from lxml import etree

from pipeline.domains import tidy
from pipeline.errors import BadInput
from pipeline.records import OutletKind
from pipeline.sealed_xml import parser

MOST_ENTRIES = 10_000
MOST_ATTRIBUTES = 100  # of an outline
OUR_NAMES = "urn:serieswatch:opml"  # namespace of the attributes other readers know nothing of

_SCHEMES = frozenset({"http", "https", "file", "imaps"})
_KINDS: dict[str, OutletKind] = {
    "wire": "wire",
    "outlet": "outlet",
    "official": "official",
    "own": "own",
}
_SHORTEST_INTERVAL, _LONGEST_INTERVAL = 60, 86_400
_KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DECLARATION = re.compile(r"\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_ENTITY = re.compile("<!ENTITY", re.IGNORECASE)
_DOCTYPE = re.compile("<!DOCTYPE", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFeed:
    """One feed of a list, with the outlet it belongs to."""

    url: str
    title: str = ""
    interval_seconds: int | None = None  # None where the list does not say
    is_paused: bool = False
    outlet: str = ""  # key
    outlet_name: str = ""
    outlet_kind: OutletKind = "outlet"
    homepage: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedEntry:
    """One entry of a list that is no feed we could follow."""

    url: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedList:
    """What a list holds: each feed once, in order, and what had to be refused."""

    feeds: tuple[ListedFeed, ...]
    repeated: int = 0  # entries that name a feed of the list again
    refused: tuple[RefusedEntry, ...] = ()


def outlet_key(url: str) -> str:
    """The key an outlet gets when all that is known of it is an address: of its host or path.

    '' for what is no address.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""
    if _is_name(host):
        plain = host.encode("idna").decode("ascii").removeprefix("www.")
    else:
        plain = parts.path if parts.scheme == "file" else ""
    return "-".join(re.findall(r"[a-z0-9]+", plain.lower()))


def read(body: bytes, name: str) -> FeedList:
    """The feeds in an OPML document called `name`. One bad entry never costs the others.

    Raises BadInput where the whole is no OPML, or declares entities of its own.
    """
    root, damage = _root(body, name)
    found: dict[str, ListedFeed] = {}
    refused: list[RefusedEntry] = []
    repeated = 0
    for number, entry in enumerate(_entries(root)):
        if number == MOST_ENTRIES:
            why = f"the list has more than {MOST_ENTRIES} entries: the rest was left out"
            refused.append(RefusedEntry(url="", why=why))
            break
        feed = _feed(entry)
        if isinstance(feed, RefusedEntry):
            refused.append(feed)
        elif feed.url in found:
            repeated += 1
        else:
            found[feed.url] = feed
    if damage:
        refused.append(RefusedEntry(url="", why=damage))
    feeds = tuple(_with_names(list(found.values())))
    return FeedList(feeds=feeds, repeated=repeated, refused=tuple(refused))


def write(feeds: Iterable[ListedFeed], title: str) -> bytes:
    """An OPML document of these feeds, outlet by outlet; `read` gives the same feeds back."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"sw": OUR_NAMES})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _clean(title)
    body = etree.SubElement(root, "body")
    groups: dict[str, etree._Element] = {}
    for feed in feeds:
        group = groups.get(feed.outlet)
        if group is None:
            group = groups[feed.outlet] = etree.SubElement(body, "outline", _group(feed))
        etree.SubElement(group, "outline", _outline(feed))
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _group(feed: ListedFeed) -> dict[str, str]:
    name = feed.outlet_name or feed.outlet
    told = {"text": name, "title": name, _ours("key"): feed.outlet, _ours("kind"): feed.outlet_kind}
    return _cleaned(told | {"htmlUrl": feed.homepage, "language": feed.language})


def _outline(feed: ListedFeed) -> dict[str, str]:
    interval = "" if feed.interval_seconds is None else str(feed.interval_seconds)
    return _cleaned(
        {
            "type": "rss",
            "text": feed.title or feed.url,
            "title": feed.title,
            "xmlUrl": feed.url,
            "htmlUrl": feed.homepage,
            _ours("interval"): interval,
            _ours("paused"): "yes" if feed.is_paused else "",
        }
    )


def _ours(name: str) -> str:
    return f"{{{OUR_NAMES}}}{name}"


def _cleaned(attributes: dict[str, str]) -> dict[str, str]:
    """The attributes that say something, without what XML cannot hold."""
    return {name: _clean(value) for name, value in attributes.items() if value}


def _clean(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


# --- reading


def _root(body: bytes, name: str) -> tuple[etree._Element, str]:
    """The document's root, and in words what is damaged about it ('' for nothing)."""
    text = _text(body)
    if _brings_entities(text):
        raise BadInput(
            f"{name} declares entities of its own, which may unfold without end; it was not read. "
            "Export the list anew, without a DOCTYPE"
        )
    # As UTF-8 that we wrote: no declaration can have the parser see other characters than we did.
    declared = _DECLARATION.match(text)
    plain = _NOT_IN_XML.sub("", text[declared.end() if declared else 0 :]).encode()
    try:
        root: etree._Element | None = etree.fromstring(plain, parser(is_lenient=False))
        damage = ""
    except etree.XMLSyntaxError as problem:
        # Hand-made lists hold bare ampersands: what can be read of them is.
        line = problem.lineno or 1
        root = _leniently(plain)
        damage = (
            f"the file is not well-formed (line {line}): entries from there on may be missing "
            "or cut short; compare, or export it anew"
        )
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise BadInput(f"{name} is no list of feeds: OPML begins with <opml>, and this does not")
    return root, damage


def _brings_entities(text: str) -> bool:
    """Whether the document declares entities. A document has one DOCTYPE: the first decides."""
    doctype = _DOCTYPE.search(text)
    inside = text[doctype.end() :].partition(">")[0] if doctype else ""
    return "[" in inside or _ENTITY.search(text) is not None


def _leniently(plain: bytes) -> etree._Element | None:
    try:
        return etree.fromstring(plain, parser(is_lenient=True))
    except etree.XMLSyntaxError:
        return None


def _text(body: bytes) -> str:
    """The document as text: by its mark, its declaration, else UTF-8."""
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body.decode(codec, "replace")
    declared = _ENCODING.search(body[:200])
    try:
        return body.decode(declared[1].decode() if declared else "utf-8", "replace")
    except (LookupError, UnicodeError):  # nobody knows it, or it is no encoding of text
        return body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _Entry:
    """An outline that names a feed, with what it inherits from those around it."""

    own: dict[str, str]  # attributes, names in lower case
    group: dict[str, str]  # those of the nearest outline around it that is no feed
    is_alone: bool  # every feed of that group is of one host: so the group is the outlet


def _entries(root: etree._Element) -> Iterator[_Entry]:
    """Every outline that should be a feed, in the order of the document."""
    around: dict[etree._Element, dict[str, str]] = {}
    hosts: dict[etree._Element | None, set[str]] = {}
    listed: list[tuple[dict[str, str], etree._Element | None]] = []
    for element in root.iter("{*}outline"):
        own = _attributes(element)
        parent = element.getparent()
        group = parent if parent is not None and parent in around else None
        if "xmlurl" in own or own.get("type", "").lower() in {"rss", "atom"}:
            listed.append((own, group))
            hosts.setdefault(group, set()).add(_home(own))
        if "xmlurl" not in own:
            inherited = around[group] if group is not None else {}
            kept = {k: v for k, v in inherited.items() if k in _INHERITED}
            around[element] = {**kept, **own}
    for own, group in listed:
        told = around[group] if group is not None else {}
        yield _Entry(own, told, is_alone=group is not None and len(hosts[group]) == 1)


_INHERITED = (_ours("key"), _ours("kind"), "language")


def _attributes(element: etree._Element) -> dict[str, str]:
    """An outline's attributes; their names are written in every case, so all in lower case.

    The first of them: to look all up costs the square of their number, minutes where it is meant.
    """
    names = islice(element.attrib, MOST_ATTRIBUTES)
    return {str(name).lower(): " ".join(str(element.get(name)).split()) for name in names}


def _home(own: dict[str, str]) -> str:
    """What tells the outlet of a feed: the host of its site, else that of the feed."""
    return outlet_key(own.get("htmlurl", "")) or outlet_key(own.get("xmlurl", ""))


def _feed(entry: _Entry) -> ListedFeed | RefusedEntry:
    """The feed an entry names, or why it names none."""
    own, group = entry.own, entry.group
    url = tidy(own.get("xmlurl", ""))
    if why := _why_not(url):
        return RefusedEntry(url=url or own.get("text", ""), why=why)
    told_key = own.get(_ours("key").lower()) or group.get(_ours("key").lower(), "")
    key = told_key if _KEY.fullmatch(told_key) else _home(own)
    is_outlet = bool(told_key) or entry.is_alone
    kind = own.get(_ours("kind").lower()) or group.get(_ours("kind").lower(), "")
    title = own.get("title") or own.get("text", "")
    return ListedFeed(
        url=url,
        title="" if title == url else title,
        interval_seconds=_interval(own.get(_ours("interval").lower(), "")),
        is_paused=own.get(_ours("paused").lower()) == "yes",
        outlet=key or "unnamed",
        outlet_name=(group.get("title") or group.get("text", "")) if is_outlet else "",
        outlet_kind=_KINDS.get(kind, "outlet"),
        homepage=_web_address(own.get("htmlurl", "") or group.get("htmlurl", "")),
        language=own.get("language", "") or group.get("language", ""),
    )


def _why_not(url: str) -> str:
    """Why an address cannot be followed; '' if it can."""
    if not url:
        return "it names no address (xmlUrl)"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as problem:
        return f"its address cannot be read: {problem}"
    if parts.scheme not in _SCHEMES:
        return "its address must begin with http:// or https://"
    if parts.password is not None or (parts.username and parts.scheme != "imaps"):
        return "its address holds a user name or password, which is no place for one"
    if parts.scheme == "file":
        return "" if parts.path.startswith("/") and not parts.hostname else "it names no directory"
    return "" if _is_name(parts.hostname or "") else "there is no host name in its address"


def _is_name(host: str) -> bool:
    try:
        host.encode("idna")
    except UnicodeError:  # "a..b", or longer than names may be
        return False
    return bool(host)


def _interval(text: str) -> int | None:
    if not re.fullmatch(r"[0-9]{1,6}", text):
        return None
    return min(max(int(text), _SHORTEST_INTERVAL), _LONGEST_INTERVAL)


def _web_address(url: str) -> str:
    return url if url.startswith(("http://", "https://")) else ""


def _with_names(feeds: list[ListedFeed]) -> Iterator[ListedFeed]:
    """The feeds with a name for each outlet: its group's, its only feed's title, or its host."""
    number = Counter(feed.outlet for feed in feeds)
    for feed in feeds:
        if feed.outlet_name:
            yield feed
        elif number[feed.outlet] == 1 and feed.title:
            yield replace(feed, outlet_name=feed.title)
        else:
            host = urlsplit(feed.homepage or feed.url).hostname or feed.outlet
            yield replace(feed, outlet_name=host.removeprefix("www."))
