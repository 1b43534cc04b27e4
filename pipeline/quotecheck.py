"""Is a quotation, word for word, what its source says? Pure: it compares with stored versions."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise

from pipeline.records import Difference, QuoteCheck, Source, Span

FIELDS = ("text", "summary", "title")
_LONGEST = 8_000  # characters of a quotation that are compared
_MOST_WORDS = 100_000  # words of a source that are
_GAP = 400  # words of the source that an ellipsis may leave out
_REPLACED = 6  # words of the source that an insertion in brackets may stand for
_NEAR = 0.6  # share of a quotation's words that a passage must have, to be that quotation altered
_FEWEST = 3  # words below which nothing but the very words is recognised
_REPEATS = 3  # places of a run of words in the quotation that are looked at
_BUCKET = 8  # words: passages that begin so near to one another are one
_MOST_ALIGNED = 400  # words of a quotation that are set beside the nearest passage
_STARTS = 200  # places in a source at which a quotation is tried

# Words, figures with their points, signs that change what a figure means, and marks that change
# what a sentence means.
_TOKEN = re.compile(
    r"(?P<word>\d+(?:[.,:]\d+)*|[^\W_]+(?:['’ʼ][^\W_]+)*|[%$£€¥°+])"
    r"|(?P<insertion>\[[^\[\]\n]{1,200}\])"
    r"|(?P<gap>\.{3,}|…|\. \. \.)"
    r"|(?P<asked>[?!]+)"
)
_OWN = ("word", "asked")  # kinds of what a quotation says itself
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_LOOKALIKES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'"})
_MARKS = re.compile("[\"'“”„‟«»‹›‘’‚`´]")
_DASHES = re.compile("[-‐‑‒–—―−]+")


@dataclass(frozen=True, slots=True)
class _Word:
    said: str  # as it is compared
    start: int
    end: int
    kind: str  # word, insertion, gap, asked


def check_quote(quotation: str, sources: Iterable[Source]) -> QuoteCheck:
    """Return how `quotation` stands to `sources`, the version that counts most first.

    Marks, dashes, spacing, the capital of its first word, insertions in brackets and what an
    ellipsis leaves out are no differences; they are noted. Of several sources the first that has
    the words counts, or else the nearest.
    """
    wanted = _read(quotation[:_LONGEST])
    there = list(sources)
    open_to_us = [one for one in there if not one.is_withheld]
    if not [word for word in wanted if word.kind == "word"]:
        return QuoteCheck(state="not_found", why="there are no words between the marks")
    if not open_to_us:
        why = "its source is withheld or was withdrawn" if there else "no source is stored"
        return QuoteCheck(state="unavailable", why=why)
    best: tuple[float, QuoteCheck] | None = None
    for source in open_to_us:
        for field in FIELDS:
            text = getattr(source.story, field)
            passage = _in(quotation, wanted, text) if text else None
            if passage is None:
                continue
            if not passage.differences:
                return _told(passage, source, field, text)
            if best is None or passage.share > best[0]:
                best = passage.share, _told(passage, source, field, text)
    if best is not None:
        return best[1]
    if not any(one.is_whole for one in open_to_us):
        why = "only headline and summary of its source are stored, and it is not in them"
        return QuoteCheck(state="unavailable", why=why)
    return QuoteCheck(state="not_found", why="the stored text has nothing like it")


def check_again(quotation: str, now: Source, taken_from: Source) -> QuoteCheck:
    """Return how a quotation stands to its source now, and whether that was otherwise."""
    check = check_quote(quotation, [now])
    if check.state in {"exact", "unavailable"} or now.version == taken_from.version:
        return check
    if check_quote(quotation, [taken_from]).state != "exact":
        return check
    why = f"the source has changed since it was quoted; now {check.why}"
    return replace(check, why=why)


@dataclass(frozen=True, slots=True)
class _Passage:
    """The nearest passage of a text, and how a quotation differs from it."""

    share: float  # of the quotation's words that it has
    start: int
    end: int
    differences: tuple[Difference, ...]
    noted: tuple[str, ...]


def _told(passage: _Passage, source: Source, field: str, text: str) -> QuoteCheck:
    why = "word for word as in the source"
    if passage.differences:
        told = (f"“{one.quoted}” for “{one.source}”" for one in passage.differences[:3])
        why = f"other words than the source: {', '.join(told)}"
    words = text[passage.start : passage.end]
    return QuoteCheck(
        state="differs" if passage.differences else "exact",
        why=why,
        version=source.version,
        span=Span(field=field, start=passage.start, end=passage.end, text=words),
        differences=passage.differences,
        noted=passage.noted,
    )


def _in(quotation: str, wanted: Sequence[_Word], text: str) -> _Passage | None:
    """The nearest passage of `text`; None where nothing is near."""
    there, gaps = _own(_read(text)[:_MOST_WORDS])
    exact = _exactly(wanted, there, gaps)
    if exact is None:
        return _nearly(quotation, wanted, there, text)
    first, last, noted = exact
    start, end = there[first].start, there[last - 1].end
    goes_on = last < len(there) and there[last].kind == "asked" and there[last].start == end
    if goes_on and quotation.rstrip("\"'“”‘’«» ").endswith("."):
        noted.append(f"the source ends with {there[last].said}")
    return _Passage(1.0, start, end, (), (*noted, *_typography(quotation, text[start:end])))


def _read(text: str) -> list[_Word]:
    """The words of `text` with their places, as they are compared."""
    folded = text.translate(_LOOKALIKES)
    found: list[_Word] = []
    dotted = {hit.start(): hit.end() for hit in _DOTTED.finditer(folded)}
    skip = 0
    for hit in _TOKEN.finditer(folded):
        start, end = hit.span()
        if start < skip:
            continue
        if start in dotted:  # "U.S." is "US"
            skip = end = dotted[start]
            found.append(_Word(folded[start:end].replace(".", ""), start, end, "word"))
            continue
        kind = hit.lastgroup or "word"
        said = hit[0]
        if kind == "word" and not said.isascii():
            said = unicodedata.normalize("NFKC", _INVISIBLE.sub("", said))
        found.append(_Word(said, start, end, kind))
    return _without_invisible(found, folded)


def _without_invisible(words: list[_Word], text: str) -> list[_Word]:
    """Join what only an invisible mark parts: "minis\u00adter" is one word."""
    if not _INVISIBLE.search(text):
        return words
    joined: list[_Word] = []
    for word in words:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.kind == word.kind == "word"
            and before.end < word.start
            and not _INVISIBLE.sub("", text[before.end : word.start])
        ):
            joined[-1] = _Word(before.said + word.said, before.start, word.end, "word")
        else:
            joined.append(word)
    return joined


def _own(words: Sequence[_Word]) -> tuple[list[_Word], frozenset[int]]:
    """The words that a source says itself, and before which of them it has an ellipsis."""
    own: list[_Word] = []
    gaps = set()
    for word in words:
        if word.kind in _OWN:
            own.append(word)
        elif word.kind == "gap":
            gaps.add(len(own))
    return own, frozenset(gaps)


def _exactly(
    wanted: Sequence[_Word], there: Sequence[_Word], gaps: frozenset[int]
) -> tuple[int, int, list[str]] | None:
    """Where all words of a quotation stand in their order; insertions and gaps aside."""
    pieces = _pieces(wanted)
    first = pieces[0][1][0].said
    starts = [at for at, word in enumerate(there) if _is_same(word.said, first, begins=True)]
    for start in starts[:_STARTS]:
        found = _follow(pieces, there, start, gaps)
        if found is not None:
            return found
    return None


_Piece = tuple[str, list[_Word]]  # what stands before these words: "", gap or the insertion


def _pieces(wanted: Sequence[_Word]) -> list[_Piece]:
    """The runs of a quotation's own words, parted by insertions and ellipses."""
    pieces: list[_Piece] = []
    before = ""
    run: list[_Word] = []
    for word in wanted:
        if word.kind in _OWN:
            run.append(word)
            continue
        if run:
            pieces.append((before, run))
            run, before = [], ""
        before = (before + " " + word.said).strip()
    if run:
        pieces.append((before, run))
    else:
        pieces.append((before, []))
    return [piece for piece in pieces if piece[1] or piece is pieces[-1]]


