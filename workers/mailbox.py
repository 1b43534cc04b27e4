"""Wires that come by mail: a mailbox read over IMAP, message by message, nothing deleted in it."""

import email
import imaplib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, unquote, urlsplit

from sqlalchemy.orm import Session

from config.settings import Settings
from store import drops
from store.drops import Mark
from workers.http import NoAnswer
from workers.pieces import AT_ONCE, ENOUGH_BYTES, ENOUGH_PIECES, Haul, Piece, Refusal

if TYPE_CHECKING:
    import socket  # noqa: TID251  # its name alone: workers/http opens it and hands it over

Open = Callable[..., "socket.socket"]

PORT = 993
SECONDS = 60.0  # for one look at a mailbox
MOST_PARTS = 200  # of one message
LONGEST_HEADER, LONGEST_KEPT = 4000, 500  # characters
SHORTEST_CAP = 100_000  # bytes of an answer, however small a message may be

_PLAIN = re.compile(r'[^\x00-\x20\x7f-\U0010ffff"\\(){%*]+')
_PLAIN_NAME = re.compile(r'[^\x00-\x1f\x7f-\U0010ffff"\\]+')
_WIRE_TYPES = re.compile(r"(?:application|text)/(?:[\w.-]+\+)?(?:xml|json)")
_WIRE_NAMES = (
    ".xml",
    ".rss",
    ".atom",
    ".rdf",
    ".json",
    ".nitf",
    ".newsml",
    ".ninjs",
    ".iptc",
    ".txt",
)


class _Imap(imaplib.IMAP4):
    """The library's client over a connection of ours: judged, verified and with a deadline."""

    def __init__(self, connection: "socket.socket", *, cap: int) -> None:
        self._connection = connection
        self._cap = cap
        super().__init__()

    def _create_socket(self, _timeout: float | None) -> "socket.socket":
        return self._connection

    def read(self, size: int) -> bytes:
        """So many bytes that the server announced; it may announce what it likes."""
        if size > self._cap:
            raise self.abort(f"it announced {size} bytes, more than we take")
        return super().read(size)


class _NoMailbox(Exception):
    """Why a mailbox cannot be read: the state for `feeds list`, and the reason."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason


def read_mailbox(
    url: str, settings: Settings, open_socket: Open, *, feed_id: int, mark: Mark | None
) -> Haul:
    """Take the messages that came since `mark`, oldest first, or say why that cannot be done.

    The address reads imaps://USER@HOST/MAILBOX; with `?mark=seen` messages are flagged as seen.
    """
    most = int(settings.body_cap_mb * 1024 * 1024)
    look = _Look(url, most)
    problem: _NoMailbox | None = None
    try:
        account = _Account(url, settings)
        connection = open_socket(account.host, account.port, tls=True, seconds=SECONDS)
        imap = _Imap(connection, cap=max(most, SHORTEST_CAP))
        try:
            _read_all(imap, account, mark, look)
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                imap.logout()
            connection.close()
    except _NoMailbox as none:
        problem = none
    except NoAnswer as none:
        problem = _NoMailbox(none.problem, f"no connection to the mailbox: {none.detail}")
    except TimeoutError:
        problem = _NoMailbox("timeout", f"the mailbox was not read within {SECONDS:g} s")
    except (imaplib.IMAP4.error, OSError, ValueError) as broken:
        problem = _NoMailbox("broken", f"the mail server broke off: {_words(broken)}")
    return look.haul(feed_id, mark, problem)


class _Account:
    """A mailbox's address taken apart, with what opens it. Raises _NoMailbox."""

    def __init__(self, url: str, settings: Settings) -> None:
        parts = urlsplit(url)
        self.user = unquote(parts.username or "")
        self.host = parts.hostname or ""
        self.port = parts.port or PORT
        self.name = unquote(parts.path.strip("/")) or "INBOX"
        self.marks_seen = parse_qs(parts.query).get("mark") == ["seen"]
        # These go into commands, which end at a line's end: nothing may stand in them that steers.
        if not _PLAIN.fullmatch(self.user) or not _PLAIN_NAME.fullmatch(self.name):
            raise _NoMailbox(
                "blocked_address",
                "its address must read imaps://USER@HOST/MAILBOX, in plain ASCII: correct it",
            )
        source = f"imaps://{parts.netloc}"
        self.password = settings.opened_by.get(source, "")
        if not self.password or not self.password.isascii():
            raise _NoMailbox(
                "login",
                f"no password is known for {source}, or it is not ASCII: put a line with both into "
                "the file that SERIESWATCH_CREDENTIALS_FILE names",
            )


