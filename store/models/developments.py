"""Tables of what clustering goes on: the telling words of the stories it has placed."""

from datetime import datetime

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base


class WeighedRow(Base):
    """A placed story's telling words as they weighed when it came; see `records.Weighed`.

    From the last of these rows any process can go on placing exactly as the one before it. Copies
    have none: a text that forty outlets print must not count forty times.
    """

    __tablename__ = "development_words"

    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"), primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)  # 1, 2, 3 ... in the order of placing
    at: Mapped[datetime]  # when the story was first seen
    words: Mapped[list[str]]
    weights: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    headline: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    same: Mapped[int | None] = mapped_column(SmallInteger)
    others: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