def _follow(
    pieces: Sequence[_Piece], there: Sequence[_Word], start: int, gaps: frozenset[int]
) -> tuple[int, int, list[str]] | None:
    at = start
    noted: list[str] = []
    for number, (before, run) in enumerate(pieces):
        if not run:
            noted.append(_note(before, ""))
            continue
        begins = number == 0 or bool(before)
        # An ellipsis that the source has itself leaves out nothing.
        reach = 0 if number == 0 or at in gaps else _reach(before)
        found = _next(run, there, at, reach, begins=begins)
        if found is None:
            return None
        left_out = " ".join(word.said for word in there[at:found]) if number else ""
        if before:
            noted += [] if at in gaps else [_note(before, left_out)]
        if there[found].said != run[0].said:
            noted.append(f"capital: {run[0].said} for {there[found].said}")
        at = found + len(run)
    return start, at, noted


def _reach(before: str) -> int:
    """How many words of the source may stand where something is inserted or left out."""
    return _GAP if "…" in before or ".." in before or ". ." in before else _REPLACED


def _note(before: str, left_out: str) -> str:
    if before.startswith("["):
        return f"inserted: {before}" + (f" for “{left_out}”" if left_out else "")
    return f"left out: “{left_out}”" if left_out else "an ellipsis leaves out nothing"


