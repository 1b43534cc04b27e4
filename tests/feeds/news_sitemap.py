"""What news_sitemap.xml, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Refused

DOCUMENT = Document(
    format="sitemap",
    title="Strait Wire",
    entries=(
        Entry(
            position=0,
            url="https://strait-wire.example/world/ferry-talks?id=1&s=2",
            base_url="https://strait-wire.example/world/ferry-talks?id=1&s=2",
            title="Ferry talks & a strike",
            published=datetime(2024, 5, 31, 8, 30, tzinfo=UTC),
            published_raw="2024-05-31T10:30+02:00",
            updated=datetime(2024, 5, 31, 9, 0, tzinfo=UTC),
            updated_raw="2024-05-31T09:00:00Z",
            language="en",
        ),
        Entry(
            position=2,
            url="https://feeds.example/world/harbour",
            base_url="https://feeds.example/world/harbour",
            title="Harbour reopens",
            published_raw="31 Foo",
            updated_raw="someday",
            problems=(
                "its date '31 Foo' cannot be read",
                "its date 'someday' cannot be read",
            ),
        ),
    ),
    refused=(
        Refused(
            position=1,
            reason="it has no address",
            raw=(
                b'<url xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
                b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
                b' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n'
                b"    <loc>javascript:alert(1)</loc>\n"
                b"    <news:news><news:title>No address</news:title></news:news>\n  </url>"
            ),
        ),
    ),
)
