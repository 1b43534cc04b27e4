"""What the tests of the desk share: one database, emptied before each, and the house over it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from config import settings as told
from store.models import Base
from store.session import make_engine, transaction
from tests.desk.house import House
from tests.desk.newsroom import Newsroom


@pytest.fixture(scope="module")
def desk_database(server: Engine) -> Iterator[Engine]:
    """A database in which the desk commits for real: making one for each test takes too long."""
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("CREATE DATABASE desk TEMPLATE serieswatch"))
    url = make_url(server.url.render_as_string(hide_password=False)).set(database="desk")
    engine = make_engine(url.render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with autocommit.connect() as connection:
        connection.execute(text("DROP DATABASE desk WITH (FORCE)"))


@pytest.fixture
def house(desk_database: Engine) -> House:
    """The desk at the beginning of a test: two people, and nothing in the instalment yet."""
    told.override(database_url=desk_database.url.render_as_string(hide_password=False))
    with transaction(desk_database) as session:
        _empty(session)
        room = Newsroom(session)
        series = room.series()
        return House(
            engine=desk_database,
            settings=told.settings(),
            ann=room.person("ann", "Ann Reed", "chief"),
            ben=room.person("ben", "Ben Okoro"),
            series=series,
            instalment=room.instalment(series, number=7),
        )


def _empty(session: Session) -> None:
    """Delete every row; without looking at foreign keys, since all go."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for table in Base.metadata.tables:
        session.execute(text(f"DELETE FROM {table}"))  # noqa: S608  # names of our own tables
    session.execute(text("SET LOCAL session_replication_role = origin"))
