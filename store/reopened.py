"""What a kill or a correction has opened again, and the way back in one press.

A machine opens an approved instalment again when an accepted item can no longer stand as it was
approved (store/changes.py). Here stands what happened, to which items, and what people changed
since; and the press that leaves out or keeps each of them and brings the instalment back to where
it was. It takes the same steps through the same gates as if each were pressed by hand.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from store import alerts, decisions, steps, trail
from store.alerts import Alert, Standing
from store.changes import TAKEN_BACK
from store.models import (
    AuditRow,
    InstalmentRow,
    ItemRow,
    RemotePostRow,
    SeriesRow,
    StepRow,
    UserRow,
)
from store.steps import Refused, Step
from store.users import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """An accepted item that cannot stand as it was approved."""

    item_id: int
    version: int
    headline: str
    standing: Standing
    alerts: Sequence[Alert]  # the open ones that block

    @property
    def must_go(self) -> bool:
        """Whether its own source may not be used: keeping it would be refused."""
        return bool(self.standing.taken_back or self.standing.embargo)

    @property
    def is_left_out(self) -> bool:
        """What the form proposes: only a correction leaves an item usable as it is."""
        return self.must_go or any(one.kind in TAKEN_BACK for one in self.alerts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    """An instalment that was opened again, and by what."""

    instalment_id: int
    step: Step  # the machine's
    before: Step | None  # whoever had approved it or called it ready
    causes: Sequence[Cause]
    since: Sequence[tuple[str, str, int]]  # what people did after that: who, what, how often
    stands_at: Sequence[str]  # keys of targets where it was handed over before

    @property
    def was_approved(self) -> bool:
        """Whether it was approved, and not only called ready."""
        return self.step.state_before == "approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An instalment that waits to be approved again, for the first page."""

    series: str
    series_title: str
    number: int
    reason: str
    at: datetime
    was_approved: bool


def of(session: Session, instalment_id: int, *, now: datetime) -> Reopened | None:
    """What opened an instalment again; None unless a machine did and nobody has moved it since."""
    taken = steps.of(session, instalment_id)
    if not taken or not _is_by_machine(taken[0]):
        return None
    last = taken[0]
    before = next((one for one in taken[1:] if one.state_after == last.state_before), None)
    return Reopened(
        instalment_id=instalment_id,
        step=last,
        before=before,
        causes=_causes(session, instalment_id, now=now),
        since=[] if before is None else _since(session, instalment_id, before.at),
        stands_at=list(
            session.scalars(
                select(RemotePostRow.target)
                .where(RemotePostRow.instalment_id == instalment_id)
                .order_by(RemotePostRow.target)
            )
        ),
    )


def waiting(session: Session) -> list[Line]:
    """Every instalment that a machine opened again and nobody has moved since, the latest first."""
    last = (
        select(StepRow)
        .ext(distinct_on(StepRow.instalment_id))
        .join(InstalmentRow, InstalmentRow.id == StepRow.instalment_id)
        .where(InstalmentRow.state == "assembling")
        .order_by(StepRow.instalment_id, StepRow.id.desc())
        .subquery()
    )
    asked = (
        select(SeriesRow.key, SeriesRow.title, InstalmentRow.number)
        .add_columns(last.c.reason, last.c.taken_at, last.c.state_before)
        .join(InstalmentRow, InstalmentRow.series_id == SeriesRow.id)
        .join(last, last.c.instalment_id == InstalmentRow.id)
        .where(last.c.action == "reopen", last.c.user_id.is_(None))
        .order_by(last.c.id.desc())
    )
    return [
        Line(
            series=key,
            series_title=title,
            number=number,
            reason=reason,
            at=at,
            was_approved=before == "approved",
        )
        for key, title, number, reason, at, before in session.execute(asked)
    ]


