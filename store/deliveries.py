"""Handing over as rows: a wish, how it ends, and what stands at the target since."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.deliver import Draft, Known, Post
from store import audit, work
from store.models import DeliveryRow, InstalmentRow, RemotePostRow, TargetRow, UserRow
from store.targets import Place
from store.users import Person

MACHINE = "machine:deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A wish as the worker needs it."""

    id: int
    instalment_id: int
    place: Place
    draft: Draft
    is_forced: bool
    shown: tuple[str, str] | None  # title and text that whoever forces it has seen there
    tries: int  # this one counted
    state: str  # of the instalment
    post_id: int | None  # what stands there
    known: Known | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The latest wish for one target as the desk shows it."""

    id: int
    target: str
    outcome: str  # '' while it waits; delivered, stopped, given_up
    said: str
    who: str
    wished_at: datetime
    ended_at: datetime | None
    tries: int
    next_try: datetime | None  # by the database's clock; None when it has ended
    found: Mapping[str, str] | None  # title and html that somebody made of it there
    html: str  # what was to be handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of an instalment stands at a target."""

    target: str
    link: str
    status: str
    title: str
    html: str
    seen_at: datetime


def wish(  # noqa: PLR0913  # what, where to, by whom, over whose words, when: all of it is needed
    session: Session,
    instalment_id: int,
    target: str,
    draft: Draft,
    *,
    user: Person,
    is_forced: bool = False,
    now: datetime,
) -> int:
    """Wish that a draft stands at a target; gives the wish. The same wish twice is one.

    One that has ended is carried out anew; others of this instalment that wait there are dropped,
    since this one says what is to stand there now. With `is_forced` it goes over what somebody
    changed there: over what was shown, and not over what came after.
    """
    payload = {
        "title": draft.title,
        "html": draft.html,
        "excerpt": draft.excerpt,
        "slug": draft.slug,
        "status": draft.status,
    }
    shown = _shown(session, instalment_id, target) if is_forced else None
    key = _key(instalment_id, payload, shown)
    row = DeliveryRow
    made = session.scalars(
        insert(row)
        .values(
            instalment_id=instalment_id,
            target=target,
            idempotency_key=key,
            payload=payload,
            wished_by=user.id,
            wished_at=now,
            is_forced=is_forced,
            found=shown,
        )
        .on_conflict_do_update(
            index_elements=["target", "idempotency_key"],
            set_={
                "wished_by": user.id,
                "wished_at": now,
                "is_forced": is_forced,
                "outcome": "",
                "said": "",
                "ended_at": None,
                "found": shown,
            },
        )
        .returning(row.id)
    ).one()
    work.wake(session, row, [made])
    session.execute(
        update(row)
        .where(row.instalment_id == instalment_id, row.target == target, row.id != made)
        .where(row.work_state == "ready")
        .values(work_state="done", outcome="superseded", ended_at=now)
    )
    audit.note(
        session,
        actor=user.name,
        action="instalment.deliver",
        subject_kind="instalment",
        subject_id=instalment_id,
        detail={"target": target, "delivery": made, "forced": is_forced},
    )
    return int(made)


def _shown(session: Session, instalment_id: int, target: str) -> dict[str, str] | None:
    """What the person who wants it written over was shown."""
    latest = of_instalment(session, instalment_id).get(target)
    return dict(latest.found) if latest is not None and latest.found is not None else None


def _key(instalment_id: int, payload: Mapping[str, str], shown: Mapping[str, str] | None) -> str:
    told = json.dumps([instalment_id, payload, shown], sort_keys=True).encode()
    return hashlib.sha256(told).hexdigest()


def due(session: Session, *, limit: int, ring_seconds: float) -> list[int]:
    """Take note of the wishes that are due and give their ids, the longest due first."""
    return work.announce(session, DeliveryRow, limit=limit, ring_seconds=ring_seconds)


