"""What counted_links.rss, invented as it is, must become."""

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Counted Courier",
    link="https://feeds.example/front",
    entries=(
        Entry(
            position=0,
            guid="cc-1",
            url="https://counted.example/1",
            base_url="https://counted.example/1",
            title="Counted",
        ),
        Entry(
            position=1,
            guid="cc-2",
            url="https://counted.example/2.txt",
            base_url="https://counted.example/2.txt",
            title="Only a typed link",
        ),
        Entry(
            position=2,
            guid="cc-3",
            url="https://[counted.example/3",
            base_url="https://[counted.example/3",
            title="Broken address",
        ),
        Entry(
            position=3,
            guid="cc-4",
            url="https://feeds.example/stories/4",
            base_url="https://feeds.example/stories/4",
            title="Relative",
        ),
    ),
)