def bring_back(  # noqa: PLR0913  # who brings what back how, upon which page, when
    session: Session,
    found: Reopened,
    user: Person,
    *,
    keeps: Collection[int],
    versions: Mapping[int, int],
    seen: Collection[int],
    based_on: int,
    approves: bool,
    now: datetime,
) -> str:
    """Leave out or keep each item, settle what happened, and take the steps; gives the state.

    `keeps`: items that stay; `versions`: of each item as the page showed it; `seen`: the alerts it
    showed. Raises Refused, with the objections where something else stands in the way, and
    decisions.Conflict or decisions.Closed; then nothing is to be kept of it.
    """
    if {one.item_id for one in found.causes} != set(versions) or {
        one.id for cause in found.causes for one in cause.alerts
    } != set(seen):
        raise Refused("Something further has happened to its sources. Look again and decide.")
    changed = [one for one in found.causes if one.version != versions[one.item_id]]
    if kept := [one for one in changed if one.item_id in keeps]:
        raise Refused(
            f"Somebody has changed “{kept[0].headline}” meanwhile. Look again and decide."
        )
    for cause in sorted(found.causes, key=lambda one: one.item_id):  # as everybody locks items
        if cause.item_id not in keeps:
            based = versions[cause.item_id]
            decisions.decide(session, cause.item_id, user, "reject", based_on=based, now=now)
        for one in cause.alerts:
            alerts.settle(session, one.id, user, at=now)
    state = "assembling"
    for further, action in enumerate(_ways(approves=approves)):
        reason = found.step.reason if action == "approve" else ""
        state = steps.take(
            session,
            found.instalment_id,
            user,
            action,
            based_on=based_on + further,
            reason=f"Again, after this: {reason}" if reason else "",
            now=now,
        )
    return state


def is_back(  # noqa: PLR0913  # what bring_back was told
    session: Session,
    instalment_id: int,
    user: Person,
    *,
    keeps: Collection[int],
    versions: Mapping[int, int],
    based_on: int,
    approves: bool,
) -> bool:
    """Whether this person's press upon that page has brought it back already: pressed twice.

    What they decided otherwise elsewhere, with another page of theirs or a token, is no such press.
    """
    ways = _ways(approves=approves)
    asked = (
        select(StepRow.user_id, StepRow.action, StepRow.made_version)
        .where(StepRow.instalment_id == instalment_id)
        .order_by(StepRow.id.desc())
        .limit(len(ways))
    )
    taken = [tuple(row) for row in session.execute(asked)][::-1]
    if taken != [(user.id, action, based_on + n) for n, action in enumerate(ways, start=1)]:
        return False
    row = ItemRow
    stand = select(row.id).where(row.instalment_id == instalment_id, row.state == "accepted")
    return set(session.scalars(stand.where(row.id.in_(versions)))) == set(keeps)


def _ways(*, approves: bool) -> tuple[str, ...]:
    return ("review", "ready", "approve") if approves else ("review", "ready")


def _is_by_machine(one: Step) -> bool:
    return one.action == "reopen" and one.who.startswith("machine:")


def _causes(session: Session, instalment_id: int, *, now: datetime) -> list[Cause]:
    asked = (
        select(ItemRow)
        .where(ItemRow.instalment_id == instalment_id, ItemRow.state == "accepted")
        .where(ItemRow.merged_into.is_(None))
        .order_by(ItemRow.position, ItemRow.id)
    )
    rows = list(session.scalars(asked))
    standing = alerts.standing(session, [row.id for row in rows], now=now)
    found = []
    for row in rows:
        of_it = standing[row.id]
        blocking = [one for one in of_it.alerts if one.blocks]
        if blocking or of_it.taken_back or of_it.embargo:
            found.append(
                Cause(
                    item_id=row.id,
                    version=row.version,
                    headline=row.headline,
                    standing=of_it,
                    alerts=blocking,
                )
            )
    return found


def _since(session: Session, instalment_id: int, at: datetime) -> list[tuple[str, str, int]]:
    """What people have done to an instalment and its items after a moment, counted."""
    items = select(cast(ItemRow.id, Text)).where(ItemRow.instalment_id == instalment_id)
    row = AuditRow
    asked = (
        select(row.actor, UserRow.display_name, row.action, func.count())
        .outerjoin(UserRow, UserRow.name == row.actor)
        .where(row.product_at > at, row.actor.not_like("machine:%"))
        .where(row.action.not_in(trail.BESIDE))
        .where(
            or_(
                (row.subject_kind == "item") & row.subject_id.in_(items),
                (row.subject_kind == "instalment") & (row.subject_id == str(instalment_id)),
            )
        )
        .group_by(row.actor, UserRow.display_name, row.action)
        .order_by(row.actor, row.action)
    )
    counted: Counter[tuple[str, str]] = Counter()
    for actor, name, action, number in session.execute(asked):
        counted[(name or actor, action)] += number
    return [(who, action, number) for (who, action), number in sorted(counted.items())]
