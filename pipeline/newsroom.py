"""Reading feeds.toml: the outlets a newsroom follows, and where they can be polled."""

import re
from collections.abc import Iterable, Mapping
from typing import cast, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pipeline.catalogue import Catalogue, Place, Table
from pipeline.prefixes import ACTIONS
from pipeline.records import Custom, Outlet, OutletFeed, OutletKind

KINDS = ("outlet", *(kind for kind in get_args(OutletKind) if kind != "outlet"))
MINUTES = {"wire": 5, "outlet": 15, "official": 30, "own": 15}  # where the file says nothing

_OUTLET = ("key", "name", "kind", "homepage", "country", "language", "aliases", "feed")
_FEED = (
    "url title interval_minutes full_text time_zone charset prefixes bare_prefixes".split()  # noqa: SIM905 - plainer than eight quoted names
)
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_ADDRESS = re.compile(r"https?://[^/\s@]+(/\S*)?")


def read_outlets(text: str, path: str) -> tuple[Outlet, ...]:
    """The outlets of a feeds.toml. Raises BadCatalogue for the first thing wrong, with its line."""
    catalogue = Catalogue(text, path)
    catalogue.only(catalogue.tables, (), ("outlet",))
    outlets = tuple(
        _outlet(catalogue, table, ("outlet", at))
        for at, table in enumerate(catalogue.tables_of(catalogue.tables, "outlet"))
    )
    _once(catalogue, outlets)
    for problem in catalogue.in_order():
        raise problem
    return outlets


def _outlet(catalogue: Catalogue, table: Table, place: Place) -> Outlet:
    catalogue.only(table, place, _OUTLET)
    key = catalogue.string(table, place, "key")
    if key and not _KEY.fullmatch(key):
        why = f'"{key}" is no key: write small letters, digits and hyphens, as in "al-jazeera"'
        catalogue.wrong((*place, "key"), why)
    kind = cast("OutletKind", catalogue.choice(table, place, "kind", KINDS))
    feeds = table.get("feed", [])
    if not isinstance(feeds, list) or not all(isinstance(feed, dict) for feed in feeds):
        catalogue.wrong((*place, "feed"), '"feed" must be tables: write [[outlet.feed]] above each')
        feeds = []
    return Outlet(
        key=key,
        name=catalogue.string(table, place, "name"),
        kind=kind,
        homepage=catalogue.string(table, place, "homepage", ""),
        country=catalogue.string(table, place, "country", ""),
        language=catalogue.string(table, place, "language", ""),
        aliases=catalogue.strings(table, place, "aliases"),
        feeds=tuple(
            _feed(catalogue, feed, (*place, "feed", at), MINUTES[kind])
            for at, feed in enumerate(feeds)
        ),
    )


def _feed(catalogue: Catalogue, table: Table, place: Place, minutes: int) -> OutletFeed:
    catalogue.only(table, place, _FEED)
    url = catalogue.string(table, place, "url")
    if url and not _ADDRESS.fullmatch(url):
        why = f'"{url}" is no address of a feed: it must begin with http:// or https://'
        catalogue.wrong((*place, "url"), f"{why} and hold no user name")
    return OutletFeed(
        url=url,
        title=catalogue.string(table, place, "title", ""),
        interval_seconds=60 * catalogue.count(table, place, "interval_minutes", minutes),
        full_text=catalogue.flag(table, place, "full_text"),
        custom=_custom(catalogue, table, place),
    )


def _custom(catalogue: Catalogue, table: Table, place: Place) -> Custom | None:
    """What a feed's block says of its source's customs, None where it says nothing."""
    if not any(key in table for key in ("time_zone", "charset", "prefixes", "bare_prefixes")):
        return None
    zone = catalogue.string(table, place, "time_zone", "UTC")
    charset = catalogue.string(table, place, "charset", "")
    for key, why in (("time_zone", wrong_zone(zone)), ("charset", wrong_charset(charset))):
        if why:
            catalogue.wrong((*place, key), why)
    own = catalogue.table(table, place, "prefixes")
    for word, kind in own.items():
        if kind not in (*ACTIONS, ""):
            why = f'a prefix is one of {", ".join(ACTIONS)}, or "" for an ordinary word'
            catalogue.wrong((*place, "prefixes", word), why)
    return Custom(
        time_zone=zone,
        charset=charset,
        prefixes=tuple((word, str(kind)) for word, kind in own.items()),
        has_bare_prefixes=catalogue.flag(table, place, "bare_prefixes"),
    )


