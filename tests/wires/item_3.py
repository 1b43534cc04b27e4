"""An item of ninjs 3.1: camelCase, headlines and bodies by role. Invented, on example domains."""

from datetime import UTC, datetime

from pipeline.records import Document, Embargo, Entry, Link, Subject, Wire

DOCUMENT = Document(
    format="ninjs",
    entries=(
        Entry(
            position=0,
            guid="urn:bell:20240531:42",
            base_url="https://wire.example/feed",
            title="Talks open in Northaven",
            summary="<p>In short.</p>",
            content="<p>First <b>kept</b>.</p><p>Second &amp; third.</p>",
            byline="Ana Quill",
            published=datetime(2024, 5, 31, 12, 0, 0, tzinfo=UTC),
            published_raw="2024-05-31T08:00:00-04:00",
            updated=datetime(2024, 5, 31, 7, 30, 0, 123000, tzinfo=UTC),
            updated_raw="2024-05-31T09:30:00.123+02:00",
            language="en-gb",
            wire=Wire(
                version="3",
                version_created=datetime(2024, 5, 31, 7, 30, 0, 123000, tzinfo=UTC),
                first_created=datetime(2024, 5, 31, 12, 0, 0, tzinfo=UTC),
                embargo=Embargo(datetime(2024, 6, 1, 0, 1, 0, tzinfo=UTC)),
                ed_note="Embargoed to 0001 Saturday. Invented for the tests.",
                dateline="Northaven",
                slug="NORTHAVEN-TALKS",
                subjects=(
                    Subject(
                        scheme="medtop",
                        code="20000076",
                        label="peace talks",
                        uri="http://cv.iptc.org/newscodes/mediatopic/20000076",
                    ),
                ),
                urgency=4,
                genre="Current",
                links=(Link(rel="picture", target="urn:bell:20240531:43"),),
                others={"rightsInfo": '{"linkedRights": "https://bell.example/rights"}'},
            ),
        ),
    ),
)
