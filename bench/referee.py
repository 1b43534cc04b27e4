"""What a reader did to the simulated publishers, and what it made of them: losses and bad manners.

It looks at two things alone, both the same for any reader: the publishers' own log of what was
asked and answered, and what the reader holds in the end.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from statistics import median, quantiles
from urllib.parse import urlsplit

from bench.gazettes import DAY, HOUR, MINUTE, START, Gazette, SameEtag, Served, Torn, World
from cli.origin import Reply

LOOK = 5 * MINUTE  # between two looks at what a gazette shows
AUDITS = 12 * HOUR  # at least, between two plain requests to a feed that was asked before
TOO_OFTEN = timedelta(seconds=110)  # between two questions to one feed: nobody's news is so hot
LONGEST_WAIT = DAY  # a publisher that asks for more gets a probe a day
LONGEST_FRESH = 6 * HOUR
GONE_AGAIN = 23 * HOUR
LENIENCE = timedelta(seconds=2)  # dates in headers have whole seconds

# Kinds of breach, in the order of the table.
BREACHES = {
    "plain": "asked without a validator, and no cause",
    "validator": "sent a validator that was not the last one given",
    "wait": "did not wait as Retry-After asked, feed or siblings",
    "fresh": "came while the answer was fresh",
    "gap": "asked one group again at once",
    "often": "asked one feed again within two minutes",
    "gone": "asked more than daily after 410",
    "junk": "sent cookies, a Referer, a Range or a changed address",
    "inside": "followed a redirect into the house",
}


@dataclass(frozen=True, slots=True)
class Held:
    """One story as the reader holds it in the end."""

    mark: str
    url: str  # of the feed
    first_seen: datetime
    updates: int = 0  # times it was said to have changed


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach of good manners."""

    kind: str
    at: datetime
    gazette: str
    what: str


@dataclass(slots=True)
class Score:
    """The outcome for one reader."""

    requests: int = 0
    not_modified: int = 0
    bytes: int = 0
    offered: int = 0  # stories that were offered long enough
    lost: list[str] = field(default_factory=list)  # gazette and mark
    doubled: list[str] = field(default_factory=list)
    false_updates: Counter[str] = field(default_factory=Counter)  # by gazette
    unknown: int = 0  # held, and never published
    # Minutes from publication to first sight, by gazette.
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    well: list[str] = field(default_factory=list)  # gazettes that never misbehave
    breaches: list[Breach] = field(default_factory=list)

    @property
    def latency(self) -> tuple[float, float]:
        """Minutes to first sight: the median, and what 95 in 100 stay below."""
        return _latency([wait for waits in self.waits.values() for wait in waits])

    @property
    def latency_of_well(self) -> tuple[float, float]:
        """The same of the publishers that are well all the time."""
        return _latency([wait for name in self.well for wait in self.waits[name]])

    @property
    def latency_by_gazette(self) -> dict[str, tuple[float, float]]:
        """The same for each gazette, the slowest first."""
        found = {name: _latency(waits) for name, waits in self.waits.items()}
        return dict(sorted(found.items(), key=lambda told: -told[1][1]))

    def count(self, kind: str) -> int:
        """Breaches of one kind."""
        return sum(breach.kind == kind for breach in self.breaches)


def score(world: World, held: Sequence[Held], *, until: datetime, gap: timedelta) -> Score:
    """What a reader did and got by `until`; `gap` is what it owes a group between two starts."""
    found = Score(requests=len(world.log))
    found.not_modified = sum(one.reply.status == HTTPStatus.NOT_MODIFIED for one in world.log)
    found.bytes = sum(len(one.reply.body) for one in world.log if one.reply.manner == "plain")
    _results(found, world, held, until)
    found.breaches = sorted(_breaches(world, gap), key=lambda breach: breach.at)
    return found


# --- what it got


def _latency(waits: Sequence[float]) -> tuple[float, float]:
    if len(waits) < 2:  # noqa: PLR2004  # quantiles need two
        return (0.0, 0.0)
    return median(waits), quantiles(waits, n=20)[-1]


