"""What json_feed.json, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Refused, Ways

DOCUMENT = Document(
    format="jsonfeed",
    title="Quay Review",
    link="https://quay-review.example/",
    language="en-gb",
    entries=(
        Entry(
            position=0,
            guid="https://quay-review.example/1",
            url="https://quay-review.example/1",
            base_url="https://quay-review.example/1",
            title="Dredging to resume",
            summary="<p>Salt &amp; silt.</p>",
            content='<p>The bay will be dredged <a href="/plan">again</a>.</p>',
            byline="Wim Dahl, Ona Reth",
            published=datetime(2024, 5, 31, 6, 0, tzinfo=UTC),
            published_raw="2024-05-31T08:00:00+02:00",
            updated=datetime(2024, 5, 31, 7, 15, tzinfo=UTC),
            updated_raw="2024-05-31T07:15:00Z",
            language="de",
        ),
        Entry(
            position=1,
            guid="2024",
            url="https://elsewhere.example/report",
            base_url="https://elsewhere.example/report",
            content="<p>Worth reading: 3 &lt; 4.</p><p>A second paragraph.</p>",
            byline="Wim Dahl",
            published_raw="yesterday",
            language="en-gb",
            problems=("its date 'yesterday' cannot be read",),
        ),
        Entry(
            position=4,
            base_url="https://feeds.example/world/feed.xml",
            title="Neither id nor link",
            byline="Quay Review desk",
            published=datetime(2024, 5, 30, 0, 0, tzinfo=UTC),
            published_raw="2024-05-30",
            updated=datetime(2024, 5, 30, 0, 0, tzinfo=UTC),
            updated_raw="2024-05-30",
            language="en-gb",
            problems=("it has neither id nor link: its text identifies it",),
        ),
    ),
    refused=(
        Refused(
            position=2,
            reason="it is no object",
            raw=b'"not an item"',
        ),
        Refused(
            position=3,
            reason="it has no headline, no text and no link",
            raw=b'{"id": "4", "tags": ["empty"]}',
        ),
    ),
    ways=Ways(
        hub="https://hub.example/",
        topic="https://quay-review.example/feed.json",
        previous="https://quay-review.example/feed.json?page=2",
    ),
)
