"""The one place that opens sockets: to an address that was judged, no wait beyond the deadline."""

import socket  # noqa: TID251  # this is the module the rule sends everybody to
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import certifi

from pipeline.address import Way
from workers.http.deadlines import Deadline
from workers.http.places import Place
from workers.http.problems import NoAnswer, in_plain_words

if TYPE_CHECKING:
    # The type checkers' own; not there at run time.
    from _typeshed import ReadableBuffer, WriteableBuffer

MOST_ADDRESSES = 4  # of one name, tried in turn


class PlainSocket(socket.socket):
    """A socket that gives each wait only the time that is left.

    Its own time-out is per read: one byte every so often would hold us for ever.
    """

    deadline: Deadline  # set once it is connected

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Read what comes, in the time that is left."""
        self.settimeout(self.deadline.step())
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        """Send all of it, in the time that is left."""
        self.settimeout(self.deadline.step())
        super().sendall(data, flags)


class TlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    deadline: Deadline

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        """Read what comes, in the time that is left."""
        self.settimeout(self.deadline.step())
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Send some of it, in the time that is left; `sendall` is made of these."""
        self.settimeout(self.deadline.step())
        return super().send(data, flags)


class Connections:
    """Opens connections, and puts them under TLS by one list of authorities."""

    def __init__(self, ca_file: str | None = None) -> None:
        # Our own bundle, said outright: nothing of it is left to variables of the environment.
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._tls.sslsocket_class = TlsSocket
        self._tls.load_verify_locations(ca_file or certifi.where())

    def connected(
        self, place: Place, ways: Sequence[Way], deadline: Deadline
    ) -> PlainSocket | TlsSocket:
        """A connection to the first of these addresses that takes one. Raises NoAnswer."""
        refused = NoAnswer("dns", f"{place.name} has no address")
        for way in ways[:MOST_ADDRESSES]:
            try:
                return self._connect(place, way, deadline)
            except NoAnswer as none:  # a name may have one dead address
                refused = none
        raise refused

    def secured(self, connection: socket.socket, host: str) -> TlsSocket:
        """An open connection of ours over TLS from now on. Raises NoAnswer."""
        assert isinstance(connection, PlainSocket)  # noqa: S101  # what `connected` gave
        deadline = connection.deadline
        with in_plain_words(deadline):
            connection.settimeout(deadline.step())
            taken = cast("TlsSocket", self._tls.wrap_socket(connection, server_hostname=host))
        taken.deadline = deadline
        return taken

    def _connect(self, place: Place, way: Way, deadline: Deadline) -> PlainSocket | TlsSocket:
        """A connection to this very address; over TLS, the certificate must be the name's."""
        family = socket.AF_INET6 if ":" in way.address else socket.AF_INET
        taken: PlainSocket | TlsSocket = PlainSocket(family, socket.SOCK_STREAM)
        try:
            with in_plain_words(deadline):
                # Connecting may take half of what one wait may, and the TLS handshake the other.
                taken.settimeout(deadline.step() / 2)
                taken.connect((way.address, way.port))
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if place.scheme == "https":
                    secured = self._tls.wrap_socket(taken, server_hostname=place.name)
                    taken = cast("TlsSocket", secured)
        except BaseException:
            taken.close()
            raise
        taken.deadline = deadline
        return taken
