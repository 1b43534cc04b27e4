"""What windows_1251.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

HEADERS = {"content-type": "application/rss+xml"}
DOCUMENT = Document(
    format="feed",
    title="Вісник гавані",
    link="https://visnyk.example/",
    language="uk",
    entries=(
        Entry(
            position=0,
            guid="https://visnyk.example/1",
            url="https://visnyk.example/1",
            base_url="https://visnyk.example/1",
            title="Посли зустрілися в Порт-Лукані",
            summary="«Ми ближче, ніж були», — сказала голова делегації.",
            published=datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 12:30:00 +0300",
            language="uk",
        ),
    ),
)
