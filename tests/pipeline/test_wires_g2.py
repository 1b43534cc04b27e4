"""Where readers of NewsML-G2 were seen to go wrong, case by case. All documents are invented."""

from datetime import UTC, datetime

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.parse.limits import MOST_ITEMS
from pipeline.records import Custom, Document, Embargo, Link
from tests.builders import an_answer
from tests.wire_words import NAR, entry_in, story_in, wire_in


def g2(
    meta: str = "",
    content: str = "<headline>Envoys meet</headline>",
    more: str = "",
    at: str = 'version="2"',
) -> str:
    return (
        f'<newsItem xmlns="{NAR}" guid="urn:bell:1" {at} standardversion="2.35">'
        '<itemMeta><itemClass qcode="ninat:text"/><provider literal="Bell"/>'
        f"<versionCreated>2024-05-31T09:30:00Z</versionCreated>{meta}</itemMeta>"
        f"<contentMeta>{content}</contentMeta>{more}</newsItem>"
    )


def inline(markup: str) -> str:
    return f'<contentSet><inlineXML contenttype="application/xhtml+xml">{markup}</inlineXML></contentSet>'


def test_g2_without_a_status_is_usable() -> None:
    assert wire_in(g2()).status == "usable"


@pytest.mark.parametrize(
    "given", ['qcode="stat:{}"', 'uri="http://cv.iptc.org/newscodes/pubstatusg2/{}"']
)
@pytest.mark.parametrize("status", ["usable", "withheld", "canceled"])
def test_g2_gives_its_status_by_qcode_or_by_uri(given: str, status: str) -> None:
    assert wire_in(g2(f"<pubStatus {given.format(status)}/>")).status == status


def test_g2_names_a_status_that_nobody_knows_and_goes_on() -> None:
    entry = entry_in(g2('<pubStatus qcode="stat:shelved"/>'))
    assert entry.wire is not None
    assert entry.wire.status == "usable"
    assert "'shelved' is none that the standard knows" in entry.problems[0]
    assert "spelt otherwise" in entry_in(g2('<pubStatus qcode="stat:cancelled"/>')).problems[0]
    nameless = entry_in(g2("<pubStatus>stat:canceled</pubStatus>"))
    assert "its pubStatus gives no code: read as usable" in nameless.problems


def test_g2_status_whose_uri_ends_in_a_slash_is_that_status() -> None:
    uri = "http://cv.iptc.org/newscodes/pubstatusg2/canceled/"
    assert wire_in(g2(f'<pubStatus uri="{uri}"/>')).status == "canceled"


def test_g2_without_a_version_is_version_one_and_new() -> None:
    wire = wire_in(g2(at=""))
    assert (wire.version, wire.action) == ("1", "publish")


def test_g2_keeps_an_opaque_version_and_names_one_that_is_no_number() -> None:
    assert wire_in(g2(at='version="978556838"')).version == "978556838"
    entry = entry_in(g2(at='version="two"'))
    assert "its version 'two' is no whole number above 0" in entry.problems


@pytest.mark.parametrize(
    ("embargoed", "embargo"),
    [
        ("", None),
        ("<embargoed/>", Embargo(None)),
        ("<embargoed>  </embargoed>", Embargo(None)),
        (
            "<embargoed>2024-06-01T00:01:00+01:00</embargoed>",
            Embargo(datetime(2024, 5, 31, 23, 1, tzinfo=UTC)),
        ),
        ("<embargoed>on Friday</embargoed>", Embargo(None)),
    ],
)
def test_g2_is_embargoed_until_then_or_without_end_never_by_mistake_free(
    embargoed: str, embargo: Embargo | None
) -> None:
    assert wire_in(g2(embargoed)).embargo == embargo


def test_g2_note_of_an_embargo_that_no_field_states_is_named() -> None:
    said = entry_in(g2("<edNote>EMBARGOED to Friday</edNote>")).problems
    assert said == ("its note speaks of an embargo that no field states: ask before it goes out",)
    assert not entry_in(g2("<edNote>Embargo is lifted</edNote>")).problems


