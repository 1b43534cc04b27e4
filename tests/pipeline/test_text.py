"""Folding, words and sentences."""

import pytest

from pipeline.text import (
    content_words,
    fold,
    fold_with_offsets,
    original_span,
    sentences,
    storable,
    words,
)

AWKWARD = (
    "",
    " ",
    "plain words",
    "  Two  blanks\tand\na line  ",
    "Zelensky\u2019s “plan” \u2013 or Sánchez\u2010Straße…",
    "so\u00adft hy\u200bphen and n\u00a0bsp",
    "cafe\u0301",
    "ﬁnal ½ №5",
    "Сад\u2019їв та Київ",
    "مُحَمَّد",
    "特使在卢坎港会晤",
    "한국 대통령",
    "हिन्दी में समाचार",
)


@pytest.mark.parametrize("text", AWKWARD)
def test_folding_with_offsets_folds_alike_and_gives_every_character_its_origin(text: str) -> None:
    folded, offsets = fold_with_offsets(text)
    assert folded == fold(text)
    assert len(offsets) == len(folded) + 1
    assert list(offsets) == sorted(offsets)
    for character, at in zip(folded, offsets, strict=False):
        assert character == " " or character in fold(text[at])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zelenskyy\u2019s", "ZELENSKYY'S"),
        ("Kyiv\u2013Moscow", "kyiv-moscow"),
        ("“Fine”", '"fine"'),
        ("São Tomé", "sao tome"),
        ("co\u00adoperation", "cooperation"),
        ("five\u00a0\u2009per\n cent", "five per cent"),
        ("Łódź, Søren, Đinđić", "lodz, soren, dindic"),
        ("Erdoğan İstanbul \u0131l\u0131k", "erdogan istanbul ilik"),
        ("Ærø Œuvre Straße", "aero oeuvre strasse"),
        ("Ｆｕｌｌ ｗｉｄｔｈ", "full width"),  # noqa: RUF001 - the wide letters are the point
        ("أحمد", "احمد"),
    ],
)
def test_spellings_that_a_reader_takes_for_one_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_what_carries_meaning_in_other_scripts_is_not_folded_away() -> None:
    assert fold("कि") != fold("क")
    assert fold("が") != fold("か")
    assert fold("한국") == "한국"


@pytest.mark.parametrize(
    ("text", "wanted", "found"),
    [
        ("The Erdoğan\u2013Putin call", "erdogan-putin", "Erdoğan\u2013Putin"),
        ("near the Straße, they met", "strasse", "Straße"),
        ("a cafe\u0301 in Kyiv", "cafe", "cafe\u0301"),
        ("wait… what", "wait..", "wait…"),
        ("United \n Nations", "united nations", "United \n Nations"),
        ("co\u00adop", "coop", "co\u00adop"),
        ("  ends here  ", "here", "here"),
    ],
)
def test_a_hit_in_folded_text_is_found_again_in_the_original(
    text: str, wanted: str, found: str
) -> None:
    folded, offsets = fold_with_offsets(text)
    at = folded.index(wanted)
    start, end = original_span(offsets, at, at + len(wanted))
    assert text[start:end] == found


def test_an_empty_hit_stays_empty() -> None:
    _, offsets = fold_with_offsets("x yz")
    assert original_span(offsets, 2, 2) == (2, 2)


def test_what_a_database_refuses_is_taken_out_and_line_ends_stay() -> None:
    assert storable("a\x00b\ud800c\x1fd\x85e\uffff\n\tf") == "abcde\n\tf"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("U.S. and U.N. envoys", ["us", "and", "un", "envoys"]),
        ("Israel-Hamas talks", ["israel", "hamas", "talks"]),
        ("It\u2019s $1.5bn, or 8,025", ["it's", "1.5", "bn", "or", "8,025"]),
        ("特使在 Port", ["特", "使", "在", "port"]),
        ("हिन्दी समाचार", ["हिन्दी", "समाचार"]),
        ("__ -- !", []),
    ],
)
def test_words_are_what_a_reader_would_count(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("The envoy's talks in Port Lucan", {"envoy", "talk", "port", "lucan"}),
        ("Countries, clashes and boxes", {"country", "clash", "box"}),
        ("Hamas, Laos, Cyprus, crisis, bus and congress", "hamas laos cyprus crisis bus congress"),
        ("L'Ukraine d'accord", {"ukraine", "accord"}),
        ("It is what it was", set()),
        ("卢坎港 talks 会", {"卢坎", "坎港", "talk"}),
    ],
)
def test_content_words_say_what_a_headline_is_about(title: str, found: set[str] | str) -> None:
    assert content_words(title) == set(found.split() if isinstance(found, str) else found)


def test_sentences_end_where_a_reader_stops() -> None:
    text = (
        'Mr. Olan of the U.S. Senate spoke. "We agree." He left… They stayed!\n\n'
        "no capital here. 他走了。然后\n\n  \n\n"
    )
    assert [text[start:end] for start, end in sentences(text)] == [
        "Mr. Olan of the U.S. Senate spoke.",
        '"We agree."',
        "He left…",
        "They stayed!",
        "no capital here.",
        "他走了。",
        "然后",
    ]


def test_a_run_of_stops_ends_one_sentence_and_titles_end_none() -> None:
    text = "What?! “Stop...” Capt. Ann came. Msr. Ben left"
    assert [text[a:b] for a, b in sentences(text)] == [
        "What?!",
        "“Stop...”",
        "Capt. Ann came.",
        "Msr.",
        "Ben left",
    ]


def test_no_text_has_no_sentences() -> None:
    assert sentences(" \n ") == []
