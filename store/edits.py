"""What feeds change in their stories: told to whoever rests on them, and asked where it is grave.

A feed has no kill and no correction. What a headline says of itself is a correction; that it is
taken back is for an editor to say.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from pipeline.records import Story
from store import changes, lineages, notices
from store.changes import Happened
from store.models import OutletRow, StoryRow, VersionRow
from store.stories import record

EDITED_BY = "machine:feeds"
SEEMS = "its headline or first line says so; the feed itself knows no kills"


class Wording(Protocol):
    """What the wording of a story says of it."""

    @property
    def says(self) -> str:
        """kill, hold, correction or ''."""

    @property
    def headline(self) -> str:
        """The headline without what says so."""

    @property
    def said(self) -> str:
        """The line that explains it."""


Read = Callable[[Story], Wording]


def tell(  # noqa: PLR0913  # each is a plain fact of the document
    session: Session,
    edited: Sequence[tuple[int, int, int]],
    *,
    rules: lineages.Rules,
    read: Read,
    where: notices.Where,
    at: datetime,
) -> None:
    """Tell of edits, each of a story with its version before and now."""
    if not edited:
        return
    versions = _versions(session, edited)
    concerned = set(changes.concerning(session, [story_id for story_id, _, _ in edited]))
    happened = []
    for story_id, number_before, number_now in edited:
        before_id, _, before = versions[story_id, number_before]
        now_id, fingerprint, now = versions[story_id, number_now]
        wording, was = read(now), read(before)
        if wording.says in {"kill", "hold"} and was.says != wording.says:
            notices.propose(
                session,
                story_id,
                where=where,
                action="kill" if wording.says == "kill" else "withhold",
                headline=now.title,
                said=wording.said,
                why=SEEMS,
                fingerprint=f"edit {fingerprint}",
                at=at,
            )
        is_correction = wording.says == "correction" and (was.says, was.said) != (
            wording.says,
            wording.said,
        )
        if not is_correction and story_id not in concerned:
            continue  # nobody rests on it: its versions are enough
        said = rules.explained(before, now)
        happened.append(
            Happened(
                story_id=story_id,
                kind="correction" if is_correction else "update",
                occasion=fingerprint,
                version_id=now_id,
                before_id=before_id,
                said=f"{wording.said} {said}".strip() if is_correction else said,
                is_in_substance=is_correction or rules.is_in_substance(before, now),
            )
        )
    changes.record(session, happened, by=EDITED_BY, at=at)


def _versions(
    session: Session, edited: Sequence[tuple[int, int, int]]
) -> dict[tuple[int, int], tuple[int, str, Story]]:
    wanted = sorted({(s, n) for s, before, now in edited for n in (before, now)})
    asked = (
        select(VersionRow, OutletRow)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(tuple_(VersionRow.story_id, VersionRow.number).in_(wanted))
    )
    return {
        (row.story_id, row.number): (row.id, row.fingerprint, record(row, outlet))
        for row, outlet in session.execute(asked)
    }
