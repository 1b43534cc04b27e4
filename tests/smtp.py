"""A mail server on loopback that takes letters, or does not; in the open, over TLS, by STARTTLS."""

import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.origin import CERTIFICATE

PASSWORD = "low tide at noon"  # noqa: S105  # invented


@dataclass
class PostOffice:
    """What came in, and how often it is to refuse first."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: int = 0
    signed_in: list[str] = field(default_factory=list)
    in_the_open: list[str] = field(default_factory=list)  # what was said that belongs under TLS


class _Talk(socketserver.StreamRequestHandler):
    """One conversation, a line at a time."""

    office: PostOffice
    way: str
    context: ssl.SSLContext

    is_secure = False

    def setup(self) -> None:
        if self.way == "smtps" or self.is_secure:
            self.is_secure = True
            self.request = self.context.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        if isinstance(self.request, ssl.SSLSocket):
            self.request.close()

    def handle(self) -> None:
        self._say("220 post.example")
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if self._answered(word.upper(), rest):
                return

    def _answered(self, word: str, rest: str) -> bool:
        """Say what belongs to a word; whether the talk is over."""
        if word == "DATA":
            self._take()
        elif word == "QUIT":
            self._say("221 bye")
            return True
        elif word == "EHLO":
            self._say("250-post.example")
            if self.way == "smtp+starttls" and not self.is_secure:
                self._say("250 STARTTLS")
            else:
                self._say("250 AUTH PLAIN")
        elif word == "STARTTLS" and self.way == "smtp+starttls":
            self._say("220 go on")
            self.finish()
            self.is_secure = True
            self.setup()
        elif word == "AUTH":
            self._let_in(rest)
        elif word == "MAIL" and self.office.refusals:
            self.office.refusals -= 1
            self._say("451 come back later")
        elif self.way == "smtp+starttls" and not self.is_secure:
            self.office.in_the_open.append(word)
            self._say("530 must issue STARTTLS first")
        else:
            if word == "RCPT":
                self.office.recipients.append(rest.partition("<")[2].partition(">")[0])
            self._say("250 ok")
        return False

    def _let_in(self, told: str) -> None:
        if not self.is_secure:
            self.office.in_the_open.append(told)
        _, name, password = b64decode(told.rpartition(" ")[2]).decode().split("\0")
        if password != PASSWORD:
            self._say("535 that is not it")
            return
        self.office.signed_in.append(name)
        self._say("235 come in")

    def _take(self) -> None:
        self._say("354 go on")
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            body += self.rfile.readline()
        letter = message_from_bytes(body[:-5] + b"\r\n", policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.office.letters.append(letter)
        self._say("250 taken")

    def _say(self, said: str) -> None:
        self.wfile.write(said.encode() + b"\r\n")


@contextmanager
def post_office(way: str = "smtp") -> Iterator[PostOffice]:
    """A mail server of its own on a free port: `smtp`, `smtps` or `smtp+starttls`."""
    office = PostOffice()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)

    class Talk(_Talk):
        pass

    Talk.office, Talk.way, Talk.context = office, way, context

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients that do not trust us hang up."""

    server = Server(("127.0.0.1", 0), Talk)
    office.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
