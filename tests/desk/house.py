"""The desk under test: two editors, one series, one instalment, and browsers to visit it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from config import settings as told
from config.settings import Settings
from desk.app import create_app
from store.session import transaction
from store.users import Person
from tests.desk.browser import Answer, Browser, Element
from tests.desk.newsroom import PASSWORD, Newsroom
from tests.emptying import empty

SHEET = "/instalments/harbour-watch/7"  # where the instalment is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """Two editors, one series with one instalment, and the application over them."""

    engine: Engine
    settings: Settings
    ann: Person
    ben: Person
    series: int
    instalment: int

    @contextmanager
    def newsroom(self) -> Iterator[Newsroom]:
        """The tables, to add to; committed at the end."""
        with transaction(self.engine) as session:
            yield Newsroom(session)

    def browser(self, **changed: object) -> Browser:
        """A browser nobody has signed in with; settings may be changed for its desk."""
        return Browser(create_app(replace(self.settings, **changed), self.engine))  # type: ignore[arg-type]  # tests name real settings

    def signed_in(self, name: str = "ann", **changed: object) -> Browser:
        """A browser somebody has signed in with."""
        browser = self.browser(**changed)
        answer = browser.sign_in(name, PASSWORD, path="/keys")  # the page that costs least
        assert answer.status == 200, answer.body[:2000]
        return browser

    def item(self, headline: str = "Envoys meet in the old customs house", **fields: object) -> int:
        """Add an item to the instalment; the fields are those of Newsroom.item."""
        with self.newsroom() as room:
            return room.item(self.instalment, headline, **fields)  # type: ignore[arg-type]  # passed through


def new_house(engine: Engine) -> House:
    """The desk of that database at the beginning of a test: everything before is gone."""
    told.override(database_url=engine.url.render_as_string(hide_password=False))
    _empty_all(engine)
    with transaction(engine) as session:
        room = Newsroom(session)
        series = room.series()
        return House(
            engine=engine,
            settings=told.settings(),
            ann=room.person("ann", "Ann Reed", "chief"),
            ben=room.person("ben", "Ben Okoro"),
            series=series,
            instalment=room.instalment(series, number=7),
        )


def _empty_all(engine: Engine) -> None:
    """Delete every row. A page of the test before may be saying goodbye meanwhile: then again."""
    for further in (True, True, False):
        try:
            with transaction(engine) as session:
                empty(session)
        except OperationalError:  # a deadlock with its last request
            if not further:
                raise
        else:
            return


def shown(answer: Answer, item_id: int) -> Element:
    """An item as a page shows it."""
    return answer.page.one("article", id=f"item-{item_id}")
