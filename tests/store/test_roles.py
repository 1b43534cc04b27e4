"""Least privilege in the database: who owns, who works, who looks."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from pipeline.errors import BadInput
from store import fingerprintdays, gauges, roles, statistics, waiting
from store.exposition import text_format
from store.roles import Role
from store.session import make_engine, transaction

APPLICATION = Role("harbour_app", "three quiet otters' word")
READER = Role("harbour_reader", "two")


@pytest.fixture
def granted(database: Engine) -> Iterator[Engine]:
    """A database whose owner has given the two roles their rights; twice, as at every release."""
    for _ in range(2):
        with transaction(database) as session:
            roles.grant(session, application=APPLICATION, reader=READER)
    yield database
    with database.begin() as connection:  # roles belong to the server, which outlives this test
        for role in (APPLICATION, READER):
            connection.execute(text(f"DROP OWNED BY {role.name}"))
            connection.execute(text(f"DROP ROLE {role.name}"))


@pytest.fixture
def application(granted: Engine) -> Iterator[Engine]:
    yield from as_role(granted, APPLICATION)


@pytest.fixture
def reader(granted: Engine) -> Iterator[Engine]:
    yield from as_role(granted, READER)


def as_role(engine: Engine, role: Role) -> Iterator[Engine]:
    url = make_url(engine.url).set(username=role.name, password=role.password)
    own = make_engine(url.render_as_string(hide_password=False))
    yield own
    own.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (a int)",
        "ALTER TABLE stories ADD COLUMN mine int",
        "DROP TABLE heartbeats",
        "TRUNCATE heartbeats",
        "UPDATE alembic_version SET version_num = '0000'",
        "CREATE ROLE mine",
    ],
)
def test_the_application_makes_and_changes_no_tables(application: Engine, statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction(application) as session:
        session.execute(text(statement))


def test_the_application_works_on_rows_and_turns_the_days(application: Engine) -> None:
    with transaction(application) as session:
        waiting.note_tick(session, "beat")
        statistics.count(session)
        made, _ = fingerprintdays.turn_days(session, date(2026, 3, 9), kept=7)
        assert made
        assert fingerprintdays.turn_days(session, date(2026, 5, 9), kept=7)[1] == made
        session.execute(
            text("INSERT INTO fingerprints VALUES (1, 1, :day)"), {"day": date(2026, 5, 9)}
        )


def test_the_reader_sees_every_figure_and_writes_nothing(reader: Engine) -> None:
    with transaction(reader) as session:
        assert "serieswatch_build_info" in text_format(gauges.families(session))
    for statement in (
        *("DELETE FROM heartbeats", "SELECT * FROM users", "SELECT * FROM sessions"),
        *("SELECT password_hash FROM users", "SELECT address FROM digests"),
        *("SELECT text FROM item_comments", "SELECT url FROM pasted_links"),
    ):
        with pytest.raises(ProgrammingError), transaction(reader) as session:
            session.execute(text(statement))


def test_the_owner_is_not_made_less_than_it_is(database: Engine) -> None:
    owner = Role(str(database.url.username), "x")
    with pytest.raises(BadInput, match="owns"), transaction(database) as session:
        roles.grant(session, application=owner, reader=READER)


def test_an_address_without_a_role_is_refused_without_being_repeated() -> None:
    assert roles.role_of("postgresql://ann:s%27x@host/db\n") == Role("ann", "s'x")
    for address in ("postgresql://host/db", "postgresql://ann@host/db", "a word"):
        with pytest.raises(BadInput) as refused:
            roles.role_of(address)
        assert "ann" not in str(refused.value)
