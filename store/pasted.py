"""Links that people pasted: which wait, what came of each, how its story joins an instalment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from pipeline.domains import host_of
from pipeline.errors import BadInput
from pipeline.records import OutletKind
from store import audit, feeds, work
from store.drafts import OPEN_STATES
from store.models import (
    FeedRow,
    InstalmentRow,
    ItemRow,
    MemberRow,
    OutletRow,
    PastedRow,
    SeriesRow,
    StoryKeyRow,
    StoryRow,
    UserRow,
    VersionRow,
)
from store.outlets import of_address
from store.users import Person

UNDER_WAY = ("wanted", "fetched", "read")
PASTED = "pasted"  # the zone of an item that a person brought in: its section is theirs
MOST_OPEN = 50  # pasted for one instalment and not done: nobody types faster
RING_AGAIN_SECONDS = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pasted:
    """A pasted link as the desk shows it."""

    id: int
    given: str
    state: str
    reason: str
    who: str
    at: datetime
    item: int | None

    @property
    def is_under_way(self) -> bool:
        """Whether somebody still works on it."""
        return self.state in UNDER_WAY

    @property
    def is_here(self) -> bool:
        """Whether it has led to an item."""
        return self.state in {"queued", "already"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """The pasted links to ring for, by what is to be done next."""

    wanted: list[int]
    fetched: list[int]
    read: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A pasted link as the worker needs it."""

    id: int
    url: str
    reason: str
    host: str
    hops: int
    document_id: int | None
    story_id: int | None
    instalment_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose page a pasted link is, and the feed under which such links are kept."""

    outlet_id: int
    outlet: str  # key
    name: str
    kind: OutletKind
    feed_id: int
    feed_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A pasted story that has its development, with what its item is made of."""

    development_id: int
    version_id: int
    title: str
    outlet_name: str
    published: datetime | None


# --- people


def add(  # noqa: PLR0913  # who pastes what where when: each a plain fact
    session: Session,
    instalment_id: int,
    *,
    given: str,
    url: str,
    section: str,
    user: Person,
    at: datetime,
) -> int:
    """Wish for a link to be fetched into an instalment; gives the wish's id. Raises BadInput.

    The same link wished for again while somebody is at it is one wish.
    """
    row = PastedRow
    state = session.scalar(select(InstalmentRow.state).where(InstalmentRow.id == instalment_id))
    if state not in OPEN_STATES:
        raise BadInput("this instalment is approved: open it again, then paste the link")
    under_way = select(row.id, row.url).where(
        row.instalment_id == instalment_id, row.state.in_(UNDER_WAY)
    )
    waiting = {known: number for number, known in session.execute(under_way)}
    if url in waiting:
        return waiting[url]
    if len(waiting) >= MOST_OPEN:
        raise BadInput(f"{MOST_OPEN} links are on their way already: wait for them first")
    made = insert(row).values(
        instalment_id=instalment_id,
        section=section,
        given=given,
        url=url,
        host=host_of(url),
        user_id=user.id,
        pasted_at=at,
    )
    number = session.execute(made.returning(row.id)).scalar_one()
    _note(session, user.name, "paste", instalment_id, {"pasted": number, "url": url})
    return number


def again(session: Session, pasted_id: int, user: Person) -> None:
    """Try a link once more from the beginning. Raises BadInput for one that led to an item."""
    row = session.get(PastedRow, pasted_id, populate_existing=True, with_for_update=True)
    if row is None or row.state in {"queued", "already"}:
        raise BadInput("that link has led to an item: there is nothing to try again")
    if row.state in UNDER_WAY and row.work_state == "ready":
        return
    note(session, pasted_id, state="wanted", reason="it waits to be fetched", hops=0, done_at=None)
    work.wake(session, PastedRow, [pasted_id])
    _note(session, user.name, "paste.again", row.instalment_id, {"pasted": pasted_id})


def series_of(session: Session, pasted_id: int) -> tuple[str, int] | None:
    """The series' key and the instalment's number a link was pasted for; None for no such link."""
    asked = (
        select(SeriesRow.key, InstalmentRow.number)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(PastedRow, PastedRow.instalment_id == InstalmentRow.id)
        .where(PastedRow.id == pasted_id)
    )
    found = session.execute(asked).one_or_none()
    return None if found is None else (found[0], found[1])


