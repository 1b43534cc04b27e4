"""What malformed_sibling.rss, invented as it is, must become."""

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
            url="https://strait-wire.example/1?a=1&b=2",
            base_url="https://strait-wire.example/1?a=1&b=2",
            title="Tanker freed — owners",
            summary="Crew &amp; cargo are safe.",
            published=datetime(2024, 5, 31, 6, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 06:00:00 GMT",
        ),
        Entry(
            position=1,
            guid="sw-2",
            url="https://strait-wire.example/2",
            base_url="https://strait-wire.example/2",
            title="Salt & vinegar tariffs",
            summary="Duties <b>rise.",
            published=datetime(2024, 5, 31, 6, 10, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 06:10:00 GMT",
            problems=("not well-formed, read as far as it goes: invalid token",),
        ),
        Entry(
            position=3,
            guid="sw-4",
            url="https://strait-wire.example/4",
            base_url="https://strait-wire.example/4",
            title="Pilots end strike",
            published=datetime(2024, 5, 31, 6, 30, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 06:30:00 GMT",
        ),
    ),
    refused=(
        Refused(
            position=2,
            reason="not well-formed: the parser gave it up",
            raw=(
                b"<item>\n    <title>Price &#99999999999; of grain</title>\n    "
                b"<link>https://strait-wire.example/3</link>\n  </item>"
            ),
        ),
    ),
    problems=("not well-formed, read as far as it goes: the parser gave it up",),
)