def test_g2_message_with_one_bad_item_loses_that_one_alone_and_visibly() -> None:
    good = g2().replace(f' xmlns="{NAR}"', "")
    bad = good.replace("<headline>Envoys meet</headline>", "<headline>Envoys & <b>meet</headline>")
    body = f'<newsMessage xmlns="{NAR}"><itemSet>{bad}{good}</itemSet></newsMessage>'
    document = parse(an_answer(body))
    assert [entry.position for entry in document.entries] == [1]
    [refused] = document.refused
    assert refused.position == 0
    assert refused.reason.startswith("not well-formed")
    assert b"Envoys & <b>meet" in refused.raw
    assert "read one by one" in document.problems[0]


def test_g2_message_survives_an_item_that_never_ends_and_one_that_is_none() -> None:
    good = g2().replace(f' xmlns="{NAR}"', "")
    torn = good.removesuffix("</newsItem>")
    body = f'<newsMessage xmlns="{NAR}"><itemSet>{torn}{good}<!-- <newsItem> --></itemSet></newsMessage>'
    document = parse(an_answer(body))
    assert [entry.position for entry in document.entries] == [1]
    assert [one.position for one in document.refused] == [0]
    last = f'<newsMessage xmlns="{NAR}"><itemSet>{good}{torn}</itemSet></newsMessage>'
    assert [one.position for one in parse(an_answer(last)).refused] == [1]
    odd = f'<newsMessage xmlns="{NAR}"><itemSet>{good}<thing/></itemSet></newsMessage>'
    assert parse(an_answer(odd)).refused[0].reason == "<thing> is no item of NewsML-G2"


def test_g2_document_that_breaks_off_is_not_read_in_part() -> None:
    with pytest.raises(UnreadableFeed, match="breaks off before its end"):
        parse(an_answer(g2(more=inline("<p>One</p>"))[:-40]))


def test_g2_document_with_a_fault_inside_is_read_as_far_as_it_goes() -> None:
    entry = entry_in(g2(content="<headline>Envoys & ministers</headline>"))
    assert entry.title.startswith("Envoys")
    assert entry.problems[0].startswith("not well-formed, read as far as it goes")


def test_g2_text_after_inline_tags_second_paragraphs_and_lists_stay() -> None:
    markup = "<p>He said <b>two</b> things to the <a href='https://bell.example/'>Bell</a> today.</p><p>Two.</p><ul><li>One</li></ul>"
    story = story_in(g2(more=inline(f"<div xmlns='http://www.w3.org/1999/xhtml'>{markup}</div>")))
    assert story.text == "He said two things to the Bell today.\n\nTwo.\n\nOne"
    assert "<b>two</b> things" in story.html


def test_g2_escaped_script_and_signs_stay_text() -> None:
    story = story_in(
        g2(more=inline("<p>&lt;script&gt;alert(1)&lt;/script&gt; A &amp; B &lt; C</p>"))
    )
    assert "&lt;script&gt;" in story.html
    assert "<script" not in story.html
    assert story.text == "<script>alert(1)</script> A & B < C"


def test_g2_live_script_is_never_stored() -> None:
    html = "&lt;p&gt;One&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    data = f'<contentSet><inlineData contenttype="text/html">{html}</inlineData></contentSet>'
    assert story_in(g2(more=data)).html == "<p>One</p>"
    markup = "<div><script>alert(1)</script><p onclick='x()'>One</p></div>"
    assert story_in(g2(more=inline(markup))).html == "<div><p>One</p></div>"


def test_g2_link_to_the_previous_version_and_signal_by_uri_are_kept() -> None:
    meta = (
        '<signal uri="http://cv.iptc.org/newscodes/signal/update"/>'
        '<link rel="irel:previousVersion" residref="urn:bell:0"/><link href="https://bell.example/"/>'
    )
    wire = wire_in(g2(meta))
    assert wire.action == "update"
    assert wire.links == (
        Link(rel="previousVersion", target="urn:bell:0"),
        Link(rel="link", target="https://bell.example/"),
    )


