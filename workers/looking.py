"""Looking at an address by all the product's rules: is it a feed, or which feeds has its page?"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from pipeline import discover, fetch, websub
from pipeline.discover import Found
from pipeline.errors import BadInput, UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Answer, Document, Feed, Request, Verdict

MOST_SHOWN = 10  # titles of items
_NO_FEED_THERE = frozenset({404, 410})

Get = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What stands at an address. Exactly one of a document, feeds to choose from, and neither."""

    url: str  # of the feed, or of the page
    verdict: Verdict
    answer: Answer
    document: Document | None = None
    choices: tuple[Found, ...] = ()
    found_by: str = "itself"  # itself, link, custom
    asked: int  # requests it took


class _Looker:
    """Asks addresses, and counts how often."""

    def __init__(self, get: Get, contact: str, now: datetime) -> None:
        self._get = get
        self._contact = contact
        self._now = now
        self.asked = 0

    def at(self, url: str, *, stays: bool = False) -> Looked:
        """What stands at this very address."""
        feed = Feed(id=0, url=url)
        self.asked += 1
        answer = self._get(replace(fetch.request(feed, contact=self._contact), stays=stays))
        verdict = fetch.verdict(feed, answer, now=self._now)
        looked = Looked(url=url, verdict=verdict, answer=answer, asked=self.asked)
        if not verdict.is_fresh:
            return looked
        try:
            return replace(looked, document=parse(answer))
        except UnreadableFeed as problem:
            verdict = replace(verdict, is_fresh=False, state=problem.state, reason=problem.why)
            return replace(looked, verdict=verdict)


def look(url: str, get: Get, *, contact: str, now: datetime, pick: int | None = None) -> Looked:
    """What stands at an address: a feed, else the feed its page leads to, else several of them.

    `pick` chooses among several, 1 the first. Raises BadInput for a number there is not.
    """
    looker = _Looker(get, contact, now)
    page = looker.at(url)
    if page.document is not None or page.verdict.state != "html":
        return page
    named = discover.named(page.answer)
    if not named:
        return _by_custom(looker, page)
    if pick is not None and pick > len(named):
        raise BadInput(f"{url} names {len(named)} feeds, so there is no number {pick}")
    chosen = discover.best(named) if pick is None else named[pick - 1]
    if chosen is None:
        return replace(page, choices=named)
    feed = replace(looker.at(chosen.url), found_by="link")
    if feed.document is None and pick is None and len(named) > 1:
        return replace(page, choices=named, asked=looker.asked)
    return feed


def _by_custom(looker: _Looker, page: Looked) -> Looked:
    """The feed at one of the addresses where sites keep one, else the page as it was.

    Nothing is followed from there: many sites send whatever they do not have to their first page.
    A server that does not answer, or answers more than "not found", is asked no further.
    """
    for url in discover.usual(page.answer.url):
        feed = looker.at(url, stays=True)
        if feed.document is not None:
            return replace(feed, found_by="custom")
        status = feed.answer.status
        if status is None or (status >= 400 and status not in _NO_FEED_THERE):  # noqa: PLR2004  # where errors begin
            break
    reason = f"{page.verdict.reason}; it names no feed, and there is none at the usual addresses"
    return replace(page, verdict=replace(page.verdict, reason=reason), asked=looker.asked)


def described(looked: Looked, document: Document, *, now: datetime) -> dict[str, Any]:
    """A feed that was found, in words and numbers: what it is, and what stands in it."""
    answer = looked.answer
    stories = [
        normalise(
            entry,
            feed_url=answer.url,
            outlet="",
            outlet_kind="outlet",
            language=None,
            now=now,
        )
        for entry in document.entries
    ]
    times = [time for story in stories if (time := story.published or story.updated)]
    hub = websub.hub_and_topic(answer.headers, document.ways, answer.url)
    hints = {name: value for name, value in asdict(document.hints).items() if value}
    return {
        "url": answer.url,
        "format": document.format,
        "title": document.title,
        "language": document.language,
        "items": len(stories),
        "refused": len(document.refused),
        "problems": list(document.problems),
        "titles": [story.title for story in stories[:MOST_SHOWN]],
        "newest": max(times, default=None),
        "hints": hints,
        "hub": None if hub is None else {"hub": hub[0], "topic": hub[1]},
        "refused_items": [
            {"position": one.position, "reason": one.reason} for one in document.refused
        ],
        "found_by": looked.found_by,
        "asked": looked.asked,
    }
