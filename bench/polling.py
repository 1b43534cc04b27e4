"""What polling costs, the whole product to the drafts, with lemon24/reader beside it.

    python -m bench polling
    python -m bench.polling [--rounds N] [--feeds N] [--json]

200 feeds of 30 invented entries, 86 kB on average, two in five with full content, from one local
server that is counted for neither. Four works: all new; re-polled and answered 304; re-polled, the
same bytes with 200; re-polled, 3 new of 30. Ours is every process from beat to PostgreSQL and
Redis, idle ones included, from the moment the feeds are made due until nothing waits at any stage;
reader's is its one process. Both are started and have read ten other feeds before. A work in
which the two do not hold the same entries prints no ratio.
"""

import argparse
import json
import platform
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from http import HTTPStatus
from multiprocessing import get_context
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from sqlalchemy import text

from bench.newsroom_feeds import Newsroom
from bench.reader_side import PeerFailed, Reader, reader
from bench.whole import Cost, NotThrough, Whole, whole
from cli.origin import Asked, Reply, serving
from pipeline import __version__
from store.session import transaction

WORKS = {  # what the server does, and how many stories are newer than in the first documents
    "first poll, all new": ("plain", 0),
    "re-poll answered 304": ("conditional", 0),
    "re-poll, 200 with the same bytes": ("plain", 0),
    "re-poll, 3 new of 30": ("conditional", 3),
}
GOALS = {  # reader's CPU divided by ours
    "first poll, all new": 1.5,
    "re-poll answered 304": 2,
    "re-poll, 200 with the same bytes": 30,
    "re-poll, 3 new of 30": 5,
}
FEEDS = 200
ROUNDS = 3
WARM = 10  # feeds that are read first, uncounted: programs import and read much at their first work

HELD = """
SELECT f.url, v.title, v.url, v.published_at, v.summary, v.text, v.html
FROM stories s
JOIN story_versions v ON v.story_id = s.id AND v.number = s.current_version
JOIN feeds f ON f.id = s.feed_id
WHERE f.url NOT LIKE '%/warm/%'
"""
MADE = """
SELECT (SELECT count(*) FROM stories), (SELECT count(*) FROM items),
       (SELECT count(*) FROM matches), (SELECT count(*) FROM documents),
       current_setting('server_version')
"""


# --- the server, a process of its own


def _serve(told: Connection) -> None:
    """Serve what is told: (manner, documents by path); a None is answered with what was asked."""
    documents: dict[str, bytes] = {}
    etags: dict[str, str] = {}
    manner = ["plain"]
    asked: Counter[tuple[str, int]] = Counter()

    def answer(one: Asked) -> Reply:
        body, etag = documents.get(one.path), etags.get(one.path, "")
        who = "ours" if "serieswatch" in one.headers.get("user-agent", "") else "reader"
        if body is None:
            reply = Reply(status=HTTPStatus.NOT_FOUND)
        elif manner[0] == "conditional" and one.headers.get("if-none-match") == etag:
            reply = Reply(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
        else:
            kind = "application/rss+xml; charset=utf-8"
            reply = Reply(headers={"ETag": etag, "Content-Type": kind}, body=body)
        asked[who, reply.status] += 1
        return reply

    with serving(answer) as port:
        told.send(port)
        while (said := told.recv()) is not None:
            if said == "asked":
                told.send(dict(asked))
                asked.clear()
                continue
            manner[0], newer = said
            documents.update(newer)
            etags.update(
                {path: f'"{sha256(body).hexdigest()[:20]}"' for path, body in newer.items()}
            )
            told.send(None)


@dataclass(frozen=True, slots=True)
class Server:
    """The server's process, as the measurement sees it."""

    told: Connection
    port: int

    def serve(self, manner: str, documents: Mapping[str, bytes]) -> None:
        """Answer so from now on: "plain" always with the body, "conditional" with 304 where apt."""
        self.told.send((manner, dict(documents)))
        self.told.recv()

    def asked(self) -> Counter[tuple[str, int]]:
        """How often who was given which status since the last time."""
        self.told.send("asked")
        return Counter(self.told.recv())


@contextmanager
def server() -> Iterator[Server]:
    """A server in a process of its own, so that its work is nobody's."""
    ours, its = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_serve, args=(its,), daemon=True)
    process.start()
    its.close()  # else we should wait for ever for a server that could not start
    try:
        yield Server(ours, ours.recv())
    finally:
        ours.send(None)
        process.join(10)
        process.kill()