@pytest.mark.parametrize(
    ("signals", "action", "status"),
    [
        ('<signal qcode="sig:correction"/>', "correct", "usable"),
        ('<signal qcode="sig:update"/><signal qcode="sig:correction"/>', "correct", "usable"),
        ('<signal qcode="edStat:C"/>', "correct", "usable"),
        ('<signal qcode="edStat:U"/>', "update", "usable"),
        ('<signal qcode="edStat:D"/>', "kill", "canceled"),
        (
            '<signal qcode="rtrmsg:x"/><itemMetaExtProperty rel="rel:msgType" value="D"/>',
            "kill",
            "canceled",
        ),
        ('<x:msgType xmlns:x="https://bell.example/ns">D</x:msgType>', "kill", "canceled"),
        ('<signal qcode="other:C"/>', None, "usable"),
        ('<itemMetaExtProperty rel="bell:onExpiry" value="delete"/>', None, "usable"),
        ('<itemMetaExtProperty rel="bell:spelling" value="correct"/>', None, "usable"),
        ('<pubStatus qcode="stat:withheld"/><signal qcode="sig:update"/>', "withhold", "withheld"),
    ],
)
def test_g2_signals_of_providers_are_known_by_their_schemes(
    signals: str, action: str | None, status: str
) -> None:
    wire = wire_in(g2(signals))
    assert (wire.action, wire.status) == (action, status)


def test_g2_dates_without_a_zone_are_read_in_the_sources_and_said_to_be() -> None:
    body = g2().replace("2024-05-31T09:30:00Z", "2024-07-12 12:35:40")
    entry = entry_in(body, Custom(time_zone="Europe/London"))
    assert entry.wire is not None
    assert entry.wire.version_created == datetime(2024, 7, 12, 11, 35, 40, tzinfo=UTC)
    assert "names no zone and is read as Europe/London" in entry.problems[0]


@pytest.mark.parametrize(
    ("written", "read", "problem"),
    [
        ("2024-05-31T09:30:00.123Z", datetime(2024, 5, 31, 9, 30, 0, 123000, tzinfo=UTC), ""),
        ("2024-05-31T09:30:00+02:00", datetime(2024, 5, 31, 7, 30, tzinfo=UTC), ""),
        ("2024-05-31t09:30:00-04:00", datetime(2024, 5, 31, 13, 30, tzinfo=UTC), ""),
        ("20240531T093000+0300", datetime(2024, 5, 31, 6, 30, tzinfo=UTC), ""),
        ("2024-05-31", datetime(2024, 5, 31, tzinfo=UTC), ""),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC), ""),
        ("2024-05", datetime(2024, 5, 1, tzinfo=UTC), ""),
        (
            "2024\u201305\u201331T09:30:00Z",
            datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
            "is not written as the format asks",
        ),
        (
            "2024-05-31T09:30:00 +0100",
            datetime(2024, 5, 31, 8, 30, tzinfo=UTC),
            "is not written as the format asks",
        ),
        (
            "31 May 2024 09:30",
            datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
            "is not written as the format asks",
        ),
        ("yesterday", None, "cannot be read"),
        ("0001-01-01T00:00:00+10:00", None, "cannot be read"),
        ("1970-01-01T00:00:00Z", None, "is no date"),
    ],
)
def test_g2_dates_are_read_tolerantly_and_oddities_named(
    written: str, read: datetime | None, problem: str
) -> None:
    entry = entry_in(g2().replace("2024-05-31T09:30:00Z", written))
    assert entry.wire is not None
    assert entry.wire.version_created == read
    assert (problem in " ".join(entry.problems)) if problem else not entry.problems


def test_g2_takes_the_headline_of_its_nitf_where_it_has_none_of_its_own() -> None:
    nitf = '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.head><hedline><hl1>From <em>within</em></hl1></hedline></body.head><body.content><p>One</p></body.content></body></nitf>'
    entry = entry_in(g2(content="", more=inline(nitf)))
    assert (entry.title, entry.content) == ("From within", "<p>One</p>")


def test_g2_resolves_an_alias_the_document_gives_to_an_iptc_scheme() -> None:
    catalog = '<catalog><scheme alias="ps" uri="http://cv.iptc.org/newscodes/pubstatusg2/"/></catalog><itemMeta>'
    body = g2('<pubStatus qcode="ps:canceled"/>').replace("<itemMeta>", catalog, 1)
    assert wire_in(body).status == "canceled"


def test_g2_item_with_words_that_could_not_be_read_is_an_error_of_the_item() -> None:
    body = g2(
        content="<headline> </headline>",
        more=inline("<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>"),
    )
    document = parse(an_answer(body))
    [refused] = document.refused
    assert refused.reason == "it has no headline and no body"
    assert refused.entry is not None
    assert refused.entry.guid == "urn:bell:1"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (g2().replace(' guid="urn:bell:1"', ""), "it has no guid, which every item needs"),
        (
            f'<newsItem xmlns="{NAR}" guid="urn:bell:1"/>',
            "it has no itemMeta, which every item needs",
        ),
    ],
)
def test_g2_item_without_what_every_item_needs_is_refused(body: str, why: str) -> None:
    assert [one.reason for one in parse(an_answer(body)).refused] == [why]


