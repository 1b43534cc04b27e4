"""Changes that are offered to whoever works on an item: made, accepted, declined, lapsed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, work
from store.among import among
from store.decisions import Conflict
from store.decisions import find as find_item
from store.models import (
    GatheredRow,
    InstalmentRow,
    ItemRow,
    OfferRow,
    StoryRow,
    UserRow,
    VersionRow,
)

OPEN_STATES = ("assembling", "in_review", "ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A change that the machine would make and may not."""

    item_id: int
    kind: str  # version, link, origin, development, rank
    key: str
    detail: dict[str, Any]
    why: str


def make(session: Session, made: Sequence[Made], among: Sequence[ItemRow], *, at: datetime) -> None:
    """Offer these; those of the items' offers that hold no more lapse. The same twice is one."""
    row = OfferRow
    ids = [one.id for one in among]
    if not ids:
        return
    holding = [(one.item_id, one.kind, one.key) for one in made]
    lapsed = update(row).where(row.item_id.in_(ids), row.state == "open")
    if holding:
        lapsed = lapsed.where(tuple_(row.item_id, row.kind, row.key).not_in(holding))
    session.execute(lapsed.values(state="lapsed"))
    if not made:
        return
    values = [
        {
            "item_id": one.item_id,
            "kind": one.kind,
            "key": one.key,
            "detail": one.detail,
            "why": one.why,
            "offered_at": at,
        }
        for one in made
    ]
    put = insert(row).values(values)
    session.execute(
        put.on_conflict_do_update(
            index_elements=["item_id", "kind", "key"],
            set_={"state": "open", "detail": put.excluded.detail, "why": put.excluded.why},
            where=row.state.in_(("open", "lapsed")),
        )
    )


def of_items(session: Session, items: Sequence[int]) -> dict[int, list[dict[str, object]]]:
    """The open offers of each item, as the desk and the console show them."""
    row = OfferRow
    asked = select(row).where(among(row.item_id, items), row.state == "open")
    found: dict[int, list[dict[str, object]]] = {}
    for one in session.scalars(asked.order_by(row.item_id, row.id)):
        found.setdefault(one.item_id, []).append(
            {
                "id": one.id,
                "kind": one.kind,
                "why": one.why,
                "offered_at": one.offered_at,
                **one.detail,
            }
        )
    return found


def taken_since(session: Session, item_id: int, version: int) -> list[tuple[int, str, datetime]]:
    """Offers taken since an item had this version: the version each made, by whom, and when."""
    row = OfferRow
    asked = (
        select(row, UserRow.display_name)
        .outerjoin(UserRow, UserRow.name == row.decided_by)
        .where(row.item_id == item_id, row.state == "accepted")
    )
    found = [
        (int(one.detail.get("made_version", 0)), name or one.decided_by or "", one.decided_at)
        for one, name in session.execute(asked)
        if one.decided_at is not None
    ]
    return [one for one in found if one[0] > version]


def item_of(session: Session, offer_id: int) -> int | None:
    """The item an offer is made for; None for no such offer."""
    return session.scalar(select(OfferRow.item_id).where(OfferRow.id == offer_id))


def accept(
    session: Session, offer_id: int, *, by: str, at: datetime, based_on: int | None = None
) -> int:
    """Apply an offer in a person's name; gives the item. Raises BadInput if it is open no more.

    With `based_on`, the version of the item that was seen: Conflict if it is another by now.
    """
    offer, item = _held(session, offer_id, based_on)
    values = _applied(session, offer, item)
    _must_stand(session, values)
    before, made = {name: getattr(item, name) for name in values}, item.version + 1
    row = ItemRow
    session.execute(
        update(row)
        .where(row.id == item.id)
        .values(**values, version=row.version + 1, touched_at=at)
    )
    _close(session, offer, "accepted", by=by, at=at, before=before, made_version=made)
    return item.id


def decline(
    session: Session, offer_id: int, *, by: str, at: datetime, based_on: int | None = None
) -> int:
    """Turn an offer down: it is not made again; gives the item. Raises BadInput as `accept`.

    A declined development is taken apart: it stands as an item of its own from the next refresh.
    """
    offer, item = _held(session, offer_id, based_on)
    if offer.kind == "development":
        session.execute(
            update(GatheredRow)
            .where(GatheredRow.item_id == item.id)
            .where(GatheredRow.development_id == offer.detail["development"])
            .values(undone_by=by, undone_at=at)
        )
        work.wake(session, InstalmentRow, [item.instalment_id])
    _close(session, offer, "declined", by=by, at=at, before={})
    return item.id