_BEFORE_HOSTS = re.compile(r"^(?:(?:www|feeds?|rss|m|amp|moxie)\d?\.)+")
_SHARED_HOSTS = ("feedburner.com", "googleapis.com", "google.com", "blogspot.com", "substack.com")
_PARTS = re.compile(r"\s+[-–—|:»>·]\s+|:\s+|\s*[|»>·]\s*")  # noqa: RUF001 - as titles print them
_NO_NAME = re.compile(
    r"\b(?:rss|atom|feeds?|home ?page|latest|top stories|breaking|headlines|all news)\b",
    re.IGNORECASE,
)
_LONGEST_NAME = 6  # words


def by_homepage(outlets: Iterable[Outlet]) -> dict[str, Outlet]:
    """The outlets by the hosts of their homepages; of several on one host the first."""
    found: dict[str, Outlet] = {}
    for outlet in outlets:
        if host := _host(outlet.homepage):
            found.setdefault(host, outlet)
    return found


def owner_of(url: str, homes: Mapping[str, Outlet]) -> Outlet | None:
    """Whose address this is, by the outlets' hosts: "edition.example.com" is example.com's."""
    labels = _host(url).split(".")
    hosts = (".".join(labels[at:]) for at in range(len(labels) - 1))
    return next((homes[host] for host in hosts if host in homes), None)


def name_of(url: str, title: str = "") -> str:
    """What to call an outlet that no list has: what its feed calls itself, or else its host.

    "World news | The Harbour Post" is the Harbour Post's where the address is harbourpost.example.
    """
    host = _host(url)
    letters = re.sub(r"[^a-z0-9]", "", host.rpartition(".")[0])
    parts = [part.strip() for part in _PARTS.split(" ".join(title.split())) if part.strip()]
    for part in parts:
        plain = re.sub(r"[^a-z0-9]", "", part.lower().removeprefix("the "))
        if plain and letters and (plain in letters or letters in plain):
            return _NO_NAME.sub("", part).strip() or host
    is_name = len(parts) == 1 and len(parts[0].split()) <= _LONGEST_NAME
    return parts[0] if is_name and not _NO_NAME.search(parts[0]) else host


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""
    host = _BEFORE_HOSTS.sub("", host)
    return "" if host.endswith(_SHARED_HOSTS) else host


def wrong_zone(zone: str) -> str:
    """Why this is no time zone, '' if it is one."""
    if zone in available_timezones():
        return ""
    return f'"{zone}" is no time zone: write one as in "Europe/London"'


def wrong_charset(charset: str) -> str:
    """Why this is no charset, '' if it is one or none is given."""
    try:
        b" ".decode(charset or "utf-8")  # "hex" is a codec too, but none of text
    except (LookupError, ValueError):
        return f'"{charset}" is no charset: write one as in "windows-1252"'
    return ""


def _once(catalogue: Catalogue, outlets: tuple[Outlet, ...]) -> None:
    """Note keys and addresses that stand in the file twice."""
    keys: set[str] = set()
    urls: set[str] = set()
    for at, outlet in enumerate(outlets):
        if outlet.key in keys:
            catalogue.wrong(("outlet", at, "key"), f'the key "{outlet.key}" is used twice')
        keys.add(outlet.key)
        for number, feed in enumerate(outlet.feeds):
            if feed.url in urls:
                place = ("outlet", at, "feed", number, "url")
                catalogue.wrong(place, f"the feed {feed.url} stands here twice")
            urls.add(feed.url)
