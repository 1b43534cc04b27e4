"""Tables of the further ways in: WebSub subscriptions, watched directories, mailboxes."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Key, Leased


class SubscriptionRow(Leased, Base):
    """A feed's hub, and what has become of our wish to be told by it (WebSub).

    Never done: it falls due to be asked for, to be renewed, or to be tried once more.
    """

    __tablename__ = "subscriptions"

    constraints: ClassVar = (UniqueConstraint("feed_id"), UniqueConstraint("token"))

    id: Mapped[Key]
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    hub: Mapped[str]
    topic: Mapped[str]
    token: Mapped[str]  # last part of the callback's address: nobody can guess it
    secret: Mapped[str]  # what the hub signs its pushes with
    state: Mapped[str] = mapped_column(
        server_default="wanted"
    )  # wanted, asked, active, denied, expired, broken
    reason: Mapped[str] = mapped_column(server_default="the feed names a hub; not asked yet")
    asked_mode: Mapped[str | None]  # subscribe or unsubscribe, until it has checked back
    asked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]  # the lease the hub gave us
    last_push_at: Mapped[datetime | None]  # since it was last verified anew; None: it never pushed
    missed_at: Mapped[datetime | None]  # a poll found what the hub has not pushed since
    failures: Mapped[int] = mapped_column(server_default="0")  # in a row, of asking
    pushes: Mapped[int] = mapped_column(server_default="0")
    unsigned: Mapped[int] = mapped_column(server_default="0")  # pushes with a wrong or no signature
    too_big: Mapped[int] = mapped_column(server_default="0")


class DroppedFileRow(Base):
    """A file seen in a watched directory. It stays where it lies; this row says it was taken."""

    __tablename__ = "dropped_files"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    changed_ns: Mapped[int]  # the file system's time of its last change, in nanoseconds
    hash: Mapped[str | None]  # sha256 of what was taken
    state: Mapped[str]  # seen (perhaps still being written), taken, refused
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MailboxRow(Base):
    """How far a mailbox has been read. A server that renumbers its messages says so."""

    __tablename__ = "mailboxes"

    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"), primary_key=True)
    validity: Mapped[int]  # UIDVALIDITY: under another one, UIDs mean other messages
    last_uid: Mapped[int] = mapped_column(server_default="0")
