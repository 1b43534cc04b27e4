"""Whose word of a story stands, where several feeds carry it."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from pipeline.records import Carrier, OutletKind

OWN_PAGE, FIRST_HAND, ELSEWHERE = 0, 1, 2
# What feeds are served from, before the name of the site they are of.
_SERVICES = ("www.", "feeds.", "feed.", "rss.", "m.", "api.")


def nearness(
    story_url: str | None, *, feed_url: str, homepage: str, outlet_kind: OutletKind
) -> int:
    """Return how near a feed stands to a story: 0 the page is its outlet's own, 2 anything else.

    1: a wire, an official source or this desk itself, which speak at first hand wherever the page
    stands. A story without a page is its feed's own.
    """
    host = _host(story_url)
    if not host or any(_is_under(host, _host(site)) for site in (feed_url, homepage)):
        return OWN_PAGE
    return ELSEWHERE if outlet_kind == "outlet" else FIRST_HAND


def leading(carriers: Iterable[Carrier]) -> Carrier:
    """Return the feed whose word stands; the same whatever order they are given or came in.

    The nearest feed; of several as near, the one that edited last, since an edit is news and a
    first showing is not; then the one that says most; then the one followed longest.
    """
    return min(carriers, key=_first)


def _first(carrier: Carrier) -> tuple[int, float, int, int]:
    edited = carrier.edited_at.timestamp() if carrier.edited_at else float("-inf")
    return carrier.nearness, -edited, -carrier.fullness, carrier.feed_id


def _host(url: str | None) -> str:
    host = (urlsplit(url).hostname or "") if url else ""
    for service in _SERVICES:
        bare = host.removeprefix(service)
        if bare != host and "." in bare:
            return bare
    return host


def _is_under(host: str, site: str) -> bool:
    return site != "" and (host == site or host.endswith(f".{site}"))
