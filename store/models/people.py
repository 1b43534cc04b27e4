"""Tables of people's rights and ways in: roles of series, invitations, identities, API tokens."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key


class SeriesRoleRow(Base):
    """What somebody is for one series, beside their role for all (`users.role`)."""

    __tablename__ = "series_roles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"), primary_key=True, index=True)
    role: Mapped[str]  # editor, chief
    given_by: Mapped[str]
    given_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InvitationRow(Base):
    """A link with which somebody sets their first, or a new, password; good once."""

    __tablename__ = "invitations"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class IdentityRow(Base):
    """Somebody as a sign-in provider (OIDC) knows them."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[Key]
    issuer: Mapped[str]
    subject: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    linked_at: Mapped[datetime]
    last_at: Mapped[datetime]


class ProviderVisitRow(Base):
    """A sign-in that was sent to the provider and has not come back; taken out when it does."""

    __tablename__ = "provider_visits"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    nonce: Mapped[str]
    verifier: Mapped[str]  # of PKCE
    after: Mapped[str]  # the page that was wanted
    at: Mapped[datetime] = mapped_column(index=True)


class TokenRow(Base):
    """A token for the API: on whose behalf, for what, until when. Its text is stored nowhere."""

    __tablename__ = "api_tokens"

    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    hint: Mapped[str]  # how it begins, to tell tokens apart
    name: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    rights: Mapped[list[str]]  # names of rights
    series: Mapped[list[str]]  # keys of series, or * alone
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    bucket: Mapped[datetime | None]  # the minute in which `used` was counted
    used: Mapped[int] = mapped_column(server_default="0")


class ApiWriteRow(Base):
    """A write that came with an idempotency key, and what was answered; kept for a day."""

    __tablename__ = "api_writes"
    __table_args__ = (Index("ix_api_writes_at", "at"),)

    token_id: Mapped[int] = mapped_column(ForeignKey("api_tokens.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    asked_hash: Mapped[bytes] = mapped_column(LargeBinary)  # of method, address, body, version
    status: Mapped[int]
    headers: Mapped[Json]
    body: Mapped[str]
    at: Mapped[datetime]
