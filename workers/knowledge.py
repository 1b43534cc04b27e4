"""What the tagger knows of the world: read from config's files and packages, once a process."""

from functools import lru_cache
from itertools import chain
from pathlib import Path

from config.settings import CATALOGUE
from pipeline import tag
from pipeline.newsroom import read_outlets
from workers import packaged

TAGS = CATALOGUE / "tags"
TOPICS = TAGS / "topics.toml"


@lru_cache(maxsize=1)
def knowledge() -> tag.Knowledge:
    """What config and packages name. Raises BadCatalogue with the line that is wrong."""
    lists = name_lists()
    words = lists.words
    given = tag.without_taken(
        lists.entries,
        chain(
            tag.of_countries(lists.entries),
            packaged.countries(),
            packaged.parts(),
            packaged.cities(words.no_names | words.given),
        ),
    )
    feeds = CATALOGUE / "feeds.toml"
    return tag.know([*lists.entries, *given], read_outlets(_text(feeds), str(feeds)), words=words)


def name_lists() -> tag.Lists:
    """What config/tags/*.toml hold. Raises BadCatalogue with the file and line that is wrong."""
    paths = [path for path in sorted(TAGS.glob("*.toml")) if path != TOPICS]
    return tag.read_lists([(_text(path), str(path)) for path in paths])


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