def _next(
    run: Sequence[_Word], there: Sequence[_Word], at: int, reach: int, *, begins: bool
) -> int | None:
    """Where `run` stands next, at most `reach` words further on."""
    length = len(run)
    for start in range(at, min(at + reach, len(there) - length) + 1):
        if _is_same(there[start].said, run[0].said, begins=begins) and all(
            there[start + n].said == run[n].said for n in range(1, length)
        ):
            return start
    return None


def _is_same(source: str, quoted: str, *, begins: bool) -> bool:
    """Whether two words are the same; where words begin, the capital may differ."""
    if source == quoted:
        return True
    return begins and source[1:] == quoted[1:] and source[:1].lower() == quoted[:1].lower()


def _nearly(
    quotation: str, wanted: Sequence[_Word], there: Sequence[_Word], text: str
) -> _Passage | None:
    """The passage with most of the quotation's words in their order, and how it differs."""
    own = [word for word in wanted if word.kind in _OWN][:_MOST_ALIGNED]
    begin = _nearest(own, there) if len(own) >= _FEWEST else None
    if begin is None:
        return None
    gaps = sum(_reach(before) for before, _ in _pieces(wanted) if before)
    slack = len(own) // 2 + 5
    passage = there[max(0, begin - slack) : begin + len(own) + slack + min(gaps, _GAP)]
    matched = _aligned([w.said.lower() for w in passage], [w.said.lower() for w in own])
    if len(matched) < _NEAR * len(own):
        return None
    # As many words around those that match as the quotation has there.
    first = max(0, matched[0][0] - matched[0][1])
    last = min(len(passage), matched[-1][0] + len(own) - matched[-1][1])
    ends = [(first - 1, -1), *matched, (last, len(own))]
    differences = tuple(_differences(ends, passage, own, wanted, (text, quotation)))
    if not differences:
        return None
    start, end = passage[first].start, passage[last - 1].end
    noted = _typography(quotation, text[start:end])
    return _Passage(len(matched) / len(own), start, end, differences, tuple(noted))


_Match = tuple[int, int]  # the places of one word in the source and in the quotation


def _aligned(source: Sequence[str], quoted: Sequence[str]) -> list[_Match]:
    """The words that both have, as many as can be, by the least edits (Myers)."""
    length, width = len(source), len(quoted)
    furthest = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in count():
        trail.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            is_down = _is_down(furthest, k, edits)
            x = furthest[k + 1] if is_down else furthest[k - 1] + 1
            while x < length and x - k < width and source[x] == quoted[x - k]:
                x += 1
            furthest[k] = x
        if furthest.get(length - width, -1) >= length:
            return _together(_walked(trail, length, width), source)
    raise AssertionError  # pragma: no cover - two texts are always some edits apart


