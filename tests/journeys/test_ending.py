"""Every kind of process, asked to end with work in hand: it ends by itself, and soon.

What it can finish it finishes, what it cannot it hands back at once: no row waits for its lease to
run out, nothing is lost, nothing is there twice.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, func, select, update

from cli import guardian, stack
from config import settings as told
from config.settings import Settings, settings
from pipeline.deliver.wordpress import find
from pipeline.records import Request
from store import deliveries, lookups, steps, targets, waiting, work
from store.models import (
    DeliveryRow,
    DocumentRow,
    FeedRow,
    InstalmentRow,
    ItemRow,
    LookupRow,
    StoryRow,
)
from store.models import VersionRow as Version
from store.session import transaction
from store.targets import Place
from tests.cli.processes import ROOT, is_so_within, own_port
from tests.desk.newsroom import FRIDAY, Newsroom
from tests.journeys.at_work import SOON, a_broker, held, is_blocked, locked, process
from tests.origin import Origin, origin
from tests.rounds import Rounds, a_feed, an_item, newsroom, own_database
from tests.workers.test_delivering import DRAFT

HOLDS = 1.0  # seconds a worker is given where it is to hand back
LONG = str(SOON * 2)  # and where it is to finish: who waits for the end of this time is found out
LEASE = str(SOON * 2 * 6)  # which allows for as long as that
TOO_LONG = [(signal.SIGTERM, str(HOLDS)), (signal.SIGQUIT, LONG)]  # the latter leaves no time


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with a_broker(tmp_path_factory) as socket:
        yield f"redis+socket://{socket}"


@pytest.fixture(scope="module")
def own(server: Engine) -> Iterator[Engine]:
    with own_database(server, "ending") as engine:
        yield engine


@pytest.fixture
def rounds(own: Engine) -> Iterator[Rounds]:
    with newsroom(own) as rounds:
        yield rounds


@pytest.fixture
def publisher() -> Iterator[Origin]:
    with origin() as server:
        yield server


@pytest.fixture
def tasks(broker: str) -> Iterator[ModuleType]:
    """The doors, to ring at."""
    told.override(broker_url=broker)
    from workers import tasks  # noqa: PLC0415  # reads the settings overridden above

    app = _app(tasks)
    before = app.conf.broker_url
    _connect(app, broker)
    yield tasks
    with app.connection_for_write() as connection:
        connection.default_channel.client.flushall()
    _connect(app, before)


def _app(tasks: ModuleType) -> Any:  # noqa: ANN401  # Celery has few types
    return tasks.app


def _connect(app: Any, url: str) -> None:  # noqa: ANN401  # Celery has no types
    app.conf.broker_url = url
    app._pool = app.amqp._producer_pool = None  # noqa: SLF001  # Celery keeps them for ever


def is_free(table: work.Table, number: int) -> bool:
    """Whether a row may be claimed this very moment, as if nobody had tried."""
    with transaction() as session:
        row: Any = session.get_one(table, number)
        is_due = bool(session.scalar(select(row.due_at <= func.now())))
        return is_due and (row.work_state, row.lease_token, row.attempts) == ("ready", None, 0)


# --- fetch: on threads, which nobody can interrupt


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fetch worker has in hand: a poll, a look at an address, a delivery."""

    feed: int
    lookup: int
    delivery: int

    @property
    def rows(self) -> list[tuple[work.Table, int]]:
        return [(FeedRow, self.feed), (LookupRow, self.lookup), (DeliveryRow, self.delivery)]


def ask_three(rounds: Rounds, publisher: Origin, tasks: ModuleType) -> Asked:
    """Ring for three things that a publisher keeps waiting."""
    port = publisher.root.rpartition(":")[2]
    told.override(
        allow_inside=f"127.0.0.1/32:{port}",
        credentials=f"{publisher.root}/ Basic dXNlcjp3b3Jk",
    )
    for path in ("/feed", "/page"):
        publisher.serve(path, body=a_feed(an_item(1), an_item(2)), behaviour="held")
    feed = rounds.follow(publisher.url("/feed"))
    rounds.make_due(feed)
    with transaction() as session:
        lookup = lookups.ask(session, publisher.url("/page"), by="ann")
        room = Newsroom(session)
        ann = room.person("ann", "Ann Reed", "chief")
        instalment = room.instalment(room.series(), number=7)
        item = room.item(instalment)
        session.execute(update(ItemRow).where(ItemRow.id == item).values(state="accepted"))
        for at, action in enumerate(("review", "ready", "approve"), start=1):
            steps.take(session, instalment, ann, action, based_on=at, now=FRIDAY)
        place = Place(key="cms", kind="wordpress", title="CMS", url=publisher.url("/api"))
        targets.add(session, place, by="tests")
        delivery = deliveries.wish(
            session, instalment, "cms", DRAFT, user=ann, is_forced=False, now=FRIDAY
        )
    question = find(Request(url=publisher.url("/api"), headers={}), DRAFT.slug).url
    publisher.serve(question.removeprefix(publisher.root), behaviour="held", body=b"[]")
    tasks.ring(tasks.fetch, [[feed]])
    tasks.ring(tasks.look_up, [lookup])
    tasks.ring(tasks.deliver, [delivery])
    return Asked(feed, lookup, delivery)


