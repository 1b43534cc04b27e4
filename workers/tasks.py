"""The doors: each task opens one stretch of workers/flow.py and rings for the next."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache

from celery import Task
from celery.utils.log import get_task_logger
from kombu.exceptions import OperationalError

from config.settings import settings
from workers import (
    articles,
    client,
    copying,
    counting,
    delivering,
    drops,
    flow,
    gaps,
    hubs,
    mailing,
    pasting,
    rematching,
    replaying,
    retaining,
    teaching,
    watching,
    wishes,
)
from workers.app import app
from workers.http import Http

log = get_task_logger(__name__)


FEEDS_A_BATCH = 40  # polled by one task, side by side
PAGES_A_BATCH = 10  # of stories, asked for by one task: each is of another server
DOCUMENTS_A_BATCH = 8  # read by one task, one after another: the next is another worker's


@app.task(name="workers.dispatch")
def dispatch() -> None:
    """Ring for the feeds that are due."""
    flow.tick("beat")
    ring(fetch, batches(flow.due_feeds(settings()), FEEDS_A_BATCH))
    ring(collect, batches(drops.due_sources(settings()), 1))
    ring(parse, batches(hubs.pushed(settings()), DOCUMENTS_A_BATCH))
    ring(deliver, delivering.due(settings()))
    pasted = pasting.due(settings())
    ring(fetch_pasted, pasted.wanted)
    ring(read_pasted, pasted.fetched)
    ring(queue_pasted, pasted.read)


@app.task(name="workers.fetch")
def fetch(feed_ids: list[int]) -> None:
    """Poll a batch of feeds."""
    ring(parse, batches(flow.fetch_feeds(feed_ids, settings(), http().get), DOCUMENTS_A_BATCH))


@app.task(name="workers.collect")
def collect(feed_ids: list[int]) -> None:
    """Look into watched directories and mailboxes."""
    found = drops.collect(feed_ids, settings(), http().open)
    ring(parse, batches(found, DOCUMENTS_A_BATCH))


@app.task(name="workers.subscribe")
def subscribe(subscription_id: int) -> None:
    """Ask a hub to tell us of one feed, or to go on telling us."""
    hubs.subscribe(subscription_id, settings(), http().post)


@app.task(name="workers.deliver")
def deliver(delivery_id: int) -> None:
    """Hand one instalment over to a CMS."""
    delivering.deliver(delivery_id, settings(), http().get, http().post)


@app.task(name="workers.look_at_post")
def look_at_post(post_id: int) -> None:
    """Ask a CMS how what was handed over stands there."""
    delivering.look(post_id, settings(), http().get)


@app.task(name="workers.write_letter")
def write_letter(digest_id: int) -> None:
    """Tell one person by mail what waits for them."""
    mailing.send(digest_id, settings(), http())


@app.task(name="workers.parse")
def parse(document_ids: list[int]) -> None:
    """Read a batch of kept documents."""
    if flow.parse_documents(document_ids, settings()):
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
    ring(parse, batches(bells.documents, DOCUMENTS_A_BATCH))
    ring(refresh_draft, bells.instalments)
    ring(subscribe, hubs.due(settings()))
    if bells.stories:
        ring_once(place_stories)
    ring(write_letter, mailing.due(settings()))
    ring(look_at_post, delivering.to_look_at())
    flow.keep_up()  # last: whatever is wrong there, the bells have rung


@app.task(name="workers.watch")
def watch() -> None:
    """See what is wrong with which feed, and go after what was missed."""
    ring(fill_gap, watching.watch(settings()))


@app.task(name="workers.count")
def count() -> None:
    """Bring the counts up to date that a scrape reads."""
    counting.count()


@app.task(name="workers.fill_gap")
def fill_gap(place: int) -> None:
    """Look at one address for what a feed's window lost."""
    document_id = gaps.fill(place, settings(), http().get)
    ring(parse, [] if document_id is None else [[document_id]])


@app.task(name="workers.read_pages")
def read_pages() -> None:
    """Ring for the pages of stories that wait, to be asked for or to be read."""
    waiting = articles.read_pages(settings())
    ring(fetch_pages, batches(waiting.wanted, PAGES_A_BATCH))
    ring(extract_pages, batches(waiting.fetched, DOCUMENTS_A_BATCH))


@app.task(name="workers.fetch_pages")
def fetch_pages(page_ids: list[int]) -> None:
    """Ask for the pages of stories."""
    fetched = articles.fetch_pages(page_ids, settings(), http().get)
    ring(extract_pages, batches(fetched, DOCUMENTS_A_BATCH))


@app.task(name="workers.extract_pages")
def extract_pages(page_ids: list[int]) -> None:
    """Read pages of stories that have come."""
    if articles.extract_pages(page_ids, settings()):
        ring_once(place_stories)


@app.task(name="workers.fetch_pasted")
def fetch_pasted(pasted_id: int) -> None:
    """Ask for a page whose link an editor has pasted."""
    if pasting.fetch(pasted_id, settings(), http().get):
        ring(read_pasted, [pasted_id])


@app.task(name="workers.read_pasted")
def read_pasted(pasted_id: int) -> None:
    """Read a pasted page and take its story in."""
    if pasting.read(pasted_id, settings()):
        ring_once(place_stories)


@app.task(name="workers.queue_pasted")
def queue_pasted(pasted_id: int) -> None:
    """Put a pasted story into its instalment."""
    ring(refresh_draft, pasting.queue(pasted_id, settings()))


@app.task(name="workers.learn_rhythms")
def learn_rhythms() -> None:
    """Learn when each feed usually brings how much."""
    watching.learn_rhythms()


@app.task(name="workers.turn_days")
def turn_days() -> None:
    """Make the days ahead for what copies are found by, and drop those gone by."""
    copying.turn_days()


@app.task(name="workers.let_go")
def let_go() -> None:
    """Let go of what is old and nothing rests on."""
    retaining.let_go(settings())


@app.task(name="workers.refit_series")
def refit_series() -> None:
    """Learn from what editors have decided since last night."""
    teaching.refit()


@app.task(name="workers.wishes")
def see_to_wishes() -> None:
    """Ring for what somebody at the desk waits for: rematches, replays, addresses to look at."""
    waiting = wishes.waiting(settings())
    ring(rematch, waiting.rematches)
    ring(replay, waiting.replays)
    ring(look_up, waiting.lookups)


@app.task(name="workers.rematch")
def rematch(rematch_id: int) -> None:
    """Match stored stories again for a while; the next bell goes on."""
    if rematching.carry_on(rematch_id, settings()):
        ring(rematch, [rematch_id])


@app.task(name="workers.replay")
def replay(replay_id: int) -> None:
    """Answer what an edited definition would match."""
    replaying.answer(replay_id, settings())


@app.task(name="workers.look_up")
def look_up(lookup_id: int) -> None:
    """See what stands at an address somebody wants to follow."""
    wishes.look_up(lookup_id, settings(), http().get)


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


def batches(ids: Sequence[int], size: int) -> list[list[int]]:
    """The ids in lots of at most so many, as near to one size as can be."""
    number = -(-len(ids) // size)
    return [list(ids[at::number]) for at in range(number)]


@cache
def http() -> Http:
    """This process's HTTP client."""
    return client.made(settings())
