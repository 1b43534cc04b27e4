"""Claim, renew, finish, fail: how a row that waits becomes exactly one worker's.

A message only wakes a worker; whether there is work is decided here, by one conditional UPDATE.
Attempts count at the claim, so a row that kills its worker still ends in `dead`. All times are the
database's: no lease depends on a worker's clock.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text, update
from sqlalchemy.orm import Session

from pipeline.errors import LeaseLost
from store import statistics
from store.models import (
    ArticlePageRow,
    BackfillRow,
    DeliveryRow,
    DigestRow,
    DocumentRow,
    FeedRow,
    InstalmentRow,
    LookupRow,
    PastedRow,
    RematchRow,
    ReplayRow,
    RetentionRow,
    StoryRow,
    SubscriptionRow,
)
from store.session import FAMILY

LeasedRow = (
    FeedRow
    | DocumentRow
    | StoryRow
    | InstalmentRow
    | DeliveryRow
    | DigestRow
    | BackfillRow
    | SubscriptionRow
    | ArticlePageRow
    | PastedRow
    | RetentionRow
    | RematchRow
    | ReplayRow
    | LookupRow
)
Table = (
    type[FeedRow]
    | type[DocumentRow]
    | type[StoryRow]
    | type[InstalmentRow]
    | type[DeliveryRow]
    | type[DigestRow]
    | type[BackfillRow]
    | type[SubscriptionRow]
    | type[ArticlePageRow]
    | type[PastedRow]
    | type[RetentionRow]
    | type[RematchRow]
    | type[ReplayRow]
    | type[LookupRow]
)
TABLES: tuple[Table, ...] = get_args(LeasedRow)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on rows of one table, until it runs out. `ids` may be fewer than asked."""

    table: Table
    token: uuid.UUID
    ids: tuple[int, ...]


def new_token() -> uuid.UUID:
    """A token for a lease; one can tell by it whether this process or one it forked has it."""
    return uuid.UUID(FAMILY + secrets.token_hex(8))


