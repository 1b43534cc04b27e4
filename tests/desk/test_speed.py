"""What a page asks of the database: as many statements for a full desk as for an empty one."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from desk.app import create_app
from store.session import transaction
from tests.desk.browser import Browser
from tests.desk.house import SHEET, House
from tests.desk.newsroom import Newsroom


@contextmanager
def counted(house: House) -> Iterator[list[str]]:
    """The statements sent meanwhile."""
    sent: list[str] = []

    def note(*told: object) -> None:
        sent.append(str(told[2]))

    event.listen(house.engine, "before_cursor_execute", note)
    yield sent
    event.remove(house.engine, "before_cursor_execute", note)


def statements(house: House, browser: Browser, path: str) -> int:
    with counted(house) as sent:
        answer = browser.get(path)
    assert answer.status == 200, answer.body
    return len(sent)


def fill(house: House, number: int) -> None:
    """A further series with an instalment, and items in both; one development stands in the two."""
    with transaction(house.engine) as session:
        room = Newsroom(session)
        other = room.instalment(room.series(f"watch-{number}"), number=1)
        for at in range(number):
            item = room.item(house.instalment, f"Ferry {number} {at} is late")
            again = room.item(other, f"Ferry {number} {at} is late again")
            session.execute(
                text(
                    "UPDATE items SET development_id = "
                    "(SELECT development_id FROM items WHERE id = :one) WHERE id = :other"
                ),
                {"one": item, "other": again},
            )


@pytest.mark.parametrize(
    ("path", "most"),
    [("/", 12), ("/queue", 27), ("/queue?q=ferry", 29), (SHEET, 28), ("/items/{item}", 31)],
)
def test_a_page_asks_no_more_for_many_rows_than_for_few(house: House, path: str, most: int) -> None:
    browser = house.signed_in()
    path = path.format(item=house.item("Ferry talks go on"))
    fill(house, 2)
    few = statements(house, browser, path)
    fill(house, 12)
    assert statements(house, browser, path) == few <= most


def test_the_desk_lets_each_statement_have_a_plan_of_its_own(house: House) -> None:
    """A plan for lists of no particular length has taken 400 ms where its own takes six."""
    engine = create_app(house.settings).state.engine
    with transaction(engine) as session:
        told = [session.scalar(text(f"SHOW {name}")) for name in ("plan_cache_mode", "jit")]
    engine.dispose()
    assert told == ["force_custom_plan", "off"]
