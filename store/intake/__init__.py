"""Taking stories in: known, new or changed, decided under locks.

Two workers may hold the same story at the same instant, from two feeds. So `take_in` first locks
what the stories are known by, in one order for everybody, and only then looks (known.py). Each is
then decided (deciding.py), and all is written together (writing.py). Everything it writes it can
meet again: taking the same stories in twice changes nothing.

It is on the way of every item that arrives: a document of new stories costs four statements, one
of known ones two, each of a text that never changes, whatever the number of its stories.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from store.intake.arrivals import Arrival, Coming, Name, names, stripes
from store.intake.deciding import MOST_TOLD, MOST_VERSIONS, Batch, Rules, TakenIn
from store.intake.known import LOCK_CLASS, Known

__all__ = [
    "LOCK_CLASS",
    "MOST_TOLD",
    "MOST_VERSIONS",
    "Arrival",
    "Name",
    "Rules",
    "TakenIn",
    "names",
    "stripes",
    "take_in",
]


def take_in(  # noqa: PLR0913  # each is a plain fact of the document
    session: Session,
    arrivals: Sequence[Arrival],
    *,
    feed_id: int,
    outlet_id: int,
    document_id: int,
    at: datetime,
    rules: Rules,
) -> TakenIn:
    """Take one document's stories in, seen at product time `at`."""
    known = Known(session, feed_id, outlet_id, at)
    batch = Batch(session, feed_id, outlet_id, document_id, at, rules, known)
    coming = [Coming(arrival, feed_id, outlet_id) for arrival in arrivals]
    if coming:
        known.look(coming)
        for one in coming:
            batch.take(one)
        batch.write()
    return batch.taken
