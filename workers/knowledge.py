"""What the tagger knows of the world: read from config's files, once in each process."""

from functools import lru_cache
from pathlib import Path

from config.settings import CATALOGUE
from pipeline import tag
from pipeline.newsroom import read_outlets

TAGS = CATALOGUE / "tags"


@lru_cache(maxsize=1)
def knowledge() -> tag.Knowledge:
    """The names and outlets of config. Raises BadCatalogue with the line that is wrong."""
    entries = tag.read_tags(_text(TAGS / "names.toml"), str(TAGS / "names.toml"))
    feeds = CATALOGUE / "feeds.toml"
    return tag.know(entries, read_outlets(_text(feeds), str(feeds)))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