def documents_of(rounds: Rounds, feed: int) -> list[DocumentRow]:
    return [one for one in rounds.rows(DocumentRow) if one.feed_id == feed]


def test_a_fetch_worker_finishes_what_is_in_hand(
    rounds: Rounds, publisher: Origin, tasks: ModuleType, tmp_path: Path
) -> None:
    asked = ask_three(rounds, publisher, tasks)
    with process(
        tmp_path, "worker", "--kind", "fetch", end_seconds=LONG, lease_seconds=LEASE
    ) as worker:
        assert is_so_within(SOON, lambda: len(publisher.requests) == 3), worker.log.read_text()
        assert all(held(table) for table, _ in asked.rows), publisher.requests
        worker.end(publisher.let_go)
    assert not any(held(table) for table, _ in asked.rows)
    with transaction() as session:
        assert session.get_one(FeedRow, asked.feed).state == "ok"
        assert session.get_one(LookupRow, asked.lookup).work_state == "done"
    assert len(documents_of(rounds, asked.feed)) == 1
    assert "handed back" not in worker.log.read_text()


@pytest.mark.parametrize(("by", "seconds"), TOO_LONG)
def test_a_fetch_worker_hands_back_what_takes_too_long(  # noqa: PLR0917  # fixtures
    rounds: Rounds,
    publisher: Origin,
    tasks: ModuleType,
    tmp_path: Path,
    by: signal.Signals,
    seconds: str,
) -> None:
    asked = ask_three(rounds, publisher, tasks)
    with process(
        tmp_path, "worker", "--kind", "fetch", end_seconds=seconds, lease_seconds=LEASE
    ) as worker:
        assert is_so_within(SOON, lambda: len(publisher.requests) == 3), worker.log.read_text()
        worker.end(by=by)
    for table, number in asked.rows:
        assert is_free(table, number), table
    publisher.let_go()
    assert documents_of(rounds, asked.feed) == []


# --- parse: in processes, which are killed


def take_in_hand(rounds: Rounds, tasks: ModuleType) -> tuple[int, int]:
    """Ring for documents, for placing and for a draft; gives a story and an instalment."""
    rounds.serve(an_item(1))
    document = rounds.poll()
    rounds.parse(document)
    (instalment,) = rounds.place()
    story = rounds.rows(StoryRow)[0].id
    documents = []
    for number in range(2, 6):
        rounds.serve(an_item(number))
        documents.append(rounds.poll())
    rounds.make_due(story, table=StoryRow)
    rounds.make_due(instalment, table=InstalmentRow)
    tasks.ring(tasks.parse, [documents])
    tasks.ring(tasks.refresh_draft, [instalment])
    tasks.ring_once(tasks.place_stories)
    return story, instalment


IN_THE_WAY = "story_versions, tags, items"


def test_a_parse_worker_finishes_one_and_hands_back_what_it_has_not_begun(
    rounds: Rounds, tasks: ModuleType, own: Engine, tmp_path: Path
) -> None:
    take_in_hand(rounds, tasks)
    words = ("worker", "--kind", "parse", "--concurrency", "3")
    with (
        locked(own, IN_THE_WAY) as let_go,
        process(tmp_path, *words, end_seconds=LONG, lease_seconds=LEASE) as worker,
    ):
        assert is_so_within(SOON, lambda: held(DocumentRow) == 4 and is_blocked(own, 3))
        worker.end(let_go, by=signal.SIGHUP)
    assert [held(table) for table in (DocumentRow, StoryRow, InstalmentRow)] == [0, 0, 0]
    left = [one for one in rounds.rows(DocumentRow) if one.work_state == "ready"]
    assert len(left) == 3
    assert all(is_free(DocumentRow, one.id) for one in left)
    finish(rounds)


