"""What lacking.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Refused

DOCUMENT = Document(
    format="feed",
    title="Sparse Gazette",
    link="https://sparse.example/news/",
    entries=(
        Entry(
            position=0,
            url="https://sparse.example/a",
            base_url="https://sparse.example/a",
            title="No id",
            published=datetime(2024, 5, 31, 6, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 06:00:00 GMT",
        ),
        Entry(
            position=1,
            guid="sg-b",
            url="https://sparse.example/b",
            base_url="https://sparse.example/b",
            title="No date",
        ),
        Entry(
            position=2,
            guid="sg-c",
            base_url="https://feeds.example/world/feed.xml",
            title="No link, and a word for an id",
            published=datetime(2024, 5, 31, 6, 2, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 06:02:00 GMT",
        ),
        Entry(
            position=3,
            base_url="https://feeds.example/world/feed.xml",
            title="Neither id nor link",
            summary="Only words.",
            problems=("it has neither id nor link: its text identifies it",),
        ),
        Entry(
            position=5,
            guid="sg-f",
            url="https://sparse.example/news/f",
            base_url="https://sparse.example/news/f",
            summary="No headline.",
        ),
    ),
    refused=(
        Refused(
            position=4,
            reason="it has no headline, no text and no link",
            raw=(
                b'<item><guid isPermaLink="false">sg-e</guid><pubDate>Fri, 31 May '
                b"2024 06:04:00 GMT</pubDate></item>"
            ),
        ),
    ),
)
