"""Who has a text open just now, as their browsers say every few seconds. It locks nothing."""

from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from store import clock
from store.models import PresenceRow, UserRow
from store.users import Person

LASTS = timedelta(seconds=25)  # two pings of ten seconds may be lost
_FORGOTTEN = timedelta(hours=1)


def ping(session: Session, place: str, user: Person) -> None:
    """Note that somebody has a place open at this moment."""
    now, row = clock.real_now(session), PresenceRow
    session.execute(delete(row).where(row.user_id == user.id, row.seen_at < now - _FORGOTTEN))
    seen = insert(row).values(place=place, user_id=user.id, seen_at=now)
    session.execute(
        seen.on_conflict_do_update(
            index_elements=[row.place, row.user_id], set_={"seen_at": seen.excluded.seen_at}
        )
    )


def leave(session: Session, place: str, user: Person) -> None:
    """Note that somebody has left."""
    row = PresenceRow
    session.execute(delete(row).where(row.place == place, row.user_id == user.id))


def others(session: Session, place: str, user: Person) -> list[str]:
    """Who else has the place open, by the names that others read."""
    asked = (
        select(UserRow.display_name)
        .join(PresenceRow, PresenceRow.user_id == UserRow.id)
        .where(PresenceRow.place == place, PresenceRow.user_id != user.id)
        .where(PresenceRow.seen_at > func.clock_timestamp() - LASTS)
        .order_by(UserRow.display_name)
    )
    return list(session.scalars(asked))
