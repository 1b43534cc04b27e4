"""What rss091.rss, invented as it is, must become."""

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Old Wire",
    link="http://old-wire.example/",
    language="en-us",
    entries=(
        Entry(
            position=0,
            url="http://old-wire.example/1",
            base_url="http://old-wire.example/1",
            title="Ministers to meet",
            summary="In the old style.",
            language="en-us",
        ),
    ),
)
