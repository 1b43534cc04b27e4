"""`feeds check`: one address fetched once by all the product's rules, and what is there."""

from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from cli.output import print_json
from pipeline import fetch
from pipeline.errors import BadInput, UnreadableFeed
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Answer, Feed
from workers.http import Http


def check(args: Namespace) -> int:
    """Fetch, read and show; 1 if the address is refused or no feed is there."""
    feed = Feed(id=0, url=args.url)
    answer = Http(allow_inside=tuple(args.allow_inside)).get(
        fetch.request(feed, contact="https://github.com/serieswatch/serieswatch")
    )
    now = datetime.now(UTC)  # noqa: TID251  # a door: this verb has no database to ask the time
    verdict = fetch.verdict(feed, answer, now=now)
    if not verdict.is_fresh:
        raise BadInput(f"{args.url}: {verdict.reason}")
    try:
        found = _found(answer, now)
    except UnreadableFeed as problem:
        raise BadInput(f"{args.url}: {problem.why}") from problem
    if args.json:
        print_json(found)
        return 0
    print(f"{found['title'] or args.url}: {found['items']} items, {found['refused']} unreadable")
    print("".join(f"  - {title}\n" for title in found["titles"]), end="")
    return 0


def _found(answer: Answer, now: datetime) -> dict[str, Any]:
    document = parse(answer)
    stories = [
        normalise(
            entry, feed_url=answer.url, outlet="", outlet_kind="outlet", language=None, now=now
        )
        for entry in document.entries
    ]
    return {
        "url": answer.url,
        "format": document.format,
        "title": document.title,
        "language": document.language,
        "items": len(stories),
        "refused": len(document.refused),
        "problems": list(document.problems),
        "titles": [story.title for story in stories[:10]],
    }
