"""`play` and `demo`: the whole product on recorded feeds, its clock running on their times."""

from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from threading import Event
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from cli import stack
from cli.measure import Meter
from cli.origin import DOMAIN, Origin, address, origin
from cli.output import Progress, print_json, tell
from cli.recording import Recording, Step, read_recording
from cli.sample.newsroom import FEEDS, write_newsroom
from cli.sample.wires import WIRES, write_wires
from cli.seeding import definitions
from config.settings import environment, given, override
from pipeline.errors import BadInput, SerieswatchError, UnreadableFeed
from pipeline.newsroom import name_of
from pipeline.parse import parse
from pipeline.records import Answer, Outlet, OutletFeed
from store import clock, drafts, feeds, schema, seed, series, setaside, stories, waiting, work
from store.models import DocumentRow, FeedRow, InstalmentRow, StoryRow
from store.outlets import listed
from store.session import engine, transaction

# The sample's own house and its ministry stand where the shipped series look for these two.
STANDS_FOR = {
    "state-press-office": "state-department",
    "measured-statecraft": "responsible-statecraft",
}
Answered = TypeVar("Answered")

SHARED_HOSTS = ("feedburner.com", "googleapis.com", "google.com")  # many outlets' feeds under one
PATIENCE = 600  # seconds in which one step of a replay must come to its end
OUTAGE = 60  # seconds in which a database that went away must be back
LOOK_EVERY = (0.02, 0.25)  # seconds between looks whether a step is through: at first, at most
MOST_ASKS = 8  # polls of one document; then its feed's state says what is wrong with it
TOLD = {"dispatch_seconds": "1", "sweep_seconds": "5", "lease_seconds": "60"}  # unless told else


def play(args: Namespace) -> int:
    """Serve recorded feeds and run the whole product on them."""
    recording = read_recording(Path(args.dir))
    if not args.keep:
        args.database = args.database or given("database_url")
    files = [Path(file) for file in args.series or ()]
    return _run(args, lambda _: recording, _outlets(recording), files)


def demo(args: Namespace) -> int:
    """Play the bundled sample newsroom."""
    args.series, args.database, args.workers = None, None, None
    outlets = {
        feed.folder: Outlet(
            key=STANDS_FOR.get(feed.folder, _key(feed.outlet)),
            name=feed.outlet,
            kind=feed.kind,
            homepage=feed.homepage,
            language=feed.language,
        )
        for feed in FEEDS
    } | {
        wire.folder: Outlet(
            key=_key(wire.outlet),
            name=wire.outlet,
            kind="wire",
            homepage=wire.homepage,
            language=wire.language,
        )
        for wire in WIRES
    }
    return _run(args, _sample, outlets, ())


def _sample(scratch: Path) -> Recording:
    tell("Writing the sample newsroom: invented stories of invented outlets.")
    write_newsroom(scratch / "newsroom")
    write_wires(scratch / "newsroom")
    return read_recording(scratch / "newsroom")


def _run(
    args: Namespace,
    recorded: Callable[[Path], Recording],
    outlets: Mapping[str, Outlet],
    files: Sequence[Path],
) -> int:
    """Play what `recorded` gives, which may write below a directory that goes with us."""
    chosen = definitions(files)
    began = monotonic()
    with origin() as source, Meter() as meter, stack.servers(args.keep, args.database) as running:
        recording = recorded(running.scratch)
        override(**_told(source))
        polls_before = _prepare(outlets, chosen)
        running.start_processes(parsers=args.workers or 2, desk=not args.once, port=args.port)
        if not args.once:
            tell(running.welcome())
        _Replay(recording, source, running).run()
        meter.sample()
        summed_up = partial(_summary, recording=recording, polls_before=polls_before)
        summary = _patiently(running, summed_up) | {
            "seconds": round(monotonic() - began, 2),
            "cpu_seconds": round(meter.cpu_seconds, 2),
            "peak_rss_mb": round(meter.peak_rss_mb, 1),
        }
        _print_summary(summary, as_json=args.json)
        if not args.once:
            tell("All is played. The desk stays open until Ctrl-C.")
            tell(running.welcome())
            running.wait()
    return 0


def _told(source: Origin) -> dict[str, str]:
    """What the processes of a replay are told, besides where their servers are."""
    given = environment()
    unsaid = {
        name: value for name, value in TOLD.items() if f"SERIESWATCH_{name.upper()}" not in given
    }
    return unsaid | {
        "allow_inside": f"127.0.0.1/32:{source.port}",
        "connect_to": source.connect_to,
        "recorded_clock": "yes",
        # Between two recorded documents lie days in which nobody was asked: no feed is silent.
        "watch_seconds": "86400",
        # One server gives all the feeds, and it is ours: nobody's patience is at stake.
        "host_gap_seconds": "0",
        "host_at_once": "1000",
        "fill_gaps": "no",  # a recording's older pages are on the web: no replay goes there
    }


