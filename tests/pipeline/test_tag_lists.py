"""Tests of larger lists of names: read, kept, looked up. All invented."""

import json

import pytest

from pipeline.errors import BadCatalogue
from pipeline.records import Story
from pipeline.tag import Entry, know, read_list, read_lists, tag, to_lines, together

WIKIDATA = [
    {
        "id": "Q900000001",
        "type": "person",
        "label": "Inés Calder",
        "aliases": ["I. Calder", "Calder"],
    },
    {
        "id": "Q900000002",
        "type": "organisation",
        "label": "Harbour Board of Weir",
        "aliases": {"en": [{"value": "Weir Harbour Board"}]},
    },
]


def kept(text: str, form: str) -> list[str]:
    return list(to_lines(read_list(text, "list", form)))


def test_wikidata_is_read_as_lines_or_as_a_dump() -> None:
    lines = "[\n" + ",\n".join(map(json.dumps, WIKIDATA)) + "\n]\n\n"
    assert kept(lines, "wikidata-json") == [
        "# serieswatch names 1",
        "harbour board of weir\torganisation\tQ900000002\tHarbour Board of Weir",
        "i  calder\tperson\tQ900000001\tInés Calder",
        "ines calder\tperson\tQ900000001\tInés Calder",
        "weir harbour board\torganisation\tQ900000002\tHarbour Board of Weir",
    ]


def test_tabs_are_read_too() -> None:
    text = (
        "# number, type, label, aliases\n"
        "Q900000001\tperson\tInés Calder\tInes Kalder|\n"
        "Q900000003\tplace\tPort Lucan\n"
    )
    assert [line.split("\t")[0] for line in kept(text, "wikidata-tsv")[1:]] == [
        "ines calder",
        "ines kalder",
        "port lucan",
    ]


def test_jrc_names_are_read_with_their_variants() -> None:
    text = "7\tP\tu\tInés+Calder\n7\tP\tde\tInes+Kalder\n8\tX\tu\tA+Thing\n9\tO\tu\tHarbour+Board\n"
    assert kept(text, "jrc-names")[1:] == [
        "harbour board\torganisation\tjrc-9\tHarbour Board",
        "ines calder\tperson\tjrc-7\tInés Calder",
        "ines kalder\tperson\tjrc-7\tInés Calder",
    ]


def test_a_name_that_two_things_bear_names_neither() -> None:
    text = "7\tP\tu\tInés+Calder\n8\tP\tu\tInes+Calder\n7\tP\tu\tInés+Calder\n"
    assert kept(text, "jrc-names") == ["# serieswatch names 1"]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("{", "wikidata-json"),
        ("3", "wikidata-json"),
        ('{"id": "42"}', "wikidata-json"),
        ('{"id": "Q42", "type": "thing", "label": "x"}', "wikidata-json"),
        ("Q42\tthing\tx", "wikidata-tsv"),
        ("7\tP", "jrc-names"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(text: str, form: str) -> None:
    with pytest.raises(BadCatalogue, match=f"list:2: this is no line of {form}"):
        kept(f"\n{text}\n", form)


LIST = """# serieswatch names 1
ines calder de weir\tperson\tQ900000004\tInés Calder de Weir
ines calder\tperson\tQ900000001\tInés Calder
port lucan\tplace\tport-lucan-2\tPort Lucan
"""
KNOWN = know([Entry(scheme="place", code="port-lucan", label="Port Lucan")], more=[LIST, "# other"])


def found(title: str) -> list[tuple[str, str]]:
    tags = tag(Story(title=title), KNOWN).tags
    return [(one.code, one.evidence[0].text) for one in tags]


def test_names_of_a_larger_list_are_found_the_longest_first() -> None:
    assert found("Where INÉS  Calder went") == [("Q900000001", "INÉS  Calder")]
    assert found("So Inés Calder de Weir said") == [("Q900000004", "Inés Calder de Weir")]
    assert found("ines calder, ines") == []
    assert found("So Inés, or Inés") == []
    assert len(KNOWN.more) == 3


def test_what_editors_list_goes_before() -> None:
    assert found("In Port Lucan") == [("port-lucan", "Port Lucan")]


# --- several files, and packages behind them


def test_files_are_read_together_and_mistakes_told_by_file() -> None:
    first = ("[place]\nA = { label = 'Weir', state = 'B' }\n", "one.toml")
    second = ("[place]\nB = { label = 'Weirland' }\n[words]\ngiven = ['Inés']\n", "two.toml")
    read = read_lists([first, second])
    assert [one.code for one in read.entries] == ["A", "B"]
    assert read.words.given == {"ines"}
    wrong = ("[place]\nB = { label = 'weir' }\n", "two.toml")
    with pytest.raises(BadCatalogue, match=r'two.toml:2: "weir" already names Weir'):
        read_lists([first, wrong])
    with pytest.raises(BadCatalogue, match=r"one.toml:2: .*no code of these lists"):
        read_lists([first])
    nearly = (
        "[place]\nBoat-Weir = { label = 'x' }\nA = { label = 'y', also = ['Boat-Wear'] }\n",
        "t",
    )
    with pytest.raises(BadCatalogue, match='did you mean "Boat-Weir"'):
        read_lists([nearly])


def test_doubtful_names_need_something_that_vouches() -> None:
    text = "[place]\nA = { label = 'Weir (town)', doubtful = ['Weir'] }\n"
    with pytest.raises(BadCatalogue, match=r"say in .near. which words vouch"):
        read_lists([(text, "t")])


def test_packages_give_way_to_what_editors_list() -> None:
    ours = [Entry(scheme="place", code="W", label="Weir", names=("Weirish",))]
    more = [
        Entry(scheme="place", code="W", label="Weirland", located=("Weirland Bay",)),
        Entry(scheme="place", code="X", label="weir", names=("Lucania",), located=("Weirish",)),
        Entry(scheme="place", code="Y", label="WEIRISH"),
        Entry(scheme="place", code="Z", label="Corrow", located=("Corrow",), is_label_a_name=False),
    ]
    assert [(one.code, one.names, one.located) for one in together(ours, more, {"lucania"})] == [
        ("W", ("Weirish", "Weirland"), ("Weirland Bay",)),
        ("Z", (), ("Corrow",)),
    ]
