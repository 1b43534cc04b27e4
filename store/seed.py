"""What config's files say, brought into the tables at each release: the same again changes nothing.

A feed or series that left the files keeps its rows, since stories and instalments rest on them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Session

from pipeline.records import Outlet
from store import feeds, series, wires


@dataclass(slots=True, kw_only=True)
class Seeded:
    """What a seeding found and changed."""

    outlets: int = 0
    feeds: int = 0
    new_feeds: int = 0
    series: int = 0
    new_definitions: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)  # series where a person's version stays in force


def put_outlets(
    session: Session, outlets: Iterable[Outlet], *, first_poll_in: dict[str, float] | None = None
) -> Seeded:
    """Make outlets and feeds as given.

    `first_poll_in` says, by url, after how many seconds a new feed is polled; unsaid: at once.
    """
    seeded = Seeded()
    there = feeds.ids_by_url(session)
    for outlet in outlets:
        outlet_id = feeds.ensure_outlet(
            session,
            key=outlet.key,
            name=outlet.name,
            kind=outlet.kind,
            homepage=outlet.homepage,
            country=outlet.country,
            language=outlet.language,
            aliases=list(outlet.aliases),
        )
        seeded.outlets += 1
        for feed in outlet.feeds:
            wait = timedelta(seconds=(first_poll_in or {}).get(feed.url, 0))
            # Where the file is silent, what an operator has set stands.
            chosen: dict[str, object] = {"wants_full_text": True} if feed.full_text else {}
            if feed.custom is not None:
                chosen["custom"] = wires.custom_to_json(feed.custom)
            feeds.ensure_feed(
                session,
                url=feed.url,
                outlet_id=outlet_id,
                title=feed.title,
                interval_seconds=feed.interval_seconds,
                due_at=func.now() + wait,
                **chosen,
            )
            seeded.feeds += 1
            seeded.new_feeds += feed.url not in there
    return seeded


def put_series(
    session: Session,
    definitions: Iterable[dict[str, Any]],
    *,
    by: str = "machine:seed",
    sources: Mapping[str, str] | None = None,
) -> Seeded:
    """Make these definitions the ones in force; a changed one becomes a further version.

    What a person has written at the desk stays in force: `kept` names the series where the file
    says something else. `sources` are the files by key.
    """
    seeded = Seeded()
    for definition in definitions:
        key = definition["key"]
        changed = series.put(
            session,
            key=key,
            title=definition["title"],
            status=definition["status"],
            definition=definition,
            by=by,
            source=(sources or {}).get(key),
        )
        seeded.series += 1
        if changed:
            seeded.new_definitions.append(key)
        elif series.differs(session, key, definition):
            seeded.kept.append(key)
    return seeded
