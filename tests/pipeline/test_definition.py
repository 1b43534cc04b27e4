"""Tests of pipeline.definition: a series' file, its mistakes, and its stored form. All invented."""

import json
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.definition import check_series, read_series, series_from_json, series_to_json
from pipeline.errors import BadCatalogue, BadInput
from pipeline.records import ItemForm, Section, Target

SERIES = Path(__file__).parents[2] / "config" / "series"

LEAST = """
key = "river-watch"
title = "River Watch"

[matching]
query = "ferry"

[[sections]]
key = "items"
"""

FULL = """\
key = "river-watch"
title = "River Watch"
title_template = "River Watch {number}: {headline}"
subhead_template = "Also: {headline}"
kicker = "Reporting"
description = '''
The week on the river.
'''
language = "en"
status = "ended"
succeeded_by = "sea-watch"

[calendar]
cadence = "weekly"
weekday = "thursday"
cut_off = 18:30:00
time_zone = "Europe/Kyiv"
tail_days = 3
skipped = [2024-12-26]

[matching]
query = '''
ferry
OR "river bank*"
'''
exclude = "title:regatta"
exemplars = ["Ferry line opens again"]
entities = ["harbour-board"]
countries = ["UA"]
subjects = ["transport"]
leave_out = ["round_ups"]

[spelling]
Lucan = ["Lukan", "Louçan"]

[form]
lead = "prose"
credit_rule = "outlet"
outlet_share = 0.5
own_outlets = ["river-review"]
own_items_apart = true
previous_instalments = 1
previous_of = "stream-watch"

[item]
mark = "*"
credit_at = "end"
credit_line = "({outlet}, {day})"
credit_line_undated = "({outlet})"
day = "date"
quotation_required = true
paragraphs = 2

[[sections]]
key = "lead"
heading = ""
minimum_score = 0.8
maximum = 1

[[sections]]
key = "board"
heading = "From the board"
query = "outlet:harbour-board"
outlet_kinds = ["official", "own"]
outlets = ["harbour-board"]
minimum = 1
order = "newest"
when_empty = "Nothing from the board."

[[targets]]
name = "export"
status = "pending"
"""


def problems(text: str) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.why) for problem in check_series(text, "river.toml")]


def only_problem(text: str) -> tuple[int | None, str]:
    found = problems(text)
    assert len(found) == 1
    return found[0]


def test_every_field_of_the_file_arrives() -> None:
    series = read_series(FULL, "river.toml")
    assert series.key == "river-watch"
    assert series.title_template == "River Watch {number}: {headline}"
    assert series.description == "The week on the river."
    assert (series.status, series.succeeded_by) == ("ended", "sea-watch")
    assert (series.cadence, series.weekday, series.cut_off) == ("weekly", 3, time(18, 30))
    assert (series.time_zone, series.tail_days) == ("Europe/Kyiv", 3)
    assert series.skipped == (date(2024, 12, 26),)
    assert series.query == 'ferry\nOR "river bank*"\n'
    assert series.exclude == "title:regatta"
    assert series.exemplars == ("Ferry line opens again",)
    assert series.entities == ("harbour-board",)
    assert (series.countries, series.subjects) == (("UA",), ("transport",))
    assert series.leave_out == ("round_ups",)
    assert series.spelling == {"lukan": "Lucan", "loucan": "Lucan"}
    assert (series.lead, series.credit_rule, series.outlet_share) == ("prose", "outlet", 0.5)
    assert (series.own_outlets, series.own_items_apart) == (("river-review",), True)
    assert (series.previous_instalments, series.previous_of) == (1, "stream-watch")
    assert series.item == ItemForm(
        mark="*",
        credit_at="end",
        credit_line="({outlet}, {day})",
        credit_line_undated="({outlet})",
        day="date",
        quotation_required=True,
        paragraphs=2,
    )
    lead, board = series.sections
    assert (lead.minimum_score, lead.maximum) == (0.8, 1)
    assert board == Section(
        key="board",
        heading="From the board",
        query="outlet:harbour-board",
        outlet_kinds=("official", "own"),
        outlets=("harbour-board",),
        minimum=1,
        order="newest",
        when_empty="Nothing from the board.",
    )
    assert series.targets == (Target(name="export", status="pending"),)


def test_a_file_with_only_what_it_needs_gets_the_usual_rest() -> None:
    series = read_series(LEAST, "river.toml")
    assert series.status == "running"
    assert (series.cadence, series.weekday, series.cut_off) == ("weekly", 4, time(20, 0))
    assert series.title_template == "{headline}"
    assert series.leave_out == ("own_instalments", "round_ups", "live_pages")
    assert series.item == ItemForm()
    assert series.sections == (Section(key="items", heading=""),)


