"""Whom story versions quote, which of it stands in items, and how that was checked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Text, cast, select, text
from sqlalchemy.orm import Session, aliased

from pipeline.draft import Heard
from pipeline.records import Quote, QuoteCheck, Span
from store.among import among
from store.models import ItemQuoteRow, ItemRow, OutletRow, QuoteRow, StoryRow, VersionRow
from store.statements import as_json

KEEP = text(
    """
    INSERT INTO quotes (version_id, text, kind, speaker, office, forum, day, insertions, outlet,
        field, start, "end", decided_by)
    SELECT version_id, text, kind, speaker, office, forum, day, insertions, outlet,
        field, start, "end", :decided_by
    FROM json_to_recordset(CAST(:quotes AS json)) AS r(
        version_id bigint, text text, kind text, speaker text, office text, forum text, day text,
        insertions text[], outlet text, field text, start bigint, "end" bigint)
    ON CONFLICT (version_id, field, start, "end") DO UPDATE
    SET text = EXCLUDED.text, kind = EXCLUDED.kind, speaker = EXCLUDED.speaker,
        office = EXCLUDED.office, forum = EXCLUDED.forum, day = EXCLUDED.day,
        insertions = EXCLUDED.insertions, outlet = EXCLUDED.outlet,
        decided_by = EXCLUDED.decided_by
    WHERE (quotes.text, quotes.kind, quotes.speaker, quotes.office, quotes.forum, quotes.day,
        quotes.insertions, quotes.outlet, quotes.decided_by) IS DISTINCT FROM
        (EXCLUDED.text, EXCLUDED.kind, EXCLUDED.speaker, EXCLUDED.office, EXCLUDED.forum,
        EXCLUDED.day, EXCLUDED.insertions, EXCLUDED.outlet, EXCLUDED.decided_by)
    """
)
# What the rules found before and do not find any more; what stands in an item stays.
DROP = text(
    """
    DELETE FROM quotes
    WHERE version_id = ANY(:versions)
    AND NOT EXISTS (SELECT FROM item_quotes i WHERE i.quote_id = quotes.id)
    AND NOT EXISTS (
        SELECT FROM json_to_recordset(CAST(:quotes AS json)) AS r(
            version_id bigint, field text, start bigint, "end" bigint)
        WHERE r.version_id = quotes.version_id AND r.field = quotes.field
            AND r.start = quotes.start AND r."end" = quotes."end")
    """
)
PROPOSE = text(
    """
    INSERT INTO item_quotes (item_id, quote_id, version_id, text, speaker, office, forum, day,
        position, is_proposed)
    SELECT r.item_id, q.id, q.version_id, q.text, q.speaker, q.office, q.forum, q.day,
        r.position, true
    FROM json_to_recordset(CAST(:proposals AS json)) AS r(
        item_id bigint, quote_id bigint, position bigint)
    JOIN quotes q ON q.id = r.quote_id
    ON CONFLICT (item_id, quote_id) DO UPDATE SET position = EXCLUDED.position
    WHERE item_quotes.is_proposed
    """
)
# Of an item that nobody has touched: what is proposed no more.
WITHDRAW = text(
    """
    DELETE FROM item_quotes q USING items i
    WHERE i.id = q.item_id AND i.instalment_id = :instalment AND i.touched_at IS NULL
        AND i.merged_into IS NULL AND q.is_proposed
        AND NOT EXISTS (
            SELECT FROM json_to_recordset(CAST(:proposals AS json)) AS r(
                item_id bigint, quote_id bigint)
            WHERE r.item_id = q.item_id AND r.quote_id = q.quote_id)
    """
)
CHECKED = text(
    """
    UPDATE item_quotes q SET "check" = r.state, check_why = r.why, differences = r.differences,
        noted = r.noted, checked_against = r.against, checked_at = :at
    FROM json_to_recordset(CAST(:checks AS json)) AS r(
        id bigint, state text, why text, differences jsonb, noted text[], against text)
    WHERE q.id = r.id
    """
)

# What a quotation is to be checked against: its story's current version, usable or not.
_AGAINST = cast(StoryRow.current_version, Text) + " " + StoryRow.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchecked:
    """A quotation in an item whose source has changed since it was last checked, if ever."""

    id: int
    text: str
    taken_from: VersionRow
    now: VersionRow  # the current version of that story
    outlet: OutletRow
    status: str  # of the story
    against: str  # what it is to be checked against, for the record


def keep(session: Session, quotes: Mapping[int, Sequence[Quote]], *, decided_by: str) -> None:
    """Let the quotations of each version id be these; what stands in an item stays beside them."""
    rows = [
        {
            "version_id": version_id,
            "text": one.text,
            "kind": one.kind,
            "speaker": one.speaker,
            "office": one.office,
            "forum": one.forum,
            "day": one.day,
            "insertions": list(one.insertions),
            "outlet": one.outlet,
            "field": one.span.field,
            "start": one.span.start,
            "end": one.span.end,
        }
        for version_id, found in sorted(quotes.items())
        for one in found
    ]
    if quotes:
        session.execute(DROP, {"quotes": as_json(rows), "versions": sorted(quotes)})
    if rows:
        session.execute(KEEP, {"quotes": as_json(rows), "decided_by": decided_by})


# Every story that tells what an item tells and matched its series; its current version's words.
_HEARD = text(
    """
    WITH mine AS (
        SELECT i.id, i.version_id, i.development_id FROM items i
        WHERE i.instalment_id = :instalment AND i.touched_at IS NULL AND i.merged_into IS NULL
    ), tells AS (
        SELECT id, development_id FROM mine
        UNION SELECT g.item_id, g.development_id FROM item_developments g
        JOIN mine ON mine.id = g.item_id WHERE g.undone_at IS NULL
    ), versions AS (
        SELECT id AS item_id, version_id FROM mine
        UNION SELECT tells.id, v.id FROM tells
        JOIN development_stories m ON m.development_id = tells.development_id
        JOIN stories s ON s.id = m.story_id AND s.status = 'usable' AND s.merged_into IS NULL
        JOIN story_versions v ON v.story_id = s.id AND v.number = s.current_version
        WHERE EXISTS (
            SELECT FROM matches x WHERE x.story_id = s.id AND x.instalment_id = :instalment
                AND x.zone <> 'ignore')
    )
    SELECT versions.item_id, q.id, v.story_id, versions.version_id = mine.version_id AS is_linked,
        EXISTS (
            SELECT FROM duplicates d WHERE d.story_id = v.story_id AND d.undone_at IS NULL
        ) AS is_copy
    FROM versions
    JOIN mine ON mine.id = versions.item_id
    JOIN story_versions v ON v.id = versions.version_id
    JOIN quotes q ON q.version_id = versions.version_id
    ORDER BY versions.item_id, q.id
    """
)


def to_propose(session: Session, instalment_id: int) -> dict[int, list[Heard]]:
    """What could be quoted in the items that nobody has touched, of all that tell them."""
    rows = session.execute(_HEARD, {"instalment": instalment_id}).all()
    asked = select(QuoteRow).where(QuoteRow.id.in_(sorted({row.id for row in rows})))
    by_id = {row.id: _quote(row) for row in session.scalars(asked)}
    found: dict[int, list[Heard]] = {}
    for row in rows:
        heard = Heard(
            id=row.id,
            quote=by_id[row.id],
            story=row.story_id,
            is_linked=row.is_linked,
            is_copy=row.is_copy,
        )
        found.setdefault(row.item_id, []).append(heard)
    return found


def _quote(row: QuoteRow) -> Quote:
    return Quote(
        text=row.text,
        kind=row.kind,  # type: ignore[arg-type]  # the column holds these words only
        span=Span(field=row.field, start=row.start, end=row.end, text=row.text),
        speaker=row.speaker,
        office=row.office,
        forum=row.forum,
        day=row.day,
        insertions=tuple(row.insertions),
        outlet=row.outlet,
    )


def propose(session: Session, instalment_id: int, chosen: Mapping[int, Sequence[int]]) -> None:
    """Put these quotations, by id, into these items; take out what is proposed no more."""
    rows = [
        {"item_id": item_id, "quote_id": quote_id, "position": position}
        for item_id, quote_ids in sorted(chosen.items())
        for position, quote_id in enumerate(quote_ids, start=1)
    ]
    session.execute(WITHDRAW, {"instalment": instalment_id, "proposals": as_json(rows)})
    if rows:
        session.execute(PROPOSE, {"proposals": as_json(rows)})


def to_check(session: Session, instalment_id: int) -> list[Unchecked]:
    """The quotations of an instalment that were not checked against their source as it is now."""
    now = aliased(VersionRow)
    asked = (
        select(ItemQuoteRow, VersionRow, now, StoryRow, OutletRow)
        .join(ItemRow, ItemRow.id == ItemQuoteRow.item_id)
        .join(VersionRow, VersionRow.id == ItemQuoteRow.version_id)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .join(now, (now.story_id == StoryRow.id) & (now.number == StoryRow.current_version))
        .where(ItemRow.instalment_id == instalment_id)
        .where(ItemQuoteRow.checked_against != _AGAINST)
        .order_by(ItemQuoteRow.id)
    )
    return [
        Unchecked(
            id=row.id,
            text=row.text,
            taken_from=taken_from,
            now=current,
            outlet=outlet,
            status=story.status,
            against=f"{story.current_version} {story.status}",
        )
        for row, taken_from, current, story, outlet in session.execute(asked)
    ]


def put_checks(
    session: Session, checks: Sequence[tuple[Unchecked, QuoteCheck]], *, at: datetime
) -> None:
    """Keep how these quotations stand to their sources now."""
    rows = [
        {
            "id": one.id,
            "state": check.state,
            "why": check.why,
            "differences": [asdict(difference) for difference in check.differences],
            "noted": list(check.noted),
            "against": one.against,
        }
        for one, check in checks
    ]
    if rows:
        session.execute(CHECKED, {"checks": as_json(rows), "at": at})


def of_items(session: Session, item_ids: Sequence[int]) -> dict[int, list[dict[str, object]]]:
    """The quotations of each item, in their order, as the desk and the console show them."""
    asked = (
        select(ItemQuoteRow, VersionRow.url, OutletRow.key)
        .join(VersionRow, VersionRow.id == ItemQuoteRow.version_id)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(among(ItemQuoteRow.item_id, item_ids))
        .order_by(ItemQuoteRow.item_id, ItemQuoteRow.position, ItemQuoteRow.id)
    )
    found: dict[int, list[dict[str, object]]] = {}
    for row, url, outlet in session.execute(asked):
        found.setdefault(row.item_id, []).append(
            {
                "id": row.id,
                "place": row.place,
                "text": row.text,
                "speaker": row.speaker,
                "office": row.office,
                "forum": row.forum,
                "day": row.day,
                "outlet": outlet,
                "url": url,
                "check": row.check,
                "check_why": row.check_why,
                "differences": row.differences,
                "noted": row.noted,
            }
        )
    return found


def shown(session: Session, version_id: int) -> list[dict[str, object]]:
    """Whom a version quotes, for `stories show`."""
    asked = select(QuoteRow).where(QuoteRow.version_id == version_id).order_by(QuoteRow.id)
    return [
        {
            "text": one.text,
            "kind": one.kind,
            "speaker": one.speaker,
            "office": one.office,
            "forum": one.forum,
            "day": one.day,
            "insertions": one.insertions,
            "outlet": one.outlet or None,
            "field": one.field,
            "start": one.start,
            "end": one.end,
        }
        for one in session.scalars(asked)
    ]
