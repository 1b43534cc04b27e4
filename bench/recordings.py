"""Where the recorded feeds and weeks are that we measure on. They are no part of the project."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.playing import ROOT, own_directory

SHARED = ROOT.parent / "shared" / "data"
WEEK = SHARED / "weeks" / "2023-08-05"
FEEDS = SHARED / "feeds"


def is_there(place: Path) -> bool:
    """Whether there is something to measure on; says so if not."""
    if place.is_dir():
        return True
    shown = Path("..", *place.parts[-4:]) if SHARED in place.parents else place
    print(f"NOT MEASURED: {shown} is not there. It is no part of the project.")
    return False


@contextmanager
def feeds_of_their_own(documents: Path) -> Iterator[Path]:
    """A folder of unrelated documents as a recording: one feed for each, linked, not copied."""
    with own_directory() as directory:
        for document in documents.iterdir():
            folder = directory / documents.name / document.stem
            folder.mkdir(parents=True)
            (folder / document.name).symlink_to(document)
        yield directory / documents.name
