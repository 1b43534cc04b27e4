"""People as a sign-in provider knows them: visits under way, and whose identity is whose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit, passwords, people, rights, users
from store.models import IdentityRow, ProviderVisitRow
from store.rights import EVERYWHERE, ROLES
from store.users import Person

AWAY = timedelta(minutes=10)  # how long somebody may take at the provider


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitThere:
    """A browser that was sent to the provider."""

    nonce: str
    verifier: str
    after: str


def send_off(  # noqa: PLR0913  # what must be remembered of the visit, and when
    session: Session, *, state: str, nonce: str, verifier: str, after: str, now: datetime
) -> None:
    """Remember a browser that is sent to the provider."""
    session.execute(delete(ProviderVisitRow).where(ProviderVisitRow.at < now - AWAY))
    session.execute(
        insert(ProviderVisitRow).values(
            state_hash=passwords.token_hash(state),
            nonce=nonce,
            verifier=verifier,
            after=after,
            at=now,
        )
    )


def come_back(session: Session, state: str, *, now: datetime) -> VisitThere | None:
    """The visit of that state, once: a second time there is none."""
    gone = delete(ProviderVisitRow).where(
        ProviderVisitRow.state_hash == passwords.token_hash(state)
    )
    row = session.scalars(gone.returning(ProviderVisitRow)).one_or_none()
    if row is None or row.at < now - AWAY:
        return None
    return VisitThere(nonce=row.nonce, verifier=row.verifier, after=row.after)


def of(session: Session, issuer: str, subject: str, *, now: datetime) -> Person | None:
    """Whose identity this is, if somebody's."""
    found = session.scalar(
        update(IdentityRow)
        .where(IdentityRow.issuer == issuer, IdentityRow.subject == subject)
        .values(last_at=now)
        .returning(IdentityRow.user_id)
    )
    return None if found is None else users.by_id(session, found)


def has_one(session: Session, user_id: int, issuer: str) -> bool:
    """Whether somebody is known to that provider already."""
    asked = select(IdentityRow.id).where(
        IdentityRow.user_id == user_id, IdentityRow.issuer == issuer
    )
    return session.scalars(asked.limit(1)).one_or_none() is not None


def link(  # noqa: PLR0913  # whose, which, how, when
    session: Session, person: Person, *, issuer: str, subject: str, how: str, now: datetime
) -> None:
    """Make an identity somebody's, for good. Raises BadInput if they have another one there."""
    if has_one(session, person.id, issuer):
        raise BadInput(f"{person.display_name} is linked to another account there already")
    session.execute(
        insert(IdentityRow).values(
            issuer=issuer, subject=subject, user_id=person.id, linked_at=now, last_at=now
        )
    )
    audit.note(
        session,
        actor=person.name,
        action="user.link",
        subject_kind="user",
        subject_id=person.id,
        detail={"name": person.name, "issuer": issuer, "subject": subject, "how": how},
    )


def roles_told(groups: set[str], mapping: Sequence[str]) -> tuple[str, Mapping[str, str]] | None:
    """What a provider's groups make somebody, for all series and for single ones; None: nothing.

    The mapping's lines are GROUP=ROLE and GROUP=ROLE@SERIES; the highest of several counts.
    """
    of_all, of_series, is_any = "reader", dict[str, str](), False
    for line in mapping:
        group, _, told = line.rpartition("=")
        if group not in groups:
            continue
        is_any = True
        role, _, series = told.partition("@")
        if series:
            before = of_series.get(series, "reader")
            of_series[series] = role if rights.at_least(role, before) else before
        elif rights.at_least(role, of_all):
            of_all = role
    return (of_all, of_series) if is_any else None


def take_roles(
    session: Session, person: Person, told: tuple[str, Mapping[str, str]], *, actor: str
) -> None:
    """Make somebody what the provider says. Series that are not there are passed over."""
    of_all, of_series = told
    assert of_all in ROLES  # noqa: S101  # the settings were checked
    if person.role != of_all:
        people.give(session, person.id, of_all, series=EVERYWHERE, actor=actor)
    there = people.series_titles(session)
    kept = {key: role for key, role in of_series.items() if key in there}
    people.set_of_series(session, person.id, kept, actor=actor)
