"""How the console answers: results on standard output, progress on standard error."""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from time import monotonic

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # what would steer a terminal


def as_json(value: object) -> str:
    """One line of JSON; times in ISO 8601 with zone, records as objects."""
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    # Half a character cannot be printed; as \udxxx it can, and is JSON still.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def print_json(value: object) -> None:
    """Print one object."""
    print(as_json(value))


def print_lines(lines: Iterable[object]) -> None:
    """Print one object a line."""
    for line in lines:
        print(as_json(line))


def print_table(rows: Sequence[Mapping[str, object]], columns: Sequence[str], empty: str) -> None:
    """Print rows under headings as wide as they need, or the sentence `empty`."""
    if not rows:
        print(empty)
        return
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [
        max(len(heading), *(len(line[at]) for line in cells)) for at, heading in enumerate(columns)
    ]
    for line in [list(columns), *cells]:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def print_done(what: Mapping[str, object], sentence: str, *, as_json: bool) -> None:
    """Print what was done: as one object, or in one sentence."""
    if as_json:
        print_json(what)
    else:
        print(sentence)


def tell(message: str) -> None:
    """Say something to the person at the screen, apart from the results."""
    print(message, file=sys.stderr, flush=True)


class Progress:
    """How far long work has come: a line that moves on a terminal, one now and then elsewhere."""

    def __init__(self, total: int, what: str) -> None:
        self._total = max(total, 1)
        self._what = what
        self._is_terminal = sys.stderr.isatty()
        self._said_at = monotonic()
        self._every = 0.1 if self._is_terminal else 10.0

    def at(self, done: int, note: str = "") -> None:
        """Say how much is done, if it is time to say something."""
        if monotonic() - self._said_at < self._every and done < self._total:
            return
        self._said_at = monotonic()
        line = f"{self._what}: {done} of {self._total} ({done * 100 // self._total} %) {note}"
        if self._is_terminal:
            print(f"\r\x1b[K{line[:118]}", end="", file=sys.stderr, flush=True)
        else:
            tell(line.rstrip())

    def close(self) -> None:
        """Leave the line on a terminal."""
        if self._is_terminal:
            print(file=sys.stderr, flush=True)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return _CONTROL.sub("", " ".join(str(value).split()))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)
