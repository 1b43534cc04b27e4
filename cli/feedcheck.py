"""Looking at an address by all the product's rules: is it a feed, or which feeds has its page?"""

from argparse import Namespace
from datetime import UTC, datetime
from typing import Any

from cli.output import print_json, print_table
from config.settings import Settings, given
from pipeline.errors import BadInput
from workers.http import Http
from workers.looking import Looked, described, look


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
    found = described(looked, looked.document, now=right_now())
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
