"""Gap filling in rows: which addresses are looked at for what a feed's window lost, what they gave.

A feed's document that shares no item with the one before it may have lost what came between. What
came of each address is said in its row; what came of all of them is said in the trouble's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.domains import host_of
from store.intake import Arrival, Name
from store.models import BackfillRow, DocumentRow, FeedRow, OutletRow, StoryKeyRow

OUR_OWN = ("poll", "audit", "push")  # ways in on which a feed shows its window
LATEST = 20  # documents looked through for the one that shared no item


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What is known of a gap: the feed, when the document before it came, where the next leads."""

    feed_id: int
    feed_url: str
    homepage: str  # of the outlet, '' if unknown
    after: datetime
    leads: Sequence[str]  # older pages that the document behind it names


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address to look at."""

    url: str
    kind: str  # archive, robots, sitemap
    depth: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A place that is looked at now, and what asking it takes."""

    id: int
    trouble_id: int
    feed_id: int
    feed_url: str
    url: str
    kind: str
    depth: int
    attempts: int
    after: datetime | None
    user_agent: str | None
    address: str | None  # of the feed's server, where the place is on the same host


def gap(session: Session, feed_id: int) -> Gap | None:
    """The gap before the last document that shared no item; None where there is no document."""
    row = DocumentRow
    latest = session.execute(
        select(row.captured_at, row.outcome, row.leads)
        .where(row.feed_id == feed_id, row.way.in_(OUR_OWN))
        .order_by(row.id.desc())
        .limit(LATEST)
    ).all()
    for behind, before in pairwise(latest):
        outcome = behind.outcome or {}
        if outcome.get("new") and outcome["new"] == outcome.get("entries"):
            feed, homepage = session.execute(
                select(FeedRow.url, OutletRow.homepage)
                .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
                .where(FeedRow.id == feed_id)
            ).one()
            return Gap(
                feed_id=feed_id,
                feed_url=feed,
                homepage=homepage,
                after=before.captured_at,
                leads=behind.leads,
            )
    return None


def add(
    session: Session,
    *,
    trouble_id: int,
    feed_id: int,
    after: datetime | None,
    places: Sequence[Place],
) -> int:
    """Let these places be looked at for a trouble; gives how many it had not known."""
    if not places:
        return 0
    values = [
        {
            "trouble_id": trouble_id,
            "feed_id": feed_id,
            "after": after,
            "url": place.url,
            "kind": place.kind,
            "depth": place.depth,
        }
        for place in places
    ]
    added = session.scalars(
        insert(BackfillRow).values(values).on_conflict_do_nothing().returning(BackfillRow.id)
    )
    return len(added.all())


def look(session: Session, number: int) -> Look:
    """One place with what asking it takes. Raises NoResultFound for an unknown id."""
    row, feed = session.execute(
        select(BackfillRow, FeedRow)
        .join(FeedRow, FeedRow.id == BackfillRow.feed_id)
        .where(BackfillRow.id == number)
    ).one()
    return Look(
        id=row.id,
        trouble_id=row.trouble_id,
        feed_id=row.feed_id,
        feed_url=feed.url,
        url=row.url,
        kind=row.kind,
        depth=row.depth,
        attempts=row.attempts,
        after=row.after,
        user_agent=feed.user_agent,
        address=feed.address if host_of(row.url) == feed.host else None,
    )


def note(
    session: Session,
    number: int,
    *,
    outcome: str = "",
    found: int = 0,
    document_id: int | None = None,
) -> None:
    """What came of a place: in words once that is known, or the document that will tell."""
    values: dict[str, object] = {"outcome": outcome, "found": found}
    if document_id is not None:
        values["document_id"] = document_id
    session.execute(update(BackfillRow).where(BackfillRow.id == number).values(**values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A place whose document has been read, or which was given up."""

    place: BackfillRow
    outcome: (
        Mapping[str, int] | None
    )  # of its document, None where there is none or it was given up
    problems: Sequence[str]
    leads: Sequence[str]


def to_settle(session: Session) -> list[Fetched]:
    """The places of which it can now be said what they gave."""
    row, document = BackfillRow, DocumentRow
    asked = (
        select(row, document.outcome, document.problems, document.leads)
        .outerjoin(document, document.id == row.document_id)
        .where(
            row.outcome == "",
            or_(
                document.outcome.is_not(None),
                document.work_state == "dead",
                row.work_state == "dead",
            ),
        )
        .order_by(row.id)
    )
    return [
        Fetched(place=place, outcome=outcome, problems=problems or (), leads=leads or ())
        for place, outcome, problems, leads in session.execute(asked)
    ]


def places_of(session: Session, trouble_ids: Sequence[int]) -> dict[int, list[BackfillRow]]:
    """The places looked at for each of these troubles, in order."""
    row = BackfillRow
    found: dict[int, list[BackfillRow]] = {number: [] for number in trouble_ids}
    for place in session.scalars(
        select(row).where(row.trouble_id.in_(trouble_ids)).order_by(row.id)
    ):
        found[place.trouble_id].append(place)
    return found


def unfinished(session: Session, trouble_ids: Sequence[int]) -> set[int]:
    """Those of the troubles for which some place still has to tell what it holds."""
    row = BackfillRow
    asked = select(row.trouble_id).where(row.trouble_id.in_(trouble_ids), row.outcome == "")
    return set(session.scalars(asked))


def missing(
    session: Session, document_id: int, feed_id: int, arrivals: Sequence[Arrival]
) -> list[Arrival]:
    """Of an archive page's stories those that were missed: newer than the gap, and not known.

    An older page words a story as it stood then, and a sitemap knows but its title: neither says
    anything new about a story we have.
    """
    place = BackfillRow
    asked = select(place.kind, place.after).where(place.document_id == document_id)
    found = session.execute(asked.order_by(place.id)).first()
    if found is None:
        return list(arrivals)
    kind, after = found
    known = _known(session, {name for one in arrivals for name in _names(one, feed_id)})
    return [
        one
        for one in arrivals
        if known.isdisjoint(_names(one, feed_id))
        and _is_late(one.story.published, after, undated=kind != "sitemap")
    ]


def _is_late(published: datetime | None, after: datetime | None, *, undated: bool) -> bool:
    """Whether a story is newer than the gap. In a whole site's list it must say so itself."""
    if published is None:
        return undated
    return after is None or published > after


def _known(session: Session, names: Iterable[Name]) -> set[Name]:
    wanted = sorted(names)
    if not wanted:
        return set()
    key = tuple_(StoryKeyRow.scheme, StoryKeyRow.scope, StoryKeyRow.value)
    asked = select(StoryKeyRow.scheme, StoryKeyRow.scope, StoryKeyRow.value).where(key.in_(wanted))
    return {Name(*found) for found in session.execute(asked)}


def _names(arrival: Arrival, feed_id: int) -> list[Name]:
    """What a story is identified by, as store/intake/ writes it."""
    keys, feed = arrival.keys, str(feed_id)
    names = (("guid", feed, keys.guid), ("url", "", keys.url), ("text", feed, keys.text))
    return [Name(scheme, scope, value) for scheme, scope, value in names if value]
