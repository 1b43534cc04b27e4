"""Tables of the series: their definitions, version by version, and what matched and why."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key


class SeriesRow(Base):
    """A recurring series. Its key is its identity; its title may change."""

    __tablename__ = "series"

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    status: Mapped[str] = mapped_column(server_default="running")  # running, paused, ended
    definition_id: Mapped[int | None] = mapped_column(
        ForeignKey("series_definitions.id", use_alter=True)
    )


class DefinitionRow(Base):
    """One version of a series' definition. Old ones stay: old matches are explained by them."""

    __tablename__ = "series_definitions"
    __table_args__ = (UniqueConstraint("series_id", "number"),)

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    number: Mapped[int]
    definition: Mapped[Json]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class MatchRow(Base):
    """A story version's standing in one series, with reasons and what decided it."""

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("series_id", "version_id", "definition_id", "matcher"),
        Index("ix_matches_story_id", "story_id"),
        Index("ix_matches_instalment_id", "instalment_id"),
    )

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"))
    definition_id: Mapped[int] = mapped_column(ForeignKey("series_definitions.id"))
    matcher: Mapped[str]  # name and version of the method, later of the learned model
    score: Mapped[float]
    zone: Mapped[str]  # auto, suggest
    section: Mapped[str]
    why: Mapped[list[Json]]
    seen_at: Mapped[datetime]  # when the version arrived
    instalment_id: Mapped[int] = mapped_column(ForeignKey("instalments.id"))  # by its arrival
