"""A quotation is checked again when its source has changed."""

from pipeline.quotecheck import check_again
from pipeline.records import Source
from tests.builders import a_story

WORDS = "Nobody spoke of the price of grain"


def source(version: int, text: str) -> Source:
    return Source(version=version, story=a_story(text=text))


def test_what_was_word_for_word_and_is_no_more_says_that_the_source_changed() -> None:
    now, then = source(2, "Nobody spoke of the cost of grain."), source(1, f"{WORDS}.")
    check = check_again(WORDS, now, then)
    assert check.state == "differs"
    assert check.why.startswith("the source has changed since it was quoted; now other words")


def test_what_never_was_word_for_word_says_nothing_of_a_change() -> None:
    other = "Nobody spoke of the cost of grain."
    assert "since it was quoted" not in check_again(WORDS, source(2, other), source(1, other)).why
    assert "since it was quoted" not in check_again(WORDS, source(1, other), source(1, other)).why
    assert check_again(WORDS, source(2, f"{WORDS}."), source(1, other)).state == "exact"
