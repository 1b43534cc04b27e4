"""Where readers of ninjs were seen to go wrong, case by case. All documents are invented."""

import json
from datetime import UTC, datetime

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.records import Embargo, Link
from tests.builders import an_answer
from tests.wire_words import entry_in, wire_in


def ninjs(**fields: object) -> str:
    return json.dumps({"uri": "urn:bell:1", "headline": "Envoys meet"} | fields)


def test_ninjs_keeps_version_former_signal_expiry_and_other_ids() -> None:
    wire = wire_in(
        ninjs(
            version="7",
            evolvedfrom="urn:bell:0",
            signal=[{"code": "correction"}],
            expires="2024-06-01T00:00:00Z",
            altids={"a": "1"},
        )
    )
    assert (wire.version, wire.action) == ("7", "correct")
    assert wire.expires == datetime(2024, 6, 1, tzinfo=UTC)
    assert wire.links == (Link(rel="evolvedfrom", target="urn:bell:0"),)
    assert wire.others["altids"] == '{"a": "1"}'


@pytest.mark.parametrize(
    "date", ["2024-05-31T09:30:00.123Z", "2024-05-31T09:30:00+02:00", "2024-05-31T09:30:00-04:00"]
)
def test_ninjs_dates_in_all_of_rfc_3339_are_read(date: str) -> None:
    entry = entry_in(ninjs(versioncreated=date))
    assert entry.updated is not None
    assert not entry.problems


def test_ninjs_item_whose_words_cannot_be_found_is_an_error_of_the_item() -> None:
    body = json.dumps(
        {
            "uri": "urn:bell:1",
            "versionCreated": "2024-05-31T09:30:00Z",
            "headlines": [{"role": "main"}],
            "bodies": [{"contentType": "text/html"}],
        }
    )
    [refused] = parse(an_answer(body)).refused
    assert refused.reason == "it has no headline and no body"


def test_ninjs_item_of_data_alone_is_no_story_and_no_error() -> None:
    document = parse(an_answer(json.dumps({"uri": "urn:bell:1", "language": "en"})))
    assert (document.entries, document.refused, len(document.beside)) == ((), (), 1)
    assert not document.beside[0].problems


@pytest.mark.parametrize(
    ("fields", "status", "action"),
    [
        ({}, "usable", None),
        ({"version": "1"}, "usable", "publish"),
        ({"pubstatus": "canceled"}, "canceled", "kill"),
        ({"pubStatus": "withheld"}, "withheld", "withhold"),
        ({"signal": [{"name": "?"}, {"qcode": "sig:update"}]}, "usable", "update"),
    ],
)
def test_ninjs_status_and_action_in_either_spelling(
    fields: dict[str, object], status: str, action: str | None
) -> None:
    wire = wire_in(ninjs(**fields))
    assert (wire.status, wire.action) == (status, action)


@pytest.mark.parametrize(
    ("fields", "embargo"),
    [
        ({"embargoed": "2024-06-01T00:01:00Z"}, Embargo(datetime(2024, 6, 1, 0, 1, tzinfo=UTC))),
        (
            {"embargoedUntil": "2024-06-01T00:01:00Z"},
            Embargo(datetime(2024, 6, 1, 0, 1, tzinfo=UTC)),
        ),
        ({"embargoed": "Next Monday"}, Embargo(None)),
        ({"embargoed": ""}, Embargo(None)),
        ({"embargoed": None}, None),
    ],
)
def test_ninjs_embargo_that_cannot_be_read_has_no_end(
    fields: dict[str, object], embargo: Embargo | None
) -> None:
    assert wire_in(ninjs(**fields)).embargo == embargo


def test_ninjs_headlines_and_bodies_are_chosen_by_role_then_order() -> None:
    body = json.dumps(
        {
            "uri": "urn:bell:1",
            "headlines": [{"value": "First"}, {"value": "Second"}],
            "bodies": [
                {"role": "short", "contentType": "text/html", "value": "<p>S</p>"},
                {"role": "main", "value": "One & two"},
            ],
            "descriptions": [{"contentType": "text/html", "value": "<p>In <b>short</b></p>"}],
        }
    )
    entry = entry_in(body)
    assert (entry.title, entry.content, entry.summary) == (
        "First",
        "<p>One &amp; two</p>",
        "<p>In <b>short</b></p>",
    )


