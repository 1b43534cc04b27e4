"""A database whose clock is ours: `now()` is what a row says, so that days pass in minutes.

PostgreSQL looks functions up along the search path. With `public` before `pg_catalog`, the `now()`
and `clock_timestamp()` of every statement and default of the product are the two made here; leases,
due times, freshness and waits all run on them.
"""

from datetime import datetime

from sqlalchemy import Engine, text

MAKE = (
    "CREATE TABLE simulated_clock (moment timestamptz NOT NULL)",
    "INSERT INTO simulated_clock VALUES (pg_catalog.now())",
    """CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE
       AS 'SELECT moment FROM public.simulated_clock'""",
    """CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
       AS 'SELECT moment FROM public.simulated_clock'""",
    """DO $$ BEGIN EXECUTE format(
           'ALTER DATABASE %%I SET search_path = public, pg_catalog', current_database()
       ); END $$""",
    # Nothing here must outlive a loss of power, and days must pass quickly.
    """DO $$ BEGIN EXECUTE format(
           'ALTER DATABASE %%I SET synchronous_commit = off', current_database()
       ); END $$""",
)


def shift(engine: Engine) -> None:
    """Give an empty database a clock of ours; connections made from now on go by it."""
    with engine.begin() as connection:
        for statement in MAKE:
            connection.exec_driver_sql(statement)
    engine.dispose()


def set_clock(engine: Engine, moment: datetime) -> None:
    """Let it be that moment."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE simulated_clock SET moment = :m"), {"m": moment})
