"""What waits at each stage: for the sweep, the gauges, `play` and the doctor."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store.models import DocumentRow, FeedRow, HeartbeatRow, InstalmentRow, StoryRow
from store.work import Table

STAGES: dict[str, Table] = {
    "fetch": FeedRow,
    "parse": DocumentRow,
    "place": StoryRow,
    "draft": InstalmentRow,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One stage: rows due or being worked on, rows given up, and since when the oldest waits."""

    stage: str
    ready: int
    leased: int
    dead: int
    oldest_due: datetime | None


def stages(session: Session) -> list[Waiting]:
    """All stages in the order a story passes them. Feeds count only when they are due."""
    found = []
    for stage, table in STAGES.items():
        leased = table.lease_until.is_not(None)
        due = _waits(table)
        ready, held, dead, oldest = session.execute(
            select(
                func.count().filter(due & ~leased),
                func.count().filter(due & leased),
                func.count().filter(table.work_state == "dead"),
                func.min(table.due_at).filter(due),
            )
        ).one()
        found.append(Waiting(stage=stage, ready=ready, leased=held, dead=dead, oldest_due=oldest))
    return found


def given_up(session: Session) -> dict[str, list[int]]:
    """The rows that failed too often, by stage; stages without any are left out."""
    found = {
        stage: list(session.scalars(select(table.id).where(table.work_state == "dead")))
        for stage, table in STAGES.items()
    }
    return {stage: ids for stage, ids in found.items() if ids}


def last_errors(session: Session, stage: str, *, most: int = 5) -> list[str]:
    """Why rows of a stage were given up, newest first."""
    table = STAGES[stage]
    asked = select(table.id, table.last_error).where(table.work_state == "dead")
    found = session.execute(asked.order_by(table.id.desc()).limit(most))
    return [f"{stage} {number}: {error}" for number, error in found]


def count(session: Session) -> int:
    """How many rows are due or being worked on, over all stages."""
    return sum(stage.ready + stage.leased for stage in stages(session))


def is_waiting(session: Session, *tables: Table) -> bool:
    """Whether anything waits or is being worked on in these tables: `count` for frequent askers."""
    return bool(session.scalar(select(or_(*(exists().where(_waits(table)) for table in tables)))))


def _waits(table: Table) -> ColumnElement[bool]:
    """What waits: a feed when it is due or being polled, all else until it is done."""
    ready = table.work_state == "ready"
    if table is not FeedRow:
        return ready
    return ready & (table.lease_until.is_not(None) | (table.due_at <= func.now()))


def note_tick(session: Session, name: str) -> None:
    """A process of this name did its rounds just now, by the database's clock."""
    session.execute(
        insert(HeartbeatRow)
        .values(name=name, at=func.now())
        .on_conflict_do_update(index_elements=["name"], set_={"at": func.now()})
    )


# Since when it has answered without a break. After a crash of one of its sessions it starts all
# its own processes anew, though the first of them lives on. A role that may not see theirs goes by
# that one.
_UP_SINCE = text("""
    SELECT coalesce(
        (SELECT max(backend_start) FROM pg_stat_activity WHERE backend_type = 'checkpointer'),
        pg_postmaster_start_time())
""")
DATABASE = "database"  # the heartbeat that says since when it has been up, as was seen last


def restarted(session: Session) -> datetime | None:
    """Since when the database is up, if it was away since this was last asked; told once."""
    up: datetime = session.execute(_UP_SINCE).scalar_one()
    before = session.scalar(
        select(HeartbeatRow.at).where(HeartbeatRow.name == DATABASE).with_for_update()
    )
    if before == up:
        return None
    noted = insert(HeartbeatRow).values(name=DATABASE, at=up)
    session.execute(noted.on_conflict_do_update(index_elements=["name"], set_={"at": up}))
    return up if before is not None else None


def ticks(session: Session) -> dict[str, datetime]:
    """When each process did its rounds last."""
    return dict(session.execute(select(HeartbeatRow.name, HeartbeatRow.at)).all())
