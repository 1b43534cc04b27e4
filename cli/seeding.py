"""Reading config's data files and bringing them into the tables: `seed`, and every start."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from config.settings import CATALOGUE
from pipeline.dedupe import keys
from pipeline.definition import read_series, series_to_json
from pipeline.errors import BadInput
from pipeline.newsroom import read_outlets
from pipeline.records import Outlet
from pipeline.schedule import first_poll
from store import completion, seed
from store.session import transaction


def catalogue_outlets() -> tuple[Outlet, ...]:
    """The outlets of config/feeds.toml. Raises BadCatalogue with the line that is wrong."""
    path = CATALOGUE / "feeds.toml"
    return read_outlets(_text(path), str(path))


def definitions(files: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """The definitions of these files, or of config/series; each as the database keeps it."""
    paths = list(files) or sorted((CATALOGUE / "series").glob("*.toml"))
    return [series_to_json(read_series(_text(path), str(path))) for path in paths]


def sources(files: Sequence[Path] = ()) -> dict[str, str]:
    """The text of these files, or of config/series, by the key of their series."""
    paths = list(files) or sorted((CATALOGUE / "series").glob("*.toml"))
    texts = [(_text(path), str(path)) for path in paths]
    return {read_series(text, path).key: text for text, path in texts}


def seed_all(engine: Engine) -> seed.Seeded:
    """Bring outlets, feeds and series of config into the tables; gives what changed."""
    outlets = catalogue_outlets()
    waits = {
        feed.url: first_poll(feed.url, interval=min(feed.interval_seconds, SPREAD))
        for outlet in outlets
        for feed in outlet.feeds
    }
    with transaction(engine) as session:
        seeded = seed.put_outlets(session, outlets, first_poll_in=waits)
        of_series = seed.put_series(session, definitions(), sources=sources())
    seeded.series = of_series.series
    seeded.new_definitions = of_series.new_definitions
    seeded.kept = of_series.kept
    _complete(engine)
    return seeded


def _complete(engine: Engine) -> None:
    """Add what this release keeps of stories to those that an older one took in."""
    last: int | None = 0
    while last is not None:
        with transaction(engine) as session:
            last = completion.add_alternates(session, after=last, keys=keys)


SPREAD = 120  # seconds: a new house polls all its feeds within two minutes, not in one burst


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise BadInput(f"{path} cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise BadInput(f"{path} is not UTF-8 text: save it as UTF-8") from problem
