"""A quotation against the stored text it is said to come from. All texts are invented."""

import pytest

from pipeline.quotecheck import check_quote
from pipeline.records import Difference, Source, Story

TEXT = (
    "The envoy kept it short. “We will not stop — not now — and the [whole] U.S. delegation knows "
    "it’s over,” he said.\n\n“Who pays 1,000 euros a day? They will pay in June, and they know.”"
)


def source(text: str = TEXT, version: int = 1, **facts: bool) -> Source:
    return Source(version=version, story=Story(title="Envoy keeps it short", text=text), **facts)


@pytest.mark.parametrize(
    "quotation",
    [
        "We will not stop — not now",
        "We will not stop - not now",  # another dash
        "“We will not stop — not now”",  # with its marks
        "We  will\u00a0not stop — not now",  # spacing
        "we will not stop",  # it stands inside a sentence
        "the US delegation",  # points of an abbreviation
        "knows it's over",  # a straight apostrophe
        "the U.S. dele\u00adgation",  # a soft hyphen
        "[They] will pay in June",  # an insertion for the same word
        "[Our partners] will pay in June",
        "We will not stop … and the U.S. delegation knows",  # an omission
        "We will not stop ... and the U.S. delegation knows …",
        "Who pays 1,000 euros a day",
        "They will pay in June [this year], and they know.",
    ],
)
def test_words_as_in_the_source_are_exact_however_they_are_set(quotation: str) -> None:
    assert check_quote(quotation, [source()]).state == "exact"


@pytest.mark.parametrize(
    ("quotation", "differences"),
    [
        ("We will never stop — not now", [("never", "not")]),
        ("We will stop — not now — and the", [("", "not")]),
        ("We will surely not stop — not now", [("surely", "")]),
        ("Who pays 2,000 euros a day?", [("2,000", "1,000")]),
        ("Who pays 1.000 euros a day?", [("1.000", "1,000")]),
        ("we will not Stop — not now", [("Stop", "stop")]),
        ("We will not stop — not now — and the whole U.S. delegation", [("whole", "")]),
        ("Who pays 1,000 euros a day! They will pay in June", [("!", "?")]),
        ("They pay in June, and they know", [("", "will")]),
        ("[They] shall pay in June, and they know", [("shall", "will")]),
    ],
)
def test_other_words_are_told_beside_those_of_the_source(
    quotation: str, differences: list[tuple[str, str]]
) -> None:
    found = check_quote(quotation, [source()])
    assert found.state == "differs"
    assert [(one.quoted, one.source) for one in found.differences] == differences
    assert all(one.quoted in found.why and one.source in found.why for one in found.differences)


def test_what_was_found_says_where_it_stands() -> None:
    found = check_quote("they will pay in June", [source(version=7)])
    assert found.version == 7
    assert found.span is not None
    assert found.span.text == TEXT[found.span.start : found.span.end] == "They will pay in June"
    assert found.span.field == "text"


def test_insertions_omissions_and_marks_are_noted_and_no_difference() -> None:
    quotation = "[The envoys] will not stop … and the U.S. delegation knows it's over"
    found = check_quote(quotation, [source()])
    assert found.state == "exact"
    assert found.differences == ()
    assert "inserted: [The envoys]" in found.noted[0]
    assert "left out: “not now”" in found.noted[1]
    assert "quotation marks" in found.noted


def test_a_gap_that_leaves_out_nothing_is_noted() -> None:
    found = check_quote("We will not … stop", [source()])
    assert "an ellipsis leaves out nothing" in found.noted


def test_a_question_that_became_a_statement_is_noted() -> None:
    found = check_quote("Who pays 1,000 euros a day.", [source()])
    assert "the source ends with ?" in found.noted


def test_invisible_marks_are_noted_and_join_the_word_they_part() -> None:
    found = check_quote("the minister spoke", [source("Later the minis\u00adter spoke again.")])
    assert found.state == "exact"
    assert "invisible marks" in found.noted


def test_words_that_are_nowhere_are_not_found() -> None:
    assert check_quote("nothing of this was ever said by anyone", [source()]).state == "not_found"
    assert check_quote("bread", [source()]).state == "not_found"
    assert check_quote("“…”", [source()]).state == "not_found"
    assert check_quote("one two three four", [source("")]).state == "not_found"


def test_words_in_another_order_are_no_quotation() -> None:
    assert check_quote("June in pay will They", [source()]).state != "exact"


def test_a_source_that_is_not_there_is_unavailable() -> None:
    assert check_quote("We will not stop", []).state == "unavailable"
    assert check_quote("We will not stop", [source(is_withheld=True)]).state == "unavailable"


def test_a_summary_alone_cannot_show_that_something_was_not_said() -> None:
    behind_a_wall = source("", is_whole=False)
    assert check_quote("We will not stop at all", [behind_a_wall]).state == "unavailable"
    in_its_headline = check_quote("keeps it short", [behind_a_wall])
    assert in_its_headline.state == "exact"
    assert in_its_headline.span is not None
    assert in_its_headline.span.field == "title"


def test_of_several_sources_the_one_with_the_words_counts_else_the_nearest() -> None:
    corrected = source(TEXT.replace("not stop", "never stop"), version=2)
    assert check_quote("We will not stop — not now", [corrected, source()]).version == 1
    altered = check_quote(
        "We will not ever stop — not now", [source("Nothing."), corrected, source()]
    )
    assert altered.state == "differs"
    assert altered.version == 1
    assert altered.differences == (Difference("ever", ""),)


def test_a_quotation_said_again_and_again_is_found_where_the_rest_follows() -> None:
    text = "We will pay. We will go. We will pay. We will stay."
    found = check_quote("We will pay. We will stay.", [source(text)])
    assert found.state == "exact"
    assert found.span is not None
    assert found.span.start == text.rindex("We will pay")


def test_an_ellipsis_of_the_source_leaves_out_nothing() -> None:
    one = source("We will not … stop in June, said the Kyïv envoy.")
    assert check_quote("We will not … stop in June, said the Kyïv envoy", [one]).state == "exact"
    assert check_quote("We will … stop in June", [one]).state == "exact"  # its own leaves out "not"


def test_of_two_altered_sources_the_nearer_is_told() -> None:
    near = source("We will not stop on the road to Aldwick.", version=1)
    far = source("We shall not halt on the road to Brennick.", version=2)
    found = check_quote("We will not rest on the road to Aldwick", [near, far])
    assert (found.state, found.version) == ("differs", 1)


def test_what_differs_is_told_where_it_stands_and_not_where_a_word_stands_by_chance() -> None:
    one = source("The boat came. The harbour will stay shut for them, and later for it.")
    found = check_quote("The harbour will stay open for them", [one])
    assert found.differences == (Difference("open", "shut"),)


def test_texts_made_to_keep_the_comparison_busy_are_bounded() -> None:
    one = source("b a c " * 20_000)
    assert check_quote("a b " * 2_000, [one]).state in ("differs", "not_found")
    assert check_quote("a " * 3_000 + "b", [source("a " * 2_999 + "c")]).state in (
        "differs",
        "not_found",
    )
    assert check_quote(" … ".join(["b"] * 200), [one]).state == "exact"