def of_instalment(
    session: Session, instalment_id: int, *, before: int | None = None, most: int = 50
) -> Sequence[Pasted]:
    """The links pasted for an instalment, latest first; those before a number."""
    row = PastedRow
    asked = (
        select(row, UserRow.display_name)
        .join(UserRow, UserRow.id == row.user_id)
        .where(row.instalment_id == instalment_id)
        .order_by(row.id.desc())
        .limit(most)
    )
    if before is not None:
        asked = asked.where(row.id < before)
    return [
        Pasted(
            id=one.id,
            given=one.given,
            state=one.state,
            reason=one.reason,
            who=who,
            at=one.pasted_at,
            item=one.item_id,
        )
        for one, who in session.execute(asked)
    ]


# --- workers


def waiting(session: Session, *, limit: int) -> Waiting:
    """Take note that due links are being rung for, and give them by what is to be done."""
    ids = {
        state: work.announce(
            session,
            PastedRow,
            limit=limit,
            ring_seconds=RING_AGAIN_SECONDS,
            only=PastedRow.state == state,
        )
        for state in UNDER_WAY
    }
    return Waiting(ids["wanted"], ids["fetched"], ids["read"])


def free(session: Session, ids: Sequence[int], *, state: str) -> list[Asked]:
    """Those of the links that wait for this and that nobody holds; locked."""
    row = PastedRow
    asked = (
        select(row)
        .where(
            row.id.in_(ids),
            row.state == state,
            work.is_free(row),
        )
        .order_by(row.id)
        .with_for_update(skip_locked=True)
    )
    return [
        Asked(
            id=one.id,
            url=one.url,
            reason=one.reason,
            host=one.host,
            hops=one.hops,
            document_id=one.document_id,
            story_id=one.story_id,
            instalment_id=one.instalment_id,
        )
        for one in session.scalars(asked)
    ]


def note(session: Session, pasted_id: int, **values: object) -> None:
    """Write down what came of a link: `state` and `reason`, and what else is known now."""
    session.execute(update(PastedRow).where(PastedRow.id == pasted_id).values(**values))


def note_dead(session: Session, ids: Sequence[int], *, at: datetime) -> None:
    """Say of links that were given up why they led to nothing."""
    row = PastedRow
    reason = func.concat("reading it was given up: ", row.last_error)
    given_up = update(row).where(row.id.in_(ids))
    session.execute(given_up.values(state="given_up", reason=reason, done_at=at))


def known(session: Session, canonical: str) -> int | None:
    """The story that is known by this address, as it is shown; None for none."""
    asked = (
        select(func.coalesce(StoryRow.merged_into, StoryRow.id))
        .join(StoryKeyRow, StoryKeyRow.story_id == StoryRow.id)
        .where(StoryKeyRow.scheme == "url", StoryKeyRow.scope == "", StoryKeyRow.value == canonical)
    )
    return session.scalar(asked)


def source(session: Session, url: str, *, otherwise: tuple[str, str]) -> Source:
    """Whose page this is: an outlet's whose homepage or feeds are on that domain, else a new one.

    Where several outlets share a domain, none of them is taken for its owner. `otherwise` are key
    and name of a new one.
    """
    host = host_of(url)
    homes = session.execute(select(OutletRow.id, OutletRow.homepage)).all()
    owners = {number for number, home in homes if home and host_of(home) == host}
    if not owners:
        asked = select(FeedRow.outlet_id).where(FeedRow.host == host).distinct()
        owners = set(session.scalars(asked))
    if len(owners) == 1:
        outlet_id = owners.pop()
    else:
        key, name = otherwise
        found = of_address(url, key=key)
        name = name if found.key == key else found.name
        outlet_id = feeds.outlet_id(session, found.key) or feeds.ensure_outlet(
            session, key=found.key, name=name, kind=found.kind
        )
    outlet = session.get_one(OutletRow, outlet_id)
    # Never polled, and on no host: what is kept under it came by people's hands.
    feed_url = f"pasted:{outlet.key}"
    feed_id = feeds.ensure_feed(
        session,
        url=feed_url,
        outlet_id=outlet_id,
        title="Links pasted at the desk",
        is_paused=True,
    )
    feeds.set_paused(session, feed_id, is_paused=True)
    return Source(
        outlet_id=outlet_id,
        outlet=outlet.key,
        name=outlet.name,
        kind=outlet.kind,  # type: ignore[arg-type]  # the column holds these words only
        feed_id=feed_id,
        feed_url=feed_url,
    )


