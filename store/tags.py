"""Tags of story versions, with their evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.records import Tag
from store.models import TagRow


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
            "decided_by": decided_by,
        }
        for version_id, found in sorted(tags.items())
        for tag in found
    ]
    for start in range(0, len(rows), 2000):  # the driver takes 65,535 values in one statement
        session.execute(insert(TagRow).values(rows[start : start + 2000]).on_conflict_do_nothing())
