"""What says_utf16.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Narrow Wire",
    link="https://narrow-wire.example/",
    entries=(
        Entry(
            position=0,
            guid="https://narrow-wire.example/1",
            url="https://narrow-wire.example/1",
            base_url="https://narrow-wire.example/1",
            title="Café talks resume",
            published=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 08:00:00 GMT",
        ),
    ),
    problems=("it declares 'utf-16', which its own bytes are not",),
)
