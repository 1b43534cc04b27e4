"""What NewsML-G2's schema forbids and a reader could pass over: named, and read all the same.

Not the whole schema: what was seen to go wrong, and what would make a value mean something else.
"""

import re
from collections.abc import Iterator

from pipeline.parse.elements import Element, attribute, first, name_of

_DEEPEST_RELATED = 3  # `related` inside `related` inside `related`
# An organisation's details are extended in other namespaces only.
_OF_AN_ORGANISATION = frozenset(
    """
    affiliation ceasedToExist contactInfo dissolved founded hasInstrument location
    organisationDetailsExtProperty
    """.split(),  # noqa: SIM905 - plainer than quoted names
)
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})")
_NEWEST = (99, 0)  # of an item that does not say
_FREE_OF_CATALOGUES = (2, 30)
_DATED_SCHEMES = (2, 29)
_DATES_OF_A_SCHEME = ("schemecreated", "schememodified", "schemeretired")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LONGEST_QUOTED = 60


def unsound(item: Element, *, has_catalogue: bool) -> Iterator[str]:
    """Give what in an item its standard does not allow, in words."""
    written = _VERSION.fullmatch(attribute(item, "standardversion"))
    version = (int(written[1]), int(written[2])) if written else _NEWEST
    if not has_catalogue and version < _FREE_OF_CATALOGUES:
        yield "it names no catalogue for its codes, which its version of the standard requires"
    if (
        name_of(item) == "catalogItem"
        and first(item, "contentMeta", "digitalSourceType") is not None
    ):
        yield "a catalogue has no digitalSourceType"
    for name in _DATES_OF_A_SCHEME if version < _DATED_SCHEMES else ():
        if attribute(first(item, "schemeMeta"), name):
            yield f"its @{name} is none of its version of the standard: it came with 2.29"
    yield from _misplaced(item)
    for value in item.xpath(_ADDRESSES):
        if _BAD_ESCAPE.search(str(value)):
            yield f"{str(value)[:_LONGEST_QUOTED]!r} is no address: its % stands for nothing"


def _misplaced(item: Element) -> Iterator[str]:
    for details in item.iter("{*}organisationDetails"):
        for child in details:
            name = name_of(child)
            if _space(child) == _space(details) and name not in _OF_AN_ORGANISATION:
                yield f"<{name}> is nothing that an organisation's details may hold"
    if any(_depth(one) > _DEEPEST_RELATED for one in item.iter("{*}related")):
        yield f"<related> is nested more than {_DEEPEST_RELATED} deep"


_ADDRESSES = (
    "descendant-or-self::*/@*[contains(., '%') and "
    "(name() = 'href' or name() = 'uri' or contains(name(), 'uri') and "
    "substring(name(), string-length(name()) - 2) = 'uri')]"
)


def _space(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[0] if isinstance(tag, str) else ""


def _depth(element: Element) -> int:
    """Return how many elements of its name an element stands in, itself included."""
    return 1 + sum(1 for _ in element.iterancestors("{*}related"))
