"""That an instalment is out: where readers find it and since when, as stated or as reported.

It is never taken as published because it was handed over: an editor states it, or the CMS says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from pipeline.deliver import Post
from pipeline.errors import BadInput
from store import audit, changes, steps
from store.models import InstalmentRow, RemotePostRow, StepRow, TargetRow, UserRow
from store.steps import Refused
from store.users import Person

MACHINE = "machine:deliver"
_AHEAD = timedelta(minutes=5)  # clocks differ
_LOOKED_AT = ("assembling", "in_review", "ready", "approved", *changes.OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """How an instalment is out; or not yet, where `since` is None."""

    address: str
    since: datetime | None
    who: str  # who has said so: a name, or what we call the CMS


def of(session: Session, instalment_id: int) -> Out:
    """Where readers find an instalment, since when, and who says so."""
    row = InstalmentRow
    asked = select(row.address, row.published_at).where(row.id == instalment_id)
    address, since = session.execute(asked).one()
    stated = (
        select(StepRow, UserRow.display_name)
        .outerjoin(UserRow, UserRow.id == StepRow.user_id)
        .where(StepRow.instalment_id == instalment_id, StepRow.action == "publish")
        .order_by(StepRow.id.desc())
        .limit(1)
    )
    step = session.execute(stated).one_or_none()
    if step is None:
        return Out(address=address or "", since=since, who="")
    taken, name = step
    return Out(address=address or "", since=since or taken.taken_at, who=name or "the CMS")


def state(  # noqa: PLR0913  # who states what of which version when: all of it is needed
    session: Session,
    instalment_id: int,
    user: Person,
    *,
    address: str,
    since: datetime,
    title: str,
    based_on: int,
    now: datetime,
) -> None:
    """Note an editor's word that it is out; of one that is, where and since when.

    Raises Refused, and BadInput for a time that cannot be. `title` is what it ran under: previous
    instalments are listed by it from then on.
    """
    asked = select(InstalmentRow).where(InstalmentRow.id == instalment_id)
    locked = asked.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalars(locked).one()
    if since > now + _AHEAD:
        raise BadInput("that time is still to come: what is out has been out for a while")
    if since < row.opens_at:
        raise BadInput("that is before its week began: look at the day again")
    if row.state in changes.OUT:
        if row.version != based_on:
            raise Refused("Somebody was faster: look at what stands there now, and say it again.")
        row.version += 1
        session.flush()  # before the row is written below
    else:
        steps.take(session, instalment_id, user, "publish", based_on=based_on, now=now)
    _keep(session, row, address=address, since=since, title=row.title or title)
    _note(session, row, user.name, address=address, since=since)


def report(session: Session, instalment_id: int, target: str, post: Post, *, now: datetime) -> bool:
    """Take the word of a CMS that a post is published; True if that was news."""
    asked = select(InstalmentRow).where(InstalmentRow.id == instalment_id)
    locked = asked.with_for_update(key_share=True).execution_options(populate_existing=True)
    row = session.scalars(locked).one()
    if post.status != "publish" or row.state not in _LOOKED_AT:
        return False
    told = post.published
    since = now if told is None or told < row.opens_at else told
    if row.state not in changes.OUT:
        place = session.scalar(select(TargetRow.title).where(TargetRow.key == target)) or target
        reason = f"{place} says that it is published."
        changes.take_step(
            session, row, "publish", "published", by=MACHINE, user=None, reason=reason, at=now
        )
    elif row.address is not None and row.address != _link_before(session, instalment_id, target):
        return False  # an editor's word stands
    elif row.address == post.link:
        return False
    title = unescape(post.title).strip() or row.title
    _keep(session, row, address=post.link, since=row.published_at or since, title=title)
    _note(session, row, MACHINE, address=post.link, since=since)
    return True


def _link_before(session: Session, instalment_id: int, target: str) -> str | None:
    row = RemotePostRow
    asked = select(row.link).where(row.instalment_id == instalment_id, row.target == target)
    return session.scalar(asked)


def _keep(
    session: Session, row: InstalmentRow, *, address: str, since: datetime, title: str
) -> None:
    told = {"address": address or None, "published_at": since, "title": title}
    session.execute(update(InstalmentRow).where(InstalmentRow.id == row.id).values(**told))


def _note(session: Session, row: InstalmentRow, by: str, *, address: str, since: datetime) -> None:
    detail: dict[str, Any] = {"address": address, "since": since.isoformat()}
    audit.note(
        session,
        actor=by,
        action="instalment.out",
        subject_kind="instalment",
        subject_id=row.id,
        detail=detail,
    )


# --- looking at what was handed over


def due(session: Session, *, limit: int) -> list[int]:
    """The posts that are to be looked at again, whoever looks first."""
    return list(session.scalars(_DUE, {"most": limit}))


def claim(session: Session, post_id: int) -> bool:
    """Take one to look at; False if somebody has. It is due again in minutes, later in hours."""
    return session.scalar(_CLAIM, {"id": post_id}) is not None


# What nobody has published within two months of its cut-off nobody will.
_DUE = text(
    """
    SELECT p.id FROM remote_posts p JOIN instalments i ON i.id = p.instalment_id
    JOIN targets t ON t.key = p.target AND t.retired_at IS NULL
    WHERE p.look_at <= now() AND i.state <> 'withdrawn' AND i.cut_off > now() - interval '60 days'
    ORDER BY p.look_at, p.id LIMIT :most
    """
)
_CLAIM = text(
    """
    UPDATE remote_posts p
    SET look_at = now() + CASE WHEN p.status = 'publish' THEN interval '6 hours'
        WHEN p.seen_at > now() - interval '3 days' THEN interval '10 minutes'
        ELSE interval '1 hour' END
    WHERE p.id = :id AND p.look_at <= now() RETURNING p.id
    """
)


def load(session: Session, post_id: int) -> tuple[int, str, str, int]:
    """Of a post: its instalment, the target's key, the target's address, its number there."""
    row = RemotePostRow
    asked = (
        select(row.instalment_id, row.target, TargetRow.url, row.remote_id)
        .join(TargetRow, TargetRow.key == row.target)
        .where(row.id == post_id)
    )
    instalment_id, target, url, number = session.execute(asked).one()
    return instalment_id, target, url, int(number)


def note_seen(session: Session, post_id: int, *, status: str, link: str, now: datetime) -> None:
    """Keep how a post stands; an empty `link` leaves the one known."""
    row = RemotePostRow
    kept = func.coalesce(func.nullif(link, ""), row.link)
    facts = {"status": status, "link": kept, "seen_at": now}
    session.execute(update(row).where(row.id == post_id).values(**facts))
