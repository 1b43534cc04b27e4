"""What rdf.rdf, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Courier",
    link="https://courier.example/",
    language="en",
    entries=(
        Entry(
            position=0,
            guid="https://courier.example/1",
            url="https://courier.example/1",
            base_url="https://courier.example/1",
            title="Islands sign fishing accord",
            summary="Quotas fall by a tenth.",
            content="<p>Quotas fall by a tenth. Patrols are shared.</p>",
            byline="Pell Arden",
            published=datetime(2024, 5, 28, 10, 0, tzinfo=UTC),
            published_raw="2024-05-28T11:00:00+01:00",
            language="en",
        ),
        Entry(
            position=1,
            guid="https://courier.example/2",
            url="https://courier.example/2",
            base_url="https://courier.example/2",
            title="Lighthouse reopens",
            language="en",
        ),
    ),
)
