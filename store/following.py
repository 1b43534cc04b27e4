"""Which feeds are followed, and what an operator has chosen for one: lists in, lists out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import select, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from pipeline.opml import ListedFeed, outlet_key
from pipeline.records import Outlet, OutletKind
from store import feeds
from store.models import FeedRow, HostGroupRow, OutletRow
from store.outlets import of_address


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a list has come to: ids of the new, and how many were followed before."""

    added: list[int]
    known: int


def follow(session: Session, listed: Sequence[ListedFeed]) -> Followed:
    """Follow the feeds of a list. What is followed already stays as it is, with its outlet."""
    there = feeds.ids_by_url(session)
    new = [feed for feed in listed if feed.url not in there]
    outlets = _outlets(session, new)
    added = []
    for feed in new:
        facts: dict[str, object] = {"url": feed.url, "outlet_id": outlets[feed.outlet]}
        facts |= {"title": feed.title} if feed.title else {}
        if feed.interval_seconds is not None:
            facts["interval_seconds"] = feed.interval_seconds
        feed_id = feeds.ensure_feed(session, **facts)
        if feed.is_paused:
            feeds.set_paused(session, feed_id, is_paused=True)
        added.append(feed_id)
    return Followed(added, known=len(listed) - len(new))


def _outlets(session: Session, listed: Sequence[ListedFeed]) -> dict[str, int]:
    """The id of each outlet the feeds name, made where it is new; one known by its site is it."""
    by_key = {row.key: row.id for row in session.scalars(select(OutletRow))}
    asked = select(OutletRow.homepage, OutletRow.id).order_by(OutletRow.id.desc())
    by_site = {outlet_key(homepage): number for homepage, number in session.execute(asked)}
    found: dict[str, int] = {}
    for feed in listed:
        if feed.outlet in found:
            continue
        number = by_key.get(feed.outlet) or by_site.get(feed.outlet)
        site = feed.homepage or feed.url
        known = of_address(site, key=feed.outlet, title=feed.outlet_name)
        if feed.outlet != outlet_key(site):  # the list names its outlet itself
            known = Outlet(key=feed.outlet, name=feed.outlet_name or feed.outlet)
        number = number or by_key.get(known.key)
        if number is None:
            number = feeds.ensure_outlet(
                session,
                key=known.key,
                name=known.name,
                kind=feed.outlet_kind if known.kind == "outlet" else known.kind,
                homepage=feed.homepage,
                language=feed.language,
            )
        found[feed.outlet] = number
    return found


def followed(session: Session) -> list[ListedFeed]:
    """All feeds that are followed, outlet by outlet, as a list for others."""
    asked = (
        select(FeedRow, OutletRow)
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .order_by(OutletRow.key, FeedRow.url)
    )
    return [
        ListedFeed(
            url=feed.url,
            title=feed.title,
            interval_seconds=feed.interval_seconds,
            is_paused=feed.is_paused,
            outlet=outlet.key,
            outlet_name=outlet.name,
            outlet_kind=cast("OutletKind", outlet.kind),  # the column holds these words only
            homepage=outlet.homepage,
            language=outlet.language,
        )
        for feed, outlet in session.execute(asked)
    ]


def choose(session: Session, feed_id: int, **chosen: object) -> bool:
    """Set what an operator has chosen for a feed, by column; False if there is no such feed."""
    if "custom" in chosen:  # what is not set now stays as it was set before
        chosen["custom"] = FeedRow.custom.op("||")(type_coerce(chosen["custom"], JSONB))
    found = session.scalar(
        update(FeedRow).where(FeedRow.id == feed_id).values(**chosen).returning(FeedRow.id)
    )
    return found is not None


def host_of(session: Session, feed_id: int) -> str | None:
    """The registrable domain whose limits a feed shares ('' for none); None for an unknown id."""
    return session.scalar(select(FeedRow.host).where(FeedRow.id == feed_id))


def choose_gap(session: Session, host: str, *, seconds: float) -> None:
    """Set the least time between two requests to the server of this registrable domain."""
    session.execute(
        insert(HostGroupRow)
        .values(key=host, gap_seconds=seconds)
        .on_conflict_do_update(index_elements=["key"], set_={"gap_seconds": seconds})
    )
