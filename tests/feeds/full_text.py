"""What full_text.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Ways

HEADERS = {"content-type": "application/rss+xml; charset=utf-8", "content-language": "en-GB"}
DOCUMENT = Document(
    format="feed",
    title="Harbour Post: World",
    link="https://harbour-post.example/world",
    language="en-gb",
    entries=(
        Entry(
            position=0,
            guid="harbour-post-1001",
            url="https://harbour-post.example/world/port-lucan-talks?utm_source=rss",
            base_url="https://harbour-post.example/world/port-lucan-talks?utm_source=rss",
            title="Envoys meet in Port Lucan for a third day of talks",
            summary="The two delegations met again on Friday.",
            content=(
                "<p>The two delegations met again on Friday.</p>\n<p>“We are closer "
                'than we were,” said <a href="/people/olan">Mira Olan</a>, who leads '
                "the talks.</p>"
            ),
            byline="Ines Calder",
            published=datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 09:30:00 GMT",
            language="en-gb",
        ),
        Entry(
            position=1,
            guid="https://harbour-post.example/about/feeds",
            url="https://harbour-post.example/about/feeds",
            base_url="https://harbour-post.example/about/feeds",
            title="How a feed is made: <item> explained",
            summary=(
                "A story stands in <code>&lt;item&gt;</code> and <!-- </item> --> ends there."
            ),
            published=datetime(2024, 5, 30, 16, 0, tzinfo=UTC),
            published_raw="Thu, 30 May 2024 18:00:00 +0200",
            language="en-gb",
        ),
        Entry(
            position=2,
            guid="https://harbour-post.example/2024/05/30/ferry-strike",
            url="https://harbour-post.example/2024/05/30/ferry-strike",
            base_url="https://harbour-post.example/2024/05/30/ferry-strike",
            title="Ferry strike enters second week",
            content="<p>Crews stayed ashore on Thursday.</p>",
            published=datetime(2024, 5, 30, 12, 15, tzinfo=UTC),
            published_raw="Thu, 30 May 2024 07:15:00 EST",
            language="en-gb",
        ),
    ),
    ways=Ways(topic="https://harbour-post.example/feeds/world.xml"),
)
