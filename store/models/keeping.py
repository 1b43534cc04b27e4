"""Table of what is let go of in time: each rule, and how far it has come."""

from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Key, Leased


class RetentionRow(Leased, Base):
    """A rule of store/retention.py, never done: it falls due again and again."""

    __tablename__ = "retention"

    id: Mapped[Key]
    rule: Mapped[str] = mapped_column(unique=True)
    upto: Mapped[int] = mapped_column(server_default="0")  # rows up to this id were looked at
    let_go: Mapped[int] = mapped_column(server_default="0")  # rows, since ever