@pytest.mark.parametrize("text", [LEAST, FULL])
def test_a_definition_comes_back_from_json_unchanged(text: str) -> None:
    series = read_series(text, "river.toml")
    stored = json.loads(json.dumps(series_to_json(series)))
    assert series_from_json(stored) == series


def test_a_stored_version_of_long_ago_gets_defaults_and_loses_what_means_nothing() -> None:
    stored = {
        "key": "river-watch",
        "title": "River Watch",
        "title_template": "{headline}",
        "query": "ferry",
        "sections": [{"key": "items", "heading": "Items", "colour": "blue"}],
        "abolished": True,
    }
    series = series_from_json(stored)
    assert series.sections == (Section(key="items", heading="Items"),)
    assert series.cut_off == time(20, 0)


@pytest.mark.parametrize(
    "damage",
    [
        {"sections": None},
        {"cut_off": "late"},
        {"item": 3},
        {"skipped": ["some day"]},
        {"targets": [{}]},
    ],
)
def test_a_damaged_stored_version_is_refused_in_words(damage: dict[str, object]) -> None:
    stored = series_to_json(read_series(LEAST, "river.toml")) | damage
    with pytest.raises(BadInput, match="a stored definition cannot be read"):
        series_from_json(stored)


def test_a_file_that_is_no_toml_has_one_problem_with_its_line() -> None:
    line, why = only_problem('key = "river-watch"\ntitle = \n')
    assert line == 2
    assert "this is not TOML" in why


def test_all_mistakes_are_told_from_top_to_bottom() -> None:
    found = problems(
        """\
key = "River Watch"
titles = "River Watch"
status = "run"

[calendar]
weekday = "fryday"
cut_off = "25:00"
time_zone = "Europe/Kiyv"

[matching]
query = "(ferry"

[[sections]]
key = "items"
ordr = "newest"
"""
    )
    assert [line for line, _ in found] == [1, 1, 2, 3, 6, 7, 8, 11, 15]
    told = "\n".join(why for _, why in found)
    assert 'the key "River Watch" must be small letters' in told
    assert '"title" is missing' in told
    assert 'unknown key "titles"; did you mean "title"?' in told
    assert '"status" cannot be "run"; did you mean "running"?' in told
    assert '"weekday" cannot be "fryday"; did you mean "friday"?' in told
    assert '"cut_off" must be a time of day: "20:00"' in told
    assert 'there is no time zone "Europe/Kiyv"; did you mean "Europe/Kyiv"?' in told
    assert '"query" cannot be read at character 1 of this line' in told
    assert 'unknown key "ordr"; did you mean "order"?' in told


def test_reading_stops_at_the_first_mistake_and_counts_the_rest() -> None:
    with pytest.raises(BadCatalogue, match=r"^river.toml:2: .*\(and 1 more: ") as caught:
        read_series(LEAST.replace('"river-watch"', '"A B"') + "colour = 3\n", "river.toml")
    assert caught.value.line == 2
    with pytest.raises(BadCatalogue, match=r"river.toml:10: unknown key \"colour\"[^(]*$"):
        read_series(LEAST + "colour = 3\n", "river.toml")


def test_a_mistake_deep_in_a_query_is_told_on_its_line_and_character() -> None:
    text = LEAST.replace('"ferry"', "'''\nferry\nOR  mill and weir\n'''")
    line, why = only_problem(text)
    assert line == 8  # the query's second line
    assert why.startswith('"query" cannot be read at character 10 of this line: write AND in')