def load(session: Session, delivery_id: int) -> Wish | None:
    """One wish with what stands there; None if it has ended or its target is in use no more."""
    row, kept = DeliveryRow, RemotePostRow
    asked = (
        select(row, TargetRow, InstalmentRow.state, kept)
        .join(TargetRow, TargetRow.key == row.target)
        .join(InstalmentRow, InstalmentRow.id == row.instalment_id)
        .outerjoin(kept, (kept.instalment_id == row.instalment_id) & (kept.target == row.target))
        .where(row.id == delivery_id, TargetRow.retired_at.is_(None))
        .execution_options(populate_existing=True)
    )
    found = session.execute(asked).one_or_none()
    if found is None:
        return None
    one, target, state, _ = found
    post: RemotePostRow | None = found[3]
    return Wish(
        id=one.id,
        instalment_id=one.instalment_id,
        place=Place(
            key=target.key,
            kind=target.kind,
            title=target.title,
            url=target.url,
        ),
        draft=Draft(**one.payload),
        is_forced=one.is_forced,
        shown=(one.found["title"], one.found["html"]) if one.is_forced and one.found else None,
        tries=one.attempts,
        state=state,
        post_id=None if post is None else int(post.remote_id),
        known=None if post is None else Known(mark=post.mark, title=post.title, html=post.html),
    )


def note_standing(session: Session, wish: Wish, post: Post, *, now: datetime) -> None:
    """Keep what stands there, as it was given back: the next time it is compared with that."""
    facts = {
        "remote_id": str(post.id),
        "link": post.link,
        "status": post.status,
        "mark": post.mark,
        "title": post.title,
        "html": post.html,
        "seen_at": now,
    }
    session.execute(
        insert(RemotePostRow)
        .values(instalment_id=wish.instalment_id, target=wish.place.key, **facts)
        .on_conflict_do_update(index_elements=["instalment_id", "target"], set_=facts)
    )


def note_status(session: Session, wish: Wish, post: Post, *, now: datetime) -> None:
    """Keep how a post stands there that we leave alone: published, scheduled, edited."""
    row = RemotePostRow
    session.execute(
        update(row)
        .where(row.instalment_id == wish.instalment_id, row.target == wish.place.key)
        .values(status=post.status, link=post.link, seen_at=now)
    )


def end(  # noqa: PLR0913  # how a wish ended has these parts
    session: Session,
    wish: Wish,
    outcome: str,
    *,
    said: str = "",
    found: Post | None = None,
    now: datetime,
) -> None:
    """A wish has ended: delivered, stopped (a person must look), given_up (it never came)."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == wish.id)
        .values(
            outcome=outcome,
            said=said,
            found=None if found is None else {"title": found.title, "html": found.html},
            remote_id=str(wish.post_id or "") or None,
            ended_at=now,
        )
    )
    audit.note(
        session,
        actor=MACHINE,
        action=f"delivery.{outcome}",
        subject_kind="instalment",
        subject_id=wish.instalment_id,
        detail={"target": wish.place.key, "delivery": wish.id, "said": said},
    )


def note_try(session: Session, delivery_id: int, *, said: str) -> None:
    """It did not come through this time; it will be tried again."""
    session.execute(update(DeliveryRow).where(DeliveryRow.id == delivery_id).values(said=said))


def close_orphan(session: Session, delivery_id: int, *, now: datetime) -> None:
    """A wish whose target is in use no more."""
    session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id)
        .values(
            outcome="stopped",
            said="this target is in use no more; an operator has retired it",
            ended_at=now,
        )
    )


def of_instalment(session: Session, instalment_id: int) -> dict[str, Told]:
    """The latest wish for each target."""
    row = DeliveryRow
    asked = (
        select(row, UserRow.display_name)
        .join(UserRow, UserRow.id == row.wished_by)
        .where(row.instalment_id == instalment_id, row.outcome != "superseded")
        .order_by(row.wished_at, row.id)
    )
    return {
        one.target: Told(
            id=one.id,
            target=one.target,
            outcome=one.outcome,
            said=one.said,
            who=who,
            wished_at=one.wished_at,
            ended_at=one.ended_at,
            tries=one.attempts,
            next_try=one.due_at if one.work_state == "ready" else None,
            found=one.found,
            html=one.payload["html"],
        )
        for one, who in session.execute(asked)
    }


def standing(session: Session, instalment_id: int) -> dict[str, Standing]:
    """What of an instalment stands where."""
    row = RemotePostRow
    return {
        one.target: Standing(
            target=one.target,
            link=one.link,
            status=one.status,
            title=one.title,
            html=one.html,
            seen_at=one.seen_at,
        )
        for one in session.scalars(select(row).where(row.instalment_id == instalment_id))
    }
