"""Items of one document that share an id or a link: the same item twice, or no identity at all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from pipeline.records import Entry
from pipeline.text import content_words, fold

_NEVER = datetime.min.replace(tzinfo=UTC)
_SAME_HEADLINE = 0.8  # of the shorter headline's words
_COMPARED = 50


def told_apart(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Return `entries` with sound identities, in order, and what there was to say of the document.

    An item printed twice stays once, the later dated one. An id or a link that different items
    share is taken from them as an identity, and each of them says so.
    """
    kept = _once(entries)
    problems: tuple[str, ...] = ()
    if len(kept) < len(entries):
        count = len(entries) - len(kept)
        subject = (
            "1 item repeats another and was"
            if count == 1
            else f"{count} items repeat others and were"
        )
        problems = (f"{subject} left out",)
    guids = Counter(entry.guid for entry in kept if entry.guid)
    pages = Counter(page for entry in kept if (page := _page(entry)))
    return tuple(_without_false_identity(e, guids, pages) for e in kept), problems


def _page(entry: Entry) -> str:
    return (entry.url or "").partition("#")[0]


def _once(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out items whose link (or id, lacking a link) and headline another item has too."""
    kept: list[Entry] = []
    seen: dict[str, list[tuple[int, str]]] = {}
    for entry in entries:
        mark = entry.url or entry.guid
        alike = seen.setdefault(mark, []) if mark else []
        # Only the last few: a feed whose items all link to its front page has hundreds alike.
        last = alike[-_COMPARED:]
        twin = next((at for at, other in last if _same(entry.title, other)), None)
        if twin is None:
            alike.append((len(kept), entry.title))
            kept.append(entry)
        elif _dated(entry) > _dated(kept[twin]):
            kept[twin] = entry
    return kept


@lru_cache(maxsize=4096)  # compared with many others, where a feed links to its front page only
def _headline(title: str) -> tuple[str, frozenset[str]]:
    return fold(title), content_words(title)


def _same(one: str, other: str) -> bool:
    (folded, words), (other_folded, other_words) = _headline(one), _headline(other)
    shared, shorter = len(words & other_words), min(len(words), len(other_words))
    return folded == other_folded or (shorter > 0 and shared >= _SAME_HEADLINE * shorter)


def _dated(entry: Entry) -> datetime:
    return entry.updated or entry.published or _NEVER


def _without_false_identity(entry: Entry, guids: Counter[str], pages: Counter[str]) -> Entry:
    problems = list(entry.problems)
    guid, is_shared = entry.guid, pages[_page(entry)] > 1
    if guid and guids[guid] > 1:
        stand_in = "text" if is_shared or not entry.url else "link"
        problems.append(f"its id {guid!r} stands on other items too: its {stand_in} identifies it")
        guid = None
    if is_shared:
        stand_in = "id" if guid else "text"
        problems.append(f"its link stands on other items too: its {stand_in} identifies it")
    return replace(
        entry,
        guid=guid,
        shared_guid=entry.guid if guid is None else None,
        url_is_shared=is_shared,
        problems=tuple(problems),
    )
