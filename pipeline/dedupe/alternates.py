"""What a story may also be known by, and what two stories that share it are to each other.

A false merge is worse than a miss: it hides one story behind another. So an alternate alone is
never enough; the words must bear it out, and where they only half do, a person is asked.
"""

import re
from urllib.parse import urlsplit

from pipeline.records import Resemblance, Story
from pipeline.text import content_words, fold, words

_FORMS = ("www.", "m.", "mobile.", "amp.")  # hosts that show the pages of the one they stand before
_AMP_PARAMETER = re.compile(r"(?:amp|outputtype)(?:=(?:1|true|amp)?)?", re.IGNORECASE)
_PATH_FORMS = re.compile(r"(?:/amp|\.amp)?(?:/index\.(?:html?|php))?/*\Z")
_FEWEST_SHARED = 3  # content words of the shorter text, below which a share says nothing
_FEWEST_IN_TITLE = 4  # content words: "Morning briefing" is another story every day
_HALF = 0.5


def loose_url(canonical_url: str | None) -> str | None:
    """Return an address without what only says in which form a page is shown; None for a home page.

    Left out: scheme, www and mobile and AMP hosts, AMP paths and parameters, closing slashes.
    """
    if canonical_url is None:
        return None
    parts = urlsplit(canonical_url)
    path = _PATH_FORMS.sub("", re.sub(r"\A/amp/", "/", parts.path))
    query = "&".join(p for p in parts.query.split("&") if p and not _AMP_PARAMETER.fullmatch(p))
    rest = "#".join(filter(None, (query, parts.fragment)))
    return f"{_site(parts.netloc)}{path}?{rest}" if path or rest else None


def loose_guid(guid: str | None) -> str | None:
    """Return a guid that is an address without scheme and host; None for any other guid."""
    if guid is None or not re.match(r"https?://", guid, re.IGNORECASE):
        return None
    rest = guid.partition("://")[2].partition("/")[2].rstrip("/")
    return f"/{rest}" if rest else None


def loose_title(title: str) -> str | None:
    """Return the words of a headline as they are compared; None where it has too few to tell."""
    return " ".join(words(title)) if len(content_words(title)) >= _FEWEST_IN_TITLE else None


def resemblance(shared: str, old: Story, new: Story, *, is_same_feed: bool) -> Resemblance | None:
    """Return what `new` is to `old`, which share an alternate; None where they are two stories.

    `shared` is guid, url or title. A title counts for a week only: whoever asks sees to that.
    """
    if shared == "url":
        return _of_one_page(old, new)
    if shared == "guid":
        return _of_one_id(old, new)
    return _of_one_title(old, new, is_same_feed=is_same_feed)


def _of_one_page(old: Story, new: Story) -> Resemblance:
    if _titled_alike(old, new):
        return Resemblance(
            is_sure=True, score=1.0, why="one page under two forms of its address, one headline"
        )
    likeness = _likeness(old, new)
    if likeness is not None and likeness.is_near:
        return Resemblance(
            is_sure=True,
            score=likeness.score,
            why="one page under two forms of its address, one text",
        )
    return Resemblance(
        is_sure=False, score=_HALF, why="two forms of one address, but another headline"
    )


def _of_one_id(old: Story, new: Story) -> Resemblance | None:
    likeness = _likeness(old, new)
    is_near = likeness is not None and likeness.is_near
    is_titled_alike = _titled_alike(old, new)
    if not _on_one_site(old, new):
        if not is_titled_alike:
            return None  # two sites of an aggregate count their pages from 1, both
        is_told_alike = is_near or (old.summary != "" and fold(old.summary) == fold(new.summary))
        why = "the feed has moved to another site: id, headline"
        if is_told_alike:
            return Resemblance(is_sure=True, score=1.0, why=f"{why} and words are the same")
        return Resemblance(is_sure=False, score=_HALF, why=f"{why} are the same, the words are not")
    kept = shared_words(old.title, new.title)
    if is_titled_alike or is_near or (kept is not None and kept >= _HALF):
        return Resemblance(is_sure=True, score=1.0, why="its id has changed its form only")
    return Resemblance(
        is_sure=False,
        score=_HALF,
        why="its id has changed its form only, but the headline is another",
    )


