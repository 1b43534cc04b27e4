"""Tests of pipeline.catalogue: every mistake in a data file is told with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalogue import Catalogue, did_you_mean
from pipeline.errors import BadCatalogue

FILE = '''\
# a remark with = and [brackets]
title = "River Watch"

[calendar]
weekday = "friday"
skipped = [
  2024-05-31,  # a holiday
  2024-12-27,
]

[matching]
query = """
ferry = [not a key]
"""
exclude = 'one line'
dotted.key = 1

[[sections]]
key = "first"
[sections.more]
deep = true

[[sections]]
"quoted key" = { inline = "}" }

[matching.further]
words = 3
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("title",), 2),
        (("calendar",), 4),
        (("calendar", "weekday"), 5),
        (("calendar", "skipped"), 6),
        (("matching", "query"), 12),
        (("matching", "exclude"), 15),
        (("matching", "dotted", "key"), 16),
        (("sections", 0, "key"), 19),
        (("sections", 0, "more", "deep"), 21),
        (("sections", 1), 23),
        (("sections", 1, "quoted key"), 24),
        (("matching", "further", "words"), 27),
    ],
)
def test_each_key_is_found_on_its_line(place: tuple[str | int, ...], line: int) -> None:
    assert Catalogue(FILE, "x.toml").line(place) == line


def test_what_is_not_there_is_told_at_what_stands_around_it() -> None:
    file = Catalogue(FILE, "x.toml")
    assert file.line(("sections", 1, "heading")) == 23
    assert file.line(("nowhere",)) == 1


def test_a_file_with_other_line_ends_and_a_mark_in_front_has_the_same_lines() -> None:
    file = Catalogue("\ufeff" + FILE.replace("\n", "\r\n"), "x.toml")
    assert file.line(("sections", 1, "quoted key")) == 24


def test_a_mistake_within_a_text_of_several_lines_is_told_on_its_own_line() -> None:
    file = Catalogue(FILE, "x.toml")
    value = file.tables["matching"]["query"]
    file.wrong(("matching", "query"), "odd", at=value.index("not"), within=value)
    file.wrong(("matching", "exclude"), "odd too", at=4, within="one line")
    assert [problem.line for problem in file.in_order()] == [13, 15]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('key = "a"\nkey = "b"\n', 2),
        ("key = \n", 1),
        ('a = 1\nb = "never closed\n', 2),
        ("a = 1\n[table\n", 2),
        ('a = 1\nb = """never\nclosed\n', 4),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_the_line(text: str, line: int) -> None:
    with pytest.raises(BadCatalogue, match="this is not TOML") as caught:
        Catalogue(text, "config/x.toml")
    assert caught.value.line == line
    assert str(caught.value).startswith(f"config/x.toml:{line}: ")


def test_brackets_without_end_are_refused_and_no_crash() -> None:
    with pytest.raises(BadCatalogue, match="nested too deeply"):
        Catalogue("a = " + "[" * 100_000, "x.toml")


def test_an_unknown_key_is_told_with_the_nearest_known_one() -> None:
    file = Catalogue('titles = "x"\n', "x.toml")
    file.only(file.tables, (), ("key", "title"))
    assert [p.why for p in file.problems] == ['unknown key "titles"; did you mean "title"?']


def test_a_word_like_no_other_gets_the_whole_list() -> None:
    assert did_you_mean("zzz", ["title", "key"]) == "; there are: title, key"


WRONG = """\
number = 7
text = 'words'
flag = true
share = 2.5
list = ['a', 3]
blank = '  '
negative = -1
days = ['soon']
moment = [2024-05-31T10:00:00]
"""


def test_each_kind_of_value_is_checked_and_told_in_words() -> None:
    file = Catalogue(WRONG, "x.toml")
    top = file.tables
    assert file.string(top, (), "number", "usual") == "usual"
    assert file.string(top, (), "blank") == "  "
    assert file.string(top, (), "missing") == ""
    assert file.string(top, (), "missing", "usual") == "usual"
    assert file.strings(top, (), "list") == ()
    assert file.strings(top, (), "missing") == ()
    assert file.choice(top, (), "text", ("word", "sentence")) == "word"
    assert file.number(top, (), "share", 0.5) == 0.5
    assert file.number(top, (), "flag", 0.5) == 0.5
    assert file.count(top, (), "negative", 3) == 3
    assert file.count(top, (), "flag", 3) == 3
    assert file.flag(top, (), "text") is False
    assert file.days(top, (), "days") == ()
    assert file.days(top, (), "moment") == ()
    assert file.table(top, (), "text") == {}
    assert file.tables_of(top, "list") == []
    assert [problem.line for problem in file.problems] == [
        *(1, 6, 1, 5, 2, 4, 3, 7, 3, 2, 8, 9, 2, 5)
    ]
    told = "\n".join(problem.why for problem in file.problems)
    assert '"number" must be a text in quotation marks, not a whole number (7)' in told
    assert '"blank" is empty' in told
    assert '"missing" is missing' in told
    assert '"text" cannot be "words"; did you mean "word"?' in told
    assert '"share" must be a number from 0 to 1, not a number (2.5)' in told
    assert '"text" must be true or false, not a text (words)' in told
    assert '"text" must be a table: write [text]' in told


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        Catalogue(text, "x.toml")
    except BadCatalogue as problem:
        assert problem.line is None or problem.line >= 1  # noqa: PT017 - either outcome is right
