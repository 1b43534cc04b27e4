"""What many_scripts.atom, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Three Scripts",
    link="https://scripts.example/",
    entries=(
        Entry(
            position=0,
            guid="urn:example:uk",
            url="https://scripts.example/uk",
            base_url="https://scripts.example/uk",
            title="Сад’їв: переговори тривають",  # noqa: RUF001 - as it is written there
            content="<p>Перемовини в Порт-Лукані&nbsp;тривають.</p>",
            published=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            published_raw="2024-05-31T08:00:00Z",
            updated=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            updated_raw="2024-05-31T08:00:00Z",
            language="uk",
        ),
        Entry(
            position=1,
            guid="urn:example:ar",
            url="https://scripts.example/ar",
            base_url="https://scripts.example/ar",
            title="المبعوثون يجتمعون في بورت لوكان",
            summary="<p>اجتمع الوفدان مرة أخرى.</p>",
            published=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            published_raw="2024-05-31T08:00:00Z",
            updated=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            updated_raw="2024-05-31T08:00:00Z",
            language="ar",
        ),
        Entry(
            position=2,
            guid="urn:example:zh",
            url="https://scripts.example/zh",
            base_url="https://scripts.example/zh",
            title="特使在卢坎港会晤",
            summary="<p>双方代表团再次会晤。</p>",
            published=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            published_raw="2024-05-31T08:00:00Z",
            updated=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
            updated_raw="2024-05-31T08:00:00Z",
            language="zh-hans",
        ),
    ),
)
