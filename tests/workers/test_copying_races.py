"""Copies that arrive at the same instant in several workers: exactly one original, by the real way.

`python -m bench races` does ten thousand of these in processes. All texts are invented.
"""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from config.settings import settings
from store import fingerprintdays, judging
from store.models import DuplicateRow, FingerprintRow, StoryRow, VersionRow
from store.session import transaction
from tests.rounds import MONDAY, Rounds, an_item, newsroom, own_database
from workers import copying, flow

WORKERS = 6
TEXTS = 12


@pytest.fixture(scope="module")
def races_database(server: Engine) -> Iterator[Engine]:
    with own_database(server, "races") as engine:
        yield engine


@pytest.fixture
def rounds(races_database: Engine) -> Iterator[Rounds]:
    with newsroom(races_database) as rounds:
        yield rounds


def body(number: int, paper: int) -> str:
    words = " ".join(f"word{number}x{place}" for place in range(70))
    return f"<p>Number {words}</p>" + (f"<p>Read on at paper {paper}.</p>" if paper % 2 else "")


def at_once(*stretches: object) -> list[BaseException]:
    begin = threading.Barrier(len(stretches))
    failures: list[BaseException] = []

    def run(stretch: object) -> None:
        begin.wait()
        try:
            stretch()  # type: ignore[operator]  # a stretch of the flow
        except BaseException as problem:  # noqa: BLE001  # told to the test below
            failures.append(problem)

    threads = [threading.Thread(target=run, args=(stretch,)) for stretch in stretches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_copies_in_six_workers_at_once_have_one_original_each(rounds: Rounds) -> None:
    rng = random.Random(3)
    documents = []
    for paper in range(WORKERS):
        url = f"https://paper{paper}.example/all.xml"
        rounds.follow(url, outlet=f"paper{paper}", kind="wire" if paper == 0 else "outlet")
        items = [
            an_item(
                number,
                title=f"Number {number} as paper {paper} has it",
                guid=f"{paper}-{number}",
                link=f"https://paper{paper}.example/{number}",
                summary="",
                body=body(number, paper),
                published=MONDAY - timedelta(minutes=rng.randrange(60)),
            )
            for number in rng.sample(range(TEXTS), TEXTS)
        ]
        rounds.serve(*items, url=url)
        documents.append(rounds.poll(url))

    def work(document: int) -> None:
        flow.parse_documents([document], settings())
        for _ in range(3):
            flow.place_stories(settings())

    failures = at_once(*(lambda one=one: work(one) for one in documents if one is not None))
    rounds.place()
    assert failures == []
    with rounds.session() as session:
        row = VersionRow
        asked = (
            select(row.title, StoryRow.id, DuplicateRow.root_id)
            .join(StoryRow, StoryRow.id == row.story_id)
            .outerjoin(DuplicateRow, DuplicateRow.story_id == StoryRow.id)
        )
        # Without the statement's types: it does not know that an outer join gives nothing at times.
        told: list[Any] = [tuple(one) for one in session.execute(asked)]
    assert len(told) == WORKERS * TEXTS
    originals = Counter(title.split()[1] for title, _, root in told if root is None)
    assert originals == {str(number): 1 for number in range(TEXTS)}
    # The wire's, whoever came first; and every copy points at it.
    wires = {title.split()[1]: story for title, story, _ in told if "paper 0" in title}
    assert all(root in {None, wires[title.split()[1]]} for title, _, root in told)


def test_a_person_and_the_placing_worker_at_once_end_as_the_person_said(rounds: Rounds) -> None:
    url = "https://paper1.example/all.xml"
    rounds.follow(url, outlet="paper1")
    links = [f"https://paper1.example/{number}" for number in range(2)]
    items = [
        an_item(n, title=f"Number {n}", link=link, summary="", body=body(7, n))
        for n, link in enumerate(links)
    ]
    rounds.bring(*items, url=url)
    with rounds.session() as session:
        [copy] = session.scalars(select(DuplicateRow.story_id))
    rounds.make_due(copy, table=StoryRow)

    def judge() -> None:
        with transaction(rounds.engine) as session:
            judging.keep_apart(session, copy, of=None, by="ines", at=MONDAY)

    assert at_once(judge, rounds.place, lambda: flow.place_stories(settings())) == []
    rounds.place()
    with rounds.session() as session:
        assert session.scalars(select(DuplicateRow.undone_at)).one() is not None


def test_days_are_turned_while_stories_are_placed(rounds: Rounds) -> None:
    rounds.serve(*(an_item(n) for n in range(8)))
    rounds.parse(rounds.poll())
    assert at_once(rounds.place, copying.turn_days, copying.turn_days) == []
    made = copying.turn_days()
    assert made == ([], [])


def test_old_days_are_kept_while_a_backup_reads_them_and_nobody_waits(rounds: Rounds) -> None:
    old = (MONDAY - timedelta(days=9)).date()
    with rounds.session() as session:
        fingerprintdays.make_days(session, [old])
    with rounds.engine.connect() as backup:
        backup.execute(select(FingerprintRow.key).limit(1))
        with rounds.session() as session:
            session.execute(text("SET LOCAL lock_timeout = '5s'"))
            _, gone = copying.turned(session, MONDAY.date())
    assert gone == []
    with rounds.session() as session:
        assert copying.turned(session, MONDAY.date()) == ([], [old])
