"""What the tests of the desk share: one database, emptied before each, and the house over it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from store.session import make_engine
from tests.desk.house import House, new_house


@pytest.fixture(autouse=True, scope="module")
def _quick(quick_passwords: None) -> None:
    """Almost every test here signs somebody in."""


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
    return new_house(desk_database)
