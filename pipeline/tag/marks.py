"""Quotation marks: which open, which close, and what stands between them. Linear in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 4_000  # characters between two marks; what is longer was never meant as one quotation

_HIT = re.compile("[“”„‟\"«»＂‘‚'‹›`\n]")
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n\s*")
# A single mark counts only where it can open; what closes it is looked for from there.
_SINGLE_OPEN = re.compile(r"(?<![\w.,!?…’'`])[‘‚'‹›](?=[\w\[(…“\"$£€])")
_SINGLES = "‘‚'‹›"
_DOUBLED = ("``", "''")
# Short for something: 'tis, '90s, rock 'n' roll.
_ELIDED = re.compile(
    r"(?:\d0s?\b|\d\d\b|tis\b|twas\b|em\b|til\b|cause\b|n\b|bout\b|cos\b)", re.IGNORECASE
)
_SINGLE_CLOSE = re.compile(r"(?<=[^\s(\[—–])[’'‘›‹](?![\w])|\n[ \t\r]*\n")
_FAMILY = {
    "“": '”"“',
    '"': '"”',
    "＂": "＂",
    "„": '“”"‟',
    "‟": "”",
    "”": "”",
    "«": "»",
    "»": "«",
    "``": ("''", '"', "``"),
    "''": ("''",),
}
_SENTENCE_ENDS = ".?!…"
_BEFORE_OPENING = " \t\r\n\u00a0\u202f([{—–-/:‘'|"
_AFTER_OPENING = "[(…“‘'\"$£€¿¡"


@dataclass(frozen=True, slots=True)
class Quoted:
    """What stands between two marks: `text[start:end]`; `opens` and `closes` take in the marks."""

    opens: int
    start: int
    end: int
    closes: int


def quoted(text: str) -> list[Quoted]:
    """Return what stands in quotation marks, in order, without what is quoted inside it.

    One that runs over several paragraphs, each of which opens with a mark, is one. What is opened
    and never closed is none.
    """
    return [one for one in _Reader(text).read() if _says_something(text, one)]


def _says_something(text: str, one: Quoted) -> bool:
    return any(map(str.isalnum, text[one.start : one.end]))


class _Reader:
    """Reads the marks of one text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.mark = ""  # that is open; '' while none is
        self.at = 0  # where it stands
        self.inner = ""  # a mark opened inside it
        self.resume = 0  # marks before here have been read
        self.no_single_before = 0  # no single mark closes before here

    def read(self) -> Iterator[Quoted]:
        for hit in _HIT.finditer(self.text):
            start, mark = hit.start(), hit[0]
            if start < self.resume:
                continue
            if mark == "\n":
                self._line_ends(start)
                continue
            if self.text[start : start + 2] in _DOUBLED:
                mark = self.text[start : start + 2]
                self.resume = start + 2
            one = self._met(mark, start)
            if one is not None:
                self.resume = one.closes
                yield one

    def _met(self, mark: str, start: int) -> Quoted | None:
        """What ends, or wholly stands, at a mark."""
        if mark in _SINGLES:
            return None if self.mark else self._single(start)
        if self.mark:
            return self._inside(mark, start, start + len(mark))
        if mark != "`":
            self._open(mark, start)
        return None

    def _line_ends(self, start: int) -> None:
        if self.mark and (broken := _PARAGRAPH.match(self.text, start)):
            self._next_paragraph(broken.end())

    def _next_paragraph(self, start: int) -> None:
        """At the end of a paragraph: what is open goes on only if the next opens with its mark."""
        self.inner = ""
        following = self.text[start : start + 2]
        if following.startswith(self.mark) or (self.mark in '“"' and following[:1] in ("“", '"')):
            self.resume = start + len(self.mark)
        else:
            self.mark = ""

    def _around(self, start: int, end: int) -> tuple[str, str]:
        before = self.text[start - 1] if start else " "
        after = self.text[end] if end < len(self.text) else " "
        return before, after

    def _begins(self, after: str, end: int) -> bool:
        """Whether words may begin here."""
        return after.isalnum() or after in _AFTER_OPENING or self.text.startswith("..", end)

    def _open(self, mark: str, start: int) -> None:
        before, after = self._around(start, start + len(mark))
        is_spaced = after.isspace()
        if mark in "“„«``":
            # A low or pointed mark may stand off from its words; another one after a word closes.
            opens = not is_spaced or before in _BEFORE_OPENING
        elif is_spaced:
            opens = mark == '"' and before.isspace() and start + 1 < len(self.text)
        else:
            opens = before in _BEFORE_OPENING or (mark == '"' and not before.isalnum())
        if opens:
            self.mark, self.at, self.inner = mark, start, ""

    def _inside(self, mark: str, start: int, end: int) -> Quoted | None:
        before, after = self._around(start, end)
        looks_open = before in _BEFORE_OPENING and before != "-" and self._begins(after, end)
        if self.inner:
            if mark in _FAMILY[self.inner] and not looks_open:
                self.inner = ""
                return None
        elif mark not in _FAMILY[self.mark]:
            if mark in _FAMILY and looks_open:
                self.inner = mark
            return None
        elif looks_open and mark not in (self.mark, "”") and self.mark != "„":
            self.inner = mark  # a straight one inside curly ones, or the other way round
            return None
        if looks_open and mark in ('"', "“", "”") and self.mark != "„":
            self._opened_again(mark, start)
            return None
        return self._close(start, end)

    def _opened_again(self, mark: str, start: int) -> None:
        """A mark opens though one is open: a paragraph's break was lost, or a closing mark."""
        self.inner = ""
        if self.text[max(self.at, start - 3) : start].rstrip()[-1:] not in _SENTENCE_ENDS:
            self.mark, self.at = mark, start

    def _close(self, start: int, end: int) -> Quoted | None:
        opened, length = self.at, len(self.mark)
        self.mark = self.inner = ""
        if start - opened > LONGEST:
            return None
        return self._trimmed(opened, opened + length, start, end)

    def _trimmed(self, opens: int, start: int, end: int, closes: int) -> Quoted:
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Quoted(opens, start, end, closes)

    def _single(self, start: int) -> Quoted | None:
        """What a single mark opens; None where it is an apostrophe."""
        if start < self.no_single_before or not _SINGLE_OPEN.match(self.text, start):
            return None
        if _ELIDED.match(self.text, start + 1):
            return None
        stop = min(len(self.text), start + LONGEST)
        doubtful = None
        for hit in _SINGLE_CLOSE.finditer(self.text, start + 1, stop):
            if hit[0][0] == "\n":
                stop = hit.start()
                break
            at = hit.start()
            before = self.text[at - 1]
            if doubtful is None and before in "sz" and self.text[at + 1 : at + 2] == " ":
                doubtful = at  # "the workers' party": the end, if nothing better follows
                continue
            if doubtful is not None and before not in ".,!?…":
                break
            return self._trimmed(start, start + 1, at, at + 1)
        if doubtful is not None:
            return self._trimmed(start, start + 1, doubtful, doubtful + 1)
        self.no_single_before = stop
        return None
