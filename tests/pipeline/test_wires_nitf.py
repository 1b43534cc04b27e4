"""Where readers of NITF were seen to go wrong, case by case. All documents are invented."""

from datetime import UTC, datetime

import pytest

from pipeline.dedupe.lineage import notice
from pipeline.dedupe.naming import lineages
from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.records import ActsOn, Custom, Embargo
from tests.builders import an_answer
from tests.wire_words import entry_in, story_in, wire_in


def nitf(
    docdata: str = "",
    head: str = "<hedline><hl1>Envoys meet</hl1></hedline>",
    content: str = "<body.content><p>They met.</p></body.content>",
) -> str:
    return f"<nitf><head><docdata {docdata}</docdata></head><body><body.head>{head}</body.head>{content}</body></nitf>"


def test_nitf_names_the_document_it_acts_on_and_its_new_status() -> None:
    wire = wire_in(
        nitf(
            'management-status="usable" management-doc-idref="b-1" management-idref-status="canceled"><doc-id id-string="b-2"/>'
        )
    )
    assert wire.acts_on == (ActsOn(lineage="b-1", status="canceled"),)
    assert (wire.action, wire.status) == ("kill", "usable")


@pytest.mark.parametrize(
    ("attributes", "target", "action"),
    [
        (
            'management-status="canceled" management-doc-idref="b-1"',
            ActsOn(lineage="b-1", status="canceled"),
            "kill",
        ),
        (
            'management-status="withheld" management-doc-idref="b-1"',
            ActsOn(lineage="b-1", status="withheld"),
            "withhold",
        ),
        ('management-doc-idref="b-1"', ActsOn(lineage="b-1"), "update"),
        (
            'management-doc-idref="b-1" management-idref-status="embargoed"',
            ActsOn(lineage="b-1", status="withheld"),
            "withhold",
        ),
    ],
)
def test_nitf_without_a_status_for_its_target_means_its_own(
    attributes: str, target: ActsOn, action: str
) -> None:
    wire = wire_in(nitf(f"{attributes}>"))
    assert (wire.acts_on, wire.action) == ((target,), action)


def test_nitf_taken_back_itself_leaves_the_document_it_calls_usable_alone() -> None:
    story = story_in(
        nitf(
            'management-status="canceled" management-doc-idref="b-1" management-idref-status="usable"><doc-id id-string="b-2"/>'
        )
    )
    assert story.wire is not None
    assert (story.wire.status, story.wire.action) == ("canceled", "kill")
    assert (lineages(story), notice(story)) == (("b-2",), None)


def test_nitf_release_without_norm_is_still_an_embargo() -> None:
    wire = wire_in(nitf("><date.release>Friday</date.release>"))
    assert wire.embargo == Embargo(None)


def test_nitf_kill_without_words_is_read_all_the_same() -> None:
    body = nitf('management-status="canceled" management-doc-idref="b-1">', head="", content="")
    assert wire_in(body).status == "canceled"


def test_nitf_correction_names_what_it_corrects() -> None:
    wire = wire_in(nitf('><correction info="The day was wrong" id-string="b-1" regsrc="BELL"/>'))
    assert wire.acts_on == (ActsOn(lineage="b-1", source="BELL"),)
    assert (wire.action, wire.explanation) == ("correct", "The day was wrong")
    by_words = wire_in(nitf('><correction info="Envoys story of Friday"/>'))
    assert by_words.acts_on == (ActsOn(hint="Envoys story of Friday"),)
    assert wire_in(nitf("><correction/>")).action == "correct"


def test_nitf_kill_is_not_softened_by_a_correction() -> None:
    assert (
        wire_in(nitf('management-status="canceled"><correction info="x" id-string="b"/>')).action
        == "kill"
    )


