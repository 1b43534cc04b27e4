"""A database whose clock runs fast: its `now()` and `clock_timestamp()` are ours, found first.

Every time in rows is the database's own (docs/architecture.md), so leases, next polls, deadlines,
retention and what first seen goes by all run at that speed. Not faster run what a process counts by
itself: deadlines of requests, limits of tasks, the expiry of messages, and beat's seconds.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, text

# Named functions in front of the catalogue's: what asks for now() finds ours.
_PATH = "ALTER DATABASE {name} SET search_path = public, pg_catalog"
_CLOCK = """
CREATE OR REPLACE FUNCTION public.{name}() RETURNS timestamptz LANGUAGE sql {kind} PARALLEL SAFE
AS $$ SELECT timestamptz '{base}' + (pg_catalog.{name}() - timestamptz '{real}') * {speed} $$
"""
_KINDS = {"now": "STABLE", "clock_timestamp": "VOLATILE"}


@dataclass(frozen=True, slots=True)
class Fast:
    """From `real` on, when it is `base` there, the database's time passes so many times faster."""

    real: datetime
    base: datetime
    speed: float

    def at(self, real: datetime) -> datetime:
        """What the database's clock says at that real moment."""
        return self.base + (real - self.real) * self.speed

    def hours(self, real: datetime) -> float:
        """Hours that have passed there by then."""
        return (self.at(real) - self.base) / timedelta(hours=1)


def begin(engine: Engine) -> Fast:
    """The clock as it is, but ours: to be called before there are tables, whose defaults bind it.

    Connections that are open already do not see it.
    """
    with engine.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(_PATH.format(name=name)))
    now = datetime.now(UTC)  # noqa: TID251  # the same machine's as the database's
    fast = _put(engine, Fast(now, now, 1.0))
    engine.dispose()
    return fast


def go_on(engine: Engine, before: Fast, *, speed: float, skip: timedelta = timedelta(0)) -> Fast:
    """Another speed from here on, and so much time left out; no moment comes twice."""
    now = datetime.now(UTC)  # noqa: TID251  # as above
    return _put(engine, Fast(now, before.at(now) + skip, speed))


def _put(engine: Engine, fast: Fast) -> Fast:
    with engine.begin() as connection:
        for name, kind in _KINDS.items():
            told = {"base": fast.base.isoformat(), "real": fast.real.isoformat()}
            made = _CLOCK.format(name=name, kind=kind, speed=fast.speed, **told)
            connection.execute(text(made))
    return fast
