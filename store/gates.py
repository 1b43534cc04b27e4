"""Why an instalment cannot be called ready, approved or handed over: every reason, in words.

Judged from the rows as they stand at that moment, so that what has come since an approval counts
at the hand-over too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import alerts
from store.models import ItemQuoteRow, ItemRow, StoryRow, VersionRow

_TAKEN_BACK = {
    "killed": "its source was killed: reject it, or tell it from another source",
    "withheld": "its source is withheld: wait until it is released, or reject it",
    "withdrawn": "its source was taken down by its publisher: reject it, or find another source",
}
_ALERTS = {
    "correction": "its source was corrected: look at what changed, then settle it",
    "killed": "a source that it shares its text with was killed: decide what stays of it",
    "withheld": "a source that it shares its text with is withheld: decide what stays of it",
    "withdrawn": "a source that it shares its text with was taken down: decide what stays of it",
}
_QUOTES = {
    "differs": "a quotation differs from its source",
    "not_found": "a quotation is not found in its source",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """One reason why an instalment must wait."""

    kind: str  # killed, embargo, correction, link ...; empty: the instalment holds nothing
    said: str
    item_id: int | None = None
    story_id: int | None = None
    headline: str = ""
    until: datetime | None = None  # of an embargo with an end


def objections(session: Session, instalment_id: int, *, now: datetime) -> list[Objection]:
    """Why this instalment cannot go out now; none means that it can."""
    row = ItemRow
    asked = (
        select(row, StoryRow, VersionRow)
        .join(StoryRow, StoryRow.id == row.story_id)
        .join(VersionRow, VersionRow.id == row.version_id)
        .where(row.instalment_id == instalment_id, row.state == "accepted")
        .where(row.merged_into.is_(None))
        .order_by(row.position, row.id)
        .execution_options(populate_existing=True)
    )
    found = session.execute(asked).all()
    if not found:
        return [Objection(kind="empty", said="no item is accepted: there is nothing to hand over")]
    standing = alerts.standing(session, [item.id for item, _, _ in found], now=now)
    quotes = _bad_quotes(session, [item.id for item, _, _ in found])
    return [
        Objection(
            kind=kind,
            said=said,
            item_id=item.id,
            # Of an embargo the story that is under it, which may be one that is quoted.
            story_id=held.story_id if kind == "embargo" and held is not None else story.id,
            headline=item.headline,
            until=until,
        )
        for item, story, version in found
        for held in (standing[item.id].embargo,)
        for kind, said, until in (
            *_of_sources(standing[item.id]),
            *_of_facts(version),
            *((check, _QUOTES[check], None) for check in quotes.get(item.id, ())),
        )
    ]


def _of_sources(standing: alerts.Standing) -> Sequence[tuple[str, str, datetime | None]]:
    found: list[tuple[str, str, datetime | None]] = []
    if standing.taken_back:
        found.append((standing.taken_back, _TAKEN_BACK[standing.taken_back], None))
    kinds = {one.kind for one in standing.alerts if one.blocks} - {standing.taken_back}
    found += [(kind, _ALERTS[kind], None) for kind in sorted(kinds)]
    if standing.embargo is not None:
        until = standing.embargo.until
        how = "until further notice" if until is None else "and its time has not come"
        found.append(("embargo", f"its source is under embargo {how}", until))
    return found


def _of_facts(version: VersionRow) -> Sequence[tuple[str, str, datetime | None]]:
    wire = version.wire or {}
    found: list[tuple[str, str, datetime | None]] = []
    if not version.url and version.wire is None:  # a wire's items have no page
        found.append(("link", "it has no link", None))
    if version.published_at is None and not wire.get("version_created"):
        found.append(("date", "its source gives no date", None))
    return found


def _bad_quotes(session: Session, item_ids: Sequence[int]) -> dict[int, list[str]]:
    asked = (
        select(ItemQuoteRow.item_id, ItemQuoteRow.check)
        .where(ItemQuoteRow.item_id.in_(item_ids), ItemQuoteRow.check.in_(_QUOTES))
        .distinct()
    )
    found: dict[int, list[str]] = {}
    for item_id, check in session.execute(asked):
        found.setdefault(item_id, []).append(check)
    return found