def _results(found: Score, world: World, held: Sequence[Held], until: datetime) -> None:
    by_mark: dict[tuple[str, str], list[Held]] = defaultdict(list)
    for one in held:
        by_mark[one.url, one.mark].append(one)
    for gazette in world.gazettes:
        if gazette.bad is None:
            found.well.append(gazette.name)
        since = _readable_since(gazette, until)
        for piece in gazette.pieces:
            copies = by_mark.pop((gazette.url, piece.mark), [])
            name = f"{gazette.name} {piece.mark}"
            first, readable = since.get(piece.mark, (None, timedelta()))
            if readable >= gazette.fair:
                found.offered += 1
                if not copies:
                    found.lost.append(name)
            if len(copies) > 1:
                found.doubled.append(name)
            updates = sum(copy.updates for copy in copies)
            if (false := updates - (gazette.versions(piece) - 1)) > 0:
                found.false_updates[gazette.name] += false
            # What was there before the reader came says nothing of its promptness.
            if copies and first is not None and piece.at > START:
                seen = min(copy.first_seen for copy in copies)
                found.waits[gazette.name].append((seen - first) / MINUTE)
    found.unknown = sum(len(copies) for copies in by_mark.values())


def _readable_since(gazette: Gazette, until: datetime) -> dict[str, tuple[datetime, timedelta]]:
    """By mark: when a story could be read first, and for how long it could be read in all."""
    found: dict[str, tuple[datetime, timedelta]] = {}
    now = START
    while now < until:
        if gazette.is_readable(now):
            for piece in gazette.shown(now):
                at_once = max(piece.at, START)
                since = at_once if gazette.is_readable(at_once) else now
                first, total = found.get(piece.mark, (since, timedelta()))
                found[piece.mark] = (first, total + LOOK)
        now += LOOK
    return found


# --- how it behaved


def _breaches(world: World, gap: timedelta) -> Iterator[Breach]:
    by_gazette: dict[Gazette, list[Served]] = defaultdict(list)
    by_group: dict[str, list[Served]] = defaultdict(list)
    for one in world.log:
        yield from _inside(one, world)
        if one.gazette is not None:
            by_gazette[one.gazette].append(one)
            by_group[_group(one.gazette.host)].append(one)
    for gazette, log in by_gazette.items():
        first_asks = [one for one in log if urlsplit(one.path).path == gazette.path]
        yield from _junk(gazette, log)
        yield from _too_often(gazette, first_asks)
        yield from _not_fresh(gazette, log)
        by_path: dict[str, list[Served]] = defaultdict(list)
        for one in log:
            by_path[one.path].append(one)
        for asked in by_path.values():
            yield from _validators(gazette, asked)
    for log in by_group.values():
        yield from _waits(log)
        yield from _gaps(log, gap)


def _group(host: str) -> str:
    """The registrable domain of our invented hosts."""
    return ".".join(host.split(".")[-2:])


def _name(one: Served) -> str:
    return one.gazette.name if one.gazette is not None else one.host


def _inside(one: Served, world: World) -> Iterator[Breach]:
    if one.gazette is None and one.host not in world.hosts:
        yield Breach("inside", one.at, one.host, one.path)


def _junk(gazette: Gazette, log: Sequence[Served]) -> Iterator[Breach]:
    for one in log:
        unfit = {"cookie", "referer", "range"} & one.headers.keys()
        if (
            unfit
            or urlsplit(one.path).query
            or "mozilla" in one.headers.get("user-agent", "").lower()
        ):
            yield Breach("junk", one.at, gazette.name, f"{one.path} {sorted(unfit)}")


def _too_often(gazette: Gazette, log: Sequence[Served]) -> Iterator[Breach]:
    last: Served | None = None
    last_gone: datetime | None = None
    for one in log:
        is_again = last is not None and one.at - last.at < TOO_OFTEN
        if last is not None and is_again and not _is_retry(last):
            yield Breach("often", one.at, gazette.name, f"{one.at - last.at} after the last")
        if last_gone is not None and one.at - last_gone < GONE_AGAIN:
            yield Breach("gone", one.at, gazette.name, f"{one.at - last_gone} after 410")
        last_gone = one.at if one.reply.status == HTTPStatus.GONE else None
        last = one


def _not_fresh(gazette: Gazette, log: Sequence[Served]) -> Iterator[Breach]:
    """By address: what one says of itself binds nobody at the other."""
    until: dict[str, datetime] = {}
    for one in log:
        if one.path in until and one.at + LENIENCE < until[one.path]:
            yield Breach("fresh", one.at, gazette.name, f"{until[one.path] - one.at} too early")
        until[one.path] = one.at + min(_fresh_for(one.reply.headers), LONGEST_FRESH)


