"""Capitals that stand for their government, told from the city, with the words that say so.

"Moscow rejects", "ties between Ankara and Cairo", "Tehran's envoy", "pressure on Kyiv": the state.
"buses in Moscow", "snow fell on Kyiv": the city.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.tag.entries import Words
from pipeline.tag.gazetteer import Gazetteer, Reading
from pipeline.tag.naming import Mention, Settled

_BETWEEN = re.compile(r" and | or |, ?| ?[-\u2010-\u2015] ?|/| & | vs\.? ")
_LOCATIVE = re.compile(
    r"\b(?:in|at|near|around|outside|through|across|over|leaves?|left|leaving|reach(?:ed)?"
    r"|from|via|way of|into|central|downtown|visit(?:s|ed|ing)?(?: to)?|flew to|fl(?:y|ies|ying) to"
    r"|travel(?:s|led|ed|ing)?(?: on)? to|trips? to|arriv(?:es?|ed|ing) in|return(?:s|ed)? to"
    r"|\w+ of the)\s\Z",
    re.IGNORECASE,
)
_NEXT = re.compile(r"[,]? ([a-z]+)(?: ([a-z]+))?(?: ([a-z]+))?")
_SKIPPED = frozenset(
    """
    also again now still later then quickly formally publicly repeatedly already never often
    not only recently reportedly officially firmly flatly itself both all
    """.split(),  # noqa: SIM905 - a list of quoted words reads worse
)
_HELPS = frozenset(
    "has have had will would could should may might must is was are were".split(),  # noqa: SIM905 - the same
)
_READY = frozenset(
    [
        "ready",
        "willing",
        "open",
        "prepared",
        "set",
        "due",
        "likely",
        "keen",
        "eager",
        "reluctant",
        "adamant",
    ]
)
_POSSESSIVE = re.compile(r"['’]s? ((?:[\w-]+ ){0,2}[\w-]+)|['’] ([\w-]+)")  # noqa: RUF001 - a printer's apostrophe
_JOINED = re.compile(
    r"-(?:backed|led|brokered|installed|aligned|friendly|controlled|appointed|imposed|sponsored)\b"
)
_TOWARDS = re.compile(
    r"(?:\b(?:pressure|sanctions|curbs|tariffs|leverage|demands?) (?:on|against)"
    r"|\b(?:talks|ties|relations|deals?|war|contacts?|negotiations|links|agreements?|channels?"
    r"|alliance|peace|trade|break|rift|row|dialogue|treaty) with"
    r"|\b(?:support|aid|weapons|arms|assistance|backing|message|concessions?|warning) (?:for|to)"
    r"|\b(?:urg|accus|press|warn|ask|blam|condemn|criticis|criticiz|thank|tell|told|persuad"
    r"|convinc|forc|allow|arm)(?:e|es|ed|s|ing)?"
    r"|\b(?:backed|supported|rejected|accepted|proposed|imposed|demanded|announced) by"
    r"|\b(?:against|pro|anti|allies of|envoys? of|by)|\bbetween)[ -]\Z",
    re.IGNORECASE,
)
_WIDEST = 6  # characters between two that stand beside each other
_BACK = 40  # characters looked back


def governments(
    settled: Sequence[Settled], reading: Reading, gazetteer: Gazetteer, words: Words
) -> Iterator[Mention]:
    """Yield for each capital that stands for its government the state, and why it is thought so."""
    capitals = [one for one in settled if one.entry.state]
    beside = _beside(capitals, reading)
    for one in capitals:
        start, end = one.found.start, one.found.end
        cue = beside.get(start) or _cue(reading.text, start, end, words)
        if cue:
            state = gazetteer.by_code[one.entry.state]
            why = f"{reading.text[start:end]} stands for the government here: {cue}"
            yield Mention(state, start, end, 0.9, why)


def _beside(settled: Sequence[Settled], reading: Reading) -> dict[int, str]:
    """Return by its start each capital that stands beside another, and which."""
    beside: dict[int, str] = {}
    text = reading.text
    for first, second in pairwise(settled):
        between = text[first.found.end : second.found.start]
        if len(between) > _WIDEST or not _BETWEEN.fullmatch(between):
            continue
        is_between = text[: first.found.start].lower().endswith("between ")
        earlier = first.found.start in beside
        if is_between or earlier or not _is_located(text, first.found.start):
            names = [text[one.found.start : one.found.end] for one in (first, second)]
            beside[first.found.start] = f"it stands beside {names[1]}"
            beside[second.found.start] = f"it stands beside {names[0]}"
    return beside


def _is_located(text: str, start: int) -> bool:
    return _LOCATIVE.search(text, max(0, start - _BACK), start) is not None


def _cue(text: str, start: int, end: int, words: Words) -> str:
    """Return the words that make a capital a government; '' where none do."""
    if joined := _JOINED.match(text, end):
        return f'"{joined[0]}" follows'
    possessive = _POSSESSIVE.match(text, end)
    if possessive:
        said = (possessive[1] or possessive[2]).lower().split()
        nouns = [word for word in said if word in words.decision_nouns]
        return f'"{nouns[0]}" is what a government has' if nouns else ""
    if _is_located(text, start):
        return ""
    if verb := _deciding(text, end, words):
        return f'"{verb}" is what a government does'
    towards = _TOWARDS.search(text, max(0, start - _BACK), start)
    return f'"{towards[0].strip()}" is said of governments' if towards else ""


def _deciding(text: str, end: int, words: Words) -> str:
    """Return the verb of speech or decision that a capital is the subject of."""
    following = _NEXT.match(text, end)
    if following is None:
        return ""
    is_helped = False
    for word in following.groups():
        if word is None:
            return ""
        if word in words.decides and word not in _HELPS:
            return word
        if word in _READY and is_helped:
            return word
        if word in _HELPS or word == "be":
            is_helped = True
        elif word not in _SKIPPED:
            return ""
    return ""
