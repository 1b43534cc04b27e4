"""The keys of the desk: what they do, and how somebody wants them otherwise."""

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store.models import UserKeysRow
from store.users import Person

# In the order of the help. `g` is followed by q, i or s.
USUAL: Mapping[str, str] = MappingProxyType(
    {
        "next": "j",
        "previous": "k",
        "open": "o",
        "original": "v",
        "accept": "e",
        "reject": "x",
        "snooze": "s",
        "undo": "z",
        "assign": "a",
        "comment": "c",
        "diff": "d",
        "why": "w",
        "mark": "m",
        "star": "f",
        "search": "/",
        "go": "g",
        "help": "?",
    }
)


def of(session: Session, user_id: int) -> tuple[bool, Mapping[str, str]]:
    """Whether somebody's keys are on, and which does what."""
    row = session.scalars(select(UserKeysRow).where(UserKeysRow.user_id == user_id)).one_or_none()
    if row is None:
        return True, dict(USUAL)
    own = {name: str(key) for name, key in row.keys.items() if name in USUAL}
    return not row.is_off, {**USUAL, **own}


def choose(session: Session, user: Person, keys: Mapping[str, str], *, is_on: bool) -> None:
    """Set somebody's keys. Raises BadInput when two are the same or one is no single key."""
    chosen = {name: keys.get(name, usual).strip() for name, usual in USUAL.items()}
    taken: dict[str, str] = {}
    for name, key in chosen.items():
        if len(key) != 1 or not key.isprintable():
            raise BadInput(f"The key for “{name}” must be one letter or mark")
        if key in taken:
            raise BadInput(f"“{key}” cannot be both “{taken[key]}” and “{name}”")
        taken[key] = name
    own = {name: key for name, key in chosen.items() if key != USUAL[name]}
    facts = {"is_off": not is_on, "keys": own}
    session.execute(
        insert(UserKeysRow)
        .values(user_id=user.id, **facts)
        .on_conflict_do_update(index_elements=["user_id"], set_=facts)
    )
