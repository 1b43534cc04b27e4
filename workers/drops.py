"""Sources that hand over files: watched directories here, mailboxes in workers/mailbox.py.

Files stay where they lie, and nothing of ours is written there: whoever put them there may do with
them what they like. What was taken is remembered by name, size, time and hash, in the transaction
that keeps the document; so a crash at any line forgets both, and the file is taken once more.
"""

import hashlib
import logging
import os
import stat
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline.records import Answer
from store import clock, documents, drops, feeds, setaside, work
from store.drops import SeenFile
from store.models import FeedRow
from store.session import transaction
from workers.leases import ours
from workers.mailbox import Open, read_mailbox
from workers.pieces import AT_ONCE, ENOUGH_BYTES, ENOUGH_PIECES, Haul, Piece, Refusal

log = logging.getLogger(__name__)

SECOND_LOOK = 5.0  # seconds after the first: a file that has not changed meanwhile is whole
LONGEST_BACK_OFF = 3600.0
KEPT_OF_HUGE = 65_536  # bytes set aside of a file too large to be taken

_UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".temp", ".swp", ".crdownload", "~")


def due_sources(settings: Settings) -> list[int]:
    """Take note of the directories and mailboxes that are due and give their feeds' ids."""
    with transaction() as session:
        is_ours = FeedRow.url.not_like("http%")
        ring = settings.lease_seconds
        return work.announce(session, FeedRow, limit=50, ring_seconds=ring, only=is_ours)


def collect(feed_ids: Sequence[int], settings: Settings, open_socket: Open) -> list[int]:
    """Look at directories and mailboxes that are due; gives the ids of the documents to parse.

    Each is a lease and a transaction of its own: one slow mailbox costs the others nothing but
    time.
    """
    found: list[int] = []
    for feed_id in feed_ids:
        found += _collect_one(feed_id, settings, open_socket)
    return found


def _collect_one(feed_id: int, settings: Settings, open_socket: Open) -> list[int]:
    with transaction() as session:
        lease = work.claim(
            session,
            FeedRow,
            [feed_id],
            lease_seconds=settings.lease_seconds,
            max_attempts=None,  # a feed is never given up
        )
        if lease is None:
            return []
        polled = feeds.load(session, feed_id)
        files = drops.seen_files(session, feed_id)
        mark = drops.mark(session, feed_id)
    kept: list[int] = []
    with ours(lease):
        if urlsplit(polled.feed.url).scheme == "imaps":
            haul = read_mailbox(polled.feed.url, settings, open_socket, feed_id=feed_id, mark=mark)
        else:
            haul = look_into(polled.feed.url, settings, feed_id=feed_id, known=files)
        with transaction() as session:
            kept = _keep(session, polled, haul)
            failures = polled.feed.failures + 1 if haul.is_failure else 0
            again_in = min(polled.interval_seconds * 2.0**failures, LONGEST_BACK_OFF)
            if not haul.is_failure:
                again_in = haul.again_in or polled.interval_seconds
            work.finish(session, lease, again_in=again_in)
        log.info("collected", extra={"feed": feed_id, "state": haul.state, "docs": kept})
    return kept


def _keep(session: Session, polled: feeds.PolledFeed, haul: Haul) -> list[int]:
    """Keep what came, set aside what was refused, and remember both."""
    feed_id, at = polled.feed.id, clock.now(session)
    way = "mail" if polled.feed.url.startswith("imaps:") else "drop"
    kept = [
        documents.keep(
            session,
            feed_id=feed_id,
            fetch_token=uuid.uuid4(),  # one lease takes many
            answer=Answer(url=piece.url, status=200, headers=piece.headers, body=piece.body),
            body_hash=hashlib.sha256(piece.body).hexdigest(),
            at=at,
            way=way,
        )
        for piece in haul.pieces
    ]
    refused = [
        setaside.SetAside(
            feed_id=feed_id,
            document_id=None,
            stage=way,
            state=one.state,
            reason=one.reason,
            raw=one.raw,
        )
        for one in haul.refused
    ]
    setaside.keep(session, refused, at=at)
    haul.remember(session)
    drops.note_look(
        session, feed_id, state=haul.state, reason=haul.reason, is_failure=haul.is_failure
    )
    return kept


# --- a watched directory


def directory(url: str, allowed: Sequence[str]) -> Path:
    """The directory a file:// address names, all links followed, if it may be watched.

    Raises ValueError in plain words for one that is not below the directories `allowed`.
    """
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc not in {"", "localhost"} or not path.startswith("/") or "\0" in path:
        raise ValueError("it names no directory of this machine")
    real = Path(path).resolve()  # a link that leads out of an allowed place leads to a refusal
    places = [Path(place).resolve() for place in allowed]
    if not any(real == place or place in real.parents for place in places):
        raise ValueError(
            f"{real} is not below a directory that may be watched: name one in "
            "SERIESWATCH_DROP_DIRECTORIES"
        )
    return real


@dataclass(slots=True)
class _Look:
    """What one look at a directory finds, as it goes on."""

    names: set[str] = field(default_factory=set)  # all that lies there
    pieces: list[Piece] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    files: list[SeenFile] = field(default_factory=list)  # to be remembered
    unreadable: list[str] = field(default_factory=list)
    links: int = 0
    is_growing: bool = False  # something may still be being written
    is_more: bool = False

    @property
    def is_full(self) -> bool:
        """Whether the rest is for the next look."""
        size = sum(len(piece.body) for piece in self.pieces)
        return len(self.pieces) >= ENOUGH_PIECES or size >= ENOUGH_BYTES

    def in_words(self) -> str:
        """The look as `feeds list` tells it."""
        told = [f"{len(self.pieces)} files taken" if self.pieces else "nothing new lies there"]
        if self.refused:
            told.append(f"{len(self.refused)} are too large and set aside")
        if self.unreadable:
            told.append(f"{len(self.unreadable)} may not be read, {self.unreadable[0]} for one")
        if self.links:
            told.append(f"{self.links} are links or no files, which are passed over")
        return "; ".join(told)


