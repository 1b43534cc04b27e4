"""A mail server on loopback that takes letters, or does not."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class PostOffice:
    """What came in, and how often it is to refuse first."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refusals: int = 0


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """A mail server of its own on a free port."""
    office = PostOffice()

    class Talk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 post.example")
            while line := self.rfile.readline():
                word = line.decode().strip().partition(" ")[0].upper()
                if word == "DATA":
                    self._take()
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                elif word == "MAIL" and office.refusals:
                    office.refusals -= 1
                    self._say("451 come back later")
                else:
                    if word == "RCPT":
                        office.recipients.append(line.decode().partition("<")[2].partition(">")[0])
                    self._say("250 ok")

        def _take(self) -> None:
            self._say("354 go on")
            body = b""
            while not body.endswith(b"\r\n.\r\n"):
                body += self.rfile.readline()
            letter = message_from_bytes(body[:-5] + b"\r\n", policy=policy.default)
            assert isinstance(letter, EmailMessage)
            office.letters.append(letter)
            self._say("250 taken")

        def _say(self, said: str) -> None:
            self.wfile.write(said.encode() + b"\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    office.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield office
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
