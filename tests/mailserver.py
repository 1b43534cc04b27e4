r"""A mail server on loopback that speaks as much IMAP as a reader of wires needs, over TLS.

with mail_server() as server:
    server.receive(b"Subject: a wire\r\n\r\nText")
    ...connect to server.port; see server.commands for what was said...
"""

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Literal

from tests.origin import CERTIFICATE

Temper = Literal["good", "refuses", "hangs_up", "silent", "floods", "not_imap"]


@dataclass
class MailServer:
    """What a test says to its mail server and asks of it."""

    port: int = 0
    temper: Temper = "good"
    user: str = "wire"
    password: str = 'tide\'s "secret"'  # noqa: S105  # invented
    mailbox: str = "INBOX"
    validity: int = 7
    messages: dict[int, bytes] = field(default_factory=dict)  # by UID
    seen: set[int] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    hang_up_after: int | None = None  # messages fetched
    closing: threading.Event = field(default_factory=threading.Event)

    def receive(self, message: bytes, *, uid: int | None = None) -> int:
        """Let a message arrive; gives its UID."""
        number = uid or max(self.messages, default=0) + 1
        self.messages[number] = message
        return number


@contextmanager
def mail_server(certificate: Path = CERTIFICATE) -> Iterator[MailServer]:
    """A mail server on a free port of 127.0.0.1."""
    told = MailServer()

    class Talk(_Talk):
        server_told = told

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    class Server(ThreadingTCPServer):
        daemon_threads = False

        def finish_request(self, request: object, client_address: object) -> None:
            try:
                secured = context.wrap_socket(request, server_side=True)  # type: ignore[arg-type]  # a socket
            except OSError:  # the client does not trust us, or went away
                return
            Talk(secured, client_address, self)
            secured.close()

        def handle_error(self, request: object, client_address: object) -> None:
            """Clients do hang up on us."""

    with Server(("127.0.0.1", 0), Talk) as server:
        told.port = server.server_address[1]
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield told
        finally:
            told.closing.set()
            server.shutdown()
            serving.join()


class _Talk(StreamRequestHandler):
    """One conversation, a line at a time."""

    server_told: MailServer
    timeout = 120

    def handle(self) -> None:
        told = self.server_told
        if told.temper == "silent":
            told.closing.wait(120)
            return
        if told.temper == "not_imap":
            self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        self._say("* OK ready")
        fetched = 0
        while line := self.rfile.readline():
            tag, _, command = line.decode().strip().partition(" ")
            told.commands.append(command)
            if told.temper == "hangs_up":
                return
            if "BODY" in command:
                if fetched == told.hang_up_after:
                    return
                fetched += 1
            self._say(f"{tag} {self._answer(command)}")
            if command == "LOGOUT":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _answer(self, command: str) -> str:
        """Say what comes before the last line, and give that."""
        told = self.server_told
        word = command.partition(" ")[0].upper()
        if word == "CAPABILITY":
            self._say("* CAPABILITY IMAP4rev1")
        elif word == "LOGIN":
            quoted = told.password.replace("\\", "\\\\").replace('"', '\\"')
            if told.temper == "refuses" or command != f'LOGIN {told.user} "{quoted}"':
                return "NO [AUTHENTICATIONFAILED] no such user or password"
        elif word in {"SELECT", "EXAMINE"}:
            if command.partition(" ")[2] != f'"{told.mailbox}"':
                return "NO no such mailbox"
            self._say(f"* {len(told.messages)} EXISTS")
            self._say(f"* OK [UIDVALIDITY {told.validity}] valid")
        elif word == "UID":
            self._uid(command)
        elif word == "LOGOUT":
            self._say("* BYE")
        return "OK done"

    def _uid(self, command: str) -> None:
        told = self.server_told
        if asked := re.fullmatch(r"UID SEARCH UID (\d+):\*", command):
            least = min(int(asked[1]), max(told.messages, default=0))
            found = [str(uid) for uid in sorted(told.messages, reverse=True) if uid >= least]
            self._say("* SEARCH " + " ".join(found) if found else "* SEARCH")
        elif asked := re.fullmatch(r"UID FETCH (\d+) \(BODY(\.PEEK)?\[\]<0\.(\d+)>\)", command):
            uid = int(asked[1])
            body = told.messages.get(uid, b"")[: int(asked[3])]
            if not asked[2]:
                told.seen.add(uid)
            if told.temper == "floods":
                self._say(f"* 1 FETCH (UID {uid} BODY[]<0> {{1000000000}}")
            elif uid in told.messages:
                self._say(f"* 1 FETCH (UID {uid} BODY[]<0> {{{len(body)}}}")
                self.wfile.write(body + b")\r\n")
