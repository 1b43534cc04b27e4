"""The doors: each task opens one stretch of workers/flow.py and rings for the next."""

from collections.abc import Iterable
from contextlib import suppress
from functools import cache

from celery import Task
from celery.utils.log import get_task_logger
from kombu.exceptions import OperationalError

from config.settings import settings
from workers import flow
from workers.app import app
from workers.http import Http

log = get_task_logger(__name__)


@app.task(name="workers.dispatch")
def dispatch() -> None:
    """Ring for the feeds that are due."""
    flow.tick("beat")
    ring(fetch, flow.due_feeds(settings()))


@app.task(name="workers.fetch")
def fetch(feed_id: int) -> None:
    """Poll one feed."""
    document_id = flow.fetch_feed(feed_id, settings(), http().get)
    ring(parse, [] if document_id is None else [document_id])


@app.task(name="workers.parse")
def parse(document_id: int) -> None:
    """Read one kept document."""
    if flow.parse_document(document_id, settings()):
        ring_once(place_stories)


@app.task(name="workers.place_stories")
def place_stories() -> None:
    """Tag, cluster and match the next batch of stories."""
    placed = flow.place_stories(settings())
    ring(refresh_draft, placed.instalments)
    if placed.more:
        ring_once(place_stories)


@app.task(name="workers.refresh_draft")
def refresh_draft(instalment_id: int) -> None:
    """Bring one open instalment up to date."""
    flow.refresh_draft(instalment_id, settings())


@app.task(name="workers.sweep")
def sweep() -> None:
    """Ring again for everything that waits."""
    bells = flow.sweep(settings())
    ring(parse, bells.documents)
    ring(refresh_draft, bells.instalments)
    if bells.stories:
        ring_once(place_stories)


def ring(task: Task, calls: Iterable[object]) -> None:
    """Send one message a call. A bell that cannot be rung is no error: the row waits, see sweep."""
    for call in calls:
        try:
            task.apply_async((call,), expires=settings().lease_seconds, retry=False)
        except OperationalError as problem:
            log.warning("the broker does not answer, the sweep will ring again: %s", problem)
            return


def ring_once(task: Task) -> None:
    """Send one message without arguments; if it is lost, the sweep rings again."""
    with suppress(OperationalError):
        task.apply_async((), expires=settings().lease_seconds, retry=False)


@cache
def http() -> Http:
    """This process's HTTP client."""
    told = settings()
    return Http(
        deadline=told.fetch_deadline,
        body_cap=int(told.body_cap_mb * 1024 * 1024),
        allow_inside=told.allow_inside,
        connect_to=told.connect_to,
    )
