"""Tokens of the API: on whose behalf, for which rights and series, until when. Kept hashed."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, case, select, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, passwords, users
from store.models import SeriesRow, TokenRow, UserRow
from store.rights import EVERYWHERE, RIGHTS
from store.users import Person

PREFIX = "sw_"  # tells a token that was lost somewhere from other texts
# All but `house`: whoever finds a token must not be able to make further ones, or people.
GRANTABLE = (
    *("read", "decide", "write", "step", "judge", "settle", "paste"),
    *("approve", "deliver", "override", "lift", "kill", "define", "audit", "people"),
    *("sources", "set_aside"),
)
LONGEST = timedelta(days=400)
USUAL = timedelta(days=90)
LONGEST_NAME = 100
MOST_PER_MINUTE = 300  # unless the settings say otherwise
_HINT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token as its owner sees it; its text was shown once and is stored nowhere."""

    id: int
    name: str
    hint: str
    owner: str  # sign-in name
    rights: tuple[str, ...]
    series: tuple[str, ...]
    made_by: str
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """Whoever brought a token: its owner, within what the token is for."""

    token: Token
    person: Person

    def may(self, right: str, series: str | None = None) -> bool:
        """Whether both the token and its owner may use a right; for any series without one."""
        if right not in self.token.rights:
            return False
        if RIGHTS[right].over == "house" and not self.is_for_all:
            return False
        if self.is_for_all:
            return self.person.may(right, series)
        if series is not None:
            return series in self.token.series and self.person.may(right, series)
        return any(self.person.may(right, one) for one in self.token.series)

    def sees(self, series: str) -> bool:
        """Whether the token is for that series at all."""
        return self.is_for_all or series in self.token.series

    @property
    def is_for_all(self) -> bool:
        """Whether the token is for all series, those to come included."""
        return EVERYWHERE in self.token.series


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """The token is good but was used too often; `seconds` until it is looked at again."""

    seconds: int


def add(  # noqa: PLR0913  # whose, for what, until when, by whom
    session: Session,
    owner: Person,
    *,
    name: str,
    rights: Sequence[str],
    series: Sequence[str],
    lasts: timedelta = USUAL,
    actor: str,
    now: datetime,
) -> tuple[Token, str]:
    """A new token and its text, which is told this once. Raises BadInput in plain words."""
    name = "".join(c for c in name if c.isprintable()).strip()
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(f"A token needs a name of 1 to {LONGEST_NAME} characters, for example cms")
    if unknown := set(rights) - set(GRANTABLE):
        raise BadInput(f"No token can {', '.join(sorted(unknown))}: use {', '.join(GRANTABLE)}")
    if not timedelta(0) < lasts <= LONGEST:
        raise BadInput(f"A token lasts 1 to {LONGEST.days} days")
    _see_that_they_are_there(session, series)
    wanted = tuple(right for right in GRANTABLE if right in {"read", *rights})
    for right in wanted:
        if RIGHTS[right].over == "house" and EVERYWHERE not in series:
            raise BadInput(
                f"To {RIGHTS[right].what}, a token must be for all series: that belongs to none"
            )
        for one in series:
            if not owner.may(right, None if one == EVERYWHERE else one):
                raise BadInput(
                    f"{owner.display_name} may not {right} there, so no token of theirs may"
                )
    told = PREFIX + secrets.token_urlsafe(32)
    row = TokenRow(
        token_hash=passwords.token_hash(told),
        hint=told[:_HINT],
        name=name,
        user_id=owner.id,
        rights=list(wanted),
        series=list(series),
        made_by=actor,
        made_at=now,
        expires_at=now + lasts,
    )
    session.add(row)
    session.flush()  # for its number
    _note(session, "token.add", row, actor=actor, owner=owner.name)
    return _token(row, owner.name), told


def _see_that_they_are_there(session: Session, series: Sequence[str]) -> None:
    if not series:
        raise BadInput("Say for which series the token is, or * for all")
    if EVERYWHERE in series:
        if len(series) > 1:
            raise BadInput("* stands for all series, and alone")
        return
    there = set(session.scalars(select(SeriesRow.key).where(SeriesRow.key.in_(series))))
    if missing := set(series) - there:
        raise BadInput(f"There is no series {', '.join(sorted(missing))}")


def bearer(
    session: Session, told: str, *, now: datetime, most: int = MOST_PER_MINUTE
) -> Bearer | Limited | None:
    """Who a token speaks for; None for one that is over, revoked, or none. Counts its use."""
    if not told.startswith(PREFIX):
        return None
    minute = now.replace(second=0, microsecond=0)
    is_same = TokenRow.bucket == minute
    used = (
        update(TokenRow)
        .where(TokenRow.token_hash == passwords.token_hash(told))
        .where(TokenRow.revoked_at.is_(None), TokenRow.expires_at > now)
        .values(
            bucket=minute,
            used=case((is_same, TokenRow.used + 1), else_=1),
            last_used_at=now,
        )
        .returning(TokenRow)
        .execution_options(populate_existing=True)
    )
    row = session.scalars(used).one_or_none()
    if row is None:
        return None
    person = users.by_id(session, row.user_id)
    if person is None or person.disabled_at is not None:
        return None
    if row.used > most:
        return Limited(seconds=60 - now.second)
    return Bearer(token=_token(row, person.name), person=person)


def lines(session: Session, *, owner: int | None = None, now: datetime) -> list[Token]:
    """The tokens that are good or were within a month, newest first; of one person or of all."""
    asked = _with_owner().where(TokenRow.expires_at > now - timedelta(days=30))
    if owner is not None:
        asked = asked.where(TokenRow.user_id == owner)
    return [_token(row, name) for row, name in session.execute(asked.order_by(TokenRow.id.desc()))]


def find(session: Session, token_id: int) -> Token | None:
    """The token of that number."""
    found = session.execute(_with_owner().where(TokenRow.id == token_id)).one_or_none()
    return None if found is None else _token(*found)


def revoke(session: Session, token_id: int, *, actor: str, now: datetime) -> Token:
    """End a token at once. Raises BadInput for one that is not there."""
    asked = select(TokenRow).where(TokenRow.id == token_id).with_for_update()
    row = session.scalars(asked).one_or_none()
    if row is None:
        raise BadInput("There is no token of that number")
    owner = session.scalars(select(UserRow.name).where(UserRow.id == row.user_id)).one()
    if row.revoked_at is None:
        row.revoked_at = now
        session.flush()  # the audit line belongs after it
        _note(session, "token.revoke", row, actor=actor, owner=owner)
    return _token(row, owner)


def _with_owner() -> Select[TokenRow, str]:
    return select(TokenRow, UserRow.name).join(UserRow, UserRow.id == TokenRow.user_id)


def _token(row: TokenRow, owner: str) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        hint=row.hint,
        owner=owner,
        rights=tuple(row.rights),
        series=tuple(row.series),
        made_by=row.made_by,
        made_at=row.made_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


def _note(session: Session, action: str, row: TokenRow, *, actor: str, owner: str) -> None:
    audit.note(
        session,
        actor=actor,
        action=action,
        subject_kind="token",
        subject_id=row.id,
        detail={
            "name": row.name,
            "owner": owner,
            "rights": list(row.rights),
            "series": list(row.series),
        },
    )
