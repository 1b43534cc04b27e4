"""What dates.rss, invented as it is, must become."""

from datetime import UTC, datetime

from pipeline.records import Document, Entry

DOCUMENT = Document(
    format="feed",
    title="Calendar",
    link="https://calendar.example/",
    entries=(
        Entry(
            position=0,
            url="https://calendar.example/1",
            base_url="https://calendar.example/1",
            title="Moscow time",
            published=datetime(2024, 5, 31, 12, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 15:00:00 MSK",
        ),
        Entry(
            position=1,
            url="https://calendar.example/2",
            base_url="https://calendar.example/2",
            title="Two-digit year",
            published=datetime(2024, 5, 31, 12, 0, tzinfo=UTC),
            published_raw="31 May 24 12:00 GMT",
        ),
        Entry(
            position=2,
            url="https://calendar.example/3",
            base_url="https://calendar.example/3",
            title="No blank, short offset",
            published=datetime(2024, 5, 31, 12, 5, 7, tzinfo=UTC),
            published_raw="Fri,31 May 2024 21:5:7 GMT+9",
        ),
        Entry(
            position=3,
            url="https://calendar.example/4",
            base_url="https://calendar.example/4",
            title="Unknown zone",
            published=datetime(2024, 5, 31, 12, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 12:00:00 XYZ",
            problems=(
                (
                    "its date 'Fri, 31 May 2024 12:00:00 XYZ' names an unknown zone and "
                    "is read as UTC"
                ),
            ),
        ),
        Entry(
            position=4,
            url="https://calendar.example/5",
            base_url="https://calendar.example/5",
            title="No time of its own",
            published_raw="soon",
            problems=("its date 'soon' cannot be read",),
        ),
        Entry(
            position=5,
            url="https://calendar.example/6",
            base_url="https://calendar.example/6",
            title="The first second",
            published_raw="Thu, 01 Jan 1970 00:00:00 GMT",
            problems=("its date 'Thu, 01 Jan 1970 00:00:00 GMT' is no date",),
        ),
        Entry(
            position=6,
            url="https://calendar.example/7",
            base_url="https://calendar.example/7",
            title="Changed later",
            published=datetime(2024, 5, 31, 10, 0, tzinfo=UTC),
            published_raw="Fri, 31 May 2024 10:00:00 GMT",
            updated=datetime(2024, 5, 31, 11, 0, tzinfo=UTC),
            updated_raw="2024-05-31T11:00:00Z",
        ),
        Entry(
            position=7,
            url="https://calendar.example/8",
            base_url="https://calendar.example/8",
            title="Behind the meridian",
            published=datetime(2024, 5, 31, 12, 0, tzinfo=UTC),
            published_raw="Fri,31 May 2024 8:30 GMT-03:30",
        ),
        Entry(
            position=8,
            url="https://calendar.example/9",
            base_url="https://calendar.example/9",
            title="No such month",
            published_raw="Fri,31 Mai 2024 8:30 GMT+1",
            problems=("its date 'Fri,31 Mai 2024 8:30 GMT+1' cannot be read",),
        ),
        Entry(
            position=9,
            url="https://calendar.example/10",
            base_url="https://calendar.example/10",
            title="No such day",
            published_raw="Fri,31 Jun 2024 8:30 GMT+1",
            problems=("its date 'Fri,31 Jun 2024 8:30 GMT+1' cannot be read",),
        ),
    ),
)
