"""Words as steps compare them: folding with offsets, words, content words, sentences."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_UNSTORABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls; PostgreSQL refuses NUL
    r"\ud800-\udfff\ufffe\uffff]",  # halves of characters, and what is none
)


_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\r"})


def storable(text: str) -> str:
    """Return `text` without the characters that a database or JSON would refuse."""
    if text.isascii():  # four times as fast, and every text passes here several times
        raw = text.encode()
        clean = raw.translate(None, _CONTROLS)
        return text if len(clean) == len(raw) else clean.decode()
    return _UNSTORABLE.sub("", text)


# Marks that a spelling may have or lack. Others (Indic vowel signs, kana voicing) carry meaning.
_ACCENTS = re.compile(
    "[\u0300-\u036f"  # Latin, Greek, Cyrillic
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]",  # Arabic
)
# Letters that Unicode calls letters of their own and a wire's keyboard writes otherwise.
_PLAIN = {
    **dict.fromkeys("'`´ʹʻʼʽʾʿˈˋˊ‘’‚‛′‵‹›＇׳", "'"),  # noqa: RUF001 - the look-alikes are the point
    **dict.fromkeys('"“”„‟″‶«»〝〞〟＂״', '"'),  # noqa: RUF001 - the look-alikes are the point
    **dict.fromkeys("-‐‑‒–—―−⁃﹘﹣－", "-"),  # noqa: RUF001 - the look-alikes are the point
    **dict(zip("øłđðħŧ\u0131", "olddhti", strict=True)),
    **dict(zip("þæœ", ("th", "ae", "oe"), strict=True)),
}
_DROPPED = ("Cc", "Cf", "Cs")  # controls, invisible marks (soft hyphen, bidi), half characters


def _fold_character(character: str) -> str:
    if character.isspace():
        return " "
    if character in _PLAIN:
        return _PLAIN[character]
    if unicodedata.category(character) in _DROPPED:
        return ""
    decomposed = unicodedata.normalize("NFKD", character.casefold()).casefold()
    # Composed again, or Korean syllables would fall apart into their letters.
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed))


class _Folding(dict[int, str]):
    """What each character folds to; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        folded = chr(code)
        while (further := "".join(map(_fold_character, folded))) != folded:
            folded = further  # to the end, so that folding twice changes nothing
        self[code] = folded
        return folded


_FOLDING = _Folding()
_SPACES = re.compile(" {2,}")


def fold(text: str) -> str:
    """Return `text` as it is compared: lower case, no accents, plain quotes, dashes and spaces.

    Folding twice gives the same; runs of white space become one blank, none at the ends.
    """
    return _SPACES.sub(" ", text.translate(_FOLDING)).strip(" ")


@lru_cache(maxsize=16)  # tagging and matching ask for the same few texts one after the other
def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """Return `fold(text)` and where in `text` each of its characters comes from.

    There is one offset more than characters: the last closes the text. `original_span` reads them.
    """
    if any(len(_FOLDING[ord(character)]) != 1 for character in set(text)):
        return _folded_piecewise(text)
    folded = text.translate(_FOLDING)  # letter by letter: only blanks are lost
    stop = len(folded.rstrip(" "))
    if not stop:
        return "", range(len(text), len(text) + 1)
    start = len(folded) - len(folded.lstrip(" "))
    kept: list[int] = []
    for run in _SPACES.finditer(folded, start, stop):
        kept += range(start, run.start() + 1)
        start = run.end()
    if not kept:
        return folded[start:stop], range(start, stop + 1)
    kept += range(start, stop + 1)
    return _SPACES.sub(" ", folded).strip(" "), tuple(kept)


def _folded_piecewise(text: str) -> tuple[str, Sequence[int]]:
    """Return the same for a text some of whose characters fold to none or to several."""
    characters: list[str] = []
    offsets: list[int] = []
    after_blank = True  # so that leading blanks fall away
    for at, character in enumerate(text):
        for piece in _FOLDING[ord(character)]:
            if piece == " " and after_blank:
                continue
            after_blank = piece == " "
            characters.append(piece)
            offsets.append(at)
    if characters and after_blank:
        characters.pop()  # the trailing blank's offset stays behind as the closing one
    else:
        offsets.append(len(text))
    return "".join(characters), tuple(offsets)


