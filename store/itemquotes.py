"""The quotations in an item or a lead: found in its text, chosen, worded, vouched for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from pipeline.records import QuoteCheck, Source
from store import audit
from store.models import (
    ItemQuoteRow,
    ItemRow,
    MemberRow,
    OutletRow,
    QuoteRow,
    StoryRow,
    UserRow,
    VersionRow,
)
from store.quotes import Unchecked
from store.stories import record
from store.users import Person

UNUSABLE = ("killed", "withheld", "withdrawn")  # nothing may rest on a story in such a state
_MOST_SOURCES = 40  # stories that quotations of one text are looked for in


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A quotation as it stands in an item, and how it was checked."""

    id: int
    item_id: int
    quote_id: int | None
    place: str  # below (under the headline), text, lead
    text: str
    speaker: str
    office: str
    forum: str
    day: str
    check: str
    why: str
    differences: tuple[dict[str, str], ...]
    noted: tuple[str, ...]
    vouched_by: str  # as others read the name; '' for nobody
    vouched_why: str
    is_checked: bool  # against its source as that is now

    @property
    def blocks(self) -> bool:
        """Whether an instalment cannot go on with it."""
        if self.check == "unavailable":
            return not self.vouched_by
        return self.check != "exact" or not self.is_checked


@dataclass(frozen=True, slots=True)
class Origin:
    """A stored version that quotations may come from, and what a check against it is called."""

    item_id: int
    story_id: int
    version_id: int
    source: Source
    against: str
    is_own: bool  # the item shows or quotes its story; not only the same development


@dataclass(frozen=True, slots=True)
class Found:
    """A quotation found in what an editor wrote, and how it stands."""

    text: str
    item_id: int
    version_id: int
    against: str
    check: QuoteCheck


def of_items(session: Session, item_ids: Sequence[int]) -> list[Standing]:
    """The quotations that stand in these items, in their order."""
    row = ItemQuoteRow
    asked = (
        select(row, StoryRow.current_version, StoryRow.status, UserRow.display_name)
        .join(VersionRow, VersionRow.id == row.version_id)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .outerjoin(UserRow, UserRow.id == row.vouched_by)
        .where(row.item_id.in_(item_ids))
        .order_by(row.item_id, row.position, row.id)
        .execution_options(populate_existing=True)
    )
    return [
        Standing(
            id=one.id,
            item_id=one.item_id,
            quote_id=one.quote_id,
            place=one.place,
            text=one.text,
            speaker=one.speaker or "",
            office=one.office or "",
            forum=one.forum or "",
            day=one.day or "",
            check=one.check,
            why=one.check_why,
            differences=tuple(one.differences),
            noted=tuple(one.noted),
            vouched_by=who or "",
            vouched_why=one.vouched_why,
            is_checked=one.checked_against == f"{current} {status}",
        )
        for one, current, status, who in session.execute(asked)
    ]


def in_lead(session: Session, instalment_id: int) -> list[tuple[Standing, str, str]]:
    """The quotations in what is written outside the items: each with its item's headline and state.

    An item may hold one without being accepted: it tells where the words come from.
    """
    row = ItemRow
    asked = (
        select(row.id, row.headline, row.state)
        .join(ItemQuoteRow, ItemQuoteRow.item_id == row.id)
        .where(row.instalment_id == instalment_id, ItemQuoteRow.place == "lead")
        .distinct()
    )
    items = {number: (headline, state) for number, headline, state in session.execute(asked)}
    standing = of_items(session, sorted(items)) if items else []
    return [(one, *items[one.item_id]) for one in standing if one.place == "lead"]


def counting(standing: Sequence[Standing], written: Mapping[int, str]) -> dict[int, list[Standing]]:
    """Those that readers will see, by item: with a text of the editor's only what stands in it."""
    found: dict[int, list[Standing]] = {}
    for one in standing:
        if one.place == "lead" or (one.place == "text") == bool(written.get(one.item_id)):
            found.setdefault(one.item_id, []).append(one)
    return found


def origins(session: Session, item_ids: Sequence[int]) -> list[Origin]:
    """What quotations of these items may come from: their stories first, then those they quote."""
    shown = select(ItemRow.id, ItemRow.story_id).where(ItemRow.id.in_(item_ids))
    quoted = (
        select(ItemQuoteRow.item_id, VersionRow.story_id)
        .join(VersionRow, VersionRow.id == ItemQuoteRow.version_id)
        .where(ItemQuoteRow.item_id.in_(item_ids))
    )
    others = (
        select(ItemRow.id, MemberRow.story_id)
        .join(MemberRow, MemberRow.development_id == ItemRow.development_id)
        .where(ItemRow.id.in_(item_ids))
        .order_by(ItemRow.id, MemberRow.story_id)
    )
    order: dict[int, int] = {}
    own: set[int] = set()
    for asked in (shown, quoted, others):
        for item_id, story_id in session.execute(asked):
            order.setdefault(story_id, item_id)
            own |= {story_id} if asked is not others else set()
    wanted = list(order)[: max(_MOST_SOURCES, len(item_ids))]
    now = (
        select(StoryRow, VersionRow, OutletRow)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.id.in_(wanted))
        .execution_options(populate_existing=True)
    )
    made = {
        story.id: Origin(
            order[story.id],
            story.id,
            version.id,
            source(version, outlet, story.status),
            f"{story.current_version} {story.status}",
            story.id in own,
        )
        for story, version, outlet in session.execute(now)
    }
    return [made[story_id] for story_id in wanted if story_id in made]


