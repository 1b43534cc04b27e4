"""Copies of one text that arrive at the same instant in several workers: how many originals?

    python -m bench races [RACES]

A round: two to eight worker processes, each with a document of sixty stories, the same sixty texts
in all of them, each framed and headed by its own paper and in an order of its own. All begin at one
instant, take their document in and place what waits, by the product's own stretches of the flow, on
an embedded PostgreSQL. So a round is sixty races. After each, every text must have exactly one
original, and all its other stories must point at it. What fails is counted, deadlocks apart.
"""

import random
import sys
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Event

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from cli.embedded import servers, temporary_directory
from config.settings import override, settings
from pipeline.records import Answer
from store import documents, feeds, schema
from store.session import engine as own_engine
from store.session import make_engine, transaction
from workers import flow

RACES = 10_000
A_ROUND = 60
MOST = 8  # workers
TURNS = 400  # of placing and trying again before a round is given up
BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
SYLLABLES = ("ba", "ce", "di", "fa", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so")
DEADLOCK = "40P01"
AWAY = 0.02  # seconds until a round begins: everybody has heard of it by then
STANDING = """
SELECT v.title, s.id, d.root_id FROM stories s
JOIN story_versions v ON v.story_id = s.id AND v.number = s.current_version
LEFT JOIN duplicates d ON d.story_id = s.id AND d.undone_at IS NULL
WHERE s.id > :since AND s.merged_into IS NULL
"""


@dataclass(slots=True)
class _Count:
    """What came of the races."""

    races: int = 0
    none: int = 0  # without an original
    several: int = 0  # with more than one
    astray: int = 0  # with a copy that points at no original of the text
    stories: int = 0
    unplaced: int = 0
    failed: Counter[str] = field(default_factory=Counter)  # and tried again, by the reason


def main(numbers: Sequence[str] = ()) -> int:
    """Print what came of the races; 1 if one of them went wrong."""
    wanted = int(numbers[0]) if numbers else RACES
    count, rng = _Count(), random.Random(11)
    with temporary_directory() as directory, servers(directory, broker=False) as started:
        override(database_url=started.database_url)
        own_engine.cache_clear()
        flow.forget()
        engine = make_engine(started.database_url)
        schema.migrate(engine)
        start = time.monotonic()
        ids = _feeds(engine)
        with ExitStack() as stack:
            workers = [_hired(stack, started.database_url) for _ in range(MOST)]
            while count.races < wanted:
                _round(engine, workers, ids, rng, count)
                if count.races % (A_ROUND * 20) == 0:
                    print(f"  {count.races:,} races", flush=True)
        spent = time.monotonic() - start
        with engine.connect() as connection:
            asked = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            deadlocks = connection.scalar(text(asked))
        engine.dispose()
        own_engine().dispose()
        own_engine.cache_clear()
    print(
        f"  {count.races:,} races of 2 to {MOST} workers, {count.stories:,} stories: {count.none} "
        f"with no original, {count.several} with several, {count.astray} with a copy astray\n"
        f"  {deadlocks} deadlocks in the database; failed and tried again: "
        f"{dict(count.failed) or 'nothing'}; left unplaced: {count.unplaced}\n"
        f"  {spent:.0f} s on the clock"
    )
    return int(bool(count.none or count.several or count.astray or count.unplaced))


def _hired(stack: ExitStack, database_url: str) -> Connection:
    """A worker, as a process of its own; it goes when the stack closes."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, database_url), daemon=True)
    process.start()
    stack.callback(process.join)
    stack.callback(ours.send, None)
    return ours


def _feeds(engine: Engine) -> list[tuple[str, int]]:
    found = []
    with transaction(engine) as session:
        for number in range(MOST):
            name = f"paper{number}"
            outlet = feeds.ensure_outlet(
                session, key=name, name=name.title(), kind="wire" if number == 0 else "outlet"
            )
            url = f"https://{name}.example/feed.xml"
            found.append((name, feeds.ensure_feed(session, url=url, outlet_id=outlet)))
    return found


def _round(
    engine: Engine,
    workers: Sequence[Connection],
    ids: Sequence[tuple[str, int]],
    rng: random.Random,
    count: _Count,
) -> None:
    at = BEGIN + timedelta(minutes=count.races)
    texts = {f"{count.races + number}": _text(rng) for number in range(A_ROUND)}
    papers = rng.sample(ids, rng.randint(2, MOST))
    with transaction(engine) as session:
        since = session.scalar(text("SELECT coalesce(max(id), 0) FROM stories")) or 0
        waiting = [_document(session, paper, texts, rng, at) for paper in papers]
    begin = time.monotonic() + AWAY
    racing = workers[: len(waiting)]
    for worker, document in zip(racing, waiting, strict=True):
        worker.send((document, begin))
    for worker in racing:
        count.failed.update(worker.recv())
    _judge(engine, since, len(racing), count)


def _text(rng: random.Random) -> str:
    def word() -> str:
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(2, 4)))

    told = ". ".join(" ".join(word() for _ in range(12)).capitalize() for _ in range(6))
    return f"Ferries: {told}"  # of which the headlines speak, too


def _document(
    session: Session,
    paper: tuple[str, int],
    texts: dict[str, str],
    rng: random.Random,
    at: datetime,
) -> int:
    """A document of these texts as a paper has them; kept, and not read yet."""
    name, feed_id = paper
    items = []
    for key, words in rng.sample(sorted(texts.items()), len(texts)):
        frame = rng.choice(("{}", "{} Read on at {paper}.", "PORT LUCAN (Wire) - {}"))
        body = frame.format(words, paper=name)
        published = at - timedelta(seconds=rng.randrange(3_600))
        items.append(
            f"<item><title>{key} ferries as {name} has it</title><guid>{name}-{key}</guid>"
            f"<link>https://{name}.example/{key}</link><description>{body}</description>"
            f"<pubDate>{format_datetime(published)}</pubDate></item>"
        )
    body = f'<rss version="2.0"><channel><title>{name}</title>{"".join(items)}</channel></rss>'
    answer = Answer(
        url=f"https://{name}.example/feed.xml", status=200, headers={}, body=body.encode()
    )
    return documents.keep(
        session,
        feed_id=feed_id,
        fetch_token=uuid.uuid4(),
        answer=answer,
        body_hash=uuid.uuid4().hex,
        at=at,
    )


def _work(told: Connection, database_url: str) -> None:
    """One worker: reads its document, then places whatever waits, as the tasks do."""
    override(database_url=database_url)
    while (given := told.recv()) is not None:
        document, begin = given
        Event().wait(max(0.0, begin - time.monotonic()))
        failed: list[str] = []
        for stretch in (
            lambda: flow.parse_documents([document], settings()),  # noqa: B023 - called at once
            lambda: flow.place_stories(settings()),
        ):
            try:
                stretch()
            except DBAPIError as problem:
                state = str(getattr(problem.orig, "sqlstate", type(problem).__name__))
                failed.append("deadlock" if state == DEADLOCK else state)
        told.send(failed)


def _judge(engine: Engine, since: int, workers: int, count: _Count) -> None:
    """Place what the round left, as the sweep does, and look at every text of it."""
    for _ in range(TURNS):
        with transaction(engine) as session:
            session.execute(text("UPDATE documents SET due_at = now() WHERE work_state = 'ready'"))
            session.execute(text("UPDATE stories SET due_at = now() WHERE work_state = 'ready'"))
            asked = "SELECT id FROM documents WHERE work_state = 'ready' ORDER BY id"
            left = list(session.scalars(text(asked)))
        for document in left:
            flow.parse_documents([document], settings())
        if not flow.place_stories(settings()).more and not left:
            break
    with engine.connect() as connection:
        rows = connection.execute(text(STANDING), {"since": since}).all()
        waits = "SELECT count(*) FROM stories WHERE work_state = 'ready'"
        count.unplaced += connection.scalar(text(waits)) or 0
    by_text: dict[str, list[tuple[int, int | None]]] = {}
    for title, story, root in rows:
        by_text.setdefault(title.split()[0], []).append((story, root))
    for told in by_text.values():
        originals = [story for story, root in told if root is None]
        count.races += 1
        count.stories += len(told)
        count.none += not originals
        count.several += len(originals) > 1
        count.astray += any(root not in {None, *originals} for _, root in told)
    count.unplaced += abs(len(rows) - workers * A_ROUND)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
