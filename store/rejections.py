"""Why an item is rejected: some reasons say nothing of what belongs in its series.

What is rejected because its source was killed, or because it is told already, was no wrong match:
the matcher is not to learn from it that such stories are not wanted (store/taught.py).
"""

from datetime import datetime

from sqlalchemy.orm import Session

from store import alerts

NOT_THIS_SERIES = "not this series"
TOLD_ALREADY = "told already"
EMBARGO = "its source is under embargo"
CORRECTED = "its source was corrected"
TAKEN_BACK = {
    "killed": "its source was killed",
    "withheld": "its source is withheld",
    "withdrawn": "its source was taken down",
}


def of_source(session: Session, item_id: int, *, was_accepted: bool, now: datetime) -> str:
    """What has happened to an item's source that would explain a rejection now; '' if nothing.

    What was corrected can be used as it is now: only of what had been accepted is that the reason.
    """
    standing = alerts.standing(session, [item_id], now=now)[item_id]
    open_ones = [one.kind for one in standing.alerts if one.blocks]
    taken_back = standing.taken_back or next((kind for kind in open_ones if kind in TAKEN_BACK), "")
    if taken_back:
        return TAKEN_BACK[taken_back]
    if standing.embargo:
        return EMBARGO
    return CORRECTED if open_ones and was_accepted else ""