# --- one round


@dataclass(frozen=True, slots=True)
class Work:
    """One work done by both."""

    ours: Cost
    cpu: float  # the peer's
    peer_seconds: float
    unlike: tuple[str, ...]  # why no ratio may be told
    asked: Mapping[tuple[str, int], int]


@dataclass(slots=True)
class Round:
    """All works once, on a new database and a new file."""

    works: dict[str, Work] = field(default_factory=dict)
    idle: float = 0.0  # CPU seconds ours uses in a second without work
    versions: dict[str, str] = field(default_factory=dict)
    made: str = ""
    bytes: int = 0


def run(*, feeds: int, now: datetime, first: str) -> Round:
    """Both products through all works; `first` ("ours" or "reader") begins each of them."""
    newsroom = Newsroom("polling", now - timedelta(hours=12), feeds=feeds)
    warm = Newsroom("warm", now - timedelta(days=2), feeds=WARM)
    hosts = {newsroom.url(feed): newsroom.name(feed) for feed in range(feeds)}
    hosts |= {
        f"http://warm{feed}.example/warm{warm.path(feed)}": f"warm{feed}.example"
        for feed in range(WARM)
    }
    warm_documents = {f"/warm{path}": body for path, body in warm.documents().items()}
    with ExitStack() as ending:
        source = ending.enter_context(server())
        source.serve("plain", warm_documents)
        ours = ending.enter_context(whole(hosts, port=source.port))
        peer = ending.enter_context(reader())
        _warm_up(ours, peer, hosts, source)
        done = Round(versions=peer.versions())
        peer.follow([_for_peer(url, source.port) for url in newsroom.urls.values()])
        done.idle = ours.idle(5).total / 5
        for work, (manner, newer) in WORKS.items():
            documents = newsroom.documents(newer=newer)
            done.bytes = done.bytes or sum(map(len, documents.values()))
            source.serve(manner, documents | warm_documents)
            done.works[work] = _work(ours, peer, source, list(newsroom.urls.values()), first)
        with transaction() as session:
            stories, items, matches, documents_kept, postgres = session.execute(text(MADE)).one()
        done.versions["postgres"] = postgres
        done.made = (
            f"{stories} stories, {matches} matches, {items} items in drafts, "
            f"{documents_kept} documents kept"
        )
    return done


def _warm_up(ours: Whole, peer: Reader, hosts: Mapping[str, str], source: Server) -> None:
    """Let both read the warm-up feeds, twice: each process has then done all its kinds of work."""
    urls = [url for url in hosts if "/warm/" in url]
    for _ in range(2):
        ours.poll(urls)
    peer.follow([_for_peer(url, source.port) for url in urls])
    for _ in range(2):
        peer.poll()
    peer.leave([_for_peer(url, source.port) for url in urls])


def _work(ours: Whole, peer: Reader, source: Server, urls: Sequence[str], first: str) -> Work:
    source.asked()
    if first == "ours":
        cost, polled = ours.poll(urls), peer.poll()
    else:
        polled, cost = peer.poll(), ours.poll(urls)
    asked = source.asked()
    unlike = [*(f"reader failed on {url}: {why}" for url, why in polled.failed.items())]
    unlike += _unlike(urls, asked, peer)
    return Work(cost, polled.cpu, polled.seconds, tuple(unlike), asked)


def _for_peer(url: str, port: int) -> str:
    """The same feed as the peer asks for it: by the server's own address."""
    return f"http://127.0.0.1:{port}{urlsplit(url).path}"


def _unlike(
    urls: Sequence[str], asked: Mapping[tuple[str, int], int], peer: Reader
) -> Iterator[str]:
    """What the two do not have alike: what they asked for, and every field of every entry."""
    by_who = {who: {s: n for (w, s), n in asked.items() if w == who} for who in ("ours", "reader")}
    if by_who["ours"] != by_who["reader"]:
        yield f"they were answered {by_who}"
    if sum(by_who["ours"].values()) != len(urls):
        yield f"{len(urls)} feeds, but ours asked {sum(by_who['ours'].values())} times"
    with transaction() as session:
        held = session.execute(text(HELD)).all()
    ours = {
        (urlsplit(feed).path, url): (title, published.isoformat(), _words(html or body or summary))
        for feed, title, url, published, summary, body, html in held
    }
    theirs = {
        (urlsplit(str(e["feed"])).path, e["link"]): (
            e["title"],
            e["published"],
            _words(str(e["content"] or e["summary"])),
        )
        for e in peer.entries()
    }
    if len(held) != len(ours) or ours.keys() != theirs.keys():
        yield (
            f"ours holds {len(held)} stories, reader {len(theirs)} entries, "
            f"{len(ours.keys() & theirs.keys())} of them the same"
        )
    differ = [key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]]
    if differ:
        one = differ[0]
        yield f"{len(differ)} entries differ, as {one}: ours {ours[one]}, reader {theirs[one]}"