def _is_down(furthest: dict[int, int], k: int, edits: int) -> bool:
    """Whether the way to diagonal `k` came from above: a word that only the quotation has."""
    return k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])


def _walked(trail: Sequence[dict[int, int]], x: int, y: int) -> list[_Match]:
    """The way back from the ends of both texts to their beginnings: what matched, in order."""
    matched: list[_Match] = []
    for edits in range(len(trail) - 1, -1, -1):
        furthest, k = trail[edits], x - y
        before = k + 1 if _is_down(furthest, k, edits) else k - 1
        from_x = furthest[before] if edits else 0
        from_y = from_x - before if edits else 0
        while x > from_x and y > from_y:
            x, y = x - 1, y - 1
            matched.append((x, y))
        x, y = from_x, from_y
    return matched[::-1]


def _together(matched: list[_Match], source: Sequence[str]) -> list[_Match]:
    """The same words matched where they stand closer together, if they stand there, too."""
    for at in range(len(matched) - 2, -1, -1):
        (a, b), (after, mine) = matched[at], matched[at + 1]
        if b == mine - 1 and a < after - 1 and source[after - 1] == source[a]:
            matched[at] = after - 1, b
    return matched


def _nearest(own: Sequence[_Word], there: Sequence[_Word]) -> int | None:
    """Where a passage most like the words begins, by the runs of words that both have."""
    for size in (3, 2, 1):
        places: dict[tuple[str, ...], list[int]] = {}
        said = [word.said.lower() for word in own]
        for at in range(len(said) - size + 1):
            places.setdefault(tuple(said[at : at + size]), []).append(at)
        votes: Counter[int] = Counter()
        folded = [word.said.lower() for word in there]
        for at in range(len(folded) - size + 1):
            for mine in places.get(tuple(folded[at : at + size]), ())[:_REPEATS]:
                votes[(at - mine) // _BUCKET] += 1
        if votes:
            joined = {one: votes[one] + votes.get(one + 1, 0) for one in votes}
            best = max(joined, key=lambda one: (joined[one], -one))
            return max(0, best * _BUCKET)
    return None


def _loose(wanted: Sequence[_Word]) -> set[int]:
    """Before which of the quotation's words something is inserted or left out."""
    loose: set[int] = set()
    count = 0
    for word in wanted:
        if word.kind in _OWN:
            count += 1
        else:
            loose.add(count)
    return loose


def _differences(
    matched: Sequence[_Match],
    passage: Sequence[_Word],
    own: Sequence[_Word],
    wanted: Sequence[_Word],
    texts: tuple[str, str],
) -> Iterable[Difference]:
    """The runs of words that only one side has, or that differ in a capital."""
    loose = _loose(wanted)
    for (a, b), (further, mine) in pairwise(matched):
        there, here = range(a + 1, further), range(b + 1, mine)
        if here or (there and mine not in loose):
            yield Difference(
                quoted=_spoken(own, here, texts[1]), source=_spoken(passage, there, texts[0])
            )
        if mine < len(own) and not _is_same(
            passage[further].said, own[mine].said, begins=mine == 0 or mine in loose
        ):
            yield Difference(quoted=own[mine].said, source=passage[further].said)


def _spoken(words: Sequence[_Word], places: Sequence[int], text: str) -> str:
    return text[words[places[0]].start : words[places[-1]].end] if places else ""


def _typography(quoted: str, source: str) -> list[str]:
    """What of two texts with the same words is set otherwise: marks, dashes, spaces, points."""
    noted = []
    for what, pattern in (("quotation marks", _MARKS), ("dashes", _DASHES)):
        if pattern.findall(quoted.strip("\"'“”‘’«»„ ")) != pattern.findall(source):
            noted.append(what)
    if re.findall(r"\s+", quoted.strip()) != re.findall(r"\s+", source.strip()):
        noted.append("spacing")
    if _INVISIBLE.search(quoted) or _INVISIBLE.search(source):
        noted.append("invisible marks")
    points = re.compile(r"[.,;:](?!\d)")
    if points.findall(quoted.rstrip(" .,;:\"'“”’»")) != points.findall(source):
        noted.append("points and commas")
    return noted
