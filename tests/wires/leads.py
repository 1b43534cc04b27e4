"""America's wires: the first and the third lead of one story. Invented, on example domains."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry, Subject, Wire

DOCUMENT = Document(
    format="anpa",
    entries=(
        Entry(
            position=0,
            guid="bel:a0451:2024-05-31",
            base_url="https://wire.example/feed",
            title="Envoys meet in Northaven",
            content="<p>NORTHAVEN (BEL) _ Envoys met.</p><p>They talked.</p>",
            byline="By ANA QUILL",
            published=datetime(2024, 5, 31, 19, 53, 0, tzinfo=UTC),
            published_raw="05-31-24 1553EDT",
            updated=datetime(2024, 5, 31, 19, 53, 0, tzinfo=UTC),
            updated_raw="05-31-24 1553EDT",
            wire=Wire(
                lineage="bel:xx--northaven-envoys:2024-05-31",
                version="1",
                version_created=datetime(2024, 5, 31, 19, 53, 0, tzinfo=UTC),
                action="update",
                ed_note="Eds: Adds quote. Invented for the tests.",
                source="BEL",
                number="a0451",
                slug="BC-XX--Northaven-Envoys",
                subjects=(Subject(scheme="category", code="i"),),
                urgency=4,
                others={"service": "a", "words": "0123", "selector": "bc-npr-"},
            ),
        ),
        Entry(
            position=1,
            guid="bel:a0499:2024-05-31",
            base_url="https://wire.example/feed",
            title="Envoys meet in Northaven",
            content="<p>NORTHAVEN (BEL) _ Envoys met twice.</p>",
            published=datetime(2024, 5, 31, 22, 10, 0, tzinfo=UTC),
            published_raw="05-31-24 1810EDT",
            updated=datetime(2024, 5, 31, 22, 10, 0, tzinfo=UTC),
            updated_raw="05-31-24 1810EDT",
            wire=Wire(
                lineage="bel:xx--northaven-envoys:2024-05-31",
                version="3",
                version_created=datetime(2024, 5, 31, 22, 10, 0, tzinfo=UTC),
                action="update",
                source="BEL",
                number="a0499",
                slug="BC-XX--Northaven-Envoys",
                subjects=(Subject(scheme="category", code="i"),),
                urgency=3,
                others={"service": "a", "words": "0150", "selector": "bc-npr-"},
            ),
        ),
    ),
)