def _words(html: str) -> str:
    """The plain words of HTML."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


# --- the table


def main(arguments: Sequence[str] = ()) -> int:
    """Print the table; 1 if the two did not do the same work."""
    parser = argparse.ArgumentParser(prog="bench polling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--feeds", type=int, default=FEEDS)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args(arguments)
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)  # noqa: TID251  # stories must be of today
    rounds = []
    try:
        for number in range(args.rounds):
            first = ("ours", "reader")[number % 2]
            rounds.append(run(feeds=args.feeds, now=now, first=first))
    except (PeerFailed, NotThrough) as problem:
        print(f"NOT MEASURED: {problem}")
        return 1
    print("\n".join(_json(rounds) if args.json else _table(rounds, args.feeds)))
    return int(any(work.unlike for one in rounds for work in one.works.values()))


def _table(rounds: Sequence[Round], feeds: int) -> Iterator[str]:
    last = rounds[-1]
    said = last.versions
    yield (
        f"ours: serieswatch {__version__}, Python {platform.python_version()}, PostgreSQL "
        f"{said['postgres']}; beside it reader {said['reader']} (feedparser {said['feedparser']}, "
        f"requests {said['requests']}, SQLite {said['sqlite']}, Python {said['python']}), 1 worker"
    )
    yield (
        f"{feeds} feeds of 30 entries, {last.bytes / feeds / 1000:.0f} kB on average; "
        f"ours made {last.made}"
    )
    yield f"{len(rounds)} rounds; CPU seconds, median (lowest to highest)"
    yield f"{'':34}{'ours':>22}{'reader':>22}{'ratio':>22}{'goal':>6}{'ours s':>8}{'reader s':>9}"
    for work in WORKS:
        yield _line(work, [one.works[work] for one in rounds])
    yield ""
    yield from _breakdown(rounds)
    for work in WORKS:
        for why in {why for one in rounds for why in one.works[work].unlike}:
            yield f"NO RATIO for {work}: {why}"


def _line(name: str, works: Sequence[Work]) -> str:
    ours, theirs = [work.ours.total for work in works], [work.cpu for work in works]
    ratios = [their / our for our, their in zip(ours, theirs, strict=True)]
    is_alike = not any(work.unlike for work in works)
    seconds = statistics.median(work.ours.seconds for work in works)
    peer_seconds = statistics.median(work.peer_seconds for work in works)
    return (
        f"{name:34}{_spread(ours):>22}{_spread(theirs):>22}"
        f"{_spread(ratios) if is_alike else 'none':>22}{GOALS[name]:6}"
        f"{seconds:8.1f}{peer_seconds:9.1f}"
    )


def _spread(numbers: Sequence[float]) -> str:
    return f"{statistics.median(numbers):.2f} ({min(numbers):.2f}-{max(numbers):.2f})"


def _breakdown(rounds: Sequence[Round]) -> Iterator[str]:
    """CPU seconds of ours by kind of process, the median of the rounds."""
    kinds = list(dict.fromkeys(k for r in rounds for w in r.works.values() for k in w.ours.cpu))
    yield f"{'ours, by kind of process':34}" + "".join(f"{kind:>10}" for kind in kinds)
    for work in WORKS:
        costs = [one.works[work].ours.cpu for one in rounds]
        shown = (statistics.median(cost.get(kind, 0.0) for cost in costs) for kind in kinds)
        yield f"{work:34}" + "".join(f"{seconds:10.2f}" for seconds in shown)
    idle = statistics.median(one.idle for one in rounds)
    yield f"with nothing to do ours uses {idle * 1000:.0f} ms of CPU a second"


def _json(rounds: Sequence[Round]) -> Iterator[str]:
    for one in rounds:
        yield json.dumps(
            {
                "versions": one.versions,
                "idle": one.idle,
                "works": {
                    name: {
                        "ours": work.ours.total,
                        "by_kind": work.ours.cpu,
                        "reader": work.cpu,
                        "unlike": work.unlike,
                    }
                    for name, work in one.works.items()
                },
            }
        )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
