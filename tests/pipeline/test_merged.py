"""Two people's changes of one text put together: no word that either wrote is lost."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.worddiff import merged, word_diff

WORDS = st.lists(
    st.sampled_from(["ferry", "bell", "talks", "price,", "nobody", "“said”", "\n\n", "12.5", "é"]),
    max_size=30,
).map(" ".join)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "together", "is_clean"),
    [
        ("one two three", "one two three", "one 2 three", "one 2 three", True),
        ("one two three", "ONE two three", "one two three", "ONE two three", True),
        ("one two three", "ONE two three", "one two THREE", "ONE two THREE", True),
        ("one two three", "one X three", "one X three", "one X three", True),
        ("one two three", "one X three", "one Y three", "one Y X three", False),
        ("one two", "one two mine", "one two theirs", "one two theirs mine", False),
        ("one two three four", "one four", "one two 3 four", "one two 3 four", True),
        ("", "mine", "theirs", "theirs mine", False),
        ("a", "a\n\nmine", "a\n\ntheirs", "a\n\ntheirs\n\nmine", False),
        ("one two three", "one three", "one two X three", "one X three", True),
    ],
)
def test_changes_are_put_together(
    base: str, mine: str, theirs: str, together: str, *, is_clean: bool
) -> None:
    found = merged(base, mine, theirs)
    assert (found.text, found.is_clean) == (together, is_clean)


def test_texts_too_long_to_compare_are_kept_both() -> None:
    base, mine, theirs = ("word " * 3000, "mine " * 3000, "theirs " * 3000)
    found = merged(base, mine, theirs)
    assert not found.is_clean
    assert found.text.split() == theirs.split() + mine.split()


def came(base: str, text: str) -> Counter[str]:
    pieces = [piece.text for piece in word_diff(base, text) if piece.kind == "come"]
    return Counter(" ".join(pieces).split()) - Counter(base.split())


@given(WORDS, WORDS, WORDS)
def test_no_word_that_either_wrote_is_lost(base: str, mine: str, theirs: str) -> None:
    together = merged(base, mine, theirs).text
    squeezed = "".join(together.split())
    for written in (came(base, mine), came(base, theirs)):
        for word in written:
            assert word in squeezed
    assert merged(base, mine, base).text == mine
    assert merged(base, base, theirs).text == theirs
    assert merged(base, mine, mine).text == mine