@dataclass(frozen=True, slots=True)
class _Lying:
    """A file as it lies in the directory."""

    entry: str  # as the file system names it
    name: str  # as we remember it: text in any case
    size: int
    changed_ns: int

    def seen(self, state: str, hash: str | None = None) -> SeenFile:  # noqa: A002  # the column's word
        return SeenFile(
            name=self.name, size=self.size, changed_ns=self.changed_ns, state=state, hash=hash
        )


def look_into(url: str, settings: Settings, *, feed_id: int, known: Mapping[str, SeenFile]) -> Haul:
    """Take what is new and whole in a directory. A file is whole if two looks see it the same."""
    try:
        path = directory(url, settings.drop_directories)
        with _opened(path) as place:
            look = _look(place, url, known, most=int(settings.body_cap_mb * 1024 * 1024))
    except ValueError as problem:
        return Haul(state="blocked_address", reason=str(problem), is_failure=True)
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        reason = f"the directory cannot be read ({why}): check that it is there and lets us in"
        return Haul(state="unreachable", reason=reason, is_failure=True)
    gone = [name for name in known if name not in look.names]

    def remember(session: Session) -> None:
        drops.remember_files(session, feed_id, look.files)
        drops.forget_files(session, feed_id, gone)

    return Haul(
        state="ok",
        reason=look.in_words(),
        pieces=tuple(look.pieces),
        refused=tuple(look.refused),
        again_in=AT_ONCE if look.is_more else SECOND_LOOK if look.is_growing else None,
        remember=remember,
    )


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The directory, held open: what happens to its path from now on cannot lead us elsewhere."""
    place = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        yield place
    finally:
        os.close(place)


def _look(place: int, url: str, known: Mapping[str, SeenFile], *, most: int) -> _Look:
    look = _Look()
    for lying in sorted(_lying(place, look), key=lambda one: (one.changed_ns, one.name)):
        before = known.get(lying.name)
        is_same = before is not None and (before.size, before.changed_ns) == (
            lying.size,
            lying.changed_ns,
        )
        if before is None or not is_same:
            # Remembered with its former hash: touched, it is no news.
            look.files.append(lying.seen("seen", before.hash if before else None))
            look.is_growing = True
        elif before.state != "seen":
            continue
        elif look.is_full:
            look.is_more = True
        else:
            _take(place, lying, before, url, look, most)
    return look


def _lying(place: int, look: _Look) -> Iterator[_Lying]:
    """The files that lie there under a name that says they are finished."""
    for entry in os.listdir(place):
        name = os.fsencode(entry).decode("utf-8", "backslashreplace")
        look.names.add(name)
        if entry.startswith(".") or entry.lower().endswith(_UNFINISHED):
            continue
        try:
            told = os.stat(entry, dir_fd=place, follow_symlinks=False)
        except FileNotFoundError:  # taken away meanwhile
            continue
        if stat.S_ISREG(told.st_mode):
            if told.st_size:  # an empty one is still to be written
                yield _Lying(entry, name, told.st_size, told.st_mtime_ns)
        elif not stat.S_ISDIR(told.st_mode):
            look.links += 1


def _take(  # noqa: PLR0913, PLR0917  # one file, its place and what becomes of it
    place: int, lying: _Lying, before: SeenFile, url: str, look: _Look, most: int
) -> None:
    """Take one file that two looks saw the same; or refuse it; or leave it for the next look."""
    try:
        body, is_same = _read(place, lying, most)
    except FileNotFoundError:
        return
    except OSError:  # no permission, a link put in its place, a failing disk: tried again
        look.unreadable.append(lying.name)
        return
    if not is_same:
        look.is_growing = True  # the next look will see other facts than these
        return
    if lying.size > most:
        reason = (
            f"{lying.name} has {lying.size / 1e6:.1f} MB: larger than SERIESWATCH_BODY_CAP_MB "
            "allows. Raise that, then touch the file"
        )
        look.refused.append(Refusal(state="too_big", reason=reason, raw=body[:KEPT_OF_HUGE]))
        look.files.append(lying.seen("refused"))
        return
    hashed = hashlib.sha256(body).hexdigest()
    if hashed != before.hash:
        source = f"{url.rstrip('/')}/{quote(os.fsencode(lying.entry))}"
        look.pieces.append(Piece(url=source, headers={}, body=body))
    look.files.append(lying.seen("taken", hashed))


def _read(place: int, lying: _Lying, most: int) -> tuple[bytes, bool]:
    """The file's bytes, or of a huge one its beginning; and whether it still is what was seen."""
    # Not blocking: what was a file when we looked may be a pipe by now.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(lying.entry, flags, dir_fd=place), "rb") as file:
        body = file.read(most if lying.size <= most else KEPT_OF_HUGE)
        told = os.fstat(file.fileno())
    is_same = (told.st_size, told.st_mtime_ns) == (lying.size, lying.changed_ns)
    return body, is_same and stat.S_ISREG(told.st_mode)
