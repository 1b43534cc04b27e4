"""Tags of story versions, with their evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.records import Tag
from store.statements import as_json

# One text however many rows: compiled once and prepared once, which a list of VALUES never is.
KEEP = text(
    """
    INSERT INTO tags (version_id, scheme, code, label, score, evidence, decided_by)
    SELECT version_id, scheme, code, label, score, evidence, :decided_by
    FROM json_to_recordset(CAST(:tags AS json)) AS r(
        version_id bigint, scheme text, code text, label text, score float8, evidence jsonb)
    ON CONFLICT DO NOTHING
    """
)


def keep(session: Session, tags: Mapping[int, Sequence[Tag]], *, decided_by: str) -> None:
    """Keep the tags of each version id; tags kept already stay."""
    rows = [
        {
            "version_id": version_id,
            "scheme": tag.scheme,
            "code": tag.code,
            "label": tag.label,
            "score": tag.score,
            "evidence": [asdict(span) for span in tag.evidence],
        }
        for version_id, found in sorted(tags.items())
        for tag in found
    ]
    if rows:
        session.execute(KEEP, {"tags": as_json(rows), "decided_by": decided_by})
