"""A thousand publishers on a fast clock, each with its own pace and manners, for `bench soak`."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from http import HTTPStatus
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Event
from urllib.parse import urlsplit

from bench.newsroom_feeds import Newsroom, Told
from bench.soak_clock import Fast
from cli.origin import Asked, Reply, serving

# (share of the feeds, from one story to the next)
PACES = (
    (0.05, timedelta(minutes=20)),
    (0.20, timedelta(hours=1)),
    (0.60, timedelta(hours=3)),
    (1.00, timedelta(hours=12)),
)
COPIED = 0.10  # of all stories, those that are the agency's in its own words
UPDATED = 0.05  # and those whose title changes when the next one comes
AGENCY = 7  # the feed that others copy
SLOW = 0.3  # seconds, on the real clock, before a slow server says anything
SILENT = 6.0  # and until a silent one hangs up
# Of fifty feeds each so many: a feed's place among them says how its server behaves.
MANNERS = (
    *["fails", "gone", "no feed", "silent", "moved", "moved", "elsewhere", "slow", "slow"],
    *["flaps", "refuses", *["no validators"] * 5],
)
OF = 50
REFUSED_FOR = "1800"
A_PAGE = (
    b"<!doctype html><html><head><title>Closed</title></head><body><p>Closed.</p></body></html>"
)


@dataclass(frozen=True)
class Publishers(Newsroom):
    """A newsroom whose feeds have paces of their own, copy from one another and change titles."""

    def name(self, feed: int) -> str:
        """The host a feed lives on; one feed in five shares it with nineteen others."""
        if feed % 20 >= 16:  # noqa: PLR2004  # four of twenty
            return f"house{feed // 100:03}.example"
        return super().name(feed)

    def every(self, feed: int) -> timedelta:
        """From one story of this feed to its next."""
        chance = random.Random(f"{self.seed} pace {feed}").random()
        return next(pace for share, pace in PACES if chance < share)

    def newer(self, feed: int, now: datetime) -> int:
        """How many stories a feed has published by then, besides those of its first document."""
        return max(0, int((now - self.last_at) / self.every(feed) + self._share(feed)))

    def _share(self, feed: int) -> float:
        return random.Random(f"{self.seed} {feed}").random()

    def told(self, feed: int, number: int) -> Told:
        """Story `number` of a feed: 0 is the oldest in the first document."""
        chance = random.Random(f"{self.seed} copies {feed} {number}").random()
        own = super().told(feed, number)
        if feed != AGENCY and chance < COPIED:
            there = super().told(AGENCY, number)
            own = replace(own, title=there.title, lead=there.lead, body=there.body)
        step = number - self.entries + 1 - self._share(feed)
        return replace(own, published=self.last_at + self.every(feed) * step)

    def document(self, feed: int, *, newer: int = 0) -> bytes:
        """The feed after so many further stories; some of those before the youngest changed."""
        newest = newer + self.entries - 1
        stories = []
        for number in range(newest, newer - 1, -1):
            told = self.told(feed, number)
            chance = random.Random(f"{self.seed} update {feed} {number}").random()
            if number < newest and chance < UPDATED:
                told = replace(told, title=f"{told.title}, officials confirm")
            stories.append(told)
        return self.written(feed, stories)

    def manner(self, feed: int) -> str:
        """How its server behaves; '' well. The agency's always does."""
        place = feed % OF
        return MANNERS[place] if place < len(MANNERS) and feed != AGENCY else ""

    @cached_property
    def asked_at(self) -> dict[int, str]:
        """All addresses by feed, as the product is told them: of some the old one."""
        return {
            feed: self.url(feed) + (".old" if self.manner(feed) in {"moved", "elsewhere"} else "")
            for feed in range(self.feeds)
        }


def reply_of(publishers: Publishers, feed: int, asked: Asked, now: datetime) -> Reply:
    """What that feed's server says at that moment, whoever waits for it."""
    manner = publishers.manner(feed)
    if (badly := _badly(manner, now.hour)) is not None:
        return badly
    if urlsplit(asked.path).path.endswith(".old"):
        is_for_good = manner == "moved"
        status = HTTPStatus.MOVED_PERMANENTLY if is_for_good else HTTPStatus.FOUND
        return Reply(status=status, headers={"Location": publishers.url(feed)})
    newer = publishers.newer(feed, now)
    headers = {"Content-Type": "application/rss+xml"}
    if manner != "no validators":
        headers["ETag"] = f'"{newer}"'
        if asked.headers.get("if-none-match") == headers["ETag"]:
            return Reply(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Reply(headers=headers, body=_document(publishers, feed, newer))


def _badly(manner: str, hour: int) -> Reply | None:
    """The answer of a server that behaves badly at that hour."""
    if manner == "fails" or (manner == "flaps" and hour % 2):
        return Reply(status=HTTPStatus.SERVICE_UNAVAILABLE)
    if manner == "refuses" and hour % 3 == 0:
        return Reply(status=HTTPStatus.TOO_MANY_REQUESTS, headers={"Retry-After": REFUSED_FOR})
    return {
        "gone": Reply(status=HTTPStatus.NOT_FOUND),
        "silent": Reply(manner="silent"),
        "no feed": Reply(headers={"Content-Type": "text/html"}, body=A_PAGE),
    }.get(manner)


@lru_cache(4096)
def _document(publishers: Publishers, feed: int, newer: int) -> bytes:
    return publishers.document(feed, newer=newer)


def _serve(told: Connection, publishers: Publishers, fast: Fast) -> None:
    """Serve until told None; a clock that is sent is the one from then on, "count" is answered."""
    places = {publishers.path(feed): feed for feed in range(publishers.feeds)}
    answered: Counter[str] = Counter()
    clocks = [fast]
    pause = Event()

    def answer(one: Asked) -> Reply:
        path = urlsplit(one.path).path.removesuffix(".old")
        feed = places.get(path)
        if feed is None:  # robots.txt, sitemaps
            answered["elsewhere"] += 1
            return Reply(status=HTTPStatus.NOT_FOUND)
        now = clocks[-1].at(datetime.now(UTC))  # noqa: TID251  # the publishers' own clock
        reply = reply_of(publishers, feed, one, now)
        if publishers.manner(feed) == "slow":
            pause.wait(SLOW)
        answered["silent" if reply.manner == "silent" else str(int(reply.status))] += 1
        return reply

    with serving(answer, patience=SILENT) as port:
        told.send(port)
        while (asked := told.recv()) is not None:
            if isinstance(asked, Fast):
                clocks.append(asked)
            else:
                told.send(dict(answered))


@dataclass(frozen=True, slots=True)
class Origin:
    """The running server, a process of its own."""

    port: int
    pid: int
    _ours: Connection

    def go_by(self, fast: Fast) -> None:
        """That clock from here on."""
        self._ours.send(fast)

    def counts(self) -> dict[str, int]:
        """How often it answered how, so far."""
        self._ours.send("count")
        counted: dict[str, int] = self._ours.recv()
        return counted


@contextmanager
def origin(publishers: Publishers, fast: Fast) -> Iterator[Origin]:
    """These publishers on a free port of loopback, ended with the block."""
    ours, its = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(its, publishers, fast), daemon=True)
    process.start()
    its.close()
    try:
        yield Origin(ours.recv(), process.pid or 0, ours)
    finally:
        ours.send(None)
        process.join(10)
        process.kill()
