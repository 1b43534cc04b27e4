"""What utf16.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

HEADERS = {"content-type": "application/xml"}
DOCUMENT = Document(
    format="feed",
    title="Wide Wire",
    link="https://wide-wire.example/",
    entries=(
        Entry(
            position=0,
            guid="https://wide-wire.example/1",
            url="https://wide-wire.example/1",
            base_url="https://wide-wire.example/1",
            title="“Talks resume” — Wide Wire",
            published=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 08:00:00 GMT",
        ),
    ),
)
