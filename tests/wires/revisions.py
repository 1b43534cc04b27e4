"""Revisions in NewsML 1.2: one embargoed and corrected, one canceled, one that cannot be read. Invented, on example domains."""

from datetime import UTC, datetime

from pipeline.records import Document, Embargo, Entry, Link, Refused, Subject, Wire

DOCUMENT = Document(
    format="newsml1",
    entries=(
        Entry(
            position=0,
            guid="urn:newsml:bell.example:20240531:ENV42",
            base_url="https://wire.example/feed",
            title="Les envoyés se rencontrent",
            content="<p>Un <b>mot</b> écrit.</p><p>Deux.</p>",
            byline="Ana Quill",
            published=datetime(2024, 5, 31, 5, 0, 0, tzinfo=UTC),
            published_raw="20240531T080000+0300",
            updated=datetime(2024, 5, 31, 6, 30, 0, tzinfo=UTC),
            updated_raw="20240531T093000+0300",
            language="fr",
            wire=Wire(
                version="2",
                version_created=datetime(2024, 5, 31, 6, 30, 0, tzinfo=UTC),
                first_created=datetime(2024, 5, 31, 5, 0, 0, tzinfo=UTC),
                action="correct",
                embargo=Embargo(datetime(2024, 6, 1, 0, 1, 0, tzinfo=UTC)),
                ed_note="Photos à suivre; Le nom",
                source="bell.example",
                dateline="Northaven, 31 mai",
                credit="BELL",
                slug="envoyes",
                subjects=(
                    Subject(
                        scheme="subj",
                        code="16000000",
                        uri="http://cv.iptc.org/newscodes/subjectcode/16000000",
                    ),
                    Subject(
                        scheme="subj",
                        code="16010000",
                        uri="http://cv.iptc.org/newscodes/subjectcode/16010000",
                    ),
                    Subject(scheme="keyword", code="port", label="port"),
                ),
                urgency=3,
                genre="Current",
                role="News",
                links=(Link(rel="associatedWith", target="urn:newsml:bell.example:20240531:PIC1"),),
                others={
                    "future status": "usable",
                    "SubHeadLine": "Deuxième tour",
                    "PreviousRevision": "1",
                    "Update": "N",
                    "Instruction": "Correction",
                    "Provider": "BELL",
                },
            ),
        ),
        Entry(
            position=1,
            guid="urn:newsml:bell.example:20240530:OLD1",
            base_url="https://wire.example/feed",
            published=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
            published_raw="20240531T093000Z",
            updated=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
            updated_raw="20240531T093000Z",
            wire=Wire(
                version="2",
                version_created=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
                status="canceled",
                action="kill",
                source="bell.example",
                others={"PreviousRevision": "1", "Update": "A"},
            ),
        ),
    ),
    refused=(
        Refused(
            position=2,
            reason="it has no NewsIdentifier, which every item needs",
            raw=b"<NewsItem><Comment>nothing to know it by</Comment></NewsItem>",
        ),
    ),
)
