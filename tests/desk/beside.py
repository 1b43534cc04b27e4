"""Puts beside an item what its page shows: further versions, copies, credits, quotations, matches.

Everything is made up by us and lives on example domains.
"""

import hashlib
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from store.models import (
    CreditRow,
    DefinitionRow,
    DuplicateRow,
    ItemQuoteRow,
    ItemRow,
    MatchRow,
    QuoteRow,
    StoryRow,
    VersionRow,
)
from tests.desk.newsroom import FRIDAY, Newsroom


def story_of(room: Newsroom, item: int) -> int:
    """The story that an item shows."""
    return room.session.scalars(select(ItemRow.story_id).where(ItemRow.id == item)).one()


def says(room: Newsroom, story: int, **words: Any) -> int:  # noqa: ANN401  # any column of VersionRow
    """Let a story's current version say this; gives its id."""
    current = room.session.execute(
        select(VersionRow.id)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .where(StoryRow.id == story, VersionRow.number == StoryRow.current_version)
    ).scalar_one()
    room.session.execute(update(VersionRow).where(VersionRow.id == current).values(**words))
    return current


def changes(room: Newsroom, story: int, kind: str = "substantive", **words: Any) -> int:  # noqa: ANN401  # any column of VersionRow
    """A further version of a story, which stands from now on; gives its id."""
    last = room.session.scalars(
        select(VersionRow).where(VersionRow.story_id == story).order_by(VersionRow.number.desc())
    ).first()
    assert last is not None
    number = last.number + 1
    columns = [one.name for one in VersionRow.__table__.columns if one.name != "id"]
    copied = {name: getattr(last, name) for name in columns}
    new = {
        "number": number,
        "kind": kind,
        "fingerprint": hashlib.sha256(f"{story} {number}".encode()).hexdigest(),
        "seen_at": FRIDAY - timedelta(hours=30 - number),
    }
    made = room.session.execute(
        insert(VersionRow).values(copied | new | words).returning(VersionRow.id)
    ).scalar_one()
    room.session.execute(
        update(StoryRow).where(StoryRow.id == story).values(current_version=number)
    )
    return made


def is_copy(room: Newsroom, story: int, of: int, *, score: float = 0.93) -> None:
    """Let a story be a copy of another."""
    room.session.execute(
        insert(DuplicateRow).values(
            story_id=story,
            root_id=of,
            of_id=of,
            relation="syndicated",
            score=score,
            why=[{"reason": "syndicated", "text": "93 of 100 word pairs are the other's"}],
            decided_by="machine:copies/1",
            decided_at=FRIDAY,
        )
    )


def credited(room: Newsroom, version: int, name: str, phrase: str) -> None:
    """Let a version credit somebody for the news."""
    room.session.execute(
        insert(CreditRow).values(
            version_id=version, name=name, phrase=phrase, field="text", start=0, end=len(phrase)
        )
    )


def quotes(room: Newsroom, version: int, text: str, said: str, **facts: str) -> int:
    """Let a version quote somebody, where the words stand in its text."""
    start = said.index(text)
    return room.session.execute(
        insert(QuoteRow)
        .values(version_id=version, text=text, field="text", start=start, **facts)
        .values(end=start + len(text))
        .returning(QuoteRow.id)
    ).scalar_one()


def runs(room: Newsroom, item: int, version: int, text: str, *, check: str, why: str = "") -> None:
    """Let a quotation stand in an item, checked so."""
    room.session.execute(
        insert(ItemQuoteRow).values(
            item_id=item,
            version_id=version,
            text=text,
            check=check,
            check_why=why,
            checked_against="1 usable",
        )
    )


def matched(room: Newsroom, item: int, *why: dict[str, Any], score: float = 0.83) -> None:
    """Let an item's story have matched its series for these reasons."""
    found = room.session.execute(
        select(ItemRow, DefinitionRow)
        .join(StoryRow, StoryRow.id == ItemRow.story_id)
        .join(DefinitionRow, DefinitionRow.number == 1)
        .where(ItemRow.id == item)
        .order_by(DefinitionRow.id)
    ).first()
    assert found is not None
    row, definition = found
    room.session.execute(
        insert(MatchRow).values(
            series_id=definition.series_id,
            story_id=row.story_id,
            version_id=row.version_id,
            definition_id=definition.id,
            matcher="scale/2, model 4",
            score=score,
            zone="suggest",
            section="items",
            why=list(why),
            seen_at=FRIDAY,
            instalment_id=row.instalment_id,
        )
    )
