"""What every table stands on: naming, column types, and the columns of a row that waits."""

import uuid
from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Identity, Index, MetaData, Text, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Json = dict[str, Any]


class Base(DeclarativeBase):
    """All tables. Times are timestamptz, texts unbounded, constraint names predictable."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: DateTime(timezone=True),
        str: Text,
        int: BigInteger,
        list[str]: ARRAY(Text),
        Json: JSONB,
        list[Json]: JSONB,
        uuid.UUID: Uuid,
    }


class Leased:
    """A row that waits for a worker. store/work.py alone moves these columns.

    `work_state` is ready (wants work once `due_at` has come), done, or dead (failed too often;
    shown to operators, never retried by itself). All four times are the database's own.
    """

    work_state: Mapped[str] = mapped_column(server_default="ready")
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    announced_until: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[uuid.UUID | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        """The index that keeps a look for due work as cheap as the work there is."""
        name: str = cls.__tablename__  # type: ignore[attr-defined]  # every table has one
        return (
            Index(f"ix_{name}_waiting", "due_at", postgresql_where=text("work_state = 'ready'")),
            *getattr(cls, "constraints", ()),
        )