def ready(session: Session, story_id: int) -> Ready | None:
    """The story once it has its development; None while it waits to be placed."""
    asked = (
        select(MemberRow.development_id, VersionRow, OutletRow.name)
        .join(StoryRow, StoryRow.id == MemberRow.story_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(MemberRow.story_id == story_id)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    development_id, version, outlet = found
    return Ready(
        development_id=development_id,
        version_id=version.id,
        title=version.title,
        outlet_name=outlet,
        published=version.published_at,
    )


def put(
    session: Session, asked: Asked, story: Ready, *, attribution: str, at: datetime
) -> tuple[str, str, int | None]:
    """Put a pasted story into its instalment; gives state, reason and item.

    Where its development has an item there already, that is told instead of a second one made.
    """
    pasted = session.get_one(PastedRow, asked.id, populate_existing=True)
    row = ItemRow
    mine = (row.instalment_id == asked.instalment_id) & row.merged_into.is_(None)
    here = session.scalars(
        select(row).where(mine, row.development_id == story.development_id)
    ).one_or_none()
    if here is not None:
        is_by_this = here.story_id == asked.story_id and here.added_at > pasted.pasted_at
        if is_by_this:  # it matched the series, and a draft was faster
            return "queued", _let_it_stand(session, here, pasted), here.id
        stands, under = _STATES.get(here.state, here.state), here.section.replace("_", " ")
        return "already", f"its story is here already, {stands}, under “{under}”", here.id
    instalment = session.execute(
        select(InstalmentRow.state, InstalmentRow.opens_at, InstalmentRow.series_id)
        .where(InstalmentRow.id == asked.instalment_id)
        .with_for_update(read=True)
    ).one()
    if instalment.state not in OPEN_STATES:
        return "closed", "the instalment was approved meanwhile", None
    who, why = _who(session, pasted)
    highest = select(func.coalesce(func.min(row.position), 0.0)).where(mine)
    is_early = story.published is not None and story.published <= instalment.opens_at
    made = insert(row).values(
        instalment_id=asked.instalment_id,
        development_id=story.development_id,
        section=pasted.section,
        position=session.execute(highest).scalar_one() - 1,
        story_id=asked.story_id,
        version_id=story.version_id,
        headline=story.title,
        attribution=attribution,
        score=1.0,
        zone=PASTED,
        why=[why],
        flags=["before_window"] if is_early else [],
        added_at=at,
    )
    item_id = session.execute(made.returning(row.id)).scalar_one()
    work.wake(session, InstalmentRow, [asked.instalment_id])  # it gets its quotations
    _note_item(session, who.name, item_id, pasted)
    return "queued", "it is in the instalment", item_id


def _let_it_stand(session: Session, item: ItemRow, pasted: PastedRow) -> str:
    """Put an item that the draft made of a pasted story where it was wanted; gives what is so.

    Unless somebody has worked on it meanwhile: then it stays, and that is said.
    """
    if item.touched_at is not None:
        under = item.section.replace("_", " ")
        return f"it is in the instalment, under “{under}”, where somebody works on it"
    who, why = _who(session, pasted)
    told = {"section": pasted.section, "zone": PASTED, "why": [why, *item.why]}
    session.execute(
        update(ItemRow).where(ItemRow.id == item.id).values(**told, version=ItemRow.version + 1)
    )
    _note_item(session, who.name, item.id, pasted)
    return "it is in the instalment"


def _who(session: Session, pasted: PastedRow) -> tuple[UserRow, dict[str, object]]:
    """Who has pasted a link, and the reason that it gives an item."""
    who = session.get_one(UserRow, pasted.user_id)
    return who, {
        "reason": PASTED,
        "weight": 0.0,
        "text": f"pasted by {who.display_name}",
        "spans": [],
    }


def _note_item(session: Session, by: str, item_id: int, pasted: PastedRow) -> None:
    audit.note(
        session,
        actor=by,
        action="item.paste",
        subject_kind="item",
        subject_id=item_id,
        detail={"pasted": pasted.id, "url": pasted.given},
    )


_STATES = {
    "queued": "to decide",
    "accepted": "accepted",
    "rejected": "rejected",
    "snoozed": "put off",
}


def _note(
    session: Session, by: str, what: str, instalment_id: int, detail: dict[str, object]
) -> None:
    audit.note(
        session,
        actor=by,
        action=f"instalment.{what}",
        subject_kind="instalment",
        subject_id=instalment_id,
        detail=detail,
    )
