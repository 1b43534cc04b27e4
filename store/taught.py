"""What decisions teach the series: examples, models, and the ignored that are shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select, text, update
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from pipeline.errors import SerieswatchError
from store import audit, rejections
from store.models import (
    MemberRow,
    SampleRow,
    SeriesModelRow,
    SeriesRow,
    StoryRow,
    VersionRow,
)
from store.statements import as_json

# One development is one example: what stands of the decisions about its items, in whichever
# instalment, the last. A decision that was taken back is none; nor is a rejection that says nothing
# of what belongs: its source was killed, or the series tells it already (store/rejections.py).
_DECIDED = text(
    """
    SELECT DISTINCT ON (development_id) development_id, story_id, is_wanted, at
    FROM (
        SELECT i.development_id, i.story_id, d.action = 'accept' AS is_wanted,
            d.decided_at AS at, d.id
        FROM decisions d
        JOIN items i ON i.id = d.item_id
        JOIN instalments n ON n.id = i.instalment_id
        WHERE n.series_id = :series AND d.action IN ('accept', 'reject')
            AND NOT EXISTS (SELECT 1 FROM decisions u WHERE u.undoes_id = d.id)
            AND (
                d.action = 'accept'
                OR d.reason = :not_this_series
                OR d.reason = ''
                    AND NOT EXISTS (
                        SELECT 1 FROM items o JOIN instalments p ON p.id = o.instalment_id
                        WHERE o.development_id = i.development_id AND o.state = 'accepted'
                            AND p.series_id = n.series_id AND p.id <> n.id)
                    AND NOT EXISTS (
                        SELECT 1 FROM items o WHERE o.id = i.merged_into AND o.state = 'accepted')
            )
        UNION ALL
        SELECT m.development_id, s.story_id, s.is_wanted, s.reviewed_at, 0
        FROM match_samples s
        JOIN development_stories m ON m.story_id = s.story_id
        WHERE s.series_id = :series AND s.is_wanted IS NOT NULL
    ) AS told
    ORDER BY development_id, at DESC, id DESC
    """
)
_KEEP_SAMPLES = text(
    """
    INSERT INTO match_samples
        (series_id, story_id, version_id, definition_id, matcher, shown_as, chance, score, why,
         seen_at)
    SELECT series_id, story_id, version_id, definition_id, matcher, shown_as, chance, score, why,
        seen_at
    FROM json_to_recordset(CAST(:samples AS json)) AS r(
        series_id bigint, story_id bigint, version_id bigint, definition_id bigint, matcher text,
        shown_as text, chance float8, score float8, why jsonb, seen_at timestamptz)
    ON CONFLICT DO NOTHING
    """
)


class UnknownSample(SerieswatchError):
    """No such story was shown for the series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision to learn from: about which story, whether it was wanted, when."""

    story_id: int
    is_wanted: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The model of a series, as it is stored."""

    number: int
    definition_id: int
    model: dict[str, Any]
    figures: dict[str, Any]
    fitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An ignored story that is shown all the same, to be kept."""

    series_id: int
    story_id: int
    version_id: int
    definition_id: int
    matcher: str
    shown_as: str
    chance: float
    score: float
    why: list[dict[str, Any]]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """What was reviewed of the ignored: how many were drawn, and for how many they stand."""

    waiting: int
    reviewed: int
    wanted: int
    covers: float  # ignored stories that the reviewed ones stand for, by the chances
    stands_for: float  # wanted ones among those


def decided(session: Session, series_id: int) -> list[Decided]:
    """The decisions that stand in a series, one for each development, in the order of time."""
    given = {"series": series_id, "not_this_series": rejections.NOT_THIS_SERIES}
    found = session.execute(_DECIDED, given)
    told = [Decided(story_id=row.story_id, is_wanted=row.is_wanted, at=row.at) for row in found]
    return sorted(told, key=lambda one: (one.at, one.story_id))


def models(session: Session) -> dict[int, Model]:
    """The newest model of each series that has one, by series id."""
    asked = (
        select(SeriesModelRow)
        .ext(distinct_on(SeriesModelRow.series_id))
        .order_by(SeriesModelRow.series_id, SeriesModelRow.number.desc())
    )
    return {
        row.series_id: Model(
            number=row.number,
            definition_id=row.definition_id,
            model=row.model,
            figures=row.figures,
            fitted_at=row.fitted_at,
        )
        for row in session.scalars(asked)
    }


def keep_model(  # noqa: PLR0913  # the facts of a model, each by its name
    session: Session,
    series_id: int,
    *,
    definition_id: int,
    model: Mapping[str, Any],
    figures: Mapping[str, Any],
    now: datetime,
) -> int:
    """Make this the model of the series; gives its number. One equal to the newest adds none."""
    key = session.scalars(
        select(SeriesRow.key).where(SeriesRow.id == series_id).with_for_update()
    ).one()
    before = models(session).get(series_id)
    told = (definition_id, dict(model), dict(figures))
    if before and (before.definition_id, before.model, before.figures) == told:
        session.execute(
            update(SeriesModelRow)
            .where(SeriesModelRow.series_id == series_id, SeriesModelRow.number == before.number)
            .values(fitted_at=now)
        )
        return before.number
    number = before.number + 1 if before else 1
    session.execute(
        insert(SeriesModelRow).values(
            series_id=series_id,
            number=number,
            definition_id=definition_id,
            model=dict(model),
            figures=dict(figures),
            fitted_at=now,
        )
    )
    audit.note(
        session,
        actor="machine:learner",
        action="series.learn",
        subject_kind="series",
        subject_id=key,
        detail={"model": number, "decisions": figures.get("decisions"), "method": model["method"]},
    )
    return number


def keep_samples(session: Session, samples: Sequence[Sample]) -> None:
    """Keep ignored stories to be shown; one that is kept already stays as it is."""
    if samples:
        names = Sample.__dataclass_fields__
        rows = [{name: getattr(one, name) for name in names} for one in samples]
        session.execute(_KEEP_SAMPLES, {"samples": as_json(rows)})


def samples(session: Session, series_id: int, *, limit: int = 50) -> list[dict[str, object]]:
    """The ignored stories of a series that wait for a person's word, the youngest first."""
    asked = (
        select(SampleRow, VersionRow.title, VersionRow.url)
        .join(VersionRow, VersionRow.id == SampleRow.version_id)
        .where(SampleRow.series_id == series_id, SampleRow.is_wanted.is_(None))
        .order_by(SampleRow.seen_at.desc(), SampleRow.id.desc())
        .limit(limit)
    )
    return [
        {
            "story": row.story_id,
            "shown_as": row.shown_as,
            "score": row.score,
            "title": title,
            "url": url,
            "seen_at": row.seen_at,
            "why": row.why,
        }
        for row, title, url in session.execute(asked)
    ]


