"""A folder of recorded feeds: which document of which feed was current when."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import BadInput

_STAMP = re.compile(r"(\d{8})[T_-]?(\d{6})(?!\d)")


@dataclass(frozen=True, slots=True)
class Step:
    """A moment of the recording and the documents that became current then, by folder.

    `moment` is None where the names do not say when: the real clock runs on.
    """

    moment: datetime | None
    documents: dict[str, Path]


@dataclass(frozen=True, slots=True)
class Recording:
    """One folder per feed, each with its successive documents in name order."""

    root: Path
    feeds: dict[str, tuple[Path, ...]]

    @property
    def documents(self) -> int:
        """How many documents there are in all."""
        return sum(len(documents) for documents in self.feeds.values())

    def steps(self) -> Iterator[Step]:
        """The recording from first to last: stamped documents by time, others by their turn."""
        stamped: dict[datetime, dict[str, Path]] = {}
        turns: list[dict[str, Path]] = []
        for folder, documents in self.feeds.items():
            for turn, document in enumerate(documents):
                moment = stamp(document.name)
                if moment is not None:
                    # Two documents of one feed under one stamp: both must have their turn.
                    while folder in stamped.setdefault(moment, {}):
                        moment = moment.replace(microsecond=moment.microsecond + 1)
                    stamped[moment][folder] = document
                else:
                    while len(turns) <= turn:
                        turns.append({})
                    turns[turn][folder] = document
        for moment in sorted(stamped):
            yield Step(moment, stamped[moment])
        for documents_of_turn in turns:
            if documents_of_turn:
                yield Step(None, documents_of_turn)


def read_recording(root: Path) -> Recording:
    """The recorded feeds below `root`. Raises BadInput if there are none."""
    if not root.is_dir():
        raise BadInput(f"{root} is no folder: give the folder that holds one folder per feed")
    feeds = {
        folder.name: tuple(
            sorted(f for f in folder.iterdir() if f.is_file() and not f.name.startswith("."))
        )
        for folder in sorted(root.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    }
    feeds = {name: documents for name, documents in feeds.items() if documents}
    if not feeds:
        raise BadInput(
            f"{root} holds no recorded feeds: it needs one folder per feed, with that feed's "
            "successive documents in it, named by time (20230805T060000.xml)"
        )
    return Recording(root, feeds)


def stamp(name: str) -> datetime | None:
    """The time a document's name begins with, None if it begins with none."""
    found = _STAMP.match(name)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1] + found[2], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # eight and six digits that are no date
        return None
