"""What repeated_ids.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Careless Echo",
    link="https://echo.example/",
    entries=(
        Entry(
            position=0,
            shared_guid="news",
            url="https://echo.example/1",
            base_url="https://echo.example/1",
            title="Budget passes",
            problems=("its id 'news' stands on other items too: its link identifies it",),
        ),
        Entry(
            position=1,
            shared_guid="news",
            url="https://echo.example/2",
            base_url="https://echo.example/2",
            title="Bridge closes",
            problems=("its id 'news' stands on other items too: its link identifies it",),
        ),
        Entry(
            position=3,
            guid="live-2",
            url="https://echo.example/live",
            base_url="https://echo.example/live",
            title="Harbour talks: day two",
            published=datetime(2024, 5, 31, 7, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 07:00:00 GMT",
        ),
        Entry(
            position=4,
            guid="t-a",
            url="https://echo.example/ticker#a",
            url_is_shared=True,
            base_url="https://echo.example/ticker#a",
            title="Ferries",
            problems=("its link stands on other items too: its id identifies it",),
        ),
        Entry(
            position=5,
            guid="t-b",
            url="https://echo.example/ticker#b",
            url_is_shared=True,
            base_url="https://echo.example/ticker#b",
            title="Weather",
            problems=("its link stands on other items too: its id identifies it",),
        ),
        Entry(
            position=6,
            shared_guid="home",
            url="https://echo.example/",
            url_is_shared=True,
            base_url="https://echo.example/",
            title="First note",
            problems=(
                "its id 'home' stands on other items too: its text identifies it",
                "its link stands on other items too: its text identifies it",
            ),
        ),
        Entry(
            position=7,
            shared_guid="home",
            url="https://echo.example/",
            url_is_shared=True,
            base_url="https://echo.example/",
            title="Quite another",
            problems=(
                "its id 'home' stands on other items too: its text identifies it",
                "its link stands on other items too: its text identifies it",
            ),
        ),
    ),
    problems=("1 item repeats another and was left out",),
)