def sources(one: Unchecked) -> tuple[Source, Source]:
    """What a quotation is checked against: its source as it is now, and as it was quoted."""
    return (
        source(one.now, one.outlet, one.status),
        source(one.taken_from, one.outlet, one.status),
    )


def source(version: VersionRow, outlet: OutletRow, status: str) -> Source:
    """A stored version as the check of quotations reads it."""
    return Source(
        version=version.id,
        story=record(version, outlet),
        is_whole=bool(version.text),
        is_withheld=status in UNUSABLE,
    )


def put_found(
    session: Session,
    item_ids: Sequence[int],
    place: str,
    found: Sequence[Found],
    *,
    at: datetime,
) -> None:
    """Let the quotations that stand in a text be these.

    One that was chosen from a source keeps its row, so that its place in the source is known; out
    of the text again, it stands below the headline as before. Somebody's word for one stays with
    its words.
    """
    row = ItemQuoteRow
    asked = select(row).where(row.item_id.in_(item_ids)).order_by(row.id).with_for_update()
    rows = list(session.scalars(asked.execution_options(populate_existing=True)))
    free = [one for one in rows if one.place in {place, "below"}]
    known = _known(session, found)
    kept = set()
    for position, one in enumerate(found, start=1):
        values = {
            "place": place,
            "position": position,
            "version_id": one.version_id,
            "check": one.check.state,
            "check_why": one.check.why,
            "differences": [
                {"quoted": d.quoted, "source": d.source} for d in one.check.differences
            ],
            "noted": list(one.check.noted),
            "checked_against": one.against,
            "checked_at": at,
        }
        mine = next(
            (
                r
                for r in free
                if r.id not in kept and r.item_id == one.item_id and r.text == one.text
            ),
            None,
        )
        if mine is not None:
            kept.add(mine.id)
            session.execute(update(row).where(row.id == mine.id).values(**values))
            continue
        taken = {r.quote_id for r in rows if r.item_id == one.item_id}
        quote = known.get((one.version_id, one.text))
        if quote is not None and quote.id not in taken:
            values |= {
                "quote_id": quote.id,
                "speaker": quote.speaker,
                "office": quote.office,
                "forum": quote.forum,
                "day": quote.day,
            }
        added = insert(row).values(item_id=one.item_id, text=one.text, **values).returning(row.id)
        kept.add(session.execute(added).scalar_one())
    for old in rows:
        if old.place != place or old.id in kept:
            continue
        if old.quote_id is None or place == "lead":
            session.execute(delete(row).where(row.id == old.id))
        else:
            session.execute(update(row).where(row.id == old.id).values(place="below"))


def _known(session: Session, found: Sequence[Found]) -> dict[tuple[int, str], QuoteRow]:
    """The quotations of the sources with just these words, by version and words."""
    asked = select(QuoteRow).where(
        QuoteRow.version_id.in_({one.version_id for one in found}),
        QuoteRow.text.in_({one.text for one in found}),
    )
    return {(one.version_id, one.text): one for one in session.scalars(asked)}


def in_source(session: Session, version_id: int, *, besides: Sequence[int]) -> list[QuoteRow]:
    """The quotations of a version that do not stand in the item, in the source's order."""
    asked = (
        select(QuoteRow)
        .where(QuoteRow.version_id == version_id, QuoteRow.id.not_in(besides))
        .where(QuoteRow.field != "title")
        .order_by(QuoteRow.start, QuoteRow.id)
        .limit(60)
    )
    return list(session.scalars(asked))


def of_source(session: Session, item_id: int, quote_id: int) -> QuoteRow | None:
    """A quotation that one of an item's sources has said; None for any other."""
    asked = (
        select(QuoteRow)
        .join(VersionRow, VersionRow.id == QuoteRow.version_id)
        .join(ItemRow, ItemRow.id == item_id)
        .outerjoin(
            MemberRow,
            (MemberRow.story_id == VersionRow.story_id)
            & (MemberRow.development_id == ItemRow.development_id),
        )
        .where(QuoteRow.id == quote_id)
        .where(or_(VersionRow.story_id == ItemRow.story_id, MemberRow.story_id.is_not(None)))
    )
    return session.scalars(asked).one_or_none()