def _of_one_title(old: Story, new: Story, *, is_same_feed: bool) -> Resemblance | None:
    likeness = _likeness(old, new)
    if likeness is None or not likeness.is_near or not _on_one_site(old, new):
        return None
    why = f"one headline within a week, and {likeness.score:.0%} of the text is the same"
    if not likeness.is_figured_alike:
        return Resemblance(is_sure=False, score=likeness.score, why=f"{why}, but not its figures")
    if not is_same_feed:
        return Resemblance(
            is_sure=False, score=likeness.score, why=f"{why}; two feeds of one outlet"
        )
    return Resemblance(is_sure=True, score=likeness.score, why=why)


def _titled_alike(old: Story, new: Story) -> bool:
    return old.title != "" and words(old.title) == words(new.title)


def _site(netloc: str) -> str:
    for form in _FORMS:
        bare = netloc.removeprefix(form)
        if bare != netloc and "." in bare:
            return bare
    return netloc


def _on_one_site(old: Story, new: Story) -> bool:
    """Return whether both stand on one site; without an address, a story stands where it did."""
    if old.canonical_url is None or new.canonical_url is None:
        return True
    return _site(urlsplit(old.canonical_url).netloc) == _site(urlsplit(new.canonical_url).netloc)


# --- the likeness of two texts


def shared_words(one: str, other: str) -> float | None:
    """Return which part of the shorter text's content words both have, None if it has too few."""
    of_one, of_other = content_words(one), content_words(other)
    shorter = min(len(of_one), len(of_other))
    return len(of_one & of_other) / shorter if shorter >= _FEWEST_SHARED else None


_FEWEST_WORDS = 48  # below this a standing phrase makes two notices look alike
_TRIMMED_ABOVE = 1.5  # times the shorter: then the longer is compared by its beginning
# (up to so many words, n-grams of, must overlap by): longer texts share more by chance. Between
# the first two the share that is asked for rises with the length.
_SHORT, _LONG = (12, 0.6), (800, 0.875)
_STEPS = ((1_600, 3, 0.8), (2_400, 4, 0.8), (3_600, 4, 0.85))
_LONGEST = (4, 0.9)


class _Likeness:
    """How alike the texts of two stories are."""

    __slots__ = ("is_figured_alike", "is_near", "score")

    def __init__(self, old: list[str], new: list[str]) -> None:
        shorter = min(len(old), len(new))
        if max(len(old), len(new)) > _TRIMMED_ABOVE * shorter:
            old, new = old[:shorter], new[:shorter]
        size, asked = _asked(shorter)
        one, other = _grams(old, size), _grams(new, size)
        self.score = len(one & other) / len(one | other)
        self.is_near = self.score >= asked
        self.is_figured_alike = _figures(old) == _figures(new)


def _likeness(old: Story, new: Story) -> _Likeness | None:
    """Return how alike two stories' texts are, or their summaries; None if one is too short."""
    of_old, of_new = words(old.text or old.summary), words(new.text or new.summary)
    is_enough = min(len(of_old), len(of_new)) >= _FEWEST_WORDS
    return _Likeness(of_old, of_new) if is_enough else None


def _asked(length: int) -> tuple[int, float]:
    """Return of how many words the n-grams are for a text so long, and which share must agree."""
    (short, least), (long, most) = _SHORT, _LONG
    if length <= long:
        return 2, least + (most - least) * (length - short) / (long - short)
    return next(((size, share) for upto, size, share in _STEPS if length <= upto), _LONGEST)


def _grams(text: list[str], size: int) -> set[tuple[str, ...]]:
    return set(zip(*(text[start:] for start in range(size)), strict=False))


def _figures(text: list[str]) -> set[str]:
    return {word for word in text if any(map(str.isdigit, word))}
