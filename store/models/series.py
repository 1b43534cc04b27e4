"""Tables of the series: their definitions, version by version, and what matched and why."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from store.models.foundation import Base, Json, Key, Leased


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
    source: Mapped[str | None]  # its TOML as somebody wrote it, remarks and all
    note: Mapped[str] = mapped_column(server_default="")  # why, in a few words


class MatchRow(Base):
    """A story version's standing in one series, with reasons and what decided it."""

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("series_id", "version_id", "definition_id", "matcher"),
        Index("ix_matches_story_id", "story_id"),
        Index("ix_matches_instalment_id", "instalment_id"),
        Index("ix_matches_series_id_seen_at", "series_id", "seen_at"),
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


class SeriesModelRow(Base):
    """What decisions have taught a series: weights of the matcher, and how well they foretell.

    Old ones stay: a match names the model that decided it.
    """

    __tablename__ = "series_models"
    __table_args__ = (UniqueConstraint("series_id", "number"),)

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    number: Mapped[int]
    definition_id: Mapped[int] = mapped_column(ForeignKey("series_definitions.id"))
    model: Mapped[Json]
    figures: Mapped[Json]
    fitted_at: Mapped[datetime]  # in product time


class SampleRow(Base):
    """A story that was ignored and is shown all the same, so that recall is known.

    `chance` is how likely it was drawn: a sample of few stands for many.
    """

    __tablename__ = "match_samples"
    __table_args__ = (
        UniqueConstraint("series_id", "story_id"),
        Index("ix_match_samples_story_id", "story_id"),
    )

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    story_id: Mapped[int] = mapped_column(ForeignKey("stories.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("story_versions.id"))
    definition_id: Mapped[int] = mapped_column(ForeignKey("series_definitions.id"))
    matcher: Mapped[str]
    shown_as: Mapped[str]  # sample, uncertain
    chance: Mapped[float]
    score: Mapped[float]
    why: Mapped[list[Json]]
    seen_at: Mapped[datetime]
    is_wanted: Mapped[bool | None]  # None: nobody has said
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]


class RematchRow(Leased, Base):
    """How far the stored stories were matched again under a definition: work that can go on."""

    __tablename__ = "series_rematches"

    constraints: ClassVar[tuple[Any, ...]] = (
        UniqueConstraint("series_id", "definition_id", "matcher"),
    )

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    definition_id: Mapped[int] = mapped_column(ForeignKey("series_definitions.id"))
    matcher: Mapped[str]
    reached: Mapped[int] = mapped_column(server_default="0")  # id of the last story done
    stories: Mapped[int] = mapped_column(server_default="0")
    matched: Mapped[int] = mapped_column(server_default="0")
    closed: Mapped[int] = mapped_column(server_default="0")  # came for an instalment that is out
    total: Mapped[int] = mapped_column(server_default="0")  # stories there were when it began
    asked_by: Mapped[str] = mapped_column(server_default="")
    begun_at: Mapped[datetime | None]  # real time
    ended_at: Mapped[datetime | None]


class ReplayRow(Leased, Base):
    """A wish to see what a definition would match of the last days, and what came of it."""

    __tablename__ = "series_replays"

    constraints: ClassVar[tuple[Any, ...]] = (Index("ix_series_replays_series_id", "series_id"),)

    id: Mapped[Key]
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    based_on: Mapped[int]  # number of the version that was edited
    source: Mapped[str]  # TOML
    definition: Mapped[Json]
    note: Mapped[str] = mapped_column(server_default="")
    days: Mapped[int]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    stories: Mapped[int] = mapped_column(server_default="0")  # looked at so far
    total: Mapped[int] = mapped_column(server_default="0")
    result: Mapped[Json | None]
    ended_at: Mapped[datetime | None]
