"""What a database holds, by what things are called and not by row numbers: to compare two plays."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from cli.embedded import servers
from store.session import make_engine

Content = Mapping[str, Counter[tuple[object, ...]]]

# Every story under one name that does not depend on who came first: an address, else a guid,
# else its text, else what a reused guid stood for.
NAMES = """
CREATE TEMP VIEW named AS
SELECT DISTINCT ON (k.story_id) k.story_id AS id,
       k.scheme || ' ' || coalesce(f.url, '') || ' ' || k.value AS name
FROM story_keys k LEFT JOIN feeds f ON f.id::text = k.scope
WHERE k.scheme <> 'body'
ORDER BY k.story_id, array_position(ARRAY['url', 'guid', 'text', 'reused'], k.scheme), name;
CREATE TEMP VIEW standing AS
SELECT v.* FROM story_versions v JOIN stories s ON s.id = v.story_id
AND v.number = s.current_version
"""

QUESTIONS = {
    "documents": """
        SELECT f.url, x.body_hash, x.captured_at::text, x.format, x.outcome->>'entries'
        FROM documents x JOIN feeds f ON f.id = x.feed_id""",
    "times set aside": """
        SELECT f.url, x.stage, x.raw_hash, x.times
        FROM set_aside x JOIN feeds f ON f.id = x.feed_id""",
    "set aside": """
        SELECT f.url, x.stage, x.state, x.reason, x.raw_hash, x.settled_how
        FROM set_aside x JOIN feeds f ON f.id = x.feed_id""",
    "stories": """
        SELECT n.name, o.key, x.first_seen_at::text, x.current_version, x.status
        FROM stories x JOIN outlets o ON o.id = x.outlet_id LEFT JOIN named n ON n.id = x.id""",
    "story keys": """
        SELECT x.scheme, f.url, x.value, n.name FROM story_keys x
        LEFT JOIN feeds f ON f.id::text = x.scope LEFT JOIN named n ON n.id = x.story_id""",
    "versions": """
        SELECT n.name, x.number, x.kind, x.fingerprint, x.title, x.url, x.seen_at::text
        FROM story_versions x LEFT JOIN named n ON n.id = x.story_id""",
    "sightings": """
        SELECT n.name, f.url, x.fingerprint FROM sightings x
        JOIN feeds f ON f.id = x.feed_id LEFT JOIN named n ON n.id = x.story_id""",
    "duplicates": """
        SELECT n.name, r.name, x.relation FROM duplicates x
        LEFT JOIN named n ON n.id = x.story_id LEFT JOIN named r ON r.id = x.root_id""",
    "tags": """
        SELECT n.name, v.number, x.scheme, x.code, x.evidence::text FROM tags x
        JOIN story_versions v ON v.id = x.version_id JOIN named n ON n.id = v.story_id""",
    "developments": """
        SELECT n.name, d.title, round(x.score::numeric, 9)::float8, x.why
        FROM development_stories x
        JOIN developments d ON d.id = x.development_id LEFT JOIN named n ON n.id = x.story_id""",
    "matches": """
        SELECT s.key, d.number, n.name, v.number, x.score, x.zone, x.section, x.why::text
        FROM matches x JOIN series_definitions d ON d.id = x.definition_id
        JOIN series s ON s.id = x.series_id
        JOIN story_versions v ON v.id = x.version_id JOIN named n ON n.id = v.story_id""",
    "instalments": """
        SELECT s.key, x.number, x.cut_off::text, x.state
        FROM instalments x JOIN series s ON s.id = x.series_id""",
    "items": """
        SELECT s.key, i.number, x.section, x.position, x.headline, x.attribution, x.state, n.name,
               x.zone, x.score, d.title
        FROM items x JOIN instalments i ON i.id = x.instalment_id
        JOIN series s ON s.id = i.series_id JOIN developments d ON d.id = x.development_id
        JOIN story_versions v ON v.id = x.version_id JOIN named n ON n.id = v.story_id""",
    "rows that wait or were given up": """
        SELECT * FROM (
            SELECT 'document', id, work_state, last_error FROM documents WHERE work_state <> 'done'
            UNION ALL
            SELECT 'story', id, work_state, last_error FROM stories WHERE work_state <> 'done'
            UNION ALL
            SELECT 'instalment', id, work_state, last_error FROM instalments
            WHERE work_state <> 'done'
            UNION ALL
            SELECT 'feed', id, work_state, last_error FROM feeds
            WHERE work_state = 'dead' OR lease_token IS NOT NULL
        )""",
}
# Of what stands at the end, whoever was read first: of two feeds that bring one page in one moment
# that is chance, and numbers what they say. What an editor has decided on stays as it was then: of
# items it counts which there are.
STANDING = {
    table: question
    for table, question in QUESTIONS.items()
    if table in {"set aside", "sightings", "duplicates", "rows that wait or were given up"}
} | {
    "stories": """
        SELECT n.name, o.key, x.first_seen_at::text, x.status, v.title, v.url,
            regexp_replace(v.fingerprint, '^[0-9]+> ', '')
        FROM stories x JOIN outlets o ON o.id = x.outlet_id JOIN standing v ON v.story_id = x.id
        LEFT JOIN named n ON n.id = x.id WHERE x.merged_into IS NULL""",
    "keys of stories": """
        SELECT x.scheme, f.url, x.value, n.name FROM story_keys x
        LEFT JOIN feeds f ON f.id::text = x.scope LEFT JOIN named n ON n.id = x.story_id
        WHERE x.scheme <> 'body'""",
    "versions": """
        SELECT n.name, regexp_replace(x.fingerprint, '^[0-9]+> ', ''), x.title, x.url
        FROM story_versions x LEFT JOIN named n ON n.id = x.story_id""",
    "tags of what stands": """
        SELECT n.name, t.scheme, t.code, t.evidence::text
        FROM stories x JOIN standing v ON v.story_id = x.id
        JOIN tags t ON t.version_id = v.id JOIN named n ON n.id = x.id""",
    "quotations of what stands": """
        SELECT n.name, q.text, q.speaker, q.field, q.start
        FROM stories x JOIN standing v ON v.story_id = x.id
        JOIN quotes q ON q.version_id = v.id JOIN named n ON n.id = x.id""",
    # That each stands in one development. In which is asked below: a try that failed is made again
    # later, when its neighbours have been placed, and what is nearly alike may then fall otherwise.
    "stories in developments": """
        SELECT n.name FROM development_stories x LEFT JOIN named n ON n.id = x.story_id""",
    "matches of what stands": """
        SELECT s.key, n.name, m.score, m.zone, m.section
        FROM stories x JOIN standing v ON v.story_id = x.id
        JOIN matches m ON m.version_id = v.id JOIN series s ON s.id = m.series_id
        JOIN named n ON n.id = x.id""",
    "instalments": """
        SELECT s.key, x.number, x.cut_off::text
        FROM instalments x JOIN series s ON s.id = x.series_id""",
    # Whichever item tells it, and in which instalment: what an editor has decided on in one is not
    # offered again in the next.
    "stories that items tell": """
        SELECT DISTINCT s.key, n.name, m.zone
        FROM items x JOIN instalments i ON i.id = x.instalment_id
        JOIN series s ON s.id = i.series_id
        JOIN development_stories d ON d.development_id = x.development_id
        JOIN standing v ON v.story_id = d.story_id
        JOIN matches m ON m.version_id = v.id AND m.series_id = s.id
        JOIN named n ON n.id = d.story_id""",
    "items twice in an instalment": """
        SELECT s.key, i.number, d.title
        FROM items x JOIN instalments i ON i.id = x.instalment_id
        JOIN series s ON s.id = i.series_id JOIN developments d ON d.id = x.development_id
        WHERE x.merged_into IS NULL GROUP BY 1, 2, 3, d.id HAVING count(*) > 1""",
}
GROUPED = {
    "stories grouped otherwise": """
        SELECT n.name, d.title FROM development_stories x
        JOIN developments d ON d.id = x.development_id LEFT JOIN named n ON n.id = x.story_id"""
}
CAPTURED = ("documents", "times set aside")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How one table differs between two plays."""

    table: str
    rows: int  # in the first
    lost: tuple[tuple[object, ...], ...]  # in the first and not in the second
    added: tuple[tuple[object, ...], ...]  # in the second and not in the first
    doubled: tuple[tuple[object, ...], ...]  # more often than once in the second


def read(kept: Path, questions: Mapping[str, str] = QUESTIONS) -> Content:
    """All that a kept database holds, by table; starts the embedded server for the question."""
    with servers(kept, broker=False) as started:
        engine = make_engine(started.database_url)
        with engine.connect() as connection:
            connection.execute(text(NAMES))
            content = {
                table: Counter(tuple(row) for row in connection.execute(text(question)))
                for table, question in questions.items()
            }
        engine.dispose()
    return content


def compare(
    first: Content, second: Content, *, besides: Sequence[str] = ()
) -> Iterator[Difference]:
    """Table by table, what the second has lost, added or doubled; not those named in `besides`."""
    for table, rows in first.items():
        if table in besides:
            continue
        yield Difference(
            table=table,
            rows=rows.total(),
            lost=tuple((rows - second[table]).elements()),
            added=tuple((second[table] - rows).elements()),
            doubled=tuple(row for row, times in second[table].items() if times > rows[row] > 0),
        )
