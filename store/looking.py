"""Who looks at the same list just now: told by the pages' own polls, forgotten within a minute."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store.models import PresenceRow, UserRow
from store.users import Person

LASTS = timedelta(seconds=65)  # two polls of a page and a little


def look(session: Session, place: str, user: Person, *, now: datetime) -> Sequence[str]:
    """Note that somebody looks at a place; gives who else does, by the names others read."""
    seen = insert(PresenceRow).values(place=place, user_id=user.id, seen_at=now)
    noted = (
        seen.on_conflict_do_update(
            index_elements=["place", "user_id"], set_={"seen_at": seen.excluded.seen_at}
        )
        .returning(PresenceRow.user_id)
        .cte("noted")
    )
    asked = (
        select(UserRow.display_name)
        .join(PresenceRow, PresenceRow.user_id == UserRow.id)
        .where(PresenceRow.place == place, PresenceRow.user_id != user.id)
        .where(PresenceRow.seen_at > now - LASTS)
        .order_by(UserRow.display_name)
        .add_cte(noted)  # carried out though nothing is read of it
    )
    return session.scalars(asked).all()
