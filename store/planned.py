"""An instalment's items brought up to date with what was planned; a person's work is left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from pipeline.draft import Memory, Planned, Proposal, Telling
from pipeline.errors import BadInput
from pipeline.records import Window
from store import audit, comments, coverage, offers, work
from store.among import among
from store.models import (
    DevelopmentRow,
    GatheredRow,
    InstalmentRow,
    ItemRow,
    MemberRow,
    RulingRow,
)

SEEN = {"headline", "story_id", "version_id", "attribution"}  # what an editor decides about
TOUCHED, STANDING = 0, 1  # whose item keeps its place where several tell one happening
BY = "machine:draft"


def remember(
    session: Session,
    series_id: int,
    told: Sequence[Telling],
    *,
    window: Window,
    instalment_id: int | None = None,
) -> Memory:
    """What is known from before of the developments told, and what stands in the instalment.

    Its items are locked: what is planned on them holds until the transaction ends.
    """
    numbers = sorted({one.development for one in told})
    before = window.cut_off
    memory = coverage.read(session, [(series_id, number) for number in numbers])
    past = memory.covered(series_id, numbers, before=before)
    goes_on = memory.followed(series_id, numbers, before=before)
    standing: dict[int, int] = {}
    apart: set[tuple[int, int]] = set()
    if instalment_id is not None:
        locked = select(ItemRow).where(ItemRow.instalment_id == instalment_id)
        for row in session.scalars(locked.order_by(ItemRow.id).with_for_update()):
            if row.merged_into is None:
                standing[row.development_id] = STANDING if row.touched_at is None else TOUCHED
        apart = _apart(session, instalment_id)
    apart |= _split(session, numbers)
    return Memory(
        covered={number: tuple(found) for number, found in past.items()},
        followed={number: tuple(found) for number, found in goes_on.items()},
        standing=standing,
        apart=frozenset(apart),
    )


def _apart(session: Session, instalment_id: int) -> set[tuple[int, int]]:
    """The pairs of developments that somebody took apart here, the lower number first."""
    asked = (
        select(ItemRow.development_id, GatheredRow.development_id)
        .join(ItemRow, ItemRow.id == GatheredRow.item_id)
        .where(ItemRow.instalment_id == instalment_id, GatheredRow.undone_at.is_not(None))
    )
    return {(min(one, other), max(one, other)) for one, other in session.execute(asked)}


def _split(session: Session, developments: Sequence[int]) -> set[tuple[int, int]]:
    """The pairs that an editor split, the lower number first: they are two whatever they share."""
    row = RulingRow
    asked = select(row.development_id, row.other_id).where(
        row.kind == "split",
        row.undone_at.is_(None),
        row.development_id.in_(developments),
        row.other_id.in_(developments),
    )
    return {(min(one, other), max(one, other)) for one, other in session.execute(asked)}


def put_items(
    session: Session, instalment_id: int, items: Sequence[Planned], *, at: datetime
) -> int:
    """Bring an instalment's items up to date; gives how many are new.

    An item that a person has touched keeps its place, words and state: what the machine would
    change is offered. Untouched ones stand below, in the order given. A development that another
    item gathers has none of its own: the one it had stands aside until it is taken apart again.
    """
    row = ItemRow
    asked = select(row).where(row.instalment_id == instalment_id).order_by(row.id)
    fresh = asked.with_for_update().execution_options(populate_existing=True)
    rows = list(session.scalars(fresh))
    kept = _kept(session, [one.id for one in rows])
    standing = _standing(session, rows, kept, items)
    touched = [one for one in standing.values() if one.touched_at is not None]
    lowest = max((one.position for one in touched), default=0.0)
    new = []
    for place, item in enumerate(items, start=1):
        facts = _facts(item, position=lowest + place)
        old = standing.get(item.development)
        if old is None:
            identity = {"instalment_id": instalment_id, "development_id": item.development}
            new.append(identity | facts | {"added_at": at})
        elif old.touched_at is None:
            _update(session, old, facts)
        elif old.story_id == item.linked.story and old.version_id != item.linked.version:
            flags = sorted({*old.flags, "updated"})
            session.execute(update(row).where(row.id == old.id).values(flags=flags))
    if new:
        session.execute(upsert(row).values(new).on_conflict_do_nothing())
    _gather(session, instalment_id, items, at=at)
    offers.make(session, _offered(items, standing, kept), list(standing.values()), at=at)
    return len(new)


def _facts(item: Planned, *, position: float) -> dict[str, Any]:
    return {
        "section": item.section,
        "position": position,
        "story_id": item.linked.story,
        "version_id": item.linked.version,
        "headline": item.headline,
        "attribution": item.attribution,
        "score": item.score,
        "merit": item.merit,
        "zone": item.zone,
        "why": list(item.why),
        "flags": list(item.flags),
    }


def _update(session: Session, old: ItemRow, facts: dict[str, Any]) -> None:
    row = ItemRow
    if old.zone == "pasted":  # it stands where the person who brought it in wants it
        brought = [one for one in old.why if one["reason"] == "pasted"]
        facts |= {"section": old.section, "position": old.position, "zone": old.zone}
        facts["why"] = [*brought, *facts["why"]]
    changed = {name for name, value in facts.items() if getattr(old, name) != value}
    if changed & SEEN:  # nobody may accept a headline they have not seen
        facts["version"] = row.version + 1
    if changed:
        session.execute(update(row).where(row.id == old.id).values(**facts))


def _kept(session: Session, items: Sequence[int]) -> dict[int, list[GatheredRow]]:
    """What each item gathers, what was taken apart left out."""
    row = GatheredRow
    asked = select(row).where(row.item_id.in_(items), row.undone_at.is_(None)).order_by(row.id)
    found: dict[int, list[GatheredRow]] = {}
    for one in session.scalars(asked.execution_options(populate_existing=True)):
        found.setdefault(one.item_id, []).append(one)
    return found


def _standing(
    session: Session,
    rows: Sequence[ItemRow],
    kept: Mapping[int, Sequence[GatheredRow]],
    items: Sequence[Planned],
) -> dict[int, ItemRow]:
    """The items that stand by themselves, by development, after all that is planned.

    Two that editors made one are one: the one that stands aside waits for its merge to be undone.
    One that stands aside since its development was gathered comes back when it is so no more.
    """
    wanted = {item.development for item in items}
    aside: set[tuple[int | None, int]] = {
        (one.item_id, one.development_id) for under in kept.values() for one in under
    }
    aside |= _undone(session, [one.id for one in rows])
    standing = {one.development_id: one for one in rows if one.merged_into is None}
    for one in rows:
        is_ours = (one.merged_into, one.development_id) in aside
        if is_ours and one.development_id in wanted - standing.keys():
            _move(session, one, into=None)
            standing[one.development_id] = one
    return standing


def _undone(session: Session, items: Sequence[int]) -> set[tuple[int | None, int]]:
    row = GatheredRow
    asked = select(row.item_id, row.development_id)
    asked = asked.where(row.item_id.in_(items), row.undone_at.is_not(None))
    return {(item, development) for item, development in session.execute(asked)}


def _move(session: Session, item: ItemRow, *, into: int | None) -> None:
    row = ItemRow
    session.execute(
        update(row).where(row.id == item.id).values(merged_into=into, version=row.version + 1)
    )
    if into is not None:
        comments.carry(session, item.id, into)
    action = "item.gather" if into is not None else "item.part"
    detail: dict[str, object] = {} if into is None else {"into": into}
    audit.note(
        session, actor=BY, action=action, subject_kind="item", subject_id=item.id, detail=detail
    )


def _gather(
    session: Session, instalment_id: int, items: Sequence[Planned], *, at: datetime
) -> None:
    """Let each item gather what was planned; what it gathered and does not any more goes."""
    asked = select(ItemRow).where(
        ItemRow.instalment_id == instalment_id, ItemRow.merged_into.is_(None)
    )
    fresh = asked.execution_options(populate_existing=True)
    by_development = {one.development_id: one for one in session.scalars(fresh)}
    wanted = {
        (by_development[item.development].id, one.development): one
        for item in items
        for one in item.gathered
        if item.development in by_development
    }
    for item_id, development in wanted:
        own = by_development.get(development)
        if own is not None and own.id != item_id and own.touched_at is None:
            _move(session, own, into=item_id)
    row = GatheredRow
    ids = [one.id for one in by_development.values()]
    found = session.scalars(select(row).where(row.item_id.in_(ids), row.undone_at.is_(None)))
    gone = [one.id for one in found if (one.item_id, one.development_id) not in wanted]
    if gone:
        session.execute(delete(row).where(row.id.in_(gone)))
    if wanted:
        values = [
            {
                "item_id": item_id,
                "development_id": development,
                "score": one.score,
                "why": one.why,
                "gathered_at": at,
            }
            for (item_id, development), one in sorted(wanted.items())
        ]
        put = upsert(row).values(values)
        session.execute(
            put.on_conflict_do_update(
                index_elements=["item_id", "development_id"],
                set_={"score": put.excluded.score, "why": put.excluded.why},
                where=row.undone_at.is_(None),
            )
        )


_FOREMOST, _FAR = 3, 3  # places: an item that would rise so far to the front


def _offered(
    items: Sequence[Planned],
    standing: Mapping[int, ItemRow],
    kept: Mapping[int, Sequence[GatheredRow]],
) -> list[offers.Made]:
    """What the machine would change in items that a person works on."""
    order = sorted(standing.values(), key=lambda one: (one.section, one.position, one.id))
    found = []
    for place, item in enumerate(items, start=1):
        old = standing.get(item.development)
        if old is None or old.touched_at is None:
            continue
        found += _of_story(item, old)
        for one in item.gathered:
            before = {row.development_id: row.gathered_at for row in kept.get(old.id, ())}
            since = before.get(one.development)
            if since is None or since > old.touched_at:
                found.append(_of_development(item, old, one.development, one.why))
        stands = [one.id for one in order if one.section == old.section].index(old.id) + 1
        among = [one.development for one in items if one.section == old.section]
        would = among.index(item.development) + 1 if item.section == old.section else place
        if (
            old.state == "queued"
            and item.section == old.section
            and would <= _FOREMOST
            and stands >= would + _FAR
        ):
            found.append(
                offers.Made(
                    item_id=old.id,
                    kind="rank",
                    key=f"{would}",
                    detail={"place": would, "from": stands, "merit": item.merit},
                    why=f"by its reasons it would stand at {would}, and stands at {stands}",
                )
            )
    return found


def _of_story(item: Planned, old: ItemRow) -> list[offers.Made]:
    """A newer version of the story that stands; or a better page; or who broke it, come later."""
    linked = item.linked
    shown = next((one for one in item.tellings if one.story == old.story_id), None)
    why = next((str(one["text"]) for one in item.why if one.get("reason") == "link"), "")
    story = {
        "story": linked.story,
        "version": linked.version,
        "headline": linked.title,
        "outlet": linked.outlet,
        "url": linked.url,
        "attribution": item.attribution,
    }
    if shown is not None and shown.version != old.version_id:
        newer = {
            "story": shown.story,
            "version": shown.version,
            "headline": shown.title,
            "outlet": shown.outlet,
            "url": shown.url,
        }
        text = f"{shown.outlet_name} has a newer version: “{shown.title}”"
        return [_made(old, "version", shown.version, newer, text)]
    is_better = "who broke it" in why or "whole text" in why or shown is None
    if linked.story != old.story_id and is_better and old.link is None:
        return [_made(old, "link", linked.story, story, why)]
    is_credited = linked.story == old.story_id and bool(item.linked.origins or item.gathered)
    if is_credited and item.attribution != old.attribution and old.attribution:
        text = f"credit it otherwise: “{item.attribution}”"
        detail = {"attribution": item.attribution}
        return [_made(old, "origin", item.attribution, detail, text)]
    return []


def _made(
    old: ItemRow, kind: str, key: object, detail: Mapping[str, object], why: str
) -> offers.Made:
    return offers.Made(item_id=old.id, kind=kind, key=str(key), detail=dict(detail), why=why)


def _of_development(item: Planned, old: ItemRow, development: int, why: str) -> offers.Made:
    told = [one for one in item.tellings if one.development == development]
    first = max(told, key=lambda one: one.score)
    detail = {
        "development": development,
        "headline": first.title,
        "outlet": first.outlet,
        "story": first.story,
    }
    text = f"{first.outlet_name}, “{first.title}”, came since you worked on this: {why}"
    return _made(old, "development", development, detail, text)


def propose(
    session: Session, instalment_id: int, proposal: Proposal, *, empty: Mapping[str, str]
) -> None:
    """Keep what the instalment could be called and open with, and why sections are empty."""
    plain = asdict(proposal) | {"empty": dict(empty)}
    plain["candidates"] = [asdict(one) for one in proposal.candidates]  # JSON knows no tuples
    row = InstalmentRow
    session.execute(update(row).where(row.id == instalment_id).values(proposed=plain))


def take_apart(session: Session, item_id: int, development: int, *, by: str, at: datetime) -> bool:
    """Let a gathered development be an item of its own again; false if the item has it not.

    It is not gathered there again. The item comes at the next refresh, which is due now. Raises
    BadInput where a person works on the item and it shows a story of that development.
    """
    shows = (
        select(ItemRow.id)
        .join(MemberRow, MemberRow.story_id == ItemRow.story_id)
        .where(ItemRow.id == item_id, ItemRow.touched_at.is_not(None))
        .where(MemberRow.development_id == development)
    )
    if session.scalar(shows) is not None:
        raise BadInput("its link is a story of that development; use another link first")
    row = GatheredRow
    done = session.scalar(
        update(row)
        .where(row.item_id == item_id, row.development_id == development)
        .where(row.undone_at.is_(None))
        .values(undone_by=by, undone_at=at)
        .returning(row.id)
    )
    if done is None:
        return False
    of = select(ItemRow.instalment_id).where(ItemRow.id == item_id)
    work.wake(session, InstalmentRow, list(session.scalars(of)))
    audit.note(
        session,
        actor=by,
        action="item.take_apart",
        subject_kind="item",
        subject_id=item_id,
        detail={"development": development},
    )
    return True


def told(session: Session, item_id: int) -> list[int]:
    """The developments that an item tells besides its own."""
    row = GatheredRow
    asked = select(row.development_id).where(row.item_id == item_id, row.undone_at.is_(None))
    return list(session.scalars(asked.order_by(row.score.desc(), row.id)))


def gathered(session: Session, items: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What each item gathers, as the desk and the console show it."""
    row = GatheredRow
    asked = (
        select(row, DevelopmentRow.title)
        .join(DevelopmentRow, DevelopmentRow.id == row.development_id)
        .where(among(row.item_id, items), row.undone_at.is_(None))
        .order_by(row.item_id, row.score.desc(), row.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for one, title in session.execute(asked):
        found.setdefault(one.item_id, []).append(
            {
                "development": one.development_id,
                "headline": title,
                "score": one.score,
                "why": one.why,
            }
        )
    return found