# --- before


def _prepare(outlets: Mapping[str, Outlet], chosen: list[dict[str, object]]) -> dict[str, int]:
    """Tables, outlets, feeds and series; gives how many polls there have been."""
    schema.migrate(engine())
    with transaction() as session:
        foreign = [line.url for line in feeds.lines(session) if DOMAIN not in line.url]
        if foreign:
            raise BadInput(
                f"this database follows {len(foreign)} feeds of its own, such as {foreign[0]}: "
                "`play` wants an empty database, or one it has filled before"
            )
        followed = [
            Outlet(
                key=outlet.key,
                name=outlet.name,
                kind=outlet.kind,
                homepage=outlet.homepage,
                language=outlet.language,
                aliases=outlet.aliases,
                feeds=(OutletFeed(url=address(folder), title=folder),),
            )
            for folder, outlet in outlets.items()
        ]
        seed.put_outlets(session, followed)
        seed.put_series(session, chosen, by="machine:play")
        feeds.postpone(session, seconds=86400 * 365)  # each is polled when its document changes
        return feeds.polls(session)


def _outlets(recording: Recording) -> dict[str, Outlet]:
    """Whose feed each folder is: an outlet of our catalogue where its address shows it."""
    known = listed()
    by_feed = {feed.url.split("://")[-1]: outlet for outlet in known for feed in outlet.feeds}
    by_host: dict[str, Outlet] = {}
    for outlet in known:
        for url in (outlet.homepage, *(feed.url for feed in outlet.feeds)):
            host = _host(url)
            if host and not host.endswith(SHARED_HOSTS):
                by_host.setdefault(host, outlet)
    found = {}
    for folder, documents in recording.feeds.items():
        channel = _channel(documents)
        hosts = [_host(url) for url in (channel.link, channel.most_linked)]
        theirs = [by_feed.get(channel.link.split("://")[-1]), *map(by_host.get, hosts)]
        called = name_of(channel.most_linked, channel.title)
        own = Outlet(
            key=_key(hosts[1] or folder), name=called or hosts[1] or folder, homepage=channel.link
        )
        found[folder] = next((outlet for outlet in theirs if outlet is not None), own)
    return found


@dataclass(frozen=True, slots=True)
class _Channel:
    """What a recorded feed says of itself."""

    link: str = ""
    most_linked: str = ""  # address of a story, of the host that most of them are on
    title: str = ""


def _channel(documents: Sequence[Path]) -> _Channel:
    """What the first document that can be read says of its feed."""
    for document in documents[:3]:
        try:
            parsed = parse(Answer(url="", status=200, headers={}, body=document.read_bytes()))
        except UnreadableFeed:
            continue
        urls = {_host(entry.url): entry.url for entry in parsed.entries if entry.url}
        hosts = Counter(_host(entry.url) for entry in parsed.entries if entry.url)
        most = max(hosts, key=lambda host: (hosts[host], host), default="")
        # A feed of many hosts is an aggregate: it belongs to none of them.
        is_one_outlet = hosts[most] * 2 > hosts.total()
        own = urls[most] if is_one_outlet else ""
        return _Channel(parsed.link or "", own, parsed.title or "")
    return _Channel()


def _host(url: str) -> str:
    host = urlsplit(url).hostname or ""
    for prefix in ("www.", "feeds.", "rss.", "feed.", "moxie."):
        host = host.removeprefix(prefix)
    return host


def _key(folder: str) -> str:
    """A folder's name as an outlet's key: small letters, digits and hyphens."""
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in folder.lower())
    return "-".join(part for part in kept.split("-") if part) or "recorded"


# --- the replay