def test_nitf_embargo_ends_with_its_release_in_the_sources_zone() -> None:
    body = nitf(
        'management-status="embargoed"><date.release norm="20240712T000100"/><ed-msg info="Embargoed to 0001 Friday"/>'
    )
    wire = wire_in(body, Custom(time_zone="Europe/London"))
    assert wire.embargo == Embargo(datetime(2024, 7, 11, 23, 1, tzinfo=UTC))
    winter = body.replace("20240712", "20240112")
    assert wire_in(winter, Custom(time_zone="Europe/London")).embargo == Embargo(
        datetime(2024, 1, 12, 0, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("docdata", "embargo"),
    [
        ('management-status="embargoed">', Embargo(None)),
        (
            '><date.issue norm="20240531T090000Z"/><date.release norm="20240601T000100Z"/>',
            Embargo(datetime(2024, 6, 1, 0, 1, tzinfo=UTC)),
        ),
        ('><date.issue norm="20240531T090000Z"/><date.release norm="20240531T090000Z"/>', None),
        ('><date.release norm="on Friday"/>', Embargo(None)),
        (">", None),
    ],
)
def test_nitf_release_later_than_its_issue_is_an_embargo(
    docdata: str, embargo: Embargo | None
) -> None:
    assert wire_in(nitf(docdata)).embargo == embargo


def test_nitf_headline_keeps_what_is_marked_up() -> None:
    entry = entry_in(nitf(">", head="<hedline><hl1>Head <em>line</em></hl1></hedline>"))
    assert entry.title == "Head line"


def test_nitf_without_a_body_is_an_item_with_an_empty_one() -> None:
    entry = entry_in(nitf(">", content=""))
    assert (entry.title, entry.content) == ("Envoys meet", "")


def test_nitf_versions_share_a_key_and_parts_do_not() -> None:
    assert wire_in(nitf('><du-key key="envoys" version="2"/>')).lineage == "envoys"
    assert (
        wire_in(nitf('><du-key key="envoys" generation="3" part="2"/>')).lineage == "envoys part 2"
    )
    assert wire_in(nitf('><du-key key="envoys" generation="3"/>')).version == "3"


def test_nitf_of_any_namespace_and_doctype_is_known() -> None:
    with_subset = '<!DOCTYPE nitf [<!ATTLIST nitf x CDATA "1">]>' + nitf(">")
    prefixed = (
        nitf(">")
        .replace("<", "<n:")
        .replace("<n:/", "</n:")
        .replace("<n:nitf>", '<n:nitf xmlns:n="http://iptc.org/std/NITF/2006-10-18/">')
    )
    for body in (nitf(">"), with_subset, prefixed):
        assert entry_in(body).title == "Envoys meet"


def test_nitf_says_what_is_odd_of_it_and_carries_what_it_does_not_know() -> None:
    head = "<hedline><hl1>Envoys</hl1></hedline><byline><byttl>Staff</byttl></byline>"
    body = nitf(
        'management-status="shelved" management-doc-idref="b"><urgency ed-urg="0"/><doc-scope scope="local"/><del-list/>',
        head=head,
    )
    body = body.replace(
        "<head>",
        '<head><meta name="k" content="v"/><tobject><tobject.property/><tobject.subject tobject.subject.ipr="BELL" tobject.subject.code="x"/><tobject.subject/></tobject>',
    )
    entry = entry_in(body.replace("<nitf>", "<nitf><!-- c -->"))
    assert entry.byline == "Staff"
    assert any("management-status 'shelved'" in one for one in entry.problems)
    assert entry.wire is not None
    assert entry.wire.others == {"k": "v", "doc-scope": "scope=local"}
    assert (entry.wire.genre, [one.scheme for one in entry.wire.subjects]) == ("current", ["BELL"])


def test_nitf_contents_classified_by_the_publisher_are_subjects() -> None:
    known = (
        '><identified-content><classifier type="topic" value="harbour">Harbour</classifier>'
        '<person idsrc="bell" value="q1">Ana Quill</person><org/><!-- c --></identified-content>'
        '<key-list><keyword/><keyword key="port"/></key-list>'
    )
    found = [(one.scheme, one.code, one.label) for one in wire_in(nitf(known)).subjects]
    assert found == [
        ("topic", "harbour", "Harbour"),
        ("bell", "q1", "Ana Quill"),
        ("keyword", "port", "port"),
    ]


def test_nitf_that_breaks_off_is_not_read_in_part_and_a_fault_is_named() -> None:
    with pytest.raises(UnreadableFeed, match="breaks off before its end"):
        parse(an_answer(nitf(">")[:-20]))
    assert (
        entry_in(nitf(">").replace("met.", "met & talked."))
        .problems[0]
        .startswith("not well-formed")
    )


def test_nitf_fractions_and_captions() -> None:
    content = "<body.content><p>1<frac><frac-num>1</frac-num><frac-sep/><frac-den>2</frac-den></frac></p><media><media-caption>No</media-caption></media></body.content>"
    assert entry_in(nitf(">", content=content)).content == "<p>11/2</p>"
