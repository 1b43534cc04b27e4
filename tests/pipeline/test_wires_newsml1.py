"""NewsML 1, case by case. All documents are invented."""

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.records import ActsOn, Embargo, Link
from tests.builders import an_answer
from tests.wire_words import entry_in, wire_in


def newsml1(
    management: str = "",
    component: str = "<NewsLines><HeadLine>Envoys</HeadLine></NewsLines>",
    revision: str = '<RevisionId PreviousRevision="0" Update="N">1</RevisionId>',
) -> str:
    return (
        "<NewsML><NewsItem><Identification><NewsIdentifier><ProviderId>bell.example</ProviderId>"
        f"<DateId>20240531</DateId><NewsItemId>E1</NewsItemId>{revision}</NewsIdentifier></Identification>"
        f"<NewsManagement>{management}</NewsManagement><NewsComponent>{component}</NewsComponent></NewsItem></NewsML>"
    )


@pytest.mark.parametrize(
    ("management", "revision", "status", "action"),
    [
        ("", '<RevisionId PreviousRevision="0" Update="N">1</RevisionId>', "usable", "publish"),
        ("", '<RevisionId PreviousRevision="1" Update="N">2</RevisionId>', "usable", "update"),
        ("", '<RevisionId PreviousRevision="1" Update="A">2</RevisionId>', "usable", "advise"),
        ("", "", "usable", None),
        ('<Status FormalName="Withheld"/>', "", "withheld", "withhold"),
        ('<Status FormalName="Canceled"/>', "", "canceled", "kill"),
        ('<Instruction FormalName="Delete"/>', "", "canceled", "kill"),
        ('<Instruction FormalName="Rectify"/>', "", "usable", "correct"),
        ('<Instruction FormalName="PleaseKill"/>', "", "canceled", "kill"),
        ('<Instruction FormalName="Skills"/>', "", "usable", None),
    ],
)
def test_newsml1_status_instructions_and_revisions(
    management: str, revision: str, status: str, action: str | None
) -> None:
    wire = wire_in(newsml1(management, revision=revision))
    assert (wire.status, wire.action) == (status, action)


def test_newsml1_embargo_without_a_time_has_no_end() -> None:
    assert wire_in(newsml1('<Status FormalName="Embargoed"/>')).embargo == Embargo(None)


def test_newsml1_revisions_share_their_items_name() -> None:
    one, two = (
        entry_in(
            newsml1(revision=f'<RevisionId PreviousRevision="{n}" Update="N">{n + 1}</RevisionId>')
        )
        for n in (0, 1)
    )
    assert one.guid == two.guid == "urn:newsml:bell.example:20240531:E1"
    alone = (
        newsml1()
        .replace("<NewsItemId>E1</NewsItemId>", "")
        .replace("</NewsIdentifier>", "<PublicIdentifier>urn:x</PublicIdentifier></NewsIdentifier>")
    )
    assert entry_in(alone).guid == "urn:x"


def test_newsml1_instruction_names_what_it_acts_on() -> None:
    wire = wire_in(
        newsml1(
            '<Instruction FormalName="Correction" NewsItem="urn:newsml:bell.example:20240530:E0:3U">x</Instruction><DerivedFrom NewsItem="other"/>'
        )
    )
    assert wire.acts_on == (ActsOn(lineage="urn:newsml:bell.example:20240530:E0"),)
    assert wire.links == (Link(rel="derivedFrom", target="other"),)


@pytest.mark.parametrize(
    ("data", "content"),
    [
        ("<DataContent>Plain &lt;b&gt;\n\ntwo</DataContent>", "<p>Plain &lt;b&gt;</p><p>two</p>"),
        (
            "<MimeType FormalName='text/html'/><DataContent>&lt;p&gt;One&lt;/p&gt;</DataContent>",
            "<p>One</p>",
        ),
        (
            "<DataContent><nitf><body><body.content><p>N</p></body.content></body></nitf></DataContent>",
            "<p>N</p>",
        ),
        (
            "<DataContent><body><body.content><p>B</p></body.content></body></DataContent>",
            "<p>B</p>",
        ),
        ("<DataContent><body><p>C</p></body></DataContent>", "<p>C</p>"),
        ("<DataContent><html><body><p>H</p></body></html></DataContent>", "<p>H</p>"),
        ("", ""),
    ],
)
def test_newsml1_content_in_any_of_its_forms(data: str, content: str) -> None:
    component = (
        f"<NewsLines><HeadLine>Envoys</HeadLine></NewsLines><ContentItem>{data}</ContentItem>"
    )
    assert entry_in(newsml1(component=component)).content == content


def test_newsml1_abstracts_notes_and_pictures_are_no_body() -> None:
    component = (
        '<NewsComponent><Role FormalName="Abstract"/><ContentItem><DataContent>In short.</DataContent></ContentItem></NewsComponent>'
        '<NewsComponent><Role FormalName="EditorialNote"/><ContentItem><DataContent>Hold on.</DataContent></ContentItem></NewsComponent>'
        "<NewsComponent><NewsLines><HeadLine>Envoys</HeadLine></NewsLines><ContentItem><DataContent>Body.</DataContent></ContentItem></NewsComponent>"
    )
    entry = entry_in(newsml1(component=component))
    assert (entry.summary, entry.content) == ("<p>In short.</p>", "<p>Body.</p>")
    assert entry.wire is not None
    assert entry.wire.ed_note == "Hold on."
    picture = '<NewsLines><HeadLine>Envoys</HeadLine></NewsLines><ContentItem><MediaType FormalName="Photo"/></ContentItem>'
    [beside] = parse(an_answer(newsml1(component=picture))).beside
    assert beside.wire is not None
    assert beside.wire.kind == "picture"


def test_newsml1_faults_cost_one_item() -> None:
    good = newsml1().removeprefix("<NewsML>").removesuffix("</NewsML>")
    bad = good.replace("</HeadLine>", "")
    document = parse(an_answer(f"<NewsML>{bad}{good}</NewsML>"))
    assert ([e.position for e in document.entries], [r.position for r in document.refused]) == (
        [1],
        [0],
    )
    with pytest.raises(UnreadableFeed, match="breaks off"):
        parse(an_answer(newsml1()[:-12]))
    with pytest.raises(UnreadableFeed, match="there is no item in it"):
        parse(an_answer("<rss/>"), format="newsml1")


def test_newsml1_fields_that_say_nothing_are_passed_over() -> None:
    component = (
        "<NewsLines><HeadLine>Envoys</HeadLine><KeywordLine/><NewsLine><NewsLineType FormalName='Credit'/>"
        "<NewsLineText>no note</NewsLineText></NewsLine></NewsLines><DescriptiveMetadata><SubjectCode>"
        "<Subject/><Subject FormalName='16000000'/><Subject FormalName='16000000'/><Subject FormalName='x' Scheme='own'/>"
        "</SubjectCode></DescriptiveMetadata><NewsComponent><Role FormalName='Summary'/></NewsComponent>"
    )
    entry = entry_in(newsml1("<AssociatedWith/>", component))
    assert entry.wire is not None
    assert [(one.scheme, one.code) for one in entry.wire.subjects] == [
        ("subj", "16000000"),
        ("own", "x"),
    ]
    assert (entry.wire.links, entry.wire.ed_note, entry.summary) == ((), "", "")