@pytest.mark.parametrize(
    ("fields", "content"),
    [
        ({"body_xhtml": "<p>X</p>"}, "<p>X</p>"),
        ({"body_long_html": "<p>L</p>"}, "<p>L</p>"),
        ({"body_text": "A\n\nB"}, "<p>A</p><p>B</p>"),
        ({"body_short": "S"}, "<p>S</p>"),
    ],
)
def test_ninjs_first_version_extends_the_names_of_bodies(
    fields: dict[str, object], content: str
) -> None:
    assert entry_in(ninjs(**fields)).content == content


def test_ninjs_first_version_extends_the_names_of_headlines_and_descriptions() -> None:
    body = json.dumps(
        {"uri": "urn:bell:1", "headline_main": "Envoys", "description_short": "They met"}
    )
    assert (entry_in(body).title, entry_in(body).summary) == ("Envoys", "<p>They met</p>")


def test_ninjs_list_costs_no_item_its_siblings() -> None:
    items = [
        json.loads(ninjs()),
        7,
        {"headline": "no uri"},
        {"uri": "urn:bell:2", "headline": "x" * 2_100_000},
    ]
    for body in (json.dumps(items), json.dumps({"items": [*items, {"uri": "urn:x"}]})):
        document = parse(an_answer(body), format="ninjs")
        assert [entry.guid for entry in document.entries] == ["urn:bell:1"]
        assert [one.reason[:21] for one in document.refused] == [
            "it is no object",
            'it has no "uri", whic',
            "it is longer than the",
        ]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"uri": "urn:x", "a": [' + "[" * 200_000, "more than a document of items needs"),
        ('{"headline": "x"}', "an item needs"),
        ('{"uri": "urn:x", "headline": "a\nb"}', "cannot be read"),
    ],
)
def test_ninjs_that_is_none_is_refused_with_the_reason(body: str, why: str) -> None:
    with pytest.raises(UnreadableFeed, match=why):
        parse(an_answer(body), format="ninjs")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"random": 1}, "it has what ninjs does not know, kept as it is: random"),
        (dict.fromkeys("abcdefg", 1), "a, b, c, d, e and 2 more"),
        ({"type": "poem"}, "its type 'poem' is none that the standard knows"),
        ({"title": 42}, "its title is no text"),
        ({"urgency": "high"}, "its urgency is no number"),
        ({"subject": "x"}, "its subject is no list"),
        ({"subject": [{"name": {}}]}, "its subject[0].name is no text"),
        ({"$standard": "x"}, "its $standard is no object"),
        ({"renditions": {"a": {"href": 1}}}, "its renditions.a.href is no text"),
        (
            {"rightsinfo": {"linkedrights": "a", "encodedrights": "b"}},
            "has both linkedrights and encodedrights",
        ),
        ({"associations": [{"uri": "urn:a"}]}, 'its associations[0] has no "name"'),
        ({"standard": {"version": "3.1"}, "plannedCoverage": [{"urgency": 12}]}, "is not 1 to 9"),
        ({"eventDetails": {"dates": {"expectedStartDate": "soon"}}}, "'soon' is no date"),
        ({"headline_": "x"}, "does not know, kept as it is: headline_"),
    ],
)
def test_ninjs_what_the_standard_would_have_otherwise_is_named(
    fields: dict[str, object], said: str
) -> None:
    assert any(said in problem for problem in entry_in(ninjs(**fields)).problems)


def test_ninjs_nested_beyond_reason_is_not_followed() -> None:
    inner: dict[str, object] = {"uri": "urn:bell:x"}
    for _ in range(40):
        inner = {"uri": "urn:bell:x", "associations": {"a": inner}}
    assert entry_in(ninjs(associations={"a": inner})).title == "Envoys meet"


def test_ninjs_of_the_last_versions_takes_what_is_new_there() -> None:
    fine = {
        "standard": {"name": "ninjs"},
        "places": [{"name": "x", "geoJSON": {"type": "Point", "coordinates": []}}],
        "plannedCoverage": [{"services": ["a"], "urgency": 3}],
    }
    body = json.dumps({"uri": "urn:bell:1", "headlines": [{"value": "Envoys"}]} | fine)
    assert not entry_in(body).problems


def test_ninjs_associations_without_a_uri_link_nowhere() -> None:
    assert wire_in(ninjs(associations={"a": {"type": "picture"}, "b": {"uri": "urn:b"}})).links == (
        Link(rel="b", target="urn:b"),
    )


def test_ninjs_fields_whose_names_no_database_can_hold_are_carried_without_that() -> None:
    wire = wire_in(json.dumps({"uri": "urn:bell:1", "headline": "Envoys", "a\0b\ud800": "x"}))
    assert wire.others["ab"] == "x"
