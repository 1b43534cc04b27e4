"""Web addresses: made absolute, and made one where several lead to the same page."""

import re
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from pipeline.text import storable

# Most links: nothing in them to resolve, to leave out or to spell otherwise.
_PLAIN = re.compile(
    r"https?(://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(/[\w.~:,+=/-]*+)?(\?[\w.~:,+=/&%-]++)?", re.ASCII
)


def absolute(link: str, base: str) -> str | None:
    """Return `link` resolved against `base`; None unless it leads to a web page.

    A name and password in it are left out: nobody's credentials are ours to pass on.
    """
    if _PLAIN.fullmatch(link):
        return link
    # As browsers do: line ends inside an address, and any blank around it, mean nothing.
    link = re.sub(r"[\t\r\n]", "", storable(link)).strip()
    try:
        parts = urlsplit(urljoin(base, link))
        port = parts.port
    except ValueError:
        return None
    if not link or port == 0 or parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=host)).replace(" ", "%20")


_TRACKING = re.compile(
    r"utm_\w+|mtm_\w+|(?:pk|piwik)_(?:campaign|kwd|keyword|source|medium|content|cid)"
    r"|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid|igsh"
    r"|mc_cid|mc_eid|_hsenc|_hsmi|oly_anon_id|oly_enc_id|vero_id|cmpid|xtor|ocid|smid|ftcamp"
    r"|at_(?:medium|campaign|campaign_type|bbc_team|link_\w+|ptr_\w+|format|creation|variant)"
    r"|ns_(?:mchannel|campaign|source|linkname|fee)"  # comScore: BBC, Daily Mail
    r"|traffic_source|maca",  # on every link of Al Jazeera's feed; of Deutsche Welle's
    re.IGNORECASE,
)
_DEFAULT_PORT = {"http": 80, "https": 443}


def canonical_url(url: str, *, feed_url: str) -> str:
    """Return an absolute web address without the marks that tell one reader's click from another's.

    It names the page across feeds: https for http, host in lower case, no default port, no
    fragment; every parameter that is no known tracking mark stays, in its order.
    """
    plain = _PLAIN.fullmatch(url)
    if plain and not plain[3]:
        return f"https{plain[1]}{plain[2] or '/'}"
    parts = urlsplit(url)
    port = "" if parts.port in (None, _DEFAULT_PORT.get(parts.scheme)) else f":{parts.port}"
    feed_host = _bare(urlsplit(feed_url).hostname or "")
    pieces = (_spelt(piece) for piece in parts.query.split("&") if piece)
    # One mailing list repeats its parameters until the link is 600 characters long.
    query = "&".join(dict.fromkeys(p for p in pieces if not _is_tracking(p, feed_host)))
    # "#!" is an address inside a page that is a program; any other fragment a place on the page.
    fragment = _spelt(parts.fragment) if parts.fragment.startswith("!") else ""
    path = _spelt(parts.path) or "/"
    return urlunsplit(("https", _host(parts.hostname or "") + port, path, query, fragment))


def _host(name: str) -> str:
    if ":" in name:
        return f"[{name}]"
    name = name.rstrip(".")
    try:
        return name.encode("idna").decode() if not name.isascii() else name
    except UnicodeError:
        return quote(name)


def _is_tracking(piece: str, feed_host: str) -> bool:
    name, _, value = piece.partition("=")
    if name == "ref":  # elsewhere it may be what tells stories apart
        named = unquote(value).lower().removeprefix("https://").removeprefix("http://")
        return bool(feed_host) and _bare(named.partition("/")[0]) == feed_host
    return name == "CMP" or _TRACKING.fullmatch(name) is not None


def _bare(host: str) -> str:
    return host.lower().removeprefix("www.")


def _spelt(part: str) -> str:
    """Return a part of an address with one spelling for characters that have several."""
    part = re.sub(r"%[0-9a-fA-F]{2}", lambda code: code.group().upper(), part)
    return quote(part, safe="/%:@!$&'()*+,;=-._~?")