def announce(
    session: Session,
    table: Table,
    *,
    limit: int,
    ring_seconds: float,
    only: ColumnElement[bool] | None = None,
) -> list[int]:
    """Take note that due rows are being rung, and give their ids, longest due first.

    A row rung less than `ring_seconds` ago is left out, so that bells do not pile up in the
    broker; rows that another session is announcing right now are skipped. `only` narrows further.
    """
    due = (
        select(table.id)
        .where(
            is_free(table),
            or_(table.announced_until.is_(None), table.announced_until <= func.now()),
            *([only] if only is not None else []),
        )
        .order_by(table.due_at, table.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(session.scalars(due))
    if ids:
        session.execute(
            update(table)
            .where(table.id.in_(ids))
            .values(announced_until=func.now() + timedelta(seconds=ring_seconds))
        )
    return ids


def claim(
    session: Session,
    table: Table,
    ids: Sequence[int],
    *,
    lease_seconds: int,
    max_attempts: int | None,
) -> Lease | None:
    """Lease those of the rows that are due and free; None when there are none (a doubled bell).

    Rows that have used up their attempts are not given out: `bury` deals with them.
    """
    unspent = [] if max_attempts is None else [table.attempts < max_attempts]
    free = (
        select(table.id, table.lease_token)
        .where(table.id.in_(ids), is_free(table), *unspent)
        .order_by(table.id)
        .with_for_update(skip_locked=True)
    )
    lease = _leased(session, table, free, lease_seconds=lease_seconds)
    return lease if lease.ids else None


def take_over(session: Session, table: Table, ids: Sequence[int], *, lease_seconds: int) -> Lease:
    """Lease rows whoever held them: for a caller who knows, by a lock, that no holder lives."""
    taken = select(table.id, table.lease_token).where(table.id.in_(ids))
    locked = taken.order_by(table.id).with_for_update()
    return _leased(session, table, locked, lease_seconds=lease_seconds)


def _leased(
    session: Session,
    table: Table,
    chosen: Select[int, uuid.UUID | None],
    *,
    lease_seconds: int,
) -> Lease:
    """Lease the rows chosen, and count those whose last holder never came back."""
    token, was = new_token(), chosen.subquery()
    found = session.execute(
        update(table)
        .where(table.id == was.c.id)
        .values(
            lease_token=token,
            lease_until=func.now() + timedelta(seconds=lease_seconds),
            attempts=table.attempts + 1,
            announced_until=None,
        )
        .returning(table.id, was.c.lease_token.is_not(None))
    ).all()
    note_expired(session, table, sum(was_held for _, was_held in found))
    return Lease(table, token, tuple(sorted(number for number, _ in found)))


def note_expired(session: Session, table: Table, number: int) -> None:
    """Count leases that ran out, as their rows are taken up again."""
    if number:
        statistics.add(session, "leases_expired", table.__tablename__, number)


def renew(session: Session, lease: Lease, *, lease_seconds: int) -> None:
    """Give long work more time. Raises LeaseLost if it is no longer ours."""
    _moved(session, lease, lease_until=func.now() + timedelta(seconds=lease_seconds))


def finish(session: Session, lease: Lease, *, again_in: float | None = None) -> None:
    """Close the lease in the transaction of its effects: done, or due again after `again_in` s.

    Raises LeaseLost if the lease has run out or is another's: the caller's effects roll back.
    """
    _moved(
        session,
        lease,
        lease_token=None,
        lease_until=None,
        attempts=0,
        last_error=None,
        work_state="done" if again_in is None else "ready",
        due_at=func.now() + timedelta(seconds=again_in or 0),
    )


def fail(session: Session, lease: Lease, *, error: str, retry_in: float) -> None:
    """Give the rows back, due again after `retry_in` s; the attempt stays counted."""
    _moved(
        session,
        lease,
        lease_token=None,
        lease_until=None,
        last_error=error.replace("\0", "").encode("utf-8", "replace").decode("utf-8"),
        due_at=func.now() + timedelta(seconds=retry_in),
    )


def give_back(session: Session, lease: Lease) -> None:
    """Free what is still ours of a lease that is lost in part, the attempt not counted."""
    table = lease.table
    session.execute(
        update(table)
        .where(table.id.in_(lease.ids), table.lease_token == lease.token)
        .values(lease_token=None, lease_until=None, attempts=_one_less(table))
    )


def hand_back(session: Session, table: Table) -> tuple[list[int], list[int]]:
    """Free what this process and those it forked still hold, the attempts not counted.

    For a worker that is to end. Gives the ids freed, and those somebody is writing at the moment.
    """
    first, last = (uuid.UUID(FAMILY + digit * 16) for digit in "0f")
    held = select(table.id).where(
        table.work_state == "ready",
        table.lease_token.between(first, last),
        table.lease_until > func.now(),
    )
    idle = held.order_by(table.id).with_for_update(skip_locked=True)
    freed = session.scalars(
        update(table)
        .where(table.id.in_(idle.scalar_subquery()))
        .values(lease_token=None, lease_until=None, attempts=_one_less(table))
        .returning(table.id)
    ).all()
    return sorted(freed), list(session.scalars(held.order_by(table.id)))


def end_sessions(session: Session) -> int:
    """End the database's other sessions of this process and those it forked; gives how many."""
    asked = text("""
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = :name AND pid <> pg_backend_pid()
    """)
    return int(session.execute(asked, {"name": f"serieswatch {FAMILY}"}).scalar_one())


def wake(session: Session, table: Table, ids: Sequence[int]) -> None:
    """Make rows due now: something happened that concerns them. Attempts start anew.

    A row under a lease is woken too: its holder's `finish` then finds the token gone, and the work
    is done once more with what happened since.
    """
    session.execute(
        update(table)
        .where(table.id.in_(sorted(ids)))
        .values(
            work_state="ready",
            due_at=func.now(),
            attempts=0,
            announced_until=None,
            lease_token=None,
            lease_until=None,
        )
    )


def wake_idle(session: Session, table: Table, ids: Sequence[int]) -> None:
    """Make rows due now that nobody holds, leaving their attempts and holders alone."""
    session.execute(
        update(table)
        .where(table.id.in_(sorted(ids)), table.lease_token.is_(None))
        .values(work_state="ready", due_at=func.now(), announced_until=None)
    )


def excuse(session: Session, table: Table, *, since: datetime, lease_seconds: int) -> None:
    """Do not count attempts that an outage of the database may have ended: nobody died of the work.

    They are of leases given out before it, which nobody could give back. Holders keep their leases.
    """
    began = table.lease_until - timedelta(seconds=lease_seconds)
    cut_off = (
        select(table.id)
        .where(table.lease_token.is_not(None), table.attempts > 0, began < since)
        .order_by(table.id)
        .with_for_update()
    )
    session.execute(
        update(table)
        .where(table.id.in_(cut_off.scalar_subquery()))
        .values(attempts=table.attempts - 1)
    )


def bury(
    session: Session,
    table: Table,
    *,
    max_attempts: int,
    most_deaths: int | None = None,
    limit: int = 100,
) -> list[int]:
    """Mark as dead what has failed `max_attempts` times and is held by nobody; give the ids.

    With `most_deaths` also what was tried so often and whose last worker died of it: its lease ran
    out instead of being given back.
    """
    has_died = table.lease_token.is_not(None) & (table.attempts >= (most_deaths or max_attempts))
    spent = (
        select(table.id)
        .where(
            table.work_state == "ready",
            or_(table.attempts >= max_attempts, has_died),
            or_(table.lease_until.is_(None), table.lease_until <= func.now()),
        )
        .order_by(table.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(
        session.scalars(
            update(table)
            .where(table.id.in_(spent.scalar_subquery()))
            .values(
                work_state="dead",
                lease_token=None,
                lease_until=None,
                last_error=func.coalesce(
                    table.last_error, "the worker died each time: it was killed or crashed"
                ),
            )
            .returning(table.id)
        )
    )


def _one_less(table: Table) -> ColumnElement[int]:
    """The attempts but for this one, which `excuse` may have taken off already."""
    return func.greatest(table.attempts - 1, 0)


def is_free(table: Table) -> ColumnElement[bool]:
    """As a condition: whether a row waits, is due, and nobody holds it."""
    return and_(
        table.work_state == "ready",
        table.due_at <= func.now(),
        or_(table.lease_until.is_(None), table.lease_until <= func.now()),
    )


def _moved(session: Session, lease: Lease, **values: object) -> None:
    """Change the leased rows if every one is still ours; else raise LeaseLost."""
    table = lease.table
    ours = session.execute(
        update(table)
        .where(
            table.id.in_(lease.ids),
            table.lease_token == lease.token,
            table.lease_until > func.clock_timestamp(),
        )
        .values(**values)
        .returning(table.id)
    )
    if len(ours.all()) != len(lease.ids):
        name = table.__tablename__
        raise LeaseLost(f"the lease on {name} {list(lease.ids)} has run out or was taken over")
