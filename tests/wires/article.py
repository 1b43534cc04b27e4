"""An article in NITF, with all that its head says of it. Invented, on example domains."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Subject, Wire

DOCUMENT = Document(
    format="nitf",
    entries=(
        Entry(
            position=0,
            guid="bell-20240531-17",
            base_url="https://wire.example/feed",
            title="Envoys meet again",
            summary="<p>They met.</p>",
            content='<div><p>She said <em>two</em> of <a href="https://bell.example/1">the points</a> were "A &amp; B &lt; C".</p><p>Write &lt;script&gt;alert(1)&lt;/script&gt; <q>as text</q>.<br>Then go.</p><ul><li>One</li><li>Two <b>bold</b> tail</li></ul></div>',
            byline="By Ana Quill",
            published=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
            published_raw="20240531T093000Z",
            updated=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
            updated_raw="20240531T093000Z",
            language="en-gb",
            wire=Wire(
                lineage="envoys-meet",
                version="4",
                version_created=datetime(2024, 5, 31, 9, 30, 0, tzinfo=UTC),
                ed_note="note: Pictures follow",
                source="BELL",
                dateline="NORTHAVEN, 31 May",
                credit="Bell Wire",
                slug="envoys-meet",
                subjects=(
                    Subject(scheme="subj", code="16010000", label="Peace talks"),
                    Subject(scheme="keyword", code="harbour", label="harbour"),
                ),
                urgency=3,
                genre="analysis",
                role="news",
                series_name="Harbour Watch",
                series_part=3,
                fixture="harbour-watch",
                others={
                    "routing": "world",
                    "doc-scope": "scope=regional",
                    "du-key generation": "2",
                    "du-key part": "0",
                    "pubdata": "type=print; position.section=A",
                    "tagline": "Edited by Bo",
                },
            ),
        ),
    ),
)
