"""A link that an editor pasted: can it be asked for, and what came of it, in an editor's words."""

from urllib.parse import urlsplit

from pipeline.domains import host_of
from pipeline.text import fold, storable

LONGEST = 2_000  # characters of an address
_SEPARATORS = (" | ", " - ", " \N{EN DASH} ", " \N{EM DASH} ", " \N{MIDDLE DOT} ", " :: ")
_FEEDS_OWN = "; the feed's own words stand"
_WORDS = (("its page", "the page"), ("its server", "the server"), ("its site's", "the site's"))


def address(given: str) -> tuple[str, str]:
    """Return the address to ask for and '', or '' and why it cannot be asked for.

    A bare "outlet.example/story", as people copy it, means https. What stands behind # is for
    browsers.
    """
    url = storable(given).strip().partition("#")[0]
    if "://" not in url and url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "that is no web address"
    is_page = parts.scheme in {"http", "https"} and "." in (parts.hostname or "").strip(".")
    checks = (
        (len(url) > LONGEST, f"the address is longer than {LONGEST} characters"),
        (not is_page, "that is no web address: it begins with https:// and names a site"),
        (
            bool(parts.username or parts.password),
            "the address holds a name or password: leave them out",
        ),
        (
            port not in {None, 80, 443},
            "the address names a port of its own, and such are not asked",
        ),
        (any(map(str.isspace, url)), "there is a blank inside the address"),
    )
    said = next((why for is_wrong, why in checks if is_wrong), "")
    return ("", said) if said else (url, "")


def why_not(reason: str) -> str:
    """Return the reason why a page was not read, as said of a pasted link instead of a feed's."""
    said = reason.removesuffix(_FEEDS_OWN)
    for old, new in _WORDS:
        said = said.replace(old, new)
    return said


def settled(url: str, original: str) -> tuple[str, str]:
    """Return the address a page goes by and what an editor is to know of that, '' for nothing.

    `original` is what the page names as its own address. On the same site that counts; a page of
    another site it can only name.
    """
    named, why_not = address(original) if original else ("", "none")
    if why_not or urlsplit(named).path in {"", "/"}:
        return url, ""  # a front page is nobody's story
    if host_of(named) == host_of(url):
        return named, ""
    return url, f"{ELSEWHERE}{named}"


ELSEWHERE = "the page names as its original "


def headline(title: str, *names: str) -> str:
    """Return a page's title without the site's name behind it, whichever of `names` it is."""
    known = {_bare(name) for name in names} - {""}
    for separator in _SEPARATORS:
        story, found, site = title.rpartition(separator)
        if found and story.strip() and _bare(site) in known:
            return story.strip()
    return title.strip()


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, fold(name).removeprefix("the ")))


def unknown_outlet(url: str) -> tuple[str, str]:
    """Return key and name of an outlet that nobody has named yet: those of its domain."""
    domain = host_of(url)
    key = "-".join(filter(None, domain.replace(".", "-").split("-")))
    return key, domain
