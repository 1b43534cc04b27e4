"""What hostile.rss, invented as it is, must become."""

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Tricky Times",
    entries=(
        Entry(
            position=0,
            guid="tt-1",
            url="javascript:alert(1)",
            base_url="https://feeds.example/world/feed.xml",
            title="Click me",
        ),
        Entry(
            position=1,
            guid="tt-2",
            url="https://tricky.example/2",
            base_url="https://tricky.example/2",
            title="Talks <script>alert(1)</script>go on",
            summary=(
                "<svg><style><img src=x onerror=alert(1)></style></svg><p "
                'onclick="x()">Text <a href="javascript:x()">here</a><img '
                'src="https://tricky.example/pixel"></p>'
            ),
        ),
        Entry(
            position=2,
            guid="tt-3",
            url="https://reader:secret@tricky.example/3",
            base_url="https://reader:secret@tricky.example/3",
            title="Tom &amp;amp; Ann &amp;quot;agree&amp;quot;",
            title_type="text/html",
        ),
    ),
)