def _fresh_for(headers: Mapping[str, str]) -> timedelta:
    control = headers.get("Cache-Control", "")
    if "max-age=" in control:
        seconds = int(control.partition("max-age=")[2].partition(",")[0])
        return timedelta(seconds=seconds - int(headers.get("Age", 0)))
    if "Expires" in headers:
        return _when(headers["Expires"]) - _when(headers["Date"])
    return timedelta()


def _when(date: str) -> datetime:
    return datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=START.tzinfo)


GOOD = frozenset({HTTPStatus.OK, HTTPStatus.NOT_MODIFIED, HTTPStatus.IM_USED})


def _validators(gazette: Gazette, log: Sequence[Served]) -> Iterator[Breach]:
    """One plain request in the life of an address, besides audits and after what cannot be read."""
    last: dict[str, str] | None = None  # what must be echoed; None where nothing was given yet
    is_excused = True
    last_audit: datetime | None = None
    was_quiet = False  # the answer before was 304: only then there is something to audit
    for one in log:
        sent = {
            "ETag": one.headers.get("if-none-match"),
            "Last-Modified": one.headers.get("if-modified-since"),
        }
        is_plain = not any(sent.values())
        if is_plain:
            is_audit = was_quiet and (last_audit is None or one.at - last_audit >= AUDITS)
            # A validator that lies need not be sent again.
            is_liar = isinstance(gazette, SameEtag) and gazette.is_bad(one.at)
            # Where we are sent elsewhere, validators are that place's.
            is_moved = _is_redirect(one)
            if last and not (is_excused or is_audit or is_liar or is_moved):
                yield Breach("plain", one.at, gazette.name, f"{one.path}, last given {last}")
            if last and not is_excused:
                last_audit = one.at
        elif last is not None and (wrong := _wrong(sent, last)):
            yield Breach("validator", one.at, gazette.name, wrong)
        was_quiet = one.reply.status == HTTPStatus.NOT_MODIFIED
        is_excused = is_excused or _is_redirect(one)
        if one.reply.status in GOOD:
            given = {k: v for k, v in one.reply.headers.items() if k in sent}
            # Whoever echoed the validators of half a document would never be given its rest.
            is_half = isinstance(gazette, Torn) or not gazette.is_bad_readable
            is_unread = gazette.is_bad(one.at) and is_half
            is_excused = is_unread
            if not is_unread:
                last = given


def _wrong(sent: Mapping[str, str | None], last: Mapping[str, str]) -> str:
    for name, value in sent.items():
        if value is not None and value != last.get(name):
            return f"sent {name} {value}, last given {last.get(name)}"
    return ""


def _waits(log: Sequence[Served]) -> Iterator[Breach]:
    """Retry-After binds the whole group, up to a day; then one of it may probe."""
    not_before: datetime | None = None
    for one in log:
        if not_before is not None and one.at + LENIENCE < not_before:
            yield Breach("wait", one.at, _name(one), f"{not_before - one.at} too early")
        if asked := _asked_to_wait(one.reply):
            until = one.at + min(asked, LONGEST_WAIT)
            not_before = max(until, not_before or until)


def _asked_to_wait(reply: Reply) -> timedelta:
    raw = reply.headers.get("Retry-After", "")
    if raw.isdigit():
        return timedelta(seconds=min(int(raw), 10**9))
    if raw.endswith("GMT"):
        return max(timedelta(), _when(raw) - _when(reply.headers["Date"]))
    return timedelta()


def _gaps(log: Sequence[Served], gap: timedelta) -> Iterator[Breach]:
    """Starts of polls in one group; a redirect's further hop is part of its poll."""
    last: Served | None = None
    for one in log:
        is_hop = last is not None and _is_redirect(last)
        is_part = is_hop or (last is not None and _is_retry(last))
        if last is not None and not is_part and one.at - last.at < gap:
            yield Breach("gap", one.at, _name(one), f"{one.at - last.at} after {_name(last)}")
        last = one


def _is_retry(last: Served) -> bool:
    """Whether a second try at once is in order: the connection broke off."""
    return last.reply.manner in {"cut", "close"}


def _is_redirect(one: Served) -> bool:
    return one.reply.status in {301, 302, 303, 307, 308}