def review(  # noqa: PLR0913  # who says what of which story of which series when
    session: Session, series_id: int, story_id: int, *, is_wanted: bool, by: str, now: datetime
) -> None:
    """Write down whether an ignored story belongs after all. Raises UnknownSample."""
    found = session.execute(
        update(SampleRow)
        .where(SampleRow.series_id == series_id, SampleRow.story_id == story_id)
        .values(is_wanted=is_wanted, reviewed_by=by, reviewed_at=now)
        .returning(SampleRow.id)
    ).one_or_none()
    if found is None:
        raise UnknownSample(f"Story {story_id} was not shown for this series: nothing to review")
    detail: dict[str, object] = {"story": story_id, "is_wanted": is_wanted}
    audit.note(
        session,
        actor=by,
        action="series.review",
        subject_kind="series",
        subject_id=str(series_id),
        detail=detail,
    )


def missed(session: Session, series_id: int) -> Missed:
    """What the reviewed sample says of what was ignored."""
    weight = case((SampleRow.shown_as == "sample", 1 / SampleRow.chance), else_=1.0)
    waiting, reviewed, wanted, covers, stands_for = session.execute(
        select(
            func.count().filter(SampleRow.is_wanted.is_(None)),
            func.count().filter(SampleRow.is_wanted.is_not(None)),
            func.count().filter(SampleRow.is_wanted.is_(True)),
            func.coalesce(func.sum(weight).filter(SampleRow.is_wanted.is_not(None)), 0.0),
            func.coalesce(func.sum(weight).filter(SampleRow.is_wanted.is_(True)), 0.0),
        ).where(SampleRow.series_id == series_id)
    ).one()
    return Missed(waiting, reviewed, wanted, float(covers), float(stands_for))


def beside(session: Session, story_ids: Sequence[int], *, most: int) -> dict[int, list[int]]:
    """The youngest stories of the developments that these belong to, by development."""
    touched = select(MemberRow.development_id).where(MemberRow.story_id.in_(story_ids))
    place = func.row_number().over(
        partition_by=MemberRow.development_id,
        order_by=(StoryRow.first_seen_at.desc(), StoryRow.id.desc()),
    )
    ranked = (
        select(MemberRow.development_id, MemberRow.story_id, place.label("place"))
        .join(StoryRow, StoryRow.id == MemberRow.story_id)
        .where(MemberRow.development_id.in_(touched), MemberRow.form == "")
        .subquery()
    )
    asked = select(ranked.c.development_id, ranked.c.story_id).where(ranked.c.place <= most)
    found: dict[int, list[int]] = {}
    for development_id, story_id in session.execute(asked.order_by(ranked.c.story_id)):
        found.setdefault(development_id, []).append(story_id)
    return {number: members for number, members in found.items() if len(members) > 1}
