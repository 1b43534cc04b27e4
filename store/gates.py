"""Why an instalment cannot be called ready, approved or handed over: every reason, in words.

Judged from the rows as they stand at that moment, so that what has come since an approval counts
at the hand-over too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store import alerts, handovers, itemquotes
from store.itemquotes import Standing
from store.models import ItemRow, OutletRow, StoryRow, VersionRow

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
    "unavailable": "the source of a quotation cannot be read here: vouch for it, or leave it out",
    "unchecked": "a quotation was not checked since its source has changed: look at it again",
}
_SHOWN = 60  # characters of a quotation that are told


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
        select(row, StoryRow, VersionRow, OutletRow)
        .join(StoryRow, StoryRow.id == row.story_id)
        .join(VersionRow, VersionRow.id == row.version_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(row.instalment_id == instalment_id, row.state == "accepted")
        .where(row.merged_into.is_(None))
        .order_by(row.position, row.id)
        .execution_options(populate_existing=True)
    )
    found = session.execute(asked).all()
    if not found:
        return [Objection(kind="empty", said="no item is accepted: there is nothing to hand over")]
    ids = [item.id for item, *_ in found]
    standing = alerts.standing(session, ids, now=now)
    written = handovers.texts(session, instalment_id)
    quotes = itemquotes.counting(itemquotes.of_items(session, ids), written)
    in_lead = itemquotes.in_lead(session, instalment_id)
    return [
        *_of_lead(in_lead),
        *(
            Objection(
                kind=kind,
                said=said,
                item_id=item.id,
                # Of an embargo the story that is under it, which may be one that is quoted.
                story_id=held.story_id if kind == "embargo" and held is not None else story.id,
                headline=item.headline,
                until=until,
            )
            for item, story, version, outlet in found
            for held in (standing[item.id].embargo,)
            for kind, said, until in (
                *_of_sources(standing[item.id]),
                *_of_facts(item, version),
                *_of_credit(item, outlet, written.get(item.id, "")),
                *((kind, said, None) for kind, said in _of_quotes(quotes.get(item.id, ()))),
            )
        ),
    ]


def _of_lead(found: Sequence[tuple[Standing, str, str]]) -> list[Objection]:
    """A lead that quotes from an item which nobody has accepted."""
    return [
        Objection(
            kind="unaccepted",
            said="the lead quotes from it, and it is not accepted: accept it, or leave out "
            f"“{_first(one.text)}”",
            item_id=one.item_id,
            headline=headline,
        )
        for one, headline, state in found
        if state != "accepted"
    ]


def _first(words: str) -> str:
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


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


def _of_facts(item: ItemRow, version: VersionRow) -> Sequence[tuple[str, str, datetime | None]]:
    wire = version.wire or {}
    found: list[tuple[str, str, datetime | None]] = []
    if not item.link and not version.url and version.wire is None:  # a wire's items have no page
        found.append(("link", "it has no link", None))
    if not item.day and version.published_at is None and not wire.get("version_created"):
        found.append(("date", "its source gives no date", None))
    return found


def _of_credit(
    item: ItemRow, outlet: OutletRow, text: str
) -> Sequence[tuple[str, str, datetime | None]]:
    """An item names its outlet in the credit line or in its text."""
    names = (outlet.name.removeprefix("the "), *outlet.aliases)
    if item.attribution or any(name in text for name in names):
        return ()
    return [("outlet", f"it does not name its outlet, {outlet.name}", None)]


def _of_quotes(standing: Sequence[Standing]) -> Sequence[tuple[str, str]]:
    """The quotations that stand in the way, each with its first words."""
    found = []
    for one in standing:
        if one.blocks:
            is_current = one.is_checked or one.check == "unavailable"
            kind = one.check if is_current and one.check != "exact" else "unchecked"
            words = _first(one.text)
            where = ", in the lead" if one.place == "lead" else ""
            found.append((kind, f"{_QUOTES[kind]}: “{words}”{where}"))
    return found
