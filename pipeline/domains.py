"""Whose server a name stands for: the domain whose feeds share one publisher's limits."""

from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

_WEB = frozenset({"http", "https"})


def registrable_domain(host: str) -> str:
    """The domain somebody registered: "news.outlet.co.uk" gives "outlet.co.uk", in lower case.

    An IP address gives itself, without brackets; a name nobody registers (localhost, a public
    suffix itself) gives itself, too. Never '' but for ''.
    """
    name = host.strip("[]").lower()
    if not name.isascii():
        name = _in_ascii(name)
    name = name.rstrip(".")
    try:
        return str(ip_address(name))
    except ValueError:
        return _suffixes().privatesuffix(name) or name


def host_of(url: str) -> str:
    """The registrable domain of a web address; '' for any other address, and for what is none."""
    try:
        parts = urlsplit(url)
        return registrable_domain(parts.hostname or "") if parts.scheme in _WEB else ""
    except ValueError:
        return ""


def tidy(url: str) -> str:
    """An address with its scheme and host in lower case: they mean the same in any.

    All else stays as it is, and so does what is no address.
    """
    try:
        parts = urlsplit(url)  # gives the scheme in lower case
    except ValueError:
        return url
    if not url.lower().startswith(f"{parts.scheme}:"):
        return url
    account, at, host = parts.netloc.rpartition("@")
    rest = url[len(parts.scheme) :]
    return parts.scheme + rest.replace(parts.netloc, account + at + host.lower(), 1)


def _in_ascii(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:  # no name at all; it groups with itself
        return name


@cache
def _suffixes() -> PublicSuffixList:
    """The list, read at the first question: that takes a tenth of a second."""
    return PublicSuffixList()
