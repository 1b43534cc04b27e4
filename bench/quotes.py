"""The quote check on real quotations, as they stand and altered in each of ten ways.

A thousand quotations are cut from the real texts beside the repository, by chance with a fixed
seed. Five alterations leave the words alone (marks, dashes and spaces, an insertion, an omission,
the first capital): they must stay exact. Five change words: all must be caught.

    python -m bench.quotes
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence

from bench.attribution import real_stories
from pipeline.quotecheck import check_quote
from pipeline.records import Source, Story
from pipeline.tag.quotes import find_quotes

QUOTATIONS = 1_000
SHORTEST, LONGEST = 5, 80  # words
SEED = 1987

Alter = Callable[[list[str], random.Random], list[str]]


def _curled(words: list[str], _chance: random.Random) -> list[str]:
    joined = " ".join(words)
    swapped = joined.replace("'", "\u2019") if "'" in joined else joined.replace("\u2019", "'")
    return ["\u201c" + swapped + "\u201d"]


def _spaced(words: list[str], _chance: random.Random) -> list[str]:
    return ["\u00a0 ".join(words).replace(" - ", " \u2014 ").replace("--", "\u2013")]


def _inserted(words: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(1, len(words))
    return [*words[:at], "[in the words of the desk]", *words[at:]]


def _left_out(words: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(1, len(words) - 2)
    return [*words[:at], "\u2026", *words[at + 1 :]]


def _capital(words: list[str], _chance: random.Random) -> list[str]:
    return [words[0][:1].swapcase() + words[0][1:], *words[1:]]


def _at(words: list[str], chance: random.Random) -> int:
    """The place of a word, not of a mark alone."""
    places = [at for at, word in enumerate(words) if re.search(r"[^\W_]", word)]
    return chance.choice(places)


def _replaced(words: list[str], chance: random.Random) -> list[str]:
    at = _at(words, chance)
    return [*words[:at], "otherwise", *words[at + 1 :]]


def _dropped(words: list[str], chance: random.Random) -> list[str]:
    places = [at for at, word in enumerate(words) if re.search(r"[^\W_]", word)]
    # Without its first or last word, or one of two that are the same, it is a shorter quotation.
    letters = [_letters(words[at]) for at in places]
    inner = [
        at
        for n, at in enumerate(places)
        if 0 < n < len(places) - 1 and letters[n] not in (letters[n - 1], letters[n + 1])
    ]
    at = chance.choice(inner)
    return [*words[:at], *words[at + 1 :]]


def _added(words: list[str], chance: random.Random) -> list[str]:
    at = chance.randrange(1, len(words))
    return [*words[:at], "never", *words[at:]]


def _swapped(words: list[str], chance: random.Random) -> list[str]:
    places = [
        at
        for at in range(len(words) - 1)
        if all(re.search(r"[^\W_]", one) for one in words[at : at + 2])
        and _letters(words[at]) != _letters(words[at + 1])
    ]
    at = chance.choice(places)
    return [*words[:at], words[at + 1], words[at], *words[at + 2 :]]


def _letters(word: str) -> str:
    return re.sub(r"[\W_]", "", word).lower()


def _misspelt(words: list[str], chance: random.Random) -> list[str]:
    at = _at(words, chance)
    place = next(n for n, letter in enumerate(words[at]) if letter.isalnum())
    letter = "q" if words[at][place] != "q" else "x"
    altered = words[at][:place] + letter + words[at][place + 1 :]
    return [*words[:at], altered, *words[at + 1 :]]


WAYS: dict[str, tuple[Alter, str]] = {
    "other marks": (_curled, "exact"),
    "other spaces and dashes": (_spaced, "exact"),
    "an insertion in brackets": (_inserted, "exact"),
    "an omission with its dots": (_left_out, "exact"),
    "another first capital": (_capital, "exact"),
    "a word replaced": (_replaced, "caught"),
    "a word dropped": (_dropped, "caught"),
    "a word added": (_added, "caught"),
    "two words swapped": (_swapped, "caught"),
    "a letter changed": (_misspelt, "caught"),
}


def main(_arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 if an unaltered one is not exact or a changed word goes unnoticed."""
    chosen = _quotations()
    if not chosen:
        print("not measured: the full texts are not beside the repository")
        return 0
    chance = random.Random(SEED)
    begun = time.process_time()
    plain = Counter(_state(words, story) for words, story in chosen)
    spent = time.process_time() - begun
    each = spent / len(chosen) * 1e3
    print(f"{len(chosen)} quotations as they stand: {dict(plain)}; {each:.2f} ms each")
    failed = plain["exact"] != len(chosen)
    for name, (alter, expected) in WAYS.items():
        states: Counter[str] = Counter()
        for words, story in chosen:
            states[_state(" ".join(alter(words.split(), chance)), story)] += 1
        right = states["exact"] if expected == "exact" else len(chosen) - states["exact"]
        failed |= right != len(chosen)
        print(f"{name:28} {expected:7} {right / len(chosen):7.1%}  {dict(states)}")
    return int(failed)


def _quotations() -> list[tuple[str, Story]]:
    found = [
        (quote.text, story)
        for story in real_stories()
        for quote in find_quotes(story)
        if SHORTEST <= sum(bool(re.search(r"[^\W_]", w)) for w in quote.text.split()) <= LONGEST
        and not re.search(r"\[|\.\s?\.|…", quote.text)
    ]
    random.Random(SEED).shuffle(found)
    return found[:QUOTATIONS]


def _state(quotation: str, story: Story) -> str:
    return check_quote(quotation, [Source(version=1, story=story)]).state


if __name__ == "__main__":
    raise SystemExit(main())
