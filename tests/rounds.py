"""An invented newsroom whose feeds are brought through the whole flow, stage by stage.

Outlets, feeds, stories and the series are made up by us and stand on example domains.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

from sqlalchemy import Column, Engine, func, select, text, update
from sqlalchemy.orm import Session

from config import settings as told
from pipeline.definition import read_series, series_to_json
from pipeline.records import Answer, OutletKind
from store import clock, feeds, seed, work
from store import session as sessions
from store.models import Base, FeedRow, FingerprintRow, HostGroupRow, StatisticRow
from store.session import transaction
from tests.emptying import empty
from tests.fakes import FakeHttp
from workers import flow

FRIDAY = datetime(2026, 3, 13, 20, 0, tzinfo=UTC)  # a cut-off of the series below
MONDAY = FRIDAY - timedelta(days=4, hours=8)  # noon, in the window that ends then
WORLD = "https://harbour-post.example/world.xml"
TIDES = "https://tide-wire.example/all.xml"
SERIES = """
key = "ferry-watch"
title = "Ferry Watch"

[calendar]
weekday = "friday"
cut_off = "20:00"
time_zone = "UTC"

[matching]
query = "ferry OR ferries OR Zelensky"
countries = ["UA"]

[form]
own_outlets = ["harbour-post"]

[[sections]]
key = "lead"
heading = ""
minimum_score = 0.9
when_empty = "No lead yet."

[[sections]]
key = "other"
heading = "In other harbour news"

