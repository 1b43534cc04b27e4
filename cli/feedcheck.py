"""Looking at an address by all the product's rules: is it a feed, or which feeds has its page?"""

from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from cli.output import print_json, print_table
from config.settings import Settings, given
from pipeline import discover, fetch, websub
from pipeline.discover import Found
from pipeline.errors import BadInput, UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Answer, Document, Feed, Request, Verdict
from workers.http import Http

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


def client(allow_inside: tuple[str, ...] = ()) -> tuple[Http, str]:
    """The client as the settings want it, and the contact address it names.

    This needs no database, so the settings as a whole may be absent: each is asked for by itself.
    """
    usual = Settings(database_url="")
    inside = given("allow_inside") or ""
    leads = given("connect_to") or ""
    told = Http(
        deadline=usual.fetch_deadline,
        allow_inside=(*_listed(inside), *allow_inside),
        connect_to=_listed(leads),
    )
    return told, given("contact_url") or usual.contact_url


def _listed(told: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in told.split(",") if part.strip())


def right_now() -> datetime:
    """The time of day, for verbs that ask the network and no database."""
    return datetime.now(UTC)  # noqa: TID251  # a door: there may be no database to ask the time


def check(args: Namespace) -> int:
    """Fetch, read and show; 1 if the address is refused or no feed is there."""
    http, contact = client(tuple(args.allow_inside))
    looked = look(args.url, http.get, contact=contact, now=right_now(), pick=args.pick)
    if looked.choices:
        show_choices(looked, as_json=args.json)
        return 0
    if looked.document is None:
        raise BadInput(f"{looked.url}: {looked.verdict.reason}")
    found = _found(looked, looked.document)
    if args.json:
        print_json(found)
    else:
        _print(found)
    return 0


def show_choices(looked: Looked, *, as_json: bool) -> None:
    """Show the feeds a page names, numbered for --pick."""
    lines: list[dict[str, object]] = [
        {"number": number, "kind": found.kind, "title": found.title, "url": found.url}
        for number, found in enumerate(looked.choices, start=1)
    ]
    if as_json:
        print_json({"url": looked.url, "feeds": lines, "asked": looked.asked})
        return
    print(f"{looked.url} is a page that names {len(lines)} feeds; take one with --pick NUMBER:")
    print_table(lines, ("number", "kind", "title", "url"), "")


def _found(looked: Looked, document: Document) -> dict[str, Any]:
    answer = looked.answer
    stories = [
        normalise(
            entry,
            feed_url=answer.url,
            outlet="",
            outlet_kind="outlet",
            language=None,
            now=right_now(),
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


def _print(found: dict[str, Any]) -> None:
    name = found["title"] or found["url"]
    print(f"{name}: {found['items']} items, {found['refused']} unreadable")
    print("".join(f"  - {title}\n" for title in found["titles"]), end="")
    newest = found["newest"]
    told = {
        "address": found["url"],
        "format": found["format"],
        "newest item": "undated" if newest is None else newest.isoformat(),
        "hints": ", ".join(f"{name} {value}" for name, value in found["hints"].items()),
        "hub": found["hub"] and found["hub"]["hub"],
        "found by": {"link": "a link of the page", "custom": "its usual address"}.get(
            found["found_by"]
        ),
        "problems": "; ".join(found["problems"]),
        "requests": found["asked"],
    }
    print("".join(f"{name}: {value}\n" for name, value in told.items() if value), end="")
    for one in found["refused_items"]:
        print(f"item {one['position'] + 1} was refused: {one['reason']}")
