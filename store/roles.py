"""Who may do what in the database: its owner makes tables, the application fills them, one looks.

Run by the owner at each release, and harmless to run again: what is new is granted, a password that
has changed is set.
"""

from dataclasses import dataclass

from psycopg import sql
from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from pipeline.errors import BadInput

# What the figures of store/gauges.py are made from.
LOOKED_AT = (
    *("alembic_version", "heartbeats", "recorded_clock", "statistics"),
    *("feeds", "outlets", "feed_memory", "troubles", "poll_counts", "audit_counts", "host_groups"),
    *("documents", "article_pages", "stories", "backfills", "subscriptions", "set_aside"),
    *("notices", "story_changes", "alerts", "series", "series_definitions", "instalments", "items"),
    *("deliveries", "item_assignments", "retention", "series_rematches", "series_replays"),
)
# Of these a figure needs no person's words, name or address.
_WAITS = ("work_state", "due_at", "lease_until", "lease_token", "attempts")
LOOKED_AT_IN_PART = {
    "digests": ("user_id", "told_until", *_WAITS),
    "feed_lookups": _WAITS,
    "item_comments": ("id", "item_id", "author_id", "written_at"),
    "pasted_links": _WAITS,
    "users": ("id", "disabled_at"),
}
TURNING = ("make_fingerprint_day", "drop_fingerprint_day")


@dataclass(frozen=True, slots=True)
class Role:
    """A role that may sign in, with its password."""

    name: str
    password: str


def role_of(address: str) -> Role:
    """The role that an address of a database names. Raises BadInput for one that names none."""
    try:
        url: URL = make_url(address.strip())
    except ArgumentError:
        raise BadInput("that is no address of a database") from None
    if not url.username or not url.password:
        raise BadInput("the address names no role, or no password for it")
    return Role(url.username, str(url.password))


def grant(session: Session, *, application: Role, reader: Role) -> None:
    """Let the application work on rows and the reader look at them; neither makes tables."""
    raw = session.connection().connection.driver_connection
    assert raw is not None  # noqa: S101  # it was opened by the line above
    with raw.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database()")
        owner, database = cursor.fetchone()
        if owner in {application.name, reader.name}:
            raise BadInput(
                f"{owner} owns the tables: give the application and the reader other names"
            )
        for statement in _statements(owner, database, application, reader):
            cursor.execute(statement)


def _statements(owner: str, database: str, application: Role, reader: Role) -> list[sql.Composable]:
    made: list[sql.Composable] = []
    for role in (application, reader):
        name = sql.Identifier(role.name)
        made += [
            sql.SQL(
                "DO $$ BEGIN CREATE ROLE {}; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            ).format(name),
            sql.SQL(
                "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
            ).format(name, sql.Literal(role.password)),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), name),
            sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        ]
    app, look = sql.Identifier(application.name), sql.Identifier(reader.name)
    owned = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public ").format(
        sql.Identifier(owner)
    )
    rows = "SELECT, INSERT, UPDATE, DELETE"
    for prefix, tables, sequences in (
        (sql.SQL(""), "ALL TABLES IN SCHEMA public", "ALL SEQUENCES IN SCHEMA public"),
        (owned, "TABLES", "SEQUENCES"),
    ):
        made += [
            prefix + sql.SQL(f"GRANT {rows} ON {tables} TO {{}}").format(app),
            prefix + sql.SQL(f"GRANT USAGE, SELECT ON {sequences} TO {{}}").format(app),
        ]
    # Whoever looks at figures has no business with people, their sessions or the texts.
    made += [sql.SQL("GRANT SELECT ON {} TO {}").format(sql.Identifier(t), look) for t in LOOKED_AT]
    made += [
        sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table), look
        )
        for table, columns in LOOKED_AT_IN_PART.items()
    ]
    made.append(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {}").format(app))
    made.append(sql.SQL("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
    made += [
        sql.SQL("GRANT EXECUTE ON FUNCTION {}(date) TO {}").format(sql.Identifier(name), app)
        for name in TURNING
    ]
    return made
