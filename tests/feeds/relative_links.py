"""What relative_links.atom, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Mission of Astrelle",
    link="https://mission.example/news/",
    language="en",
    entries=(
        Entry(
            position=0,
            guid="tag:mission.example,2024:readout-7",
            url="https://mission.example/news/readouts/7",
            base_url="https://mission.example/news/",
            title="Readout <em>and</em> joint statement",
            title_type="text/html",
            summary="<p>Ministers spoke for an hour; x &lt; y is no markup.</p>",
            content='<p>See <a href="../about">our page</a>.</p>',
            byline="Press office",
            published=datetime(2024, 5, 30, 14, 0, tzinfo=UTC),
            published_raw="2024-05-30T16:00:00+02:00",
            updated=datetime(2024, 5, 31, 7, 45, tzinfo=UTC),
            updated_raw="2024-05-31T07:45:00Z",
            language="en",
        ),
        Entry(
            position=1,
            guid="tag:mission.example,2024:communique-2",
            url="https://archive.mission.example/2024/communique-2",
            base_url="https://archive.mission.example/2024/",
            title="Communiqué conjoint",
            summary='<p>Le texte est <a href="texte">ici</a>.</p>',
            published=datetime(2024, 5, 29, 16, 0, tzinfo=UTC),
            published_raw="2024-05-29T12:00:00.500-04:00",
            updated=datetime(2024, 5, 29, 16, 0, tzinfo=UTC),
            updated_raw="2024-05-29T12:00:00.500-04:00",
            language="fr",
        ),
    ),
)
