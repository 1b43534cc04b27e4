"""The places instalments are handed over to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from pipeline.errors import BadInput
from store import audit
from store.models import TargetRow

KINDS = ("wordpress",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place: where it is and what is made there."""

    key: str
    kind: str
    title: str
    url: str


def known(session: Session, keys: Sequence[str] | None = None) -> list[Place]:
    """The places in use by key: all of them, or those named."""
    asked = select(TargetRow).where(TargetRow.retired_at.is_(None)).order_by(TargetRow.key)
    if keys is not None:
        asked = asked.where(TargetRow.key.in_(keys))
    return [
        Place(key=row.key, kind=row.kind, title=row.title, url=row.url)
        for row in session.scalars(asked)
    ]


def add(session: Session, place: Place, *, by: str) -> None:
    """Take a place in, or change what is known of it. Raises BadInput in plain words."""
    url = place.url.rstrip("/")
    parts = urlsplit(url)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", place.key):
        raise BadInput(f"{place.key!r} is no key: small letters, digits and single dashes")
    if place.kind not in KINDS:
        raise BadInput(f"a target is one of: {', '.join(KINDS)}")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise BadInput(
            f"{place.url} is no address of a CMS: it begins with https:// and holds no password; "
            "what opens it stands with the credentials of sources"
        )
    values = {"kind": place.kind, "title": place.title, "url": url}
    session.execute(
        insert(TargetRow)
        .values(key=place.key, **values)
        .on_conflict_do_update(index_elements=["key"], set_={**values, "retired_at": None})
    )
    audit.note(
        session,
        actor=by,
        action="target.add",
        subject_kind="target",
        subject_id=place.key,
        detail=dict(values),
    )


def retire(session: Session, key: str, *, by: str) -> None:
    """Hand nothing more over to a place; what stands there stays. Raises BadInput if unknown."""
    gone = session.scalars(
        update(TargetRow)
        .where(TargetRow.key == key, TargetRow.retired_at.is_(None))
        .values(retired_at=func.now())
        .returning(TargetRow.id)
    ).all()
    if not gone:
        raise BadInput(f"there is no target {key!r}. `serieswatch targets list` names them")
    audit.note(
        session, actor=by, action="target.retire", subject_kind="target", subject_id=key, detail={}
    )
