"""An instalment handed over: valid in every form, and read back by our own parsers as it was.

The published schemas are not part of the project; where they lie beside it, what we emit is held
against them. All of it is invented.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import NewsMLG2
import pytest
from lxml import etree

from pipeline.parse import parse
from pipeline.records import Entry
from pipeline.render import (
    FORMS,
    Handed,
    HandedItem,
    HandedQuote,
    HandedSection,
    render,
)
from tests.builders import an_answer

SCHEMAS = Path(__file__).parents[3] / "shared" / "data" / "wire"
NOON = datetime(2026, 3, 13, 12, 0, tzinfo=UTC)
LATER = datetime(2026, 3, 13, 14, 30, tzinfo=UTC)
FIRST = Handed(
    guid="urn:serieswatch:ferry-watch:3",
    version=1,
    series="ferry-watch",
    series_title="Ferry Watch",
    number=3,
    title="Ferry Watch: talks & <ferries>",
    subhead="Also new: a bell",
    lead="The week's main story.\n\nIn two paragraphs.",
    first_created=NOON,
    version_created=NOON,
    sections=(
        HandedSection(
            heading="In other harbour news",
            items=(
                HandedItem(
                    headline="Twelve ferries \x00sail <b>",
                    attribution="On Monday, the Harbour Post reported",
                    url="https://harbour-post.example/?a=1&b=2",
                    text="What the editor wrote.\n\nAnd more.",
                    quotes=(
                        HandedQuote(text="Nobody spoke of the price", speaker="a spokeswoman"),
                        HandedQuote(text="So be it"),
                    ),
                ),
                HandedItem(headline="An item without a link"),
            ),
        ),
        HandedSection(heading="", items=(HandedItem(headline="Apart"),)),
    ),
    previous=(("urn:serieswatch:ferry-watch:2", "Ferry Watch: the bell"),),
)
UPDATED = replace(FIRST, version=2, signal="update", version_created=LATER)
CORRECTED = replace(
    FIRST,
    version=3,
    generation=2,
    signal="correction",
    said="It is 11 ferries, not 12.",
    version_created=LATER,
)
WITHDRAWN = replace(
    FIRST, version=4, status="canceled", said="Taken back.", sections=(), lead="", subhead=""
)
ALL = {"first": FIRST, "updated": UPDATED, "corrected": CORRECTED, "withdrawn": WITHDRAWN}


def read_back(instalment: Handed, form: str) -> Entry:
    found = parse(an_answer(render(instalment, form)))
    assert (found.format, found.problems, found.refused) == (form, (), ())
    [entry] = found.entries
    assert entry.problems == ()
    return entry


def document(instalment: Handed, form: str) -> etree._Element:
    return etree.fromstring(render(instalment, form))


@pytest.mark.parametrize("form", FORMS)
def test_our_own_parsers_read_the_words_back(form: str) -> None:
    entry = read_back(FIRST, form)
    assert entry.title == FIRST.title
    assert entry.language == "en"
    for words in (
        "The week's main story.",
        "In two paragraphs.",
        "In other harbour news",
        'On Monday, the Harbour Post reported: <a href="https://harbour-post.example/?a=1&amp;b=2">',
        "Twelve ferries sail &lt;b&gt;</a>",
        "What the editor wrote.",
        "\u201cNobody spoke of the price\u201d (a spokeswoman)",
        "\u201cSo be it\u201d",
        "An item without a link",
    ):
        assert words in entry.content


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ALL)
def test_our_own_parsers_read_version_status_and_times_back(form: str, name: str) -> None:
    instalment = ALL[name]
    wire = read_back(instalment, form).wire
    assert wire is not None
    assert wire.version == str(instalment.version)
    assert wire.version_created == instalment.version_created
    assert wire.status == instalment.status


def test_all_versions_of_an_instalment_are_one_lineage() -> None:
    for form in ("newsml-g2", "ninjs"):
        assert {read_back(one, form).guid for one in ALL.values()} == {FIRST.guid}
    lineages = {one.lineage for one in (read_back(i, "nitf").wire for i in ALL.values()) if one}
    assert lineages == {FIRST.guid}


def test_a_correction_is_told_in_each_forms_own_way() -> None:
    signals = [one.get("qcode") for one in document(CORRECTED, "newsml-g2").iter("{*}signal")]
    assert signals == ["sig:correction"]
    told = read_back(CORRECTED, "newsml-g2").wire
    assert told is not None
    assert (told.action, told.ed_note) == ("correct", CORRECTED.said)
    [correction] = document(CORRECTED, "nitf").iter("{*}correction")
    assert dict(correction.attrib) == {
        "info": CORRECTED.said,
        "id-string": "urn:serieswatch:ferry-watch:3:v2",
    }
    in_nitf = read_back(CORRECTED, "nitf").wire
    assert in_nitf is not None
    assert (in_nitf.action, in_nitf.explanation) == ("correct", CORRECTED.said)
    assert json.loads(render(CORRECTED, "ninjs"))["ednote"] == f"Correction: {CORRECTED.said}"


def test_an_update_is_signalled_and_a_first_issue_is_not() -> None:
    def signals(one: Handed) -> list[str | None]:
        return [found.get("qcode") for found in document(one, "newsml-g2").iter("{*}signal")]

    assert signals(UPDATED) == ["sig:update"]
    assert signals(FIRST) == []
    assert list(document(UPDATED, "nitf").iter("{*}correction")) == []


def test_nitf_names_the_series_its_part_the_fixture_and_the_generation() -> None:
    docdata = next(document(CORRECTED, "nitf").iter("{*}docdata"))
    [series] = docdata.iter("{*}series")
    assert dict(series.attrib) == {"series.name": "Ferry Watch", "series.part": "3"}
    [fixture] = docdata.iter("{*}fixture")
    assert fixture.get("fix-id") == "ferry-watch"
    [key] = docdata.iter("{*}du-key")
    assert (key.get("key"), key.get("generation"), key.get("version")) == (FIRST.guid, "2", "3")


def test_a_withdrawn_instalment_is_canceled_and_says_why() -> None:
    [status] = document(WITHDRAWN, "newsml-g2").iter("{*}pubStatus")
    assert status.get("qcode") == "stat:canceled"
    [message] = document(WITHDRAWN, "nitf").iter("{*}ed-msg")
    assert message.get("info") == "Taken back."
    ninjs = json.loads(render(WITHDRAWN, "ninjs"))
    assert (ninjs["pubstatus"], ninjs["ednote"]) == ("canceled", "Taken back.")


def test_earlier_instalments_are_linked() -> None:
    [link] = document(FIRST, "newsml-g2").iter("{*}link")
    assert (link.get("rel"), link.get("residref")) == ("irel:seeAlso", FIRST.previous[0][0])
    [association] = json.loads(render(FIRST, "ninjs"))["associations"]
    assert association["uri"] == FIRST.previous[0][0]
    bare = replace(FIRST, previous=())
    assert "associations" not in json.loads(render(bare, "ninjs"))


def test_a_form_we_do_not_know_is_an_error() -> None:
    with pytest.raises(KeyError):
        render(FIRST, "telex")


def test_iptcs_own_library_reads_our_newsml_g2() -> None:
    item = NewsMLG2.NewsMLG2Document(render(CORRECTED, "newsml-g2")).get_item()
    assert item.guid == CORRECTED.guid
    assert str(item.version) == "3"


# --- against the published schemas, where they are

ATTRIBUTES_OF_XML = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
 targetNamespace="http://www.w3.org/XML/1998/namespace">
 <xs:attribute name="lang" type="xs:language"/><xs:attribute name="space" type="xs:NCName"/>
 <xs:attribute name="base" type="xs:anyURI"/><xs:attribute name="id" type="xs:ID"/></xs:schema>"""


def the_schema(path: str) -> Path:
    found = SCHEMAS / path
    if not found.exists():
        pytest.skip(f"the published schema {path} is not part of the project and not beside it")
    return found


@pytest.mark.parametrize("name", ALL)
def test_nitf_is_valid_by_its_schema(name: str, tmp_path: Path) -> None:
    tree = etree.parse(the_schema("nitf/nitf-3-6.xsd"), etree.XMLParser(no_network=True))
    [wanted] = tree.iter("{http://www.w3.org/2001/XMLSchema}import")
    ours = tmp_path / "xml.xsd"
    ours.write_text(ATTRIBUTES_OF_XML)
    wanted.set("schemaLocation", str(ours))  # it would be fetched from the network
    schema = etree.XMLSchema(tree)
    schema.assertValid(document(ALL[name], "nitf"))


@pytest.mark.parametrize("name", ALL)
def test_ninjs_is_valid_by_its_schema(name: str) -> None:
    schema = json.loads(the_schema("ninjs/specification/ninjs-schema_2.2.json").read_text())
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert list(validator.iter_errors(json.loads(render(ALL[name], "ninjs")))) == []
