"""What the desk has acknowledged to a scripted editor, line by line, held against the database.

A deed is written down when it is answered: `taken` if the desk said yes, in doubt if nobody
answered, which may or may not have been done. What was taken must be there, once.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, text

Deed = tuple[object, ...]

DECISIONS = "SELECT item_id, action, made_version FROM decisions"
COMMENTS = """
    SELECT text FROM item_comments x JOIN items i ON i.id = x.item_id AND i.merged_into IS NULL"""
# What stands aside for another item has handed it its comments and texts.
MOVES = """
    SELECT subject_id, detail->>'from', detail->>'to' FROM audit WHERE action = 'item.move'"""
TEXTS = """
    SELECT markdown FROM (
        SELECT DISTINCT ON (item_id) markdown FROM item_texts x
        JOIN items i ON i.id = x.item_id AND i.merged_into IS NULL
        ORDER BY item_id, x.number DESC) i
    UNION ALL SELECT markdown FROM (
        SELECT DISTINCT ON (instalment_id, field) markdown FROM instalment_texts
        ORDER BY instalment_id, field, number DESC) t"""
WORD = re.compile(r"\bword\d+\b")


@dataclass(frozen=True, slots=True)
class Found:
    """How the journal and the database agree."""

    acknowledged: dict[str, int]  # by kind of deed
    doubtful: int
    lost: Sequence[str]
    doubled: Sequence[str]


@dataclass(slots=True)
class Journal:
    """The deeds, and the file that has them, if any."""

    path: Path | None = None
    taken: list[Deed] = field(default_factory=list)
    doubtful: list[Deed] = field(default_factory=list)

    def note(self, *deed: object, is_taken: bool) -> None:
        """Write a deed down: its kind first, then what tells it from others."""
        (self.taken if is_taken else self.doubtful).append(deed)
        if self.path is None:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([*deed, "taken" if is_taken else "in doubt"]) + "\n")

    def held_against(self, database: Connection) -> Found:
        """What of the deeds is there, and how often."""
        there = Counter(_there(database))
        # Pressed twice, as a double click does, it is one deed.
        once, doubtful = set(self.taken), set(self.doubtful)
        lost = [_said(deed) for deed in sorted(once, key=str) if not there[deed]]
        doubled = [
            f"{_said(deed)}, {times} times"
            if deed in once | doubtful
            else f"{_said(deed)}, unasked"
            for deed, times in there.items()
            if times > _most(deed, self.taken, self.doubtful)
        ]
        return Found(
            acknowledged=dict(Counter(str(deed[0]) for deed in once)),
            doubtful=len(doubtful - once),
            lost=tuple(lost),
            doubled=tuple(doubled),
        )


def _there(database: Connection) -> Iterator[Deed]:
    """Everything that an editor has done, by the database."""
    yield from (("decision", *row) for row in database.execute(text(DECISIONS)))
    yield from (("comment", *row) for row in database.execute(text(COMMENTS)))
    yield from (("move", int(row[0]), *row[1:]) for row in database.execute(text(MOVES)))
    for markdown in database.scalars(text(TEXTS)):
        yield from (("word", word) for word in WORD.findall(markdown))


def _most(deed: Deed, taken: Sequence[Deed], doubtful: Sequence[Deed]) -> int:
    """How often a deed may be there: there and back, an item is moved the same way twice."""
    if deed[0] == "move":
        return taken.count(deed) + doubtful.count(deed)
    return 1 if deed in taken or deed in doubtful else 0


def _said(deed: Deed) -> str:
    return " ".join(str(one) for one in deed)