class _Look:
    """What one look at a mailbox finds, as it goes on: kept as far as it came."""

    def __init__(self, url: str, most: int) -> None:
        self.place = url.partition("?")[0].rstrip("/")
        self.most = most
        self.mark: Mark | None = None
        self.messages = 0
        self.pieces: list[Piece] = []
        self.refused: list[Refusal] = []
        self.is_more = False

    @property
    def is_full(self) -> bool:
        size = sum(len(piece.body) for piece in self.pieces)
        return self.messages >= ENOUGH_PIECES or size >= ENOUGH_BYTES

    def take(self, uid: int, raw: bytes) -> None:
        """Take what a message brings."""
        self.messages += 1
        if len(raw) > self.most:
            reason = (
                f"message {uid} has more than {self.most / 1e6:.1f} MB, which "
                "SERIESWATCH_BODY_CAP_MB allows; its beginning is kept"
            )
            self.refused.append(Refusal(state="too_big", reason=reason, raw=raw[:SHORTEST_CAP]))
            return
        try:
            found = list(wires_in(raw))
        except (ValueError, LookupError, RecursionError):
            found = []
        # A message that cannot be taken apart, or holds nothing we know, is one document itself:
        # no parser reads it, so it is set aside whole and can be sent round again.
        whole = [({"content-type": "message/rfc822"}, raw)]
        for number, (headers, body) in enumerate(found or whole, start=1):
            url = f"{self.place};UID={uid}/{number}"
            self.pieces.append(Piece(url=url, headers=headers, body=body))

    def haul(self, feed_id: int, before: Mark | None, problem: _NoMailbox | None) -> Haul:
        """All of it, with the mark to be set in the transaction that keeps it."""
        mark = self.mark

        def remember(session: Session) -> None:
            if mark is not None and mark != before:
                drops.set_mark(session, feed_id, mark)

        told = f"{self.messages} messages read" if self.messages else "no new messages"
        if self.refused:
            told += f"; {len(self.refused)} of them are set aside"
        return Haul(
            state=problem.state if problem else "ok",
            reason=problem.reason if problem else told,
            is_failure=problem is not None,
            pieces=tuple(self.pieces),
            refused=tuple(self.refused),
            again_in=AT_ONCE if self.is_more else None,
            remember=remember,
        )


def _read_all(imap: _Imap, account: _Account, mark: Mark | None, look: _Look) -> None:
    """Read the messages after the mark, as many as are taken at one look."""
    _sign_in(imap, account)
    state, _ = imap.select(f'"{account.name}"', readonly=not account.marks_seen)
    if state != "OK":
        reason = f"the mail server has no mailbox {quote(account.name)}: correct the address"
        raise _NoMailbox("no_mailbox", reason)
    validity = _number(imap.response("UIDVALIDITY")[1])
    # Under another validity the same numbers mean other messages: all are read once more, and
    # what is in them is known by its own identity.
    last = mark.last_uid if mark is not None and mark.validity == validity else 0
    look.mark = Mark(validity, last)
    for uid in _after(imap, last):
        if look.is_full:
            look.is_more = True
            return
        raw = _message(imap, uid, most=look.most, marks_seen=account.marks_seen)
        if raw is not None:
            look.take(uid, raw)
        look.mark = Mark(validity, uid)


def _sign_in(imap: _Imap, account: _Account) -> None:
    try:
        imap.login(account.user, account.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as problem:
        reason = (
            "the mail server refuses the name or the password: correct the line in the file that "
            "SERIESWATCH_CREDENTIALS_FILE names"
        )
        raise _NoMailbox("login", reason) from problem


def _after(imap: _Imap, last: int) -> list[int]:
    """The UIDs of the messages after the one numbered `last`, in order."""
    _, found = imap.uid("SEARCH", f"UID {last + 1}:*")
    # A range that ends with * always has the last message in it, however small its number.
    told = {int(uid) for line in found if line for uid in line.split()}
    return sorted(uid for uid in told if uid > last)


def _message(imap: _Imap, uid: int, *, most: int, marks_seen: bool) -> bytes | None:
    """A message, or of a huge one a byte more than `most`; None if it is gone."""
    what = f"BODY[]<0.{most + 1}>" if marks_seen else f"BODY.PEEK[]<0.{most + 1}>"
    _, found = imap.uid("FETCH", str(uid), f"({what})")
    return next((bytes(part[1]) for part in found if isinstance(part, tuple)), None)


def wires_in(raw: bytes) -> Iterator[tuple[dict[str, str], bytes]]:
    """What a message carries: each file that may be a wire's, else its text; headers and bytes.

    Raises ValueError, LookupError or RecursionError for a message made to cost time or memory, or
    made of nothing that can be taken apart. The library's newer reading of headers is not used:
    on hostile ones it takes more than a minute (measured: 2 MB of broken encoded words).
    """
    if raw.count(b"\n--") > MOST_PARTS:
        raise ValueError("it has too many parts")
    message = email.message_from_bytes(raw)
    parts = [part for part in message.walk() if not part.is_multipart()]
    if any(len(str(told)) > LONGEST_HEADER for part in message.walk() for told in part.values()):
        raise ValueError("a header of it is too long")
    for part in [part for part in parts if _is_wire(part)] or _text(parts):
        body = part.get_payload(decode=True)
        if isinstance(body, bytes) and body.strip():
            yield _headers(message, part), body


def _is_wire(part: Message) -> bool:
    """Whether a part may be a wire's file: by its type, or by its name if it is attached."""
    name = str(part.get_filename() or "").lower()
    return bool(_WIRE_TYPES.fullmatch(part.get_content_type())) or name.endswith(_WIRE_NAMES)


def _text(parts: Sequence[Message]) -> list[Message]:
    """The part that is the message's own text: plain where there is one, else a web page."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and not part.get_filename():
                return [part]
    return []


def _headers(message: Message, part: Message) -> dict[str, str]:
    charset = part.get_content_charset()
    kind = part.get_content_type() + (f"; charset={charset}" if charset else "")
    told = {"content-type": kind}
    for name in ("message-id", "date", "subject"):
        value = _decoded(str(message.get(name, ""))[:LONGEST_KEPT])
        if value.isprintable() and value:
            told[name] = value
    return told


def _decoded(header: str) -> str:
    """A header as people read it, or as it came where it cannot be decoded."""
    try:
        told = str(make_header(decode_header(header)))
    except (ValueError, LookupError, HeaderParseError):
        told = header
    return " ".join(told.split())


def _number(told: list[bytes | None]) -> int:
    return int(told[0]) if told and told[0] else 0


def _words(problem: BaseException) -> str:
    told = problem.args[0] if problem.args else problem
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(problem)
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:200]
