"""What this release knows of stories and an older one did not keep: added piece by piece.

Each piece is a transaction of its caller's; begun again, it goes on with what is still missing.
"""

from collections.abc import Callable

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.records import Keys, Story
from store.statements import as_json

PIECE = 2000  # stories

# Of a story that was kept before there were alternates none is there.
_WITHOUT_ALTERNATES = text(
    """
    SELECT s.id, s.outlet_id, s.first_seen_at, v.title, v.canonical_url, o.key, o.kind,
        ARRAY(SELECT k.scope FROM story_keys k
              WHERE k.story_id = s.id AND k.scheme = 'guid' ORDER BY k.scope, k.value) AS scopes,
        ARRAY(SELECT k.value FROM story_keys k
              WHERE k.story_id = s.id AND k.scheme = 'guid' ORDER BY k.scope, k.value) AS guids
    FROM stories s
    JOIN story_versions v ON v.story_id = s.id AND v.number = s.current_version
    JOIN outlets o ON o.id = s.outlet_id
    WHERE s.id > :after
        AND NOT EXISTS (SELECT FROM story_alternates a WHERE a.story_id = s.id)
    ORDER BY s.id LIMIT :piece
    """
)
_ADD = text(
    """
    INSERT INTO story_alternates (scheme, scope, value, story_id, seen_at)
    SELECT scheme, scope, value, story_id, seen_at
    FROM json_to_recordset(CAST(:alternates AS json)) AS r(
        scheme text, scope text, value text, story_id bigint, seen_at timestamptz)
    ON CONFLICT DO NOTHING
    """
)


def add_alternates(
    session: Session, *, after: int, keys: Callable[[Story], Keys], piece: int = PIECE
) -> int | None:
    """Give the next stories without alternates theirs; the last one's id, None when none is left.

    `after` is the id the piece before ended with, 0 at first.
    """
    found = session.execute(_WITHOUT_ALTERNATES, {"after": after, "piece": piece}).all()
    rows: list[dict[str, object]] = []
    for story_id, outlet_id, at, title, url, outlet, kind, scopes, guids in found:
        bare = Story(title=title, canonical_url=url, outlet=outlet, outlet_kind=kind)
        own = keys(bare)
        names = [("url", "", own.loose_url), ("title", str(outlet_id), own.title)]
        for scope, guid in zip(scopes, guids, strict=True):
            loose = keys(Story(title="", guid=guid, outlet=outlet, outlet_kind=kind)).loose_guid
            names.append(("guid", scope, loose))
        rows += [
            {"scheme": scheme, "scope": scope, "value": value, "story_id": story_id, "seen_at": at}
            for scheme, scope, value in names
            if value is not None
        ]
    if rows:
        session.execute(_ADD, {"alternates": as_json(rows)})
    return int(found[-1].id) if found else None
