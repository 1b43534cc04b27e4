"""`/metrics`: how the whole product fares, in Prometheus' text format, derived from rows.

Nothing is counted in processes: whatever a worker's end or a restart forgets, rows keep. Open to
whoever brings the token of the settings, or, where there is none, to this machine itself (or the
networks the settings name). A request that a proxy passed on is refused without the token: seen
from here every visitor of a proxy is a neighbour.
"""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from config.settings import Settings
from pipeline import __version__
from store import gauges
from store.gauges import Figures
from store.session import transaction

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

Label = tuple[str, str]
Sample = tuple[tuple[Label, ...], float]


async def metrics(request: Request) -> Response:
    """The figures for whoever may have them; 403 in plain words for others."""
    settings: Settings = request.app.state.settings
    if not may_read(request, settings):
        return PlainTextResponse(
            "These figures are for this machine and for whoever brings the token: set "
            "SERIESWATCH_METRICS_TOKEN_FILE, or name networks in SERIESWATCH_METRICS_FROM.\n",
            403,
        )
    return await run_in_threadpool(_answer, request)


def _answer(request: Request) -> Response:
    with transaction(request.app.state.engine) as session:
        return PlainTextResponse(text_format(gauges.figures(session)), media_type=FORMAT)


def may_read(request: Request, settings: Settings) -> bool:
    """Whether this request may see the figures."""
    if settings.metrics_token:
        brought = request.headers.get("authorization", "")
        return hmac.compare_digest(brought.encode(), f"Bearer {settings.metrics_token}".encode())
    if any(name in request.headers for name in _PASSED_ON) or request.client is None:
        return False
    try:
        address = ip_address(request.client.host)
        return any(address in ip_network(network) for network in settings.metrics_from)
    except ValueError:  # a socket without an address, or a network nobody can read
        return False


def text_format(found: Figures) -> str:
    """The figures as Prometheus reads them: one family after the other, each with its help."""
    return "".join(line for family in (*_of_feeds(found), *_of_the_house(found)) for line in family)


def _of_feeds(found: Figures) -> Iterator[Iterator[str]]:
    for name, column, what in (
        ("last_success_timestamp_seconds", "success", "When its last good poll ended."),
        ("last_attempt_timestamp_seconds", "attempt", "When it was last polled."),
        ("last_new_item_timestamp_seconds", "new", "When it last brought something new."),
        ("interval_seconds", "interval", "How long it waits between two polls just now."),
        ("expected_items", "expected", "Items a day that its rhythm lets expect."),
        ("slice_hit_ratio", "hit_ratio", "Share of its items known by their bytes, since ever."),
        ("silent", "is_silent", "1 while it is silent beyond its habit."),
    ):
        yield _family(f"feed_{name}", "gauge", what, _by_feed(found.feeds, column))
    yield _family(
        "feed_items_lost_suspected_total",
        "counter",
        "Documents that shared no item with the one before.",
        _by_feed(found.feeds, "lost"),
    )
    yield _family(
        "feed_polls_total",
        "counter",
        "Polls by how they ended.",
        (
            ((("feed", row.feed), ("outlet", row.outlet), ("outcome", row.state)), row.polls)
            for row in found.polls
        ),
    )


def _of_the_house(found: Figures) -> Iterator[Iterator[str]]:
    yield _family("feed_troubles", "gauge", "Open troubles of feeds.", _by("kind", found.troubles))
    yield _family(
        "feed_validator_audits_total",
        "counter",
        "Plain requests that checked a feed's validators, by what they found.",
        _by("outcome", found.audits),
    )
    yield _family(
        "host_group_wait_seconds",
        "gauge",
        "How long a server that asked for it is still left in peace.",
        (((("group", row.key),), row.wait) for row in found.groups),
    )
    for name, column, what in (
        ("queue_ready", "ready", "Rows that wait or are being worked on."),
        ("queue_oldest_age_seconds", "oldest", "How long the oldest of them has waited."),
        ("dead_letters", "dead", "Rows given up after too many attempts."),
    ):
        yield _family(name, "gauge", what, _by_step(found.stages, column))
    yield _family(
        "beat_last_tick_timestamp_seconds",
        "gauge",
        "When beat's last tick reached a worker.",
        (((), at.timestamp()) for name, at in found.ticks.items() if name == "beat"),
    )
    yield _family(
        "worker_last_tick_timestamp_seconds",
        "gauge",
        "When each kind of round was last made.",
        (
            ((("worker", name),), at.timestamp())
            for name, at in found.ticks.items()
            if name != "beat"
        ),
    )
    yield _family(
        "items_ingested_total",
        "counter",
        "Stories taken in; falls only when an older backup is restored.",
        (((("source", row.outlet),), row.stories) for row in found.stories),
    )
    yield _family(
        "item_versions_total", "counter", "Versions of stories kept.", [((), found.versions)]
    )
    yield _family("set_aside_open", "gauge", "Things set aside.", [((), found.set_aside)])
    yield _family("db_size_bytes", "gauge", "Size of the database.", [((), found.database_bytes)])
    yield _family("build_info", "gauge", "This version.", [((("version", __version__),), 1)])


def _by_feed(rows: Sequence[Any], column: str) -> Iterator[Sample]:
    """A sample for each feed that has that figure."""
    for row in rows:
        if (value := getattr(row, column)) is not None:
            yield (("feed", row.feed), ("outlet", row.outlet)), value


def _by_step(rows: Sequence[Any], column: str) -> Iterator[Sample]:
    """A sample for each step that has that figure."""
    for row in rows:
        if (value := getattr(row, column)) is not None:
            yield (("step", row.step),), value


def _by(label: str, figures: dict[str, int]) -> Iterator[Sample]:
    for name, number in figures.items():
        yield ((label, name),), number


def _family(name: str, kind: str, what: str, samples: Iterable[Sample]) -> Iterator[str]:
    full = f"serieswatch_{name}"
    yield f"# HELP {full} {what}\n# TYPE {full} {kind}\n"
    for labels, value in samples:
        said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
        yield f"{full}{{{said}}} {_number(value)}\n" if said else f"{full} {_number(value)}\n"


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    """Whole numbers as such: a time in 1.7e+09 would be off by minutes."""
    return str(int(value)) if value == int(value) else repr(round(float(value), 6))
