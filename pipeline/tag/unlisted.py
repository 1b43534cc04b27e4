"""Outlets that no list has, by the words that make them look like one: "the daily Zora"."""

import re

from pipeline.tag.outlets import SORTS, Named

_NEAR = 80  # characters before such a word in which its name stands
_CAP = r"[A-ZÀ-Þ][\w’'&.-]*"
_NAME_BEFORE = re.compile(rf"((?:{_CAP}\s+(?:(?:de|of|el|al|la)\s+)?){{0,3}})$")
_NAME_AFTER = re.compile(
    rf"\s+(?:channel\s+|station\s+|agency\s+)?((?:{_CAP}\s+(?=[A-Z])){{0,3}}{_CAP}(?:\s\d+)?)"
)
_ENDS = re.compile(r"(?<=\w\w)\.\s")
_SORT_BEFORE = re.compile(
    rf"((?:{_CAP}\s+){{0,3}}{_CAP})"
    r"(?:,\s+(?:a|an|the|one of)\s+(?:[\w’'-]+\s+){0,4}?"
    r"|\s+(?:state\s+|news\s+|TV\s+|television\s+|radio\s+|daily\s+|online\s+)*)$"
)
# An agency, a channel or a website need not be one of news.
_OF_MORE_THAN_NEWS = ("agency", "station", "outlet", "website", "portal", "channel")
_NEWSY = re.compile(r"(?:[Nn]ews|media|television|TV|radio|state|online|Telegram)\s+$")
_NOT_ITS_NAME = frozenset(
    "The A An In On At By For From With And But According As While Western Local Russian Ukrainian "
    "German French British American Chinese Israeli Iranian Turkish Arab Polish Italian Spanish "
    "Japanese Indian Official State Another One Two Its His Her Their This That Several Some Most "
    "Citing Quoting Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)


def unlisted(named: Named, text: str) -> Named | None:
    """Return the whole name that a word like "Courier" or "newspaper" belongs to, or None."""
    before = text[max(0, named.start - _NEAR) : named.start]
    if named.form in _OF_MORE_THAN_NEWS and not _NEWSY.search(before):
        return None
    if named.form not in SORTS:
        return _with_its_form(named, text, before)
    return _behind_its_sort(named, text) or _before_its_sort(named, before)


def _behind_its_sort(named: Named, text: str) -> Named | None:
    """So: "the newspaper Zora"."""
    after = _NAME_AFTER.match(text, named.end, named.end + _NEAR)
    if after is None or after[1].split()[0] in _NOT_ITS_NAME:
        return None
    begin, name = after.start(1), after[1]
    if (ends := _ENDS.search(name)) is not None:
        name = name[: ends.start()]  # "station WBUR. Pressley": the next sentence
    return Named(begin, begin + len(name.rstrip(" .,")), (), named.form)


def _before_its_sort(named: Named, before: str) -> Named | None:
    """So: "Zora, a local newspaper", "Zora television"."""
    hit = _SORT_BEFORE.search(before)
    words = _its_name(hit[1]) if hit else []
    if not hit or not words:
        return None
    name = " ".join(words)
    end = named.start - len(before) + hit.end(1)
    return Named(end - len(name), end, (), named.form)


def _with_its_form(named: Named, text: str, before: str) -> Named | None:
    """So: "the Harbour Courier"."""
    hit = _NAME_BEFORE.search(before)
    words = _its_name(hit[1]) if hit else []
    if not words:
        return None
    begin = named.start - len(" ".join(words)) - 1
    is_whole = text[begin : named.start].split() == words
    return Named(begin, named.end, (), named.form) if is_whole else None


def _its_name(run: str) -> list[str]:
    """The words of a run of capitalised ones that can be a name: of one sentence, no adjective."""
    words = run.split()
    for at in range(len(words) - 1, -1, -1):
        if words[at].endswith(".") and len(words[at]) > len("U.S"):
            words = words[at + 1 :]
            break
    while words and (words[0] in _NOT_ITS_NAME or words[0].endswith(("'s", "’s"))):
        words = words[1:]
    return words
