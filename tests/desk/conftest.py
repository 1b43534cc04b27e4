"""What the tests of the desk share."""

import pytest
from sqlalchemy import Engine

from config.settings import settings
from store.session import transaction
from tests.desk.house import House
from tests.desk.newsroom import Newsroom


@pytest.fixture
def house(database: Engine) -> House:
    """The desk at the beginning of a test: nothing in the instalment yet."""
    with transaction(database) as session:
        room = Newsroom(session)
        series = room.series()
        return House(
            engine=database,
            settings=settings(),
            ann=room.person("ann", "Ann Reed", "chief"),
            ben=room.person("ben", "Ben Okoro"),
            series=series,
            instalment=room.instalment(series, number=7),
        )
