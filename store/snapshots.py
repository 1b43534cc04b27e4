"""One moment of the whole database: exported for a backup, counted, and made to live again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, Update, func, text, update
from sqlalchemy.orm import Session

from store import audit, waiting
from store.models import Base, Leased, SessionRow
from store.session import transaction

BACKUP = "backup"  # the heartbeat that says when the last good one was made
# A backup takes as long as it takes; what guards ordinary work must not end it.
PATIENT = ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment that others can read too, as long as it is held."""

    name: str
    at: datetime
    revision: str
    counts: dict[str, int]  # rows by table


@contextmanager
def exported(engine: Engine) -> Iterator[Snapshot]:
    """Hold a moment of the database, with the rows of each table counted in it."""
    apart = engine.execution_options(isolation_level="REPEATABLE READ")
    with transaction(apart) as session:
        connection = session.connection()
        _be_patient(connection)
        connection.execute(text("SET TRANSACTION READ ONLY"))
        asked = text("SELECT pg_export_snapshot(), now(), version_num FROM alembic_version")
        name, at, revision = connection.execute(asked).one()
        yield Snapshot(name, at, revision, _counts(connection))


def counted(engine: Engine) -> dict[str, int]:
    """How many rows each table of a database has, partitions with their table."""
    with transaction(engine) as session:
        _be_patient(session.connection())
        return _counts(session.connection())


def _be_patient(connection: Connection) -> None:
    """Lift the guards of ordinary work for this transaction."""
    for guard in PATIENT:
        connection.execute(text(f"SET LOCAL {guard} = 0"))


def _counts(connection: Connection) -> dict[str, int]:
    quote = connection.dialect.identifier_preparer.quote
    counted = {}
    for name in tables(connection):
        asked = text(f"SELECT count(*) FROM {quote(name)}")  # noqa: S608  # a table's own name
        counted[name] = int(connection.scalar(asked))
    return counted


def tables(connection: Connection) -> list[str]:
    """The tables that are there, by name, without the partitions of others."""
    asked = text("""
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT c.relispartition ORDER BY c.relname""")
    return list(connection.scalars(asked))


def revive(session: Session, *, of: str) -> dict[str, int]:
    """Make a database that was put back fit for work; gives how many rows were touched.

    Whoever held a lease or was signed in is not there any more. Attempts stay as they were, save
    the one under way when the backup was made: nobody knows how that ended.
    """
    freed = 0
    for mapper in sorted(Base.registry.mappers, key=lambda one: one.class_.__name__):
        table = mapper.class_
        if issubclass(table, Leased):
            statement = (
                update(table)
                .where(table.lease_token.is_not(None))
                .values(
                    lease_token=None,
                    lease_until=None,
                    attempts=func.greatest(table.attempts - 1, 0),
                )
            )
            freed += _changed(session, statement)
            session.execute(update(table).values(announced_until=None))
    signed_in = update(SessionRow).where(SessionRow.revoked_at.is_(None))
    revoked = _changed(session, signed_in.values(revoked_at=func.now()))
    done = {"leases": freed, "sessions": revoked}
    audit.note(
        session,
        actor="machine:restore",
        action="database.restore",
        subject_kind="database",
        subject_id=of,
        detail=dict(done),
    )
    return done


def _changed(session: Session, statement: Update) -> int:
    """How many rows a statement has changed."""
    return int(getattr(session.execute(statement), "rowcount", 0))


def note_backup(session: Session) -> None:
    """A backup was made just now and found good."""
    waiting.note_tick(session, BACKUP)
