"""What the tagger knows of the world: read from config's files and packages, once a process."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from config.settings import CATALOGUE
from pipeline import tag
from pipeline.records import Outlet
from store.outlets import listed as outlets_listed
from workers import packaged

TAGS = CATALOGUE / "tags"
TOPICS = TAGS / "topics.toml"
LISTS = TAGS / "lists"  # what `serieswatch tags import` has kept


@lru_cache(maxsize=1)
def knowledge() -> tag.Knowledge:
    """What config and packages name. Raises BadCatalogue with the line that is wrong."""
    lists = name_lists()
    words = lists.words
    entries = tag.together(
        lists.entries,
        chain(
            tag.of_countries(lists.entries),
            packaged.countries(),
            packaged.parts(),
            packaged.cities(words.no_names | words.given),
        ),
        words.no_names | words.given,
    )
    return tag.know(
        entries,
        outlets_listed(),
        words=words,
        vocabulary=topics(),
        more=(_text(path) for path in sorted(LISTS.glob("*.names"))),
    )


def knowledge_with(
    outlets: tuple[Outlet, ...] = (), models: Sequence[Mapping[str, Any]] = ()
) -> tag.Knowledge:
    """The same with the database's outlets, and with what editors' corrections taught."""
    known = _with_outlets(outlets)
    return known.taught(map(tag.learnt_from_json, models)) if models else known


@lru_cache(maxsize=1)
def _with_outlets(outlets: tuple[Outlet, ...]) -> tag.Knowledge:
    """The outlets that the database has come first, those of config after them."""
    known = tag.know_outlets([*outlets, *outlets_listed()])
    return replace(knowledge(), outlets=known)


def name_lists() -> tag.Lists:
    """What config/tags/*.toml hold. Raises BadCatalogue with the file and line that is wrong."""
    paths = [path for path in sorted(TAGS.glob("*.toml")) if path != TOPICS]
    return tag.read_lists([(_text(path), str(path)) for path in paths])


def topics() -> tag.Vocabulary:
    """The rules of config/tags/topics.toml. Raises BadCatalogue with the line that is wrong."""
    return tag.read_topics(_text(TOPICS), str(TOPICS))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
