"""What announced.rss, invented as it is, must become."""

from pipeline.records import Document, Entry, Hints, Ways

DOCUMENT = Document(
    format="feed",
    title="Pier News",
    link="https://pier-news.example/",
    entries=(
        Entry(
            position=0,
            guid="pier-1",
            base_url="https://feeds.example/world/feed.xml",
            title="Pier closed",
        ),
    ),
    hints=Hints(
        ttl_minutes=45.0,
        skip_hours=(
            0,
            3,
        ),
        skip_days=(
            5,
            6,
        ),
        update_seconds=900.0,
    ),
    ways=Ways(
        hub="https://hub.example/pier",
        topic="https://hub.example/pier",
    ),
)
