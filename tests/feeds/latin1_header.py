"""What latin1_header.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

HEADERS = {"content-type": "application/rss+xml; charset=ISO-8859-1"}
DOCUMENT = Document(
    format="feed",
    title="Le Courrier du Détroit",
    link="https://courrier.example/",
    entries=(
        Entry(
            position=0,
            guid="https://courrier.example/1",
            url="https://courrier.example/1",
            base_url="https://courrier.example/1",
            title="Négociations à Port-Lucan : l'été sera décisif",
            published=datetime(2024, 5, 31, 6, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 08:00:00 CEST",
        ),
    ),
)
