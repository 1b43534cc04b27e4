"""Tests of pipeline.tag: names found in stories, with the words that earned them. All invented."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadCatalogue
from pipeline.records import Span, Story, Tag
from pipeline.tag import Entry, know, read_lists, read_tags, tag
from tests.builders import a_story

TAGS = Path(__file__).parents[2] / "config" / "tags"

LIST = """
misleading = ["Lucan Post", "Port Lucan Ferry Museum"]

[place]
LU = { label = "Lucania", names = ["Lucanian", "Lucanians"] }
NL = { label = "North Lucania", names = ["North Lucanian"] }
US = { label = "United States", written = ["US", "U.S."] }
port-lucan = { label = "Port Lucan", state = "LU" }
weir = { label = "Weir", state = "NL" }

[organisation]
who = { label = "World Harbour Organisation", written = ["WHO"] }
board = { label = "Harbour Board", also = ["LU"] }

[person]
ines-calder = { label = "Inés Calder", names = ["Calder", "Calderov"] }

[words]
decides = ["rejects", "say"]
"""

READ = read_lists([(LIST, "tags.toml")])
ENTRIES = READ.entries
KNOWLEDGE = know(ENTRIES, words=READ.words)


def tags(title: str = "", summary: str = "", text: str = "") -> dict[str, Tag]:
    story = a_story(title=title, summary=summary, text=text, language=None)
    return {one.code: one for one in tag(story, KNOWLEDGE).tags if one.scheme != "language"}


def codes(title: str) -> set[str]:
    return set(tags(title))


def evidence(title: str, code: str) -> list[str]:
    return [span.text for span in tags(title)[code].evidence]


def test_a_name_is_found_with_the_words_as_printed() -> None:
    found = tags("INÈS   CALDER’s ferry")["ines-calder"]  # noqa: RUF001 - a printer's apostrophe
    assert found == Tag(
        scheme="person",
        code="ines-calder",
        label="Inés Calder",
        score=0.7,
        evidence=(Span(field="title", start=0, end=13, text="INÈS   CALDER"),),
    )


def test_the_story_itself_is_handed_on_unchanged() -> None:
    story = a_story(title="Calder speaks")
    assert tag(story, KNOWLEDGE).story is story


def test_a_name_is_found_whole_words_only() -> None:
    assert codes("Calderdale is not Calder-land, lucaniant neither") == {"ines-calder"}
    assert codes("xWeir Weir2 _Weirs") == set()


def test_demonyms_and_other_names_lead_to_the_entry() -> None:
    assert codes("Lucanians vote") == {"LU"}
    assert codes("Calderov speaks") == {"ines-calder"}


def test_the_longest_of_overlapping_names_counts() -> None:
    assert codes("North Lucanian ferry") == {"NL"}
    assert codes("North Lucania and Lucania") == {"NL", "LU"}


def test_names_that_mean_something_else_hide_what_they_contain() -> None:
    assert codes("The Port Lucan Ferry Museum") == set()
    assert codes("Port Lucan, says the Lucan Post") == {"port-lucan"}


def test_names_that_are_words_are_found_only_as_they_are_written() -> None:
    assert codes("US envoy arrives") == {"US"}
    assert codes("A U.S. envoy") == {"US"}
    assert codes("They told us who did it") == set()
    assert codes("The WHO warns") == {"who"}
    assert codes("Who warns?") == set()


def test_a_headline_all_in_capitals_is_not_believed_about_such_names() -> None:
    assert codes("THEY TOLD US WHO DID IT IN LUCANIA") == {"LU"}


def test_a_capital_that_speaks_stands_for_its_state_as_well() -> None:
    assert codes("Port Lucan rejects the plan") == {"port-lucan", "LU"}
    assert evidence("Port Lucan rejects the plan", "LU") == ["Port Lucan"]
    assert codes("Port Lucan wakes to rain") == {"port-lucan"}


@pytest.mark.parametrize("between", [" and ", ", ", "-", "/", " or "])
def test_capitals_beside_one_another_stand_for_their_states(between: str) -> None:
    assert codes(f"Talks of Port Lucan{between}Weir") == {"port-lucan", "weir", "LU", "NL"}


def test_capitals_apart_are_places() -> None:
    assert codes("From Port Lucan to Weir by ferry") == {"port-lucan", "weir"}
    assert codes("Port Lucan and Calder") == {"port-lucan", "ines-calder"}


def test_an_entry_brings_along_what_it_belongs_to() -> None:
    found = tags("Harbour Board meets")
    assert set(found) == {"board", "LU"}
    assert found["LU"].scheme == "about"
    assert found["LU"].evidence == found["board"].evidence
    assert tags("Harbour Board meets in Lucania")["LU"].scheme == "place"


def test_of_what_stands_in_a_name_only_the_whole_is_brought_along() -> None:
    entries = read_tags(
        "[place]\nLU = { label = 'Lucan' }\n[organisation]\n"
        "a = { label = 'Lucan Board', also = ['LU'] }\nb = { label = 'Board of Weir' }\n",
        "tags.toml",
    )
    found = tag(Story(title="The Lucan Board of Weir"), know(entries)).tags
    assert [(one.scheme, one.code) for one in found] == [("place", "LU"), ("organisation", "a")]


def test_topics_stand_beside_names_and_nothing_inside_both() -> None:
    entries = read_tags(
        "[place]\na = { label = 'Port Lucan' }\nb = { label = 'Lucan' }\n"
        "[topic]\nc = { label = 'Port Lucan ferry' }\n",
        "tags.toml",
    )
    found = tag(Story(title="The Port Lucan ferry"), know(entries)).tags
    assert {one.code for one in found} == {"a", "c"}


def test_one_place_is_evidence_only_once() -> None:
    assert evidence("Port Lucan, Weir say", "LU") == ["Port Lucan"]
    assert evidence("Lucania’s Port Lucan board", "LU") == ["Lucania"]  # noqa: RUF001 - as printed


def test_a_name_in_the_title_counts_most_and_further_fields_add() -> None:
    title = tags("Calder")["ines-calder"].score
    summary = tags("", "Calder")["ines-calder"].score
    text = tags("", "", "Calder")["ines-calder"].score
    everywhere = tags("Calder", "Calder", "Calder")["ines-calder"].score
    assert 0 < text < summary < title < everywhere < 1


def test_tags_come_with_the_most_certain_first() -> None:
    found = tag(a_story(title="Calder", summary="Weir and Lucania", text=""), KNOWLEDGE).tags
    assert [one.code for one in found] == ["ines-calder", "LU", "weir", "en"]


def test_only_the_first_places_of_many_are_kept() -> None:
    assert len(tags("Calder " * 40)["ines-calder"].evidence) == 10


def test_a_list_without_names_finds_nothing() -> None:
    nothing = Entry(scheme="place", code="x", label="\u00ad")  # folds to nothing at all
    for entries in ([], [nothing]):
        assert tag(Story(title="Port Lucan"), know(entries)).tags == ()


# --- the list


def problem(text: str) -> str:
    with pytest.raises(BadCatalogue) as caught:
        read_tags(text, "tags.toml")
    return str(caught.value)


def test_the_list_is_read_scheme_by_scheme() -> None:
    assert ENTRIES[0] == Entry(
        scheme="place", code="LU", label="Lucania", names=("Lucanian", "Lucanians")
    )
    assert ENTRIES[-1] == Entry(
        scheme="", code="", label="Lucan Post", names=("Port Lucan Ferry Museum",)
    )


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("[places]\n", 1, 'did you mean "place"?'),
        ("[place]\nLU = { labels = 'x' }\n", 2, "label"),
        ("[place]\nLU = { names = ['x'] }\n", 2, '"label" is missing'),
        ("[place]\nLU = 3\n", 2, '"LU" must be a table'),
        ("[place]\nA = { label = 'x' }\nB = { label = 'X' }\n", 3, '"x" already names x (A)'),
        ("[place]\nA = { label = 'x' }\n[person]\nA = { label = 'y' }\n", 4, "given twice"),
        ("[place]\nA = { label = 'x', state = 'B' }\n", 2, 'names "B", which is no code'),
        ("[place]\nA = { label = 'x', also = ['B'] }\n", 2, 'names "B", which is no code'),
        ("misleading = 3\n", 1, '"misleading" must be a list of texts'),
        ("[place\n", 1, "this is not TOML"),
    ],
)
def test_a_mistake_in_the_list_is_told_with_its_line(text: str, line: int, why: str) -> None:
    told = problem(text)
    assert told.startswith(f"tags.toml:{line}: ")
    assert why in told


# --- the list of this desk


FILES = sorted(path for path in TAGS.glob("*.toml") if path.name != "topics.toml")
LISTS = read_lists([(path.read_text(encoding="utf-8"), path.name) for path in FILES])
DESK = know(LISTS.entries, words=LISTS.words)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Zelenskyy lands in Port Lucan", {"Q3874799", "UA"}),
        ("Zelenskiy lands", {"Q3874799", "UA"}),
        ("Żelenskij lands", {"Q3874799", "UA"}),
        ("Kiev asks for envoys", {"Q1899", "UA"}),
        ("Moscow and Kyiv trade prisoners", {"Q649", "RU", "Q1899", "UA"}),
        ("A walk through Moscow", {"Q649"}),
        ("US and EU agree", {"US", "Q458"}),
        ("They told us so", set()),
        ("South Korea’s envoy", {"KR"}),  # noqa: RUF001 - a printer's apostrophe
        ("Turkey offers to host", {"TR"}),
        ("The turkey is done", set()),
        ("Georgia peaches and Georgia votes", set()),
        ("NATO chief in Tbilisi", {"nato-secretary-general", "Q7184", "tbilisi"}),
        ("Nato’s new plan", {"Q7184"}),  # noqa: RUF001 - a printer's apostrophe
        ("State Department briefing", {"us-state-department", "US"}),
        ("Washington Post wins prize", set()),
        ("Araqchi and Witkoff in Muscat", {"abbas-araghchi", "IR", "steve-witkoff", "muscat"}),
        ("Gazans wait for truce", {"gaza", "PS", "ceasefire"}),
    ],
)
def test_the_names_of_this_desk_are_known(title: str, expected: set[str]) -> None:
    assert {one.code for one in tag(Story(title=title), DESK).tags} == expected


# --- always


names = st.sampled_from(
    [
        "Port Lucan",
        "Weir",
        "US",
        "WHO",
        "Calder",
        "North",
        "Lucanian",
        "and",
        ",",
        "says",
        "Harbour",
    ]
)


@given(
    st.one_of(st.text(max_size=200), st.lists(names, max_size=20).map(" ".join)),
    st.text(max_size=50),
)
def test_evidence_is_always_what_stands_there(title: str, summary: str) -> None:
    story = Story(title=title, summary=summary)
    for one in tag(story, KNOWLEDGE).tags:
        assert one.evidence
        assert 0 < one.score <= 1
        for span in one.evidence:
            assert getattr(story, span.field)[span.start : span.end] == span.text
