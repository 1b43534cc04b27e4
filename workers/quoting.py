"""The quotations of an instalment's items: proposed, and checked against their sources."""

from datetime import datetime

from sqlalchemy.orm import Session

from pipeline import draft
from pipeline.quotecheck import check_quote
from pipeline.records import QuoteCheck, Source
from store import quotes, stories

UNUSABLE = ("killed", "withheld", "withdrawn")  # nothing may rest on a story in such a state


def refresh(session: Session, instalment_id: int, *, at: datetime) -> None:
    """Propose quotations for items that have none; check all whose source has changed.

    What a person has touched is checked and otherwise left alone.
    """
    chosen = {
        item_id: [kept[n].id for n in draft.worth_running([one.quote for one in kept])]
        for item_id, kept in quotes.to_propose(session, instalment_id).items()
    }
    quotes.propose(session, instalment_id, chosen)
    due = quotes.to_check(session, instalment_id)
    quotes.put_checks(session, [(one, _check(one)) for one in due], at=at)


def _check(one: quotes.Unchecked) -> QuoteCheck:
    """How a quotation stands to its source as that is now, and whether that was otherwise."""
    check = check_quote(one.text, [_source(one, is_now=True)])
    if check.state in ("exact", "unavailable") or one.now.id == one.taken_from.id:
        return check
    before = check_quote(one.text, [_source(one, is_now=False)])
    if before.state != "exact":
        return check
    why = f"the source has changed since it was quoted; now {check.why}"
    return QuoteCheck(
        state=check.state,
        why=why,
        version=check.version,
        span=check.span,
        differences=check.differences,
        noted=check.noted,
    )


def _source(one: quotes.Unchecked, *, is_now: bool) -> Source:
    version = one.now if is_now else one.taken_from
    return Source(
        version=version.id,
        story=stories.record(version, one.outlet),
        is_whole=bool(version.text),
        is_withheld=one.status in UNUSABLE,
    )
