"""Letters to editors over SMTP: one for everything that waits, on a connection that was judged."""

import logging
import random
import smtplib
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from config.settings import Settings
from pipeline import deliver, letter
from store import clock, digests, work
from store.digests import Letter
from store.models import DigestRow
from store.session import transaction
from workers.http import NoAnswer
from workers.leases import ours

if TYPE_CHECKING:
    import socket  # noqa: TID251  # its name alone: workers/http opens it and hands it over

log = logging.getLogger(__name__)


class Opener(Protocol):
    """What opens the connections: workers.http.Http."""

    def open(self, host: str, port: int, *, tls: bool, seconds: float) -> "socket.socket":
        """A connection that was judged."""

    def secured(self, connection: "socket.socket", host: str) -> "socket.socket":
        """The same over TLS from now on."""


SECONDS = 30.0  # for one letter
_PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}


class _Smtp(smtplib.SMTP):
    """The library's client over a connection of ours: judged, verified and with a deadline."""

    def __init__(self, connection: "socket.socket", host: str) -> None:
        self._connection = connection
        super().__init__(host=host, local_hostname="serieswatch")

    def _get_socket(self, *_: object) -> "socket.socket":
        return self._connection


class _Upgrade:
    """What smtplib asks to put its connection under TLS: our own client, which checks the name."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener

    def wrap_socket(self, sock: "socket.socket", *, server_hostname: str) -> "socket.socket":
        return self._opener.secured(sock, server_hostname)


def due(settings: Settings) -> list[int]:
    """The letters that are due; none where no mail server was named."""
    if not settings.mail_server:
        return []
    with transaction() as session:
        digests.wake(session, quiet_seconds=settings.mail_quiet_seconds)
        return digests.due(session, limit=5, ring_seconds=settings.lease_seconds)


def send(digest_id: int, settings: Settings, opener: Opener) -> None:
    """Write one letter of everything that waits for one person, if anything still does."""
    with transaction() as session:
        lease = work.claim(
            session,
            DigestRow,
            [digest_id],
            lease_seconds=settings.lease_seconds,
            max_attempts=None,  # a mail server that is down for a night is told of in the morning
        )
        if lease is None:
            return
        now = clock.now(session)
        told = digests.load(session, digest_id)
        if told is None or not told.waiting:
            work.finish(session, lease)
            return
    with ours(lease):
        said = _sent(told, settings, opener, now)
        with transaction() as session:
            if not said:
                digests.note_sent(session, told, until=now)
                work.finish(session, lease)
            else:
                digests.note_failed(session, told, said=said)
                again = deliver.wait(told.tries, jitter=random.random())
                work.fail(session, lease, error=said, retry_in=again)
        log.info("a letter", extra={"digest": told.id, "why": said or "sent"})


def _sent(told: Letter, settings: Settings, opener: Opener, now: datetime) -> str:
    """Send it; gives why that could not be done, '' if it was."""
    server = urlsplit(settings.mail_server)
    host, user = server.hostname or "", unquote(server.username or "")
    try:
        connection = opener.open(
            host,
            server.port or _PORTS[server.scheme],
            tls=server.scheme == "smtps",
            seconds=SECONDS,
        )
        with _Smtp(connection, host) as smtp:
            if server.scheme == "smtp+starttls":  # never on without it, and no password before
                smtp.starttls(context=_Upgrade(opener))  # type: ignore[call-overload]  # wraps, no more
            if user:
                smtp.login(user, settings.opened_by.get(settings.mail_server, ""))
            smtp.send_message(_message(told, settings, now))
    except NoAnswer as none:
        return f"no connection to the mail server: {none.detail}"
    except TimeoutError:
        return f"the mail server did not take the letter within {SECONDS:g} s"
    except (smtplib.SMTPException, OSError, ValueError) as refused:
        return f"the mail server does not take the letter: {refused}"[:500]
    return ""


def _message(told: Letter, settings: Settings, now: datetime) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = told.address
    message["Subject"] = f"serieswatch: {letter.subject(told.waiting)}"
    message["Date"] = now
    # The same letter sent twice, because its worker died in between, is one to the receiver.
    domain = settings.mail_from.rpartition("@")[2].strip("> ")
    message["Message-ID"] = f"<digest-{told.id}-{told.number}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text(told.name, told.waiting, desk=settings.desk_url))
    return message