def test_queries_of_sections_and_exclusions_are_read_too() -> None:
    broken = LEAST.replace("[matching]\n", '[matching]\nexclude = "NOT ferry"\n')
    found = problems(broken + 'query = "colour:blue"\n')
    assert [line for line, _ in found] == [6, 11]
    assert "only says what must not be there" in found[0][1]
    assert 'there is no field "colour:"' in found[1][1]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('title = "River Watch"', "title = 7"), '"title" must be a text'),
        (('query = "ferry"', "query = ''"), "nothing says what belongs"),
        (('query = "ferry"', "exemplars = []"), "nothing says what belongs"),
        (('query = "ferry"', "query = 3"), '"query" must be a text'),
        (
            ("[matching]", "[calendar]\ncadence = 'daily'\nweekday = 'friday'\n[matching]"),
            'a daily series has no "weekday"',
        ),
        (("[matching]", "[calendar]\ncut_off = 2024-05-31\n[matching]"), '"cut_off" must be'),
        (("[matching]", "[calendar]\ncut_off = '20:00+02:00'\n[matching]"), '"cut_off" must be'),
        (
            ("[matching]", "[calendar]\ntime_zone = 'Atlantis'\n[matching]"),
            'there is no time zone "Atlantis"',
        ),
        (
            ("[matching]", "[calendar]\ntime_zone = 'zzzzzzz'\n[matching]"),
            'write it as in "Europe/Kyiv"',
        ),
        (("[matching]", "[calendar]\ntail_days = -1\n[matching]"), '"tail_days" must be'),
        (
            ("[matching]", "[spelling]\nA = ['x']\nB = ['X']\n[matching]"),
            '"x" is given as a variant of both A and B',
        ),
        (("[matching]", "[spelling]\nA = 'x'\n[matching]"), '"A" must be a list of texts'),
        (
            ("[matching]", "[matching]\nleave_out = ['roundups']"),
            '"leave_out" cannot hold "roundups"; did you mean "round_ups"?',
        ),
        (("[matching]", "succeeded_by = 'x'\n[matching]"), "only a series that ended"),
        (("[matching]", "title_template = 'River {'\n[matching]"), "must hold the slot"),
        (("[matching]", "title_template = 'R {headline} }'\n[matching]"), "without its partner"),
        (
            ("[matching]", "title_template = '{headline} {headlin}'\n[matching]"),
            'unknown slot {headlin}; did you mean "headline"?',
        ),
        (("[matching]", "[item]\ncredit_line = 'On {day}'\n[matching]"), "the slot {outlet}"),
        (
            ("[matching]", "[item]\ncredit_line_undated = '{outlet}, {day}'\n[matching]"),
            "unknown slot {day}",
        ),
        (('[[sections]]\nkey = "items"', ""), "there are no sections"),
        (("[matching]", "targets = 3\n[matching]"), '"targets" must be a list of tables'),
        (
            ('key = "items"', 'key = "items"\n[[sections]]\nkey = "items"'),
            'two sections with the key "items"',
        ),
        (('key = "items"', 'heading = "Items"'), '"key" is missing'),
        (('key = "items"', 'key = "items"\nmaximum = 0'), '"maximum" must be 1 or more'),
        (('key = "items"', 'key = "items"\nminimum = 3\nmaximum = 2'), 'not below "minimum"'),
        (
            ('key = "items"', 'key = "items"\noutlet_kinds = ["officials"]'),
            'did you mean "official"?',
        ),
        (('key = "items"', 'key = "items"\nminimum_score = 80'), "a number from 0 to 1"),
        (('key = "items"', 'key = "items"\n[[targets]]\nstatus = "draft"'), '"name" is missing'),
    ],
)
def test_each_mistake_is_told_in_words(change: tuple[str, str], told: str) -> None:
    text = LEAST.replace(*change)
    assert text != LEAST
    assert any(told in why for _, why in problems(text))


def test_the_spelling_of_the_series_is_known_when_its_queries_are_checked() -> None:
    text = LEAST.replace("[matching]", '[spelling]\nLucan = ["Lukan"]\n[matching]')
    assert problems(text) == []


@pytest.mark.parametrize("path", sorted(SERIES.glob("*.toml")), ids=lambda path: str(path.stem))
def test_the_series_of_this_desk_have_no_mistakes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert check_series(text, path.name) == []
    assert read_series(text, path.name).key == path.stem


def test_this_desk_has_three_series() -> None:
    assert {path.stem for path in SERIES.glob("*.toml")} >= {
        *("diplomacy-watch", "gaza-talks", "iran-talks"),
    }


def test_diplomacy_watch_is_cut_off_on_friday_evening_in_new_york() -> None:
    series = read_series((SERIES / "diplomacy-watch.toml").read_text(encoding="utf-8"), "x.toml")
    assert (series.weekday, series.cut_off, series.tail_days) == (4, time(20, 0), 7)
    assert series.time_zone == "America/New_York"
    assert series.title_template == "Diplomacy Watch: {headline}"
    assert [section.key for section in series.sections] == [
        *("lead", "other", "state-department", "own")
    ]


@given(st.lists(st.tuples(st.sampled_from(FULL.splitlines()), st.text(max_size=9)), max_size=30))
def test_any_file_is_either_read_or_told_what_is_wrong(lines: list[tuple[str, str]]) -> None:
    text = "\n".join(line + more for line, more in lines)
    if not check_series(text, "river.toml"):
        series = read_series(text, "river.toml")
        assert series_from_json(series_to_json(series)) == series
    else:
        with pytest.raises(BadCatalogue):
            read_series(text, "river.toml")


def test_changing_a_field_changes_the_stored_form() -> None:
    series = read_series(FULL, "river.toml")
    assert series_to_json(replace(series, tail_days=4)) != series_to_json(series)
