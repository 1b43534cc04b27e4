"""The engine and `transaction()`: the one place that commits."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session, sessionmaker

from config.settings import EXAMPLES, SettingsError, settings

# A connection that forgot its transaction holds back vacuum and locks out migrations; a statement
# of a minute is a defect. The database ends both, whatever the worker is doing.
GUARDS = (
    "-c timezone=UTC -c statement_timeout=60s -c lock_timeout=30s "
    "-c idle_in_transaction_session_timeout=60s "
    # A lock of a machine that is gone is given up within a minute, not after the usual two hours.
    "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
)

# For a desk, whose statements name lists of all lengths: a plan made for none in particular has
# walked whole tables, for .4 s where a plan of its own takes 6 ms; and what compiles a statement
# before it runs takes longer than any page may.
PLANNED_EACH_TIME = "-c plan_cache_mode=force_custom_plan -c jit=off"

# Of this process and those it forks: their leases and their sessions can be told from all others.
FAMILY = secrets.token_hex(8)


def make_engine(
    database_url: str,
    *,
    name: str = "serieswatch",
    pool_size: int = 5,
    options: str = "",
    recycle: int = 3600,
) -> Engine:
    """An engine for that database; `name` shows in the server's list of connections.

    None of those is used for longer than `recycle` seconds: for each, the server keeps a process
    that holds open every file it ever read, and every table and plan it ever met in mind.

    Raises SettingsError for an address that cannot be read.
    """
    try:
        return create_engine(
            database_url,
            pool_size=pool_size,
            max_overflow=15,
            pool_pre_ping=True,
            pool_recycle=recycle,
            hide_parameters=True,  # stories and password hashes have no place in a traceback
            connect_args={
                "options": f"{GUARDS} {options}".strip(),
                "application_name": name,
                "connect_timeout": 10,
            },
        )
    except (ArgumentError, ValueError) as problem:
        # Without the problem's own words: they may quote a part of the password.
        raise SettingsError(
            "SERIESWATCH_DATABASE_URL, or what --database says, cannot be read as an address: "
            f"for example {EXAMPLES['database_url']}"
        ) from problem


@cache
def engine() -> Engine:
    """The engine of this process, made at the first use (after a worker has forked)."""
    told = settings()
    return make_engine(
        told.database_url, name=f"serieswatch {FAMILY}", recycle=told.connection_seconds
    )


@contextmanager
def transaction(on: Engine | Connection | None = None) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    `on` names another engine than the process's own, for tests and the console; or the very
    connection to write on, for what may be written only while that connection lives.
    """
    with sessionmaker(on or engine(), expire_on_commit=False).begin() as session:
        yield session