class _Replay:
    """Moves the recording on, step by step: each is through when nothing waits any more."""

    def __init__(self, recording: Recording, source: Origin, running: stack.Running) -> None:
        self._recording = recording
        self._source = source
        self._running = running
        self._pause = Event()
        self._feeds = _patiently(self._running, feeds.ids_by_url)

    def run(self) -> None:
        """Play it all. Raises SerieswatchError when a step does not come to its end."""
        progress = Progress(self._recording.documents, "documents")
        done = 0
        for step in self._recording.steps():
            self._step(step)
            done += len(step.documents)
            progress.at(done, f"{step.moment:%Y-%m-%d %H:%M}" if step.moment else "")
        progress.close()

    def _step(self, step: Step) -> None:
        """Let one moment of the recording arrive, then let all of it be placed together."""
        wanted: dict[int, str] = {}
        for folder, document in step.documents.items():
            feed_id = self._feeds[address(folder)]
            wanted[feed_id] = self._source.serve(folder, document, step.moment)
        _patiently(self._running, partial(_open, moment=step.moment, feed_ids=list(wanted)))
        self._running.ring("dispatch")
        self._wait_for_documents(step, wanted)
        if step.moment is not None:
            _patiently(self._running, partial(clock.set_recorded, moment=step.moment))
        self._running.ring("place_stories")
        self._wait_while(step, StoryRow, InstalmentRow)

    def _wait_for_documents(self, step: Step, wanted: Mapping[int, str]) -> None:
        """Return when every feed's document was captured and read, or its feed says why not."""
        for _ in range(MOST_ASKS):
            self._wait_while(step, FeedRow, DocumentRow)
            if not _patiently(self._running, partial(_ask_again, wanted=wanted)):
                return
            self._running.ring("dispatch")

    def _wait_while(self, step: Step, *tables: work.Table) -> None:
        """Return when nothing waits in these tables. Raises SerieswatchError if that takes long."""
        began = monotonic()
        while _patiently(self._running, lambda session: waiting.is_waiting(session, *tables)):
            passed = monotonic() - began
            if passed > PATIENCE:
                raise SerieswatchError(self._stuck(step))
            self._running.check()
            shortest, longest = LOOK_EVERY
            self._pause.wait(min(longest, shortest + passed / 10))

    def _stuck(self, step: Step) -> str:
        stages = [s for s in _patiently(self._running, waiting.stages) if s.ready + s.leased]
        said = ", ".join(f"{s.stage}: {s.ready} ready, {s.leased} leased" for s in stages)
        when = f" of {step.moment.isoformat()}" if step.moment else ""
        return (
            f"the step{when} did not end within {PATIENCE} s; still waiting: {said}. "
            f"The processes' logs are in {self._running.logs}"
        )


def _patiently(running: stack.Running, question: Callable[[Session], Answered]) -> Answered:
    """What the database answers; the embedded one is back in a moment if somebody kills it."""
    give_up = monotonic() + OUTAGE
    while True:
        try:
            with transaction() as session:
                return question(session)
        except (OperationalError, InterfaceError):
            running.check()
            if monotonic() > give_up:
                raise
            Event().wait(LOOK_EVERY[1])


def _open(session: Session, *, moment: datetime | None, feed_ids: Sequence[int]) -> None:
    """Move the recorded clock to a step's moment and make the feeds due that changed in it."""
    if moment is None:
        clock.stop_recorded(session)  # one may be left of an earlier run
    else:
        clock.set_recorded(session, moment, is_gathering=True)
    work.wake(session, FeedRow, feed_ids)


def _ask_again(session: Session, *, wanted: Mapping[int, str]) -> bool:
    """Make those feeds due once more whose document was not captured; False if all were."""
    captured = feeds.answer_hashes(session, list(wanted))
    missing = [feed for feed, sha in wanted.items() if captured.get(feed) != sha]
    work.wake_idle(session, FeedRow, missing)
    return bool(missing)


# --- after


def _summary(
    session: Session, *, recording: Recording, polls_before: Mapping[str, int]
) -> dict[str, object]:
    """The summary object of cli.md: rows as they stand now, polls as this run made them."""
    polls = feeds.polls(session)
    run = {state: polls[state] - polls_before.get(state, 0) for state in polls}
    counts = stories.count(session)
    totals = drafts.totals(session)
    return {
        "feeds": len(recording.feeds),
        "documents": recording.documents,
        "polls": sum(run.values()),
        "not_modified": run.get("not_modified", 0),
        "stories": counts["stories"],
        "versions": counts["versions"],
        "set_aside": setaside.count(session),
        "duplicates": counts["duplicates"],
        "clusters": counts["clusters"],
        "series": {
            str(line["series"]): {
                "auto": line["auto"],
                "suggest": line["suggest"],
                **totals[str(line["series"])],
            }
            for line in series.lines(session)
        },
        "waiting": waiting.count(session),
    }


def _print_summary(summary: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
        return
    for name, value in summary.items():
        if isinstance(value, dict):
            for key, figures in value.items():
                print(f"{key}: " + ", ".join(f"{n} {number}" for n, number in figures.items()))
        else:
            print(f"{name.replace('_', ' ')}: {value}")