def original_span(offsets: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Return where the folded characters `start:end` stand in the original, as start and end."""
    if end <= start:
        return offsets[start], offsets[start]
    # A hit may end inside a character that folded to two ("ß", "…"): take the whole of it.
    return offsets[start], max(offsets[end], offsets[end - 1] + 1)


# Scripts written without blanks: each character counts as a word of its own.
_SPACELESS = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Chinese, Japanese
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3"  # Thai, Lao, Burmese, Khmer
    "\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W_{_SPACELESS}]"
# `\w` leaves out the vowel signs of Indic scripts and would cut their words to pieces.
_LETTERS = rf"{_LETTER}+(?:[\u0300-\u036f\u0900-\u0963\u0966-\u0d7f]+{_LETTER}*)*"
_WORD = re.compile(
    rf"[{_SPACELESS}]"
    r"|\d+(?:[.,]\d+)+"  # 1.5, 8,025
    r"|(?<!\w)(?:[^\W\d_]\.){2,}(?:[^\W\d_](?!\w))?"  # U.S., U.N.: one word, without its dots
    rf"|{_LETTERS}(?:'{_LETTERS})*",
)
_SPACELESS_LETTER = re.compile(rf"[{_SPACELESS}]")
_ABBREVIATION = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\Z")


def words(text: str) -> list[str]:
    """Return the folded words of `text`, in order. "U.S." gives "us", "Israel-Hamas" two words.

    Of scripts written without blanks (Chinese, Japanese, Thai) each character is a word.
    """
    found = _WORD.findall(fold(text))
    return [w.replace(".", "") if _ABBREVIATION.match(w) else w for w in found]


# What says nothing about a story's subject, in the languages our feeds mostly use. Kept small:
# clustering weighs words by rarity anyway, and matching has queries of its own.
_STOP = frozenset(
    """
    a about after again against all also am amid among an and any are as at back be because
    been before being between both but by can can't cannot could day did do does doing don't
    down during each even every few first for from get gets getting go goes going got had has
    have having he her here here's hers him his how i if in into is isn't it it's its just last
    latest like live made make makes making man many may me might more most much must my near
    need new next no nor not now of off old on once one only or other our out over own people
    per put s said say saying says second see set she should show shows since so some still
    such t take takes tell tells than that that's the their them then there these they this
    those three through to today too told two under until up upon us very via want wants was
    way we week well were what what's when where which while who why will with within without
    woman won't would year years yet you your
    analysis breaking briefing explained explainer news opinion photo photos podcast report
    reports update updates video videos watch
    au aux avec ce ces cette comme dans de des du elle en entre est et etre il ils je la le les
    leur mais ne nous on ont ou par pas plus pour qu que qui sa sans se ses son sont sur un une
    vers vous
    al como con contra del el es esta este las los mas no para pero por sin sobre su sus una y
    am auf aus bei das dem den der des ein eine einem einen einer es fur hat ich im in ist mit
    nach nicht noch oder sich sie sind und vom von vor wegen wie wird zu zum zur
    в во и из за к как на не но о об от по при с со у что это для до і із й на про та у це що
    як
    """.split(),  # noqa: RUF001, SIM905 - Cyrillic words; a list of 400 quoted words reads worse
)
_ELISION = re.compile(r"(?:[cdjlmnst]|qu)'(?=\w{2})")  # l'Ukraine, d'accord, qu'il
_SIBILANT_PLURAL = re.compile(r"(?:ss|sh|ch|x|z)es\Z")
_NO_PLURAL = ("ss", "us", "is", "as", "os")  # Damascus, Hamas, Laos
_SHORTEST_PLURAL = 4


def _stem(word: str) -> str:
    """Return `word` without possessive and plain English plural: enough for titles."""
    word = _ELISION.sub("", word) if "'" in word else word
    word = word.removesuffix("'s")
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(_NO_PLURAL):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if _SIBILANT_PLURAL.search(word) else word[:-1]


def neighbourly(found: Sequence[str]) -> Sequence[str]:
    """Return words with each character of a script without blanks joined to the next one.

    Alone such a character is a syllable: texts share hundreds of them whatever they say.
    """
    if not any(not word.isascii() and _SPACELESS_LETTER.match(word) for word in found):
        return found
    following = [*found[1:], ""]
    return [
        word + after if _SPACELESS_LETTER.match(word) and _SPACELESS_LETTER.match(after) else word
        for word, after in zip(found, following, strict=True)
    ]


def content_words(title: str) -> frozenset[str]:
    """Return the folded words that say what `title` is about, without stop words and plurals.

    Of scripts written without blanks it gives pairs of neighbouring characters.
    """
    return frozenset(terms(title))


def terms(text: str) -> list[str]:
    """Return the content words of `text` in their order, each as often as it stands there."""
    found: list[str] = []
    before = ""  # the character before, while inside a run of a spaceless script
    for word in words(text):
        if not word.isascii() and _SPACELESS_LETTER.match(word):
            if before:
                found.append(before + word)
            before = word
            continue
        before = ""
        stem = _stem(word)
        if len(stem) > 1 and word not in _STOP and stem not in _STOP:
            found.append(stem)
    return found


# Each run is looked at once, from its beginning and never anew from within: a feed may write a
# hundred thousand full stops.
_ENDING = re.compile(
    r"\n\s*\n"  # a blank line ends a sentence whatever it ends with
    r"|(?<![.!?\u2026])[.!?\u2026]++[\"'\u201d\u2019\u00bb)\]]*+"
    r"(?=\s++[\"'\u201c\u2018\u00ab(\[]*+[^\W_a-z])"
    r"|[\u3002\uff01\uff1f]+[\u300d\u300f\u201d]*",
)
_TITLES = re.compile(
    r"(?:\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Maj|Capt|Sgt|Adm|Sen|Rep|Gov|Rev|St|Jr|Sr"
    r"|No|vs|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|M|Mme|Nr))\Z",
)
_LONGEST_TITLE = 4  # characters


def sentences(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence of `text`, in order, without the blanks around them."""
    spans: list[tuple[int, int]] = []
    start = 0
    for ending in _ENDING.finditer(text):
        dot = ending.start()
        if text[dot] == "." and _TITLES.search(text, max(start, dot - _LONGEST_TITLE), dot):
            continue  # "Mr. Smith", "U.S. Senate", "John F. Kennedy"
        spans.append((start, ending.end()))
        start = ending.end()
    spans.append((start, len(text)))
    return [span for span in (_trimmed(text, *span) for span in spans) if span[0] < span[1]]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
