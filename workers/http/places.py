"""Where one question goes: a URL, taken apart once for everybody."""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._:-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one question goes. Read once from the URL: no two parsers can disagree about it."""

    scheme: str
    name: str  # lower case, ASCII; an IPv6 address without brackets
    port: int
    target: str  # path and query

    @property
    def host(self) -> str:
        """As the Host header names it: with the port where that is not its scheme's own."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, name and port: what credentials belong to."""
        return f"{self.scheme}://{self.host}"

    @property
    def url(self) -> str:
        """The whole address, as it is asked."""
        return f"{self.origin}{self.target}"


def place_of(url: str) -> Place:
    """A URL taken apart. Raises ValueError in plain words for what is never asked."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError("only http and https are asked")
    if "@" in parts.netloc:
        raise ValueError("a name or password in an address is not sent")
    name = (parts.hostname or "").rstrip(".")
    if not name.isascii():
        name = name.encode("idna").decode("ascii")
    if not _HOST.fullmatch(name):
        raise ValueError("there is no host name in it")
    port = parts.port if parts.port is not None else _PORTS[parts.scheme]
    # What is percent-encoded stays so; what should have been, becomes so.
    path = quote(parts.path or "/", safe="/%:=&~+!$,;'@()*[]|")
    query = quote(parts.query, safe="/%:=&~+!$,;'@()*[]|?")
    target = f"{path}?{query}" if query else path
    return Place(scheme=parts.scheme, name=name, port=port, target=target)


def in_url(host: str) -> str:
    """A host as URLs write it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
