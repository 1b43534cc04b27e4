"""What tombstones.atom, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Tombstone, Ways

DOCUMENT = Document(
    format="feed",
    title="Bay Dispatch",
    link="https://bay-dispatch.example/",
    entries=(
        Entry(
            position=0,
            guid="urn:bay:10",
            url="https://bay-dispatch.example/10",
            base_url="https://bay-dispatch.example/10",
            title="Pilots return",
            published=datetime(2024, 5, 31, 11, 0, tzinfo=UTC),
            published_raw="2024-05-31T11:00:00Z",
            updated=datetime(2024, 5, 31, 11, 0, tzinfo=UTC),
            updated_raw="2024-05-31T11:00:00Z",
        ),
    ),
    problems=(
        "of a deleted entry its date 'soon' cannot be read",
        "it says an entry was deleted, and not which one",
    ),
    ways=Ways(
        hub="https://hub.example/",
        topic="https://bay-dispatch.example/feed.atom",
        previous="https://feeds.example/archive/7.atom",
    ),
    tombstones=(
        Tombstone(
            ref="urn:bay:9",
            when=datetime(2024, 5, 31, 10, 0, tzinfo=UTC),
            comment="Withdrawn: wrong harbour",
        ),
        Tombstone(
            ref="urn:bay:8",
        ),
    ),
)