def _held(session: Session, offer_id: int, based_on: int | None) -> tuple[OfferRow, ItemRow]:
    """The offer with its item, both locked, the item first as everybody takes them."""
    item_id = item_of(session, offer_id)
    if item_id is None:
        raise BadInput(f"there is no offer {offer_id}")
    now = {"populate_existing": True}
    item = session.scalars(
        select(ItemRow).where(ItemRow.id == item_id).with_for_update().execution_options(**now)
    ).one()
    offer = session.scalars(
        select(OfferRow).where(OfferRow.id == offer_id).with_for_update().execution_options(**now)
    ).one()
    if offer.state != "open":
        who = f" by {offer.decided_by}" if offer.decided_by else ""
        raise BadInput(f"offer {offer_id} is {offer.state}{who}: there is nothing to decide")
    if based_on is not None and item.version != based_on:
        raise Conflict(find_item(session, item_id), None)
    state = session.scalar(
        select(InstalmentRow.state).where(InstalmentRow.id == item.instalment_id)
    )
    if state not in OPEN_STATES:
        told = find_item(session, item_id)
        raise BadInput(f"{told.series} No. {told.number} is {state}: open it again first")
    return offer, item


def _must_stand(session: Session, values: Mapping[str, Any]) -> None:
    """Refuse what would rest on a story that its publisher has taken back since it was offered."""
    if (version_id := values.get("version_id")) is None:
        return
    asked = (
        select(StoryRow.status)
        .join(VersionRow, VersionRow.story_id == StoryRow.id)
        .where(VersionRow.id == version_id)
    )
    status = session.scalar(asked)
    if status != "usable":
        raise BadInput(f"the source it would rest on is {status} by now: nothing was changed")


def _applied(session: Session, offer: OfferRow, item: ItemRow) -> dict[str, Any]:
    """What accepting sets. A headline somebody has written stays."""
    detail = offer.detail
    if offer.kind in ("version", "link"):
        values = {"story_id": detail["story"], "version_id": detail["version"]}
        if item.headline == _title_shown(session, item):
            values["headline"] = detail["headline"]
        if detail.get("attribution"):
            values["attribution"] = detail["attribution"]
        return values | {"flags": [flag for flag in item.flags if flag != "updated"]}
    if offer.kind == "origin":
        return {"attribution": detail["attribution"]}
    if offer.kind == "rank":
        return {"position": _position(session, item, int(detail["place"]))}
    return {}


def _title_shown(session: Session, item: ItemRow) -> str | None:
    return session.scalar(select(VersionRow.title).where(VersionRow.id == item.version_id))


def _position(session: Session, item: ItemRow, place: int) -> float:
    """A position that makes it the so-manieth of its section."""
    row = ItemRow
    asked = (
        select(row.position)
        .where(row.instalment_id == item.instalment_id, row.section == item.section)
        .where(row.merged_into.is_(None), row.id != item.id)
        .order_by(row.position, row.id)
    )
    others = list(session.scalars(asked))
    after = others[place - 1] if place - 1 < len(others) else (others or [0.0])[-1] + 2
    before = others[place - 2] if place > 1 and others else after - 2
    return (before + after) / 2


def _close(  # noqa: PLR0913  # who decided what when, all by keyword
    session: Session,
    offer: OfferRow,
    state: str,
    *,
    by: str,
    at: datetime,
    before: dict[str, Any],
    made_version: int | None = None,
) -> None:
    row = OfferRow
    values = {"state": state, "decided_by": by, "decided_at": at}
    if made_version is not None:  # of the item: who made the current version is who to name
        values["detail"] = {**offer.detail, "made_version": made_version}
    session.execute(update(row).where(row.id == offer.id).values(**values))
    action = "item.take_offer" if state == "accepted" else "item.decline_offer"
    audit.note(
        session,
        actor=by,
        action=action,
        subject_kind="item",
        subject_id=offer.item_id,
        detail={"offer": offer.id, "kind": offer.kind, "detail": offer.detail, "before": before},
    )
