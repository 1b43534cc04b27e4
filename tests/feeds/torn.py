"""What torn.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Refused

DOCUMENT = Document(
    format="feed",
    title="Strait Wire",
    link="https://strait-wire.example/",
    entries=(
        Entry(
            position=0,
            guid="sw-1",
            url="https://strait-wire.example/1",
            base_url="https://strait-wire.example/1",
            title="Tanker freed",
            published=datetime(2024, 5, 31, 6, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 06:00:00 GMT",
        ),
    ),
    refused=(
        Refused(
            position=1,
            reason="the document breaks off inside it",
            raw=b"<item>\n    <title>Owners",
        ),
    ),
    problems=("the document breaks off before its end",),
)