def choose(session: Session, item_id: int, quote_id: int, *, user: Person, at: datetime) -> bool:
    """Put a quotation of a source below the item's headline, last; again it changes nothing.

    False for one that none of the item's sources has said: nothing is changed then.
    """
    row, quote = ItemQuoteRow, of_source(session, item_id, quote_id)
    if quote is None:
        return False
    there = select(row.id).where(row.item_id == item_id, row.quote_id == quote_id)
    if session.scalar(there) is not None:
        return True
    last = select(func.coalesce(func.max(row.position), 0)).where(row.item_id == item_id)
    session.execute(
        insert(row).values(
            item_id=item_id,
            quote_id=quote.id,
            version_id=quote.version_id,
            text=quote.text,
            speaker=quote.speaker,
            office=quote.office,
            forum=quote.forum,
            day=quote.day,
            position=(session.scalar(last) or 0) + 1,
        )
    )
    _note(session, item_id, "item.quote", {"quote": quote_id}, user=user, at=at)
    return True


def drop(session: Session, item_id: int, standing_id: int, *, user: Person, at: datetime) -> None:
    """Take a quotation out of an item; in its source it stays."""
    row = ItemQuoteRow
    gone = session.execute(
        delete(row).where(row.id == standing_id, row.item_id == item_id).returning(row.text)
    ).scalar_one_or_none()
    if gone is not None:
        _note(session, item_id, "item.unquote", {"text": gone}, user=user, at=at)


def move(  # noqa: PLR0913  # who moves what where: all of it is needed
    session: Session, item_id: int, standing_id: int, by: int, *, user: Person, at: datetime
) -> None:
    """Move a quotation up (-1) or down (1) among those below the headline."""
    row = ItemQuoteRow
    asked = select(row).where(row.item_id == item_id, row.place == "below")
    ordered = list(session.scalars(asked.order_by(row.position, row.id).with_for_update()))
    here = next((n for n, one in enumerate(ordered) if one.id == standing_id), None)
    if here is None or not 0 <= here + by < len(ordered):
        return
    ordered[here], ordered[here + by] = ordered[here + by], ordered[here]
    for position, one in enumerate(ordered, start=1):
        session.execute(update(row).where(row.id == one.id).values(position=position))
    _note(session, item_id, "item.quotes_ordered", {}, user=user, at=at)


def word(
    session: Session, item_id: int, wanted: Mapping[int, str], *, user: Person, at: datetime
) -> bool:
    """Let quotations below the headline have these words; a word for the old ones counts no more.

    Gives whether any has changed: it is to be checked.
    """
    row = ItemQuoteRow
    changed = []
    for standing_id, text in sorted(wanted.items()):
        told = (
            update(row)
            .where(row.id == standing_id, row.item_id == item_id, row.text != text)
            .values(
                text=text,
                is_proposed=False,
                checked_against="",
                vouched_by=None,
                vouched_why="",
                vouched_at=None,
            )
            .returning(row.id)
        )
        changed += list(session.scalars(told))
    if changed:
        _note(session, item_id, "item.quote_worded", {"quotes": changed}, user=user, at=at)
    return bool(changed)


def vouch(  # noqa: PLR0913  # who vouches for what, why and when: all of it is needed
    session: Session, item_id: int, standing_id: int, *, why: str, user: Person, at: datetime
) -> bool:
    """Take a person's word for a quotation whose source is unavailable; False if it is not that."""
    row = ItemQuoteRow
    told = (
        update(row)
        .where(row.id == standing_id, row.item_id == item_id, row.check == "unavailable")
        .values(vouched_by=user.id, vouched_why=why, vouched_at=at)
        .returning(row.text)
    )
    text = session.execute(told).scalar_one_or_none()
    if text is not None:
        _note(session, item_id, "item.vouch", {"text": text, "why": why}, user=user, at=at)
    return text is not None


def unchecked(session: Session, item_ids: Sequence[int]) -> bool:
    """Whether a quotation of these items was not checked since its source has changed."""
    row = ItemQuoteRow
    against = cast(StoryRow.current_version, Text) + " " + StoryRow.status
    asked = (
        select(row.id)
        .join(VersionRow, VersionRow.id == row.version_id)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .where(row.item_id.in_(item_ids), row.checked_against != against)
        .limit(1)
    )
    return session.scalar(asked) is not None


def _note(  # noqa: PLR0913  # what an audit line says
    session: Session,
    item_id: int,
    action: str,
    detail: dict[str, object],
    *,
    user: Person,
    at: datetime,
) -> None:
    session.execute(update(ItemRow).where(ItemRow.id == item_id).values(touched_at=at))
    line = audit.Line(action=action, subject_kind="item", subject_id=item_id, detail=detail)
    audit.note_all(session, [line], actor=user.name, at=at)
