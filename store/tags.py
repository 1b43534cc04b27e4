"""Tags of story versions, with their evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.records import Span, Story, Tag
from store.models import StoryRow, SubjectModelRow, TagCorrectionRow, TagRow, VersionRow
from store.statements import as_json

# One text however many rows: compiled once and prepared once, which a list of VALUES never is.
KEEP = text(
    """
    INSERT INTO tags (version_id, scheme, code, label, score, evidence, why, decided_by)
    SELECT version_id, scheme, code, label, score, evidence, why, :decided_by
    FROM json_to_recordset(CAST(:tags AS json)) AS r(
        version_id bigint, scheme text, code text, label text, score float8, evidence jsonb,
        why text)
    ON CONFLICT (version_id, scheme, code) DO UPDATE
    SET label = EXCLUDED.label, score = EXCLUDED.score, evidence = EXCLUDED.evidence,
        why = EXCLUDED.why, decided_by = EXCLUDED.decided_by
    WHERE tags.decided_by LIKE 'machine:%'  -- what a person said stays
    AND (tags.label, tags.score, tags.evidence, tags.why, tags.decided_by) IS DISTINCT FROM
        (EXCLUDED.label, EXCLUDED.score, EXCLUDED.evidence, EXCLUDED.why, EXCLUDED.decided_by)
    """
)
# What a machine said before and does not say any more. What a person said stays.
DROP = text(
    """
    DELETE FROM tags
    WHERE version_id = ANY(:versions) AND decided_by LIKE 'machine:%'
    AND NOT EXISTS (
        SELECT FROM json_to_recordset(CAST(:tags AS json)) AS r(
            version_id bigint, scheme text, code text)
        WHERE r.version_id = tags.version_id AND r.scheme = tags.scheme AND r.code = tags.code)
    """
)


def keep(session: Session, tags: Mapping[int, Sequence[Tag]], *, decided_by: str) -> None:
    """Let the tags of each version id be these: tagged again, a version has no tag twice."""
    rows = [
        {
            "version_id": version_id,
            "scheme": tag.scheme,
            "code": tag.code,
            "label": tag.label,
            "score": tag.score,
            "evidence": [asdict(span) for span in tag.evidence],
            "why": tag.why,
        }
        for version_id, found in sorted(tags.items())
        for tag in found
    ]
    if tags:
        session.execute(DROP, {"tags": as_json(rows), "versions": sorted(tags)})
    if rows:
        session.execute(KEEP, {"tags": as_json(rows), "decided_by": decided_by})


def version_of(session: Session, story_id: int) -> int | None:
    """Return the id of the version that a story shows now; None if there is no such story."""
    return session.scalar(
        select(VersionRow.id)
        .join(StoryRow, StoryRow.id == VersionRow.story_id)
        .where(StoryRow.id == story_id, VersionRow.number == StoryRow.current_version)
    )


def correct(  # noqa: PLR0913 - as many as the row has
    session: Session,
    version_id: int,
    *,
    scheme: str,
    code: str,
    is_right: bool,
    by: str,
    at: datetime,
) -> None:
    """Keep what a person says of a tag; said again, the last word stands."""
    values = {"is_right": is_right, "corrected_by": by, "corrected_at": at}
    statement = insert(TagCorrectionRow).values(
        version_id=version_id, scheme=scheme, code=code, **values
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["version_id", "scheme", "code"], set_=values
        )
    )


def corrections(session: Session, scheme: str) -> dict[str, list[tuple[Story, bool]]]:
    """Return by code the stories that people said a tag of, oldest first."""
    asked = (
        select(TagCorrectionRow.code, TagCorrectionRow.is_right, VersionRow)
        .join(VersionRow, VersionRow.id == TagCorrectionRow.version_id)
        .where(TagCorrectionRow.scheme == scheme)
        .order_by(TagCorrectionRow.corrected_at, TagCorrectionRow.version_id)
    )
    found: dict[str, list[tuple[Story, bool]]] = {}
    for code, is_right, version in session.execute(asked):
        story = Story(title=version.title, summary=version.summary, text=version.text)
        found.setdefault(code, []).append((story, is_right))
    return found


def keep_model(session: Session, code: str, model: Mapping[str, Any], *, at: datetime) -> None:
    """Keep what was learnt of a subject beside what was learnt before."""
    row = SubjectModelRow(code=code, version=model["version"], model=dict(model), learnt_at=at)
    session.add(row)


def models(session: Session) -> list[dict[str, Any]]:
    """Return what was learnt last of each subject, in the order of their codes."""
    newest = (
        select(SubjectModelRow.code, func.max(SubjectModelRow.version).label("version"))
        .group_by(SubjectModelRow.code)
        .subquery()
    )
    asked = (
        select(SubjectModelRow)
        .join(
            newest,
            (newest.c.code == SubjectModelRow.code) & (newest.c.version == SubjectModelRow.version),
        )
        .order_by(SubjectModelRow.code)
    )
    return [row.model for row in session.scalars(asked)]


def of_versions(session: Session, version_ids: Sequence[int]) -> dict[int, tuple[Tag, ...]]:
    """The tags of each of these versions that has some, the most certain first."""
    row = TagRow
    asked = (
        select(row.version_id, row.scheme, row.code, row.label, row.score, row.evidence)
        .where(row.version_id.in_(version_ids))
        .order_by(row.version_id, row.score.desc(), row.label)
    )
    found: dict[int, list[Tag]] = {}
    for version_id, scheme, code, label, score, evidence in session.execute(asked):
        spans = tuple(Span(**span) for span in evidence)
        told = Tag(scheme=scheme, code=code, label=label, score=score, evidence=spans)
        found.setdefault(version_id, []).append(told)
    return {version: tuple(told) for version, told in found.items()}
