"""What a story is known by."""

import re
from collections.abc import Iterable
from hashlib import blake2b

from pipeline.dedupe.alternates import loose_guid, loose_title, loose_url
from pipeline.dedupe.naming import corrects, lineages, numbers
from pipeline.records import Keys, Story
from pipeline.text import fold, words

_SHORTEST_BODY = 40  # words; what is shorter may be equal by chance, or a notice
_LONGEST_SHARED = 2_000  # characters: it is to be a key in the database
_POINT = "\N{MIDDLE DOT}"
_BETWEEN_FIGURES = re.compile(r"(?<=\d)[.,](?=\d)")


def keys(story: Story) -> Keys:
    """Return the keys of a story. Hashes are 32 hexadecimal digits.

    `body` is equal for the same text printed again, whatever its case, marks and spacing; texts of
    fewer than 40 words have none. `content` changes with anything an editor would see, and with no
    date. `text` is set only where a story has neither guid nor canonical link. `loose_guid`,
    `loose_url` and `title` identify nothing: stories that share one are compared (`resemblance`).
    """
    is_nameless = story.guid is None and story.canonical_url is None
    return Keys(
        guid=story.guid,
        url=story.canonical_url,
        text=_digest(map(fold, (story.title, story.summary, story.text))) if is_nameless else None,
        body=body_key(story.text),
        content=_digest(seen(story)),
        shared=tuple(
            f"{scheme} {value}"
            for scheme, value in (("guid", story.shared_guid), ("url", story.shared_url))
            if value and len(value) <= _LONGEST_SHARED
        ),
        lineages=lineages(story),
        numbers=numbers(story),
        corrects=corrects(story),
        loose_guid=_digest_of(loose_guid(story.guid)),
        loose_url=_digest_of(loose_url(story.canonical_url)),
        title=_digest_of(loose_title(story.title)),
    )


def seen(story: Story) -> tuple[str, ...]:
    """Return all an editor sees of a story but its dates.

    Not its markup, nor its link as given: both may carry marks that change with every poll.
    """
    return (story.title, story.summary, story.text, story.byline, story.canonical_url or "")


class _Letters(dict[int, str]):
    """What each character of a body is compared as; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        # Between letters, for alone a blank and an invisible mark would both fold to nothing.
        folded = fold(f"x{character}x")[1:-1]
        kept = "".join(filter(str.isalnum, folded)) or " " * bool(folded)
        self[code] = kept = character if character == _POINT else kept
        return kept


_LETTERS = _Letters()


def body_key(text: str) -> str | None:
    """Return what a text is known by for ever; None for one of fewer than 40 words.

    A digest of its letters and figures: twice as fast as looking for words.
    """
    # Fewer than 40 runs of letters may still be 40 words, where no blanks stand between them.
    if len(text.split()) < _SHORTEST_BODY and len(words(text)) < _SHORTEST_BODY:
        return None
    # 1.5 is not 15: the point between two figures is no mark like others.
    letters = _BETWEEN_FIGURES.sub(_POINT, text).translate(_LETTERS)
    return _digest((" ".join(letters.split()),))


def _digest(parts: Iterable[str]) -> str:
    # Each part closed by a mark, so that a word moved from one to the next makes a difference.
    joined = "".join(f"{part}\0" for part in parts)
    return blake2b(joined.encode(), digest_size=16).hexdigest()


def _digest_of(form: str | None) -> str | None:
    return None if form is None else _digest((form,))
