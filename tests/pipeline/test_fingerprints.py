"""By what a copy of a text is found."""

import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe import fingerprints
from tests.law.tree import ROOT

TEXT = (
    "The ferry company said on Monday that it would resume its night sailings between Aldwick and "
    "Brennick next week, after a court halted the sale of the terminal and the crews accepted an "
    "offer on pay that the union had called too little a month before."
)


def test_a_text_has_about_a_third_of_its_words_in_fingerprints() -> None:
    assert 10 <= len(fingerprints(TEXT)) <= 22


def test_any_passage_of_nine_words_is_found_again() -> None:
    whole = fingerprints(TEXT)
    spoken = TEXT.split()
    for start in range(len(spoken) - 9):
        assert fingerprints(" ".join(spoken[start : start + 9])) & whole


def test_case_accents_spaces_and_typography_do_not_matter() -> None:
    assert fingerprints(TEXT.upper().replace(" ", " \n ")) == fingerprints(TEXT)
    assert fingerprints("l\u2019été “où” tout a changé") == fingerprints(
        'L\'ETE "ou" tout a change'
    )


def test_a_text_of_less_than_four_words_has_none() -> None:
    assert fingerprints("") == fingerprints("Ferry talks resume") == frozenset()
    assert len(fingerprints("Ferry talks resume soon")) == 1


def test_scripts_without_blanks_have_them_too() -> None:
    assert fingerprints("特使在卢坎港举行和平会谈今天继续") & fingerprints(
        "他说特使在卢坎港举行和平会谈"
    )


def test_of_a_script_without_blanks_single_characters_are_no_words() -> None:
    # The same characters in nearly the same places, and another thing altogether.
    assert not fingerprints("特使港会和谈行举平今天") & fingerprints("特使在港口会见和平谈判")


def test_a_long_text_costs_no_more_than_a_feature_and_its_beginning_finds_it() -> None:
    book = " ".join(f"word{n * n % 7919}" for n in range(40_000))
    assert len(fingerprints(book)) < 240
    beginning = " ".join(book.split()[:60])
    assert len(fingerprints(beginning) & fingerprints(book)) > 10


def test_they_fit_a_signed_column() -> None:
    keys = fingerprints(" ".join(str(n) for n in range(3000)))
    assert min(keys) >= -(2**63)
    assert max(keys) < 2**63
    assert any(key < 0 for key in keys)


def test_every_process_gives_the_same() -> None:
    asked = f"from pipeline.dedupe import fingerprints; print(sorted(fingerprints({TEXT!r})))"
    told = subprocess.run(
        [sys.executable, "-c", asked],
        capture_output=True,
        check=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": "77"},
    )
    assert told.stdout.strip() == str(sorted(fingerprints(TEXT)))


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert fingerprints(text) == fingerprints(text)