[[sections]]
key = "ministry"
heading = "Harbour ministry"
outlets = ["harbour-ministry"]
order = "newest"
when_empty = "No ministry news found this week."
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a feed. Without `guid` or `link` it is known by its text."""

    title: str = "Ferry talks resume at Port Lucan"
    guid: str | None = "post-1"
    link: str | None = "https://harbour-post.example/world/ferry-talks"
    summary: str = "Two delegations met on Monday."
    body: str = ""  # HTML
    published: datetime | None = MONDAY - timedelta(hours=2)

    def xml(self) -> str:
        """The item as RSS."""
        parts = [f"<title>{escape(self.title)}</title>"] if self.title else []
        if self.guid is not None:
            parts.append(f'<guid isPermaLink="false">{escape(self.guid)}</guid>')
        if self.link is not None:
            parts.append(f"<link>{escape(self.link)}</link>")
        if self.summary:
            parts.append(f"<description>{escape(self.summary)}</description>")
        if self.body:
            parts.append(f"<content:encoded>{escape(self.body)}</content:encoded>")
        if self.published is not None:
            parts.append(f"<pubDate>{format_datetime(self.published, usegmt=True)}</pubDate>")
        return f"<item>{''.join(parts)}</item>"


def an_item(number: int, **changes: Any) -> Item:  # noqa: ANN401  # any field of Item
    """An item of its own: one of eight happenings about ferries, each a development of its own."""
    link = f"https://harbour-post.example/world/{number}"
    title = HEADLINES[number % len(HEADLINES)]
    # A summary of its own, too: what stories share beside their headlines draws them together.
    own = Item(title=title, guid=f"post-{number}", link=link, summary=f"Page{number}.")
    return replace(own, **changes)


HEADLINES = (
    "Ferry talks resume in Aldwick",
    "Storm keeps every ferry at Brennick",
    "Pilots reject a ferry pay offer",
    "Night ferries draw complaints over noise",
    "Court halts sale of a ferry terminal",
    "Whale delays morning ferry",
    "Ministers promise cheaper ferries",
    "Divers search for lost ferry bell",
)
# A body that is nobody's by chance, and speaks of what the headlines do.
LONG = " ".join(("ferry", *(f"word{number}" for number in range(60))))
UNREADABLE = "<item><description></description></item>"  # nothing in it makes a story


def a_feed(*items: Item | str, title: str = "The Harbour Post") -> bytes:
    """A feed of these items as RSS; a text is put in as it is."""
    inside = "".join(item if isinstance(item, str) else item.xml() for item in items)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{title}</title><link>https://harbour-post.example/</link>"
        f"<language>en</language>{inside}</channel></rss>"
    ).encode()


@dataclass
class Rounds:
    """The flow over a database of its own; the recorded clock stands where it is put."""

    engine: Engine
    http: FakeHttp = field(default_factory=FakeHttp)
    feeds: dict[str, int] = field(default_factory=dict)  # id by address

    def follow(
        self, url: str = WORLD, *, outlet: str = "harbour-post", kind: OutletKind = "outlet"
    ) -> int:
        """Follow a feed, not due before it is polled by hand; gives its id."""
        with transaction(self.engine) as session:
            name = outlet.replace("-", " ").title()
            outlet_id = feeds.ensure_outlet(session, key=outlet, name=name, kind=kind)
            later = func.now() + timedelta(days=1)
            feed_id = feeds.ensure_feed(session, url=url, outlet_id=outlet_id, due_at=later)
        self.feeds[url] = feed_id
        return feed_id

    def define(self, definition: str = SERIES) -> None:
        """Bring a series, or a further version of it, into force."""
        with transaction(self.engine) as session:
            seed.put_series(session, [series_to_json(read_series(definition, "ferries.toml"))])

    def at(self, moment: datetime) -> None:
        """Put the recorded clock there."""
        with transaction(self.engine) as session:
            clock.set_recorded(session, moment)

    def serve(
        self,
        *items: Item | str,
        url: str = WORLD,
        body: bytes | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> bytes:
        """Let the feed's address give these items, or these bytes; gives the bytes."""
        given = a_feed(*items) if body is None else body
        validators = {"etag": etag, "last-modified": last_modified}
        headers = {name: value for name, value in validators.items() if value is not None}
        self.http.answers[url] = Answer(url=url, status=200, headers=headers, body=given)
        return given

    def fail(
        self,
        url: str = WORLD,
        *,
        status: int | None = None,
        problem: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Let the feed's address answer with a status, or not at all for some reason."""
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        self.http.answers[url] = Answer(
            url=url, status=status, headers=headers, problem=problem, detail="as a test has it"
        )

    def poll(self, url: str = WORLD) -> int | None:
        """Poll the feed now; gives the document to parse, if there is a new one."""
        self.make_due(self.feeds[url])
        kept = flow.fetch_feeds([self.feeds[url]], told.settings(), self.http.get)
        return kept[0] if kept else None

    def make_due(self, *ids: int, table: work.Table = FeedRow) -> None:
        """Make rows wait again, whatever became of them."""
        with transaction(self.engine) as session:
            work.wake(session, table, ids)

    def parse(self, document_id: int | None) -> bool:
        """Parse one document."""
        assert document_id is not None
        return flow.parse_documents([document_id], told.settings())

    def place(self) -> list[int]:
        """Place all stories that wait; gives the instalments to bring up to date."""
        found: set[int] = set()
        while True:
            placed = flow.place_stories(told.settings())
            found.update(placed.instalments)
            if not placed.more:
                return sorted(found)

    def refresh(self, *instalments: int) -> None:
        """Bring these instalments up to date."""
        for instalment in instalments:
            flow.refresh_draft(instalment, told.settings())

    def bring(self, *items: Item | str, url: str = WORLD) -> None:
        """Let items appear in a feed, and everything come of it that does."""
        self.serve(*items, url=url)
        if (document := self.poll(url)) is not None:
            self.parse(document)
        self.refresh(*self.place())

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction to look or change things with."""
        with transaction(self.engine) as session:
            yield session

    def feed(self, url: str = WORLD) -> FeedRow:
        """The feed's row."""
        with self.session() as session:
            return session.scalars(select(FeedRow).where(FeedRow.url == url)).one()

    def rows(self, table: type[Any]) -> list[Any]:
        """All rows of a table, by its key."""
        with self.session() as session:
            return list(session.scalars(select(table).order_by(*table.__table__.primary_key)))

    def run_out(self, table: work.Table) -> None:
        """Let the leases on a table's rows run out."""
        with self.session() as session:
            past = func.now() - timedelta(seconds=1)
            session.execute(
                update(table).where(table.lease_until.is_not(None)).values(lease_until=past)
            )

    def come_due(self, table: work.Table) -> None:
        """Let the time pass that failed rows of a table wait before they are tried again."""
        with self.session() as session:
            waits = update(table).where(table.work_state == "ready")
            session.execute(waits.values(due_at=func.now(), announced_until=None))

    def fingerprint(self) -> dict[str, list[str]]:
        """Every row of every table, but for when and how often it was worked on."""
        return fingerprint(self.engine)


# When a row was worked on, by whom and how often: no two runs agree in that.
WORKED_ON = {
    *("due_at", "announced_until", "lease_until", "lease_token", "attempts", "revision", "at"),
    *("state_since", "last_attempt_at", "last_success_at", "created_at", "moved_at", "fetch_token"),
    *("last_start", "not_before", "fresh_until", "refused_at", "audited_at", "moved_since"),
    *("next_why", "begun_at", "ended_at", "asked_at"),
    *("subject_id", "scope", "proposed"),  # ids written as text
}


def fingerprint(engine: Engine) -> dict[str, list[str]]:
    """Every row of every table, but for when and how often it was worked on.

    Ids are told as the row's place in its table, so that two runs of one story can be compared.
    """
    places: dict[str, dict[object, int]] = {}
    found = {}
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if "id" in table.c:
                ids = connection.scalars(select(table.c.id).order_by(table.c.id))
                places[table.name] = {number: place for place, number in enumerate(ids, start=1)}
        for table in Base.metadata.sorted_tables:
            if table is HostGroupRow.__table__:
                continue  # when a server was asked last is no matter of what it answered
            columns = [column for column in table.columns if column.name not in WORKED_ON]
            asked = select(*columns)
            if table is StatisticRow.__table__:  # how often a lease ran out is of the work, too
                asked = asked.where(StatisticRow.name != "leases_expired")
            rows = connection.execute(asked).all()
            told = [
                {c.name: _placed(c, value, places) for c, value in zip(columns, row, strict=True)}
                for row in rows
            ]
            found[table.name] = sorted(map(repr, told))
    return found


def _placed(column: Column[Any], value: object, places: dict[str, dict[object, int]]) -> object:
    target = next((key.column.table.name for key in column.foreign_keys), None)
    if column.name == "id":
        target = column.table.name
    if column.table is FingerprintRow.__table__ and column.name == "story_id":
        target = "stories"  # it has no foreign key
    return places[target].get(value) if target in places else value


@contextmanager
def own_database(server: Engine, name: str) -> Iterator[Engine]:
    """A migrated database, the process's own, for many tests that find it empty: see `newsroom`.

    Making one for each would take too long, and each new engine would learn all statements anew.
    """
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE serieswatch"))
    told.override(database_url=server.url.set(database=name).render_as_string(hide_password=False))
    sessions.engine.cache_clear()
    flow.forget()
    engine = sessions.engine()
    yield engine
    engine.dispose()
    sessions.engine.cache_clear()
    flow.forget()
    with autocommit.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@contextmanager
def newsroom(engine: Engine) -> Iterator[Rounds]:
    """The process's database, emptied, with the series and one outlet's feed, on Monday at noon."""
    assert sessions.engine() is engine
    told.override(recorded_clock="yes", host_gap_seconds="0")
    rounds = Rounds(engine)
    try:
        with rounds.session() as session:
            empty(session)
        rounds.at(MONDAY)
        rounds.define()
        rounds.follow()
        yield rounds
    finally:
        flow.forget()
        told.override(recorded_clock="no", host_gap_seconds="5")
