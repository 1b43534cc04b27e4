"""What changed, word by word: every word of both texts is told once, and people can read it."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.worddiff import Piece, changed_share, word_diff


def shown(old: str, new: str) -> str:
    marks = {"same": "{}", "gone": "[-{}-]", "come": "[+{}+]"}
    return "".join(marks[piece.kind].format(piece.text) for piece in word_diff(old, new))


def test_a_word_that_changed_stands_before_what_came_for_it() -> None:
    assert shown("Twelve ferries sank", "Two ferries sank") == "[-Twelve-][+Two+] ferries sank"


def test_a_paragraph_that_came_leaves_the_others_as_they_are() -> None:
    diff = shown("One.\n\nThree.", "One.\n\nTwo.\n\nThree.")
    assert diff == "One.\n\n[+Two.\n\n+]Three."


def test_a_word_that_stays_between_two_changes_is_read_with_them() -> None:
    diff = shown("He met the king in Oslo", "He saw the queen in Oslo")
    assert diff == "He [-met the king-][+saw the queen+] in Oslo"


def test_figures_are_whole_words() -> None:
    assert shown("It cost 1,500 crowns", "It cost 1,700 crowns") == (
        "It cost [-1,500-][+1,700+] crowns"
    )


def test_nothing_and_nothing_differ_in_nothing() -> None:
    assert word_diff("", "") == ()
    assert word_diff("same", "same") == (Piece("same", "same"),)
    assert word_diff("", "new") == (Piece("come", "new"),)
    assert changed_share("", "") == 0.0


def test_a_paragraph_too_long_to_compare_is_told_as_a_whole() -> None:
    old = " ".join(f"a{n}" for n in range(3_000))
    assert [piece.kind for piece in word_diff(old, f"{old} more")] == ["gone", "come"]


def test_words_said_again_and_again_are_compared_no_longer_than_is_worth_it() -> None:
    old, new = "x y " * 900, "x z " * 900
    pieces = word_diff(old, new)
    assert "".join(p.text for p in pieces if p.kind != "come") == old
    assert "".join(p.text for p in pieces if p.kind != "gone") == new
    assert word_diff("y " * 1_900, "y " * 1_900 + "z")[-1].text.endswith("z")


def test_blanks_go_with_their_words() -> None:
    assert shown("a  b c", "a b c") == "a[-  -][+ +]b c"


def test_the_share_counts_words_of_both_sides() -> None:
    assert changed_share("a b c d", "a b c e") == 0.25
    assert changed_share("a b", "c d") == 1.0


WORDS = st.lists(st.sampled_from(["ferry", "king", "12", " ", "\n\n", ".", "é", "—"])).map("".join)


@given(WORDS, WORDS)
def test_both_texts_can_be_read_off_the_pieces(old: str, new: str) -> None:
    pieces = word_diff(old, new)
    assert "".join(p.text for p in pieces if p.kind != "come") == old
    assert "".join(p.text for p in pieces if p.kind != "gone") == new
    assert all(piece.text for piece in pieces)
