"""Puts an invented newsroom into the tables, a row at a time: outlets, a series, items, people.

Everything is made up by us and lives on example domains.
"""

import hashlib
import itertools
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from sqlalchemy import insert, select, update
from sqlalchemy.orm import DeclarativeBase, Session

from store.models import (
    DefinitionRow,
    DevelopmentRow,
    DocumentRow,
    FeedRow,
    InstalmentRow,
    ItemRow,
    MemberRow,
    OutletRow,
    SeriesRow,
    StoryRow,
    UserRow,
    VersionRow,
)
from store.users import Person, everyone

PASSWORD = "three tidy herons"  # noqa: S105  # of every invented person
FRIDAY = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)  # a cut-off: 16:00 in New York
SECTIONS = (
    {"key": "lead", "heading": "", "when_empty": "No lead yet."},
    {"key": "items", "heading": "In other diplomatic news", "when_empty": "Nothing else yet."},
    {
        "key": "primary",
        "heading": "Foreign ministry news",
        "when_empty": "No ministry news found this week.",
    },
    {"key": "silent", "heading": "Not shown while empty", "when_empty": ""},
)

# Makes passwords that cost next to nothing; see quick_passwords in tests/conftest.py.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

_serial = itertools.count(1)


@cache
def _password_hash() -> str:
    return QUICK.hash(PASSWORD)


class Newsroom:
    """Adds rows to one session; each verb gives the id of what it added."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def person(self, name: str, display_name: str = "", role: str = "editor") -> Person:
        """Somebody who may sign in with PASSWORD."""
        self._add(
            UserRow,
            name=name,
            display_name=display_name or name,
            password_hash=_password_hash(),
            role=role,
        )
        return next(person for person in everyone(self.session) if person.name == name)

    def series(self, key: str = "harbour-watch", **definition: Any) -> int:  # noqa: ANN401  # any JSON value
        """A running series on New York time."""
        title = definition.setdefault("title", "Harbour Watch")
        definition = {
            "key": key,
            "sections": list(SECTIONS),
            "time_zone": "America/New_York",
            "own_outlets": ["harbour-review"],
            "previous_instalments": 2,
            "title_template": f"{title}: {{headline}}",
            "query": "",
        } | definition
        series_id = self._add(SeriesRow, key=key, title=title)
        definition_id = self._add(
            DefinitionRow, series_id=series_id, number=1, definition=definition, created_by="tests"
        )
        self.session.execute(
            update(SeriesRow).where(SeriesRow.id == series_id).values(definition_id=definition_id)
        )
        return series_id

    def instalment(
        self, series_id: int, number: int = 1, cut_off: datetime = FRIDAY, title: str = ""
    ) -> int:
        """An instalment that covers the week up to its cut-off."""
        opens = cut_off - timedelta(days=7)
        return self._add(
            InstalmentRow,
            series_id=series_id,
            number=number,
            opens_at=opens,
            cut_off=cut_off,
            tail_from=opens - timedelta(days=7),
            opened_at=opens,
            title=title,
        )

    def item(
        self,
        instalment_id: int,
        headline: str = "Envoys meet in the old customs house",
        *,
        summary: str = "Two delegations talked until midnight, a spokeswoman said.",
        outlet: str = "Meridian Wire",
        url: str | None = "https://meridian.example/envoys",
        published: datetime | None = FRIDAY - timedelta(days=2, hours=3),
        section: str = "items",
        why: tuple[dict[str, Any], ...] = (),
        flags: tuple[str, ...] = (),
        score: float = 0.62,
        zone: str = "suggest",
        development_id: int | None = None,
    ) -> int:
        """An item on a development of its own (unless one is named), standing last."""
        story_id, version_id = self.story(headline, summary, outlet, url, published)
        if development_id is None:
            development_id = self._add(
                DevelopmentRow,
                title=headline,
                words=[],
                first_at=FRIDAY,
                last_at=FRIDAY,
                revision=1,
            )
        self._join(story_id, development_id)
        return self._add(
            ItemRow,
            instalment_id=instalment_id,
            development_id=development_id,
            section=section,
            position=float(next(_serial)),
            story_id=story_id,
            version_id=version_id,
            headline=headline,
            attribution=f"{outlet} reported",
            score=score,
            zone=zone,
            why=list(why),
            flags=list(flags),
            added_at=FRIDAY,
        )

    def carrier(self, item_id: int, outlet: str, url: str | None) -> int:
        """A further outlet that carries the item's development; gives the story's id."""
        development_id, headline = self.session.execute(
            select(ItemRow.development_id, ItemRow.headline).where(ItemRow.id == item_id)
        ).one()
        story_id, _ = self.story(headline, "", outlet, url, FRIDAY - timedelta(days=2))
        self._join(story_id, development_id)
        return story_id

    def development_of(self, item_id: int) -> int:
        """The development an item stands for."""
        asked = select(ItemRow.development_id).where(ItemRow.id == item_id)
        return self.session.scalars(asked).one()

    def story(
        self, title: str, summary: str, outlet: str, url: str | None, published: datetime | None
    ) -> tuple[int, int]:
        """A story with its first version: the ids of both."""
        feed_id, outlet_id = self._feed(outlet)
        seen = FRIDAY - timedelta(days=1)
        document_id = self._add(
            DocumentRow,
            feed_id=feed_id,
            fetch_token=uuid.uuid4(),
            captured_at=seen,
            url="https://feeds.example/",
            status=200,
            headers={},
            body=b"",
            body_hash="",
        )
        story_id = self._add(
            StoryRow, outlet_id=outlet_id, feed_id=feed_id, first_seen_at=seen, changed_at=seen
        )
        version_id = self._add(
            VersionRow,
            story_id=story_id,
            number=1,
            document_id=document_id,
            feed_id=feed_id,
            seen_at=seen,
            kind="first",
            content_hash="",
            fingerprint=hashlib.sha256(title.encode()).hexdigest(),
            title=title,
            summary=summary,
            text="",
            html="",
            url=url,
            byline="",
            published_at=published,
            published_raw="",
        )
        return story_id, version_id

    def feed(self, outlet: str, **columns: Any) -> int:  # noqa: ANN401  # any column of FeedRow
        """A feed of the outlet of that name, with its row as given."""
        feed_id, _ = self._feed(outlet)
        if columns:
            self.session.execute(update(FeedRow).where(FeedRow.id == feed_id).values(**columns))
        return feed_id

    def _feed(self, outlet: str) -> tuple[int, int]:
        """The feed and the outlet of that name, added at first mention."""
        key = outlet.lower().replace(" ", "-")
        found = self.session.execute(
            select(FeedRow.id, OutletRow.id)
            .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
            .where(OutletRow.key == key)
        ).one_or_none()
        if found is not None:
            feed_id, outlet_id = found
            return feed_id, outlet_id
        outlet_id = self._add(OutletRow, key=key, name=outlet)
        return self._add(FeedRow, url=f"https://{key}.example/feed", outlet_id=outlet_id), outlet_id

    def _join(self, story_id: int, development_id: int) -> None:
        self.session.execute(
            insert(MemberRow).values(
                story_id=story_id,
                development_id=development_id,
                score=1.0,
                why="first",
                decided_by="tests",
                decided_at=FRIDAY,
            )
        )

    def _add(self, table: type[DeclarativeBase], **values: object) -> int:
        added: int = self.session.execute(
            insert(table).values(**values).returning(table.__table__.c.id)
        ).scalar_one()
        return added
