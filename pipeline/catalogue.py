"""Reading config's data files: TOML, every mistake told with its line and a way out."""

import difflib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from pipeline.errors import BadCatalogue

Place = tuple[str | int, ...]  # ("sections", 1, "query"): keys, and positions in lists of tables
Table = Mapping[str, Any]

_NAME = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
_NAMES = rf"[ \t]*({_NAME}(?:[ \t]*\.[ \t]*{_NAME})*)[ \t]*"
_HEADER = re.compile(rf"[ \t]*(\[\[?){_NAMES}\]")
_KEY = re.compile(rf"{_NAMES}=")
_ONE_NAME = re.compile(_NAME)
_TOKEN = re.compile(
    r'''"""(?:\\.|.)*?"""|\'{3}.*?\'{3}|"(?:\\.|[^"\\\n])*"|'[^'\n]*'|#[^\n]*|[\[\]{}\n]''',
    re.DOTALL,
)
_WHERE = re.compile(r" \(at line (\d+), column \d+\)| \(at end of document\)")
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


class Catalogue:
    """One data file: its tables, the line of each key, and what was found wrong so far."""

    def __init__(self, text: str, path: str) -> None:
        """Read `text`; raise BadCatalogue, with the line, if it is no TOML at all."""
        text = text.removeprefix("\ufeff")  # some editors leave a mark there that TOML refuses
        self.path = path
        self.problems: list[BadCatalogue] = []
        self._source = text.split("\n")
        try:
            self.tables: Table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = _WHERE.search(str(error))
            line = int(place[1]) if place and place[1] else len(self._source)
            why = f"this is not TOML: {_WHERE.sub('', str(error))}"
            raise BadCatalogue(path, why, line=line) from error
        except RecursionError as error:
            raise BadCatalogue(path, "brackets are nested too deeply to be read") from error
        self._lines = _key_lines(text)

    def line(self, place: Place) -> int:
        """Return the line, 1 first, of a key or of what stands nearest around it."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def wrong(self, place: Place, why: str, *, at: int | None = None, within: str = "") -> None:
        """Note what is wrong at `place`; `at` counts characters into its text `within`."""
        line = self.line(place)
        if at is not None:
            # TOML drops the line break that follows opening quotation marks.
            below = self._source[line - 1].rstrip().endswith(('"""', "'''"))
            line += within.count("\n", 0, at) + below
        self.problems.append(BadCatalogue(self.path, why, line=line))

    def in_order(self) -> list[BadCatalogue]:
        """Return what is wrong, from top to bottom of the file."""
        return sorted(self.problems, key=lambda problem: problem.line or 0)

    def only(self, table: Table, place: Place, known: Collection[str]) -> None:
        """Note every key of `table` that is not one of the known."""
        for key in table:
            if key not in known:
                hint = did_you_mean(key, known)
                self.wrong((*place, key), f'unknown key "{key}"{hint}')

    def table(self, table: Table, place: Place, key: str) -> Table:
        """Return the table under `key`, empty if there is none."""
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.wrong((*place, key), f'"{key}" must be a table: write [{key}] on a line of its own')
        return {}

    def tables_of(self, table: Table, key: str) -> list[Table]:
        """Return the tables of a list written as [[key]]."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            return value
        self.wrong((key,), f'"{key}" must be a list of tables: write [[{key}]] above each')
        return []

    def string(self, table: Table, place: Place, key: str, default: str | None = None) -> str:
        """Return the text under `key`; without a default it must be there and not be empty."""
        if key not in table:
            if default is None:
                self.wrong(place, f'"{key}" is missing')
            return default or ""
        value = table[key]
        if not isinstance(value, str):
            self.wrong((*place, key), f'"{key}" must be a text in quotation marks{_not(value)}')
            return default or ""
        if default is None and not value.strip():
            self.wrong((*place, key), f'"{key}" is empty')
        return value

    def strings(self, table: Table, place: Place, key: str) -> tuple[str, ...]:
        """Return the list of texts under `key`, empty if there is none."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value):
            return tuple(value)
        why = f'"{key}" must be a list of texts: ["one", "two"]{_not(value)}'
        self.wrong((*place, key), why)
        return ()

    def choice(self, table: Table, place: Place, key: str, known: Collection[str]) -> str:
        """Return the word under `key`, one of the known; the first of them if it is not given."""
        first = next(iter(known))
        value = self.string(table, place, key, first)
        if value in known:
            return value
        hint = did_you_mean(value, known)
        self.wrong((*place, key), f'"{key}" cannot be "{value}"{hint}')
        return first

    def number(self, table: Table, place: Place, key: str, default: float) -> float:
        """Return the number from 0 to 1 under `key`."""
        value = table.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
        self.wrong((*place, key), f'"{key}" must be a number from 0 to 1{_not(value)}')
        return default

    def count(self, table: Table, place: Place, key: str, default: int) -> int:
        """Return the whole number, 0 or more, under `key`."""
        value = table.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.wrong((*place, key), f'"{key}" must be a whole number, 0 or more{_not(value)}')
        return default

    def flag(self, table: Table, place: Place, key: str) -> bool:
        """Return true or false under `key`; false if it is not given."""
        value = table.get(key, False)
        if isinstance(value, bool):
            return value
        self.wrong((*place, key), f'"{key}" must be true or false{_not(value)}')
        return False

    def days(self, table: Table, place: Place, key: str) -> tuple[date, ...]:
        """Return the list of days under `key`."""
        value = table.get(key, [])
        if isinstance(value, list) and all(_is_day(one) for one in value):
            return tuple(value)
        self.wrong((*place, key), f'"{key}" must be a list of days: [2026-12-25]{_not(value)}')
        return ()


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return '; did you mean "…"?' with the nearest known word, or else all that there are."""
    choices = list(known)
    near = difflib.get_close_matches(word.casefold(), choices, n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else f"; there are: {', '.join(choices)}"


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _not(value: object) -> str:
    """Return what stands there instead, short."""
    kind = _KINDS.get(type(value))
    return f", not {kind} ({str(value)[:40]})" if kind else ""


def _key_lines(text: str) -> dict[Place, int]:
    """Return the line of each table and key of a text that is known to be TOML."""
    lines: dict[Place, int] = {}
    counts: dict[Place, int] = {}  # how many tables of a list were met
    table: Place = ()
    at, line = 0, 1
    while at < len(text):
        if header := _HEADER.match(text, at):
            table = _placed(_names(header[2]), counts)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            lines.setdefault(table, line)
        elif key := _KEY.match(text, at):
            lines[table + _names(key[1])] = line
        end = _end_of_statement(text, header.end() if header else at)
        line += text.count("\n", at, end)
        at = end
    return lines


def _names(dotted: str) -> Place:
    return tuple(name.strip("\"'") for name in _ONE_NAME.findall(dotted))


def _placed(names: Place, counts: Mapping[Place, int]) -> Place:
    """Return `names` with the position in each list of tables on the way: [sections.more]."""
    place: Place = ()
    for name in names[:-1]:
        place = (*place, name)
        if place in counts:
            place = (*place, counts[place])
    return (*place, names[-1])


def _end_of_statement(text: str, at: int) -> int:
    """Return where the line, or the list or text over several lines, that begins at `at` ends."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if token[0] == "\n" and depth <= 0:
            return token.end()
    return len(text)
