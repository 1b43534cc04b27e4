"""The quotations of an instalment's items: proposed, and checked against their sources."""

from datetime import datetime

from sqlalchemy.orm import Session

from pipeline import draft
from pipeline.quotecheck import check_again
from store import itemquotes, quotes


def refresh(session: Session, instalment_id: int, *, at: datetime) -> None:
    """Propose quotations for items of all their stories; check all whose source has changed.

    What a person has touched is checked and otherwise left alone.
    """
    chosen = {
        item_id: draft.worth_running(heard)
        for item_id, heard in quotes.to_propose(session, instalment_id).items()
    }
    quotes.propose(session, instalment_id, chosen)
    due = quotes.to_check(session, instalment_id)
    quotes.put_checks(
        session, [(one, check_again(one.text, *itemquotes.sources(one))) for one in due], at=at
    )