@pytest.mark.parametrize(("by", "seconds"), TOO_LONG)
def test_a_parse_worker_hands_back_what_takes_too_long(  # noqa: PLR0917  # fixtures
    rounds: Rounds,
    tasks: ModuleType,
    own: Engine,
    tmp_path: Path,
    by: signal.Signals,
    seconds: str,
) -> None:
    story, instalment = take_in_hand(rounds, tasks)
    words = ("worker", "--kind", "parse", "--concurrency", "3")
    with (
        locked(own, IN_THE_WAY),
        process(tmp_path, *words, end_seconds=seconds, lease_seconds=LEASE) as worker,
    ):
        assert is_so_within(SOON, lambda: held(DocumentRow) == 4 and is_blocked(own, 3))
        worker.end(by=by)
        assert is_so_within(SOON, lambda: is_blocked(own, 0))  # nobody goes on for the killed
        assert is_free(StoryRow, story)
        assert is_free(InstalmentRow, instalment)
        left = [one for one in rounds.rows(DocumentRow) if one.work_state == "ready"]
        assert len(left) == 4
        assert all(is_free(DocumentRow, one.id) for one in left)
    finish(rounds)


def test_a_parse_worker_leaves_what_waits_behind(
    rounds: Rounds, tasks: ModuleType, tmp_path: Path
) -> None:
    documents = []
    for number in range(BACKLOG):
        rounds.serve(an_item(number))
        documents.append(rounds.poll())
    tasks.ring(tasks.parse, [documents[at : at + 8] for at in range(0, BACKLOG, 8)])
    words = ("worker", "--kind", "parse", "--concurrency", "2")
    with process(tmp_path, *words, end_seconds=LONG, lease_seconds=LEASE) as worker:
        assert is_so_within(SOON, lambda: held(DocumentRow) > 0), worker.log.read_text()
        worker.end()
    done = [one for one in rounds.rows(DocumentRow) if one.work_state == "done"]
    assert len(done) < BACKLOG
    assert held(DocumentRow) == held(StoryRow) == 0
    assert "not done within" not in worker.log.read_text()


BACKLOG = 120


def finish(rounds: Rounds) -> None:
    """Let another do what is left: every story is there once."""
    for one in rounds.rows(DocumentRow):
        if one.work_state == "ready":
            rounds.parse(one.id)
    rounds.refresh(*rounds.place())
    titles = [version.title for version in rounds.rows(Version)]
    assert len(titles) == len(set(titles)) == 5
    with rounds.session() as session:
        assert not waiting.is_waiting(session, DocumentRow, StoryRow, InstalmentRow)


# --- the others


def test_the_others_end_at_once(rounds: Rounds, broker: str, tmp_path: Path) -> None:
    assert settings().database_url == rounds.engine.url.render_as_string(hide_password=False)
    told.override(broker_url=broker)
    with (
        process(tmp_path, "beat") as beat,
        process(tmp_path, "desk", desk_port=str(own_port())) as desk,
        process(tmp_path, "metrics", metrics_port=str(own_port())) as metrics,
    ):
        for running, is_up in ((beat, "maxinterval"), (desk, UP), (metrics, UP)):
            assert running.has_said(is_up), running.log.read_text()
        for running, by in (
            (beat, signal.SIGHUP),
            (desk, signal.SIGHUP),
            (metrics, signal.SIGTERM),
        ):
            running.end(by=by)
            assert "Traceback" not in running.log.read_text()


UP = "Uvicorn running"


@pytest.mark.parametrize("lease", [1, 14, 60, 180, 3600])
@pytest.mark.parametrize("end", [0.5, 4.0, 30.0, 600.0])
def test_a_lease_outlasts_a_tasks_hard_limit_and_the_end(lease: int, end: float) -> None:
    told = Settings(database_url="", lease_seconds=max(lease, 6), end_seconds=end)
    assert told.lease_seconds > told.task_seconds + told.ending_seconds


def test_whoever_asks_a_worker_to_end_waits_longer_than_it_takes() -> None:
    """What hands back needs a few seconds more: they are in the margins."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    usual = Settings(database_url="").ending_seconds
    passed_on = {
        name
        for service in compose["services"].values()
        for name in service.get("environment") or {}
        if name == stack.ENDS
    }
    assert not passed_on, "who can set it can make it longer than stop_grace_period"
    for name in ("beat", "fetch", "parse", "desk"):
        given = str(compose["services"][name]["stop_grace_period"])
        assert float(given.removesuffix("s")) >= usual + 10, name
    assert guardian.PATIENCE["soft"] >= stack.END_SECONDS + 3
    assert stack.MARGIN >= 10