def test_g2_pictures_packages_and_concepts_stand_beside_the_stories() -> None:
    picture = g2().replace("ninat:text", "ninat:picture")
    concept = f'<conceptItem xmlns="{NAR}" guid="urn:bell:c" standardversion="2.35"><itemMeta><versionCreated>2024-05-31T09:30:00Z</versionCreated></itemMeta><concept><name>Peace</name></concept></conceptItem>'
    video = g2(more=inline("<p>The script.</p>")).replace("ninat:text", "ninat:video")
    for body, kind, title in ((picture, "picture", "Envoys meet"), (concept, "concept", "Peace")):
        document = parse(an_answer(body))
        [beside] = document.beside
        assert not document.entries
        assert beside.wire is not None
        assert (beside.wire.kind, beside.title) == (kind, title)
    assert wire_in(video).kind == "video"


def test_g2_catalogue_alone_and_one_that_is_none() -> None:
    scheme = f'<catalog xmlns="{NAR}"><scheme alias="a" uri="https://bell.example/a/"/></catalog>'
    assert parse(an_answer(scheme)) == Document(format="newsml-g2")
    with pytest.raises(UnreadableFeed, match="there is no item in it"):
        parse(an_answer("<catalog><cd/></catalog>"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('standardversion="2.35"', 'standardversion="2.29"', "it names no catalogue for its codes"),
        (
            "<itemMeta>",
            "<assert><organisationDetails><x/></organisationDetails></assert><itemMeta>",
            "<x> is nothing that an organisation's details may hold",
        ),
        (
            "<itemMeta>",
            "<assert>" + "<related>" * 4 + "</related>" * 4 + "</assert><itemMeta>",
            "<related> is nested more than 3 deep",
        ),
        ("<itemMeta>", '<itemRef residrefformaturi="%"/><itemMeta>', "'%' is no address"),
        ("<versionCreated>2024-05-31T09:30:00Z</versionCreated>", "", "it has no versionCreated"),
        (
            "<itemMeta>",
            '<contentSet><inlineData encoding="e:b64" contenttype="text/plain">QQ==</inlineData></contentSet><itemMeta>',
            "its inline data is encoded",
        ),
        ("<contentMeta>", '<contentMeta><language tag="English!"/>', "is no language's tag"),
        ("<contentMeta>", "<contentMeta><urgency>12</urgency>", "its urgency '12' is not 1 to 9"),
    ],
)
def test_g2_what_the_standard_would_have_otherwise_is_named(old: str, new: str, said: str) -> None:
    assert any(said in problem for problem in entry_in(g2().replace(old, new, 1)).problems)


def test_g2_catalogue_item_has_no_source_type_and_old_schemes_no_dates() -> None:
    catalog = f'<catalogItem xmlns="{NAR}" guid="urn:c" standardversion="2.18"><itemMeta><versionCreated>2024-05-31T09:30:00Z</versionCreated></itemMeta><contentMeta><digitalSourceType qcode="a:b"/></contentMeta><schemeMeta schemeretired="2020-01-01"/></catalogItem>'
    [beside] = parse(an_answer(catalog)).beside
    assert "a catalogue has no digitalSourceType" in beside.problems
    assert any("@schemeretired is none of its version" in one for one in beside.problems)


def test_g2_text_of_any_shape_is_read() -> None:
    pre = inline("<div><pre>a\n  b</pre></div>")
    assert "<pre>a\n  b</pre>" in entry_in(g2(more=pre)).content
    assert (
        entry_in(g2(more=inline("One &lt; two\n\nThree"))).content
        == "<p>One &lt; two</p><p>Three</p>"
    )
    words = inline("<section>Bare <em>words</em><br/>here <a>there</a></section>")
    assert entry_in(g2(more=words)).content == "<div>Bare <em>words</em><br>here <a>there</a></div>"
    mixed = inline("<p>One</p><!-- c --><x>two</x>")
    assert entry_in(g2(more=mixed)).content == "<p>One</p>two"
    inside = entry_in(g2(content="<headline>A <!-- c -->line</headline>"))
    assert inside.title == "A line"


def test_g2_rendition_that_we_do_not_read_is_carried_and_the_next_is_taken() -> None:
    content = (
        "<contentSet><remoteContent href='https://bell.example/1.pdf'/><inlineXML><sports/></inlineXML>"
        "<inlineData contenttype='image/png'>x</inlineData><inlineData>One</inlineData></contentSet>"
    )
    entry = entry_in(g2(more=content))
    assert entry.content == "<p>One</p>"
    assert entry.wire is not None
    assert entry.wire.others["remoteContent"] == "https://bell.example/1.pdf"


def test_g2_links_subjects_and_keywords_that_say_nothing_are_passed_over() -> None:
    meta = "<link rel='irel:seeAlso'/>"
    content = "<headline>E</headline><subject/><keyword> </keyword><keyword>port</keyword><subject qcode='bare'/>"
    wire = wire_in(g2(meta, content))
    assert wire.links == ()
    assert [(one.scheme, one.code) for one in wire.subjects] == [("", "bare"), ("keyword", "port")]
    package = (
        g2()
        .replace("newsItem", "packageItem")
        .replace(
            "</contentMeta>", "</contentMeta><groupSet><group id='g'><itemRef/></group></groupSet>"
        )
    )
    [beside] = parse(an_answer(package)).beside
    assert beside.wire is not None
    assert beside.wire.links == ()


def test_g2_bytes_that_are_none_of_its_encoding_are_named() -> None:
    entry = entry_in(g2().replace("Envoys", "Envoy\xe9s").encode("latin-1"))
    assert (entry.title, entry.problems) == ("Envoy\ufffds meet", ("its bytes are not all utf-8",))


def test_g2_html_names_of_letters_are_letters() -> None:
    assert (
        entry_in(g2(content="<headline>Caf&eacute;&nbsp;&lt;1&gt;</headline>")).title
        == "Caf\xe9 <1>"
    )
    assert (
        "not well-formed" in entry_in(g2(content="<headline>Caf&bogus; x</headline>")).problems[0]
    )


def test_g2_message_that_holds_no_item_gives_none() -> None:
    document = parse(
        an_answer(f'<newsMessage xmlns="{NAR}"><header>&</header><itemSet/></newsMessage>')
    )
    assert (document.entries, document.refused) == ((), ())


def test_g2_message_whose_tags_stray_gives_what_can_be_told_apart() -> None:
    good = g2().replace(f' xmlns="{NAR}"', "")
    stray = f'<newsMessage xmlns="{NAR}"><itemSet></newsItem>&{good}</packageItem></itemSet></newsMessage>'
    assert [entry.guid for entry in parse(an_answer(stray)).entries] == ["urn:bell:1"]
    odd = '<newsMessage x="<"></newsMessage>'
    assert parse(an_answer(odd)).entries == ()
    inner = f'<newsMessage xmlns="{NAR}"><itemSet><newsItem a="1"></packageItem>&</newsItem></itemSet></newsMessage>'
    assert len(parse(an_answer(inner)).refused) == 1


def test_g2_details_and_addresses_that_are_right_are_not_named() -> None:
    fine = (
        '<assert><organisationDetails><founded>1900</founded><x:y xmlns:x="https://bell.example/ns"/>'
        '</organisationDetails><link href="https://bell.example/a%20b"/></assert><itemMeta>'
    )
    assert not entry_in(g2().replace("<itemMeta>", fine, 1)).problems
    empty = "<contentSet><inlineXML/><inlineXML/></contentSet>"
    [beside] = parse(an_answer(g2(content="", more=empty))).beside
    assert not beside.problems


@pytest.mark.parametrize(
    "message",
    [
        '<newsMessage xmlns="http://iptc.org/std/nar/2006-10-01/"><itemSet>{}</itemSet></newsMessage>',
        "<NewsML>{}</NewsML>",
    ],
)
def test_items_beyond_the_limit_are_set_aside_of_a_broken_message_too(message: str) -> None:
    name = "NewsItem" if "NewsML" in message else "newsItem"
    items = "".join(f"<{name}>{n} & x</{name}>" for n in range(MOST_ITEMS + 2))
    document = parse(an_answer(message.format(items)))
    assert len(document.refused) == MOST_ITEMS + 1
    assert document.refused[-1].raw.count(b"& x") == 2
    assert any("limit of" in problem for problem in document.problems)
