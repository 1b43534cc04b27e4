"""What is let go of in time, rule by rule, in small lots; never what somebody's work rests on.

A story is *used* when anything refers to it that is not made from feeds alone: an item, a
quotation in one, a decision, a person's word on a tag, a copy, a merge, a sample, an alert.
Whatever table refers to stories or versions and is not named below protects what it refers to: one
that is added later does so by itself. A story protects its whole development, as an instalment
shows the others beside it.

Rows of stories, versions and keys stay for ever: an old item that comes back is known, and is no
new one. What goes are words and bytes. The audit trail is never touched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from config.settings import Settings
from store.models import Base, RetentionRow

# Made from feeds by machines, again and again: these alone protect nothing.
MADE = {
    "story_versions", "story_keys", "story_alternates", "sightings", "stories", "tags", "credits",
    "quotes", "matches", "development_stories", "development_words", "article_pages",
    "fingerprints", "story_changes", "withdrawals",
}  # fmt: skip
# Made by machines too, until a person says something there.
UNLESS = {
    "duplicates": "r.decided_by NOT LIKE 'machine:%'",
    "match_samples": "r.reviewed_by IS NOT NULL",
    "story_merges": "r.decided_by NOT LIKE 'machine:%' OR r.state <> 'proposed'",
}
LOT = 500  # rows in one transaction
LET_GO = "its words were let go of: it is old, and nothing rests on it"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing, for how many days it is kept, and how a lot of it goes."""

    name: str
    told: str  # in words, for `doctor`
    days: Callable[[Settings], int]  # 0: for ever
    sweep: Callable[[Session, int, int], "Swept"]


@dataclass(frozen=True, slots=True)
class Swept:
    """How far a lot reached (None: there is nothing more), and how many rows were let go of."""

    upto: int | None
    let_go: int


def _protecting() -> tuple[str, str]:
    """Conditions: something refers to story `s.id`; something refers to version `v.id`."""
    of: dict[str, list[str]] = {"stories": [], "story_versions": [], "quotes": []}
    for table in Base.metadata.sorted_tables:
        if table.name in MADE:
            continue
        also = f" AND ({UNLESS[table.name]})" if table.name in UNLESS else ""
        for column in table.columns:
            for key in column.foreign_keys:
                if key.column.table.name in of:
                    of[key.column.table.name].append(
                        f'EXISTS (SELECT FROM {table.name} r WHERE r."{column.name}" = '
                        f"{{}}.id{also})"
                    )
    stories = [one.format("s") for one in of["stories"]]
    versions = [one.format("v") for one in of["story_versions"]]
    versions += [
        f"EXISTS (SELECT FROM quotes q WHERE q.version_id = v.id AND {one.format('q')})"  # as above
        for one in of["quotes"]
    ]
    return " OR ".join(stories), " OR ".join(versions)


_STORY, _VERSION = _protecting()
# Used are a story, a version of it, or any other story of its development; or an item stands for
# the development. `s` is the story asked about.
IS_USED = f"""(
    {_STORY}
    OR EXISTS (SELECT FROM story_versions v WHERE v.story_id = s.id AND ({_VERSION}))
)"""  # as above
_OLD = text(
    f"""
    WITH lot AS (
        SELECT id FROM stories WHERE id > :after ORDER BY id LIMIT :lot
    ), old AS (
        SELECT s.id FROM stories s JOIN lot ON lot.id = s.id
        WHERE s.work_state = 'done'
        AND NOT EXISTS (
            SELECT FROM story_versions v WHERE v.story_id = s.id AND v.seen_at >= :before)
        AND NOT EXISTS (
            SELECT FROM development_stories m JOIN items i ON i.development_id = m.development_id
            WHERE m.story_id = s.id)
        AND NOT EXISTS (
            SELECT FROM development_stories own
            JOIN development_stories other ON other.development_id = own.development_id
            JOIN stories s ON s.id = other.story_id
            WHERE own.story_id = lot.id AND {IS_USED})
        AND NOT {IS_USED}
    )
    SELECT (SELECT max(id) FROM lot), (SELECT max(id) FROM stories WHERE first_seen_at < :before),
        coalesce((SELECT array_agg(id) FROM old), '{{}}')
    """  # noqa: S608  # as above
)
_EMPTIED = text("""
    UPDATE story_versions SET summary = '', text = '', html = '',
        problems = problems || CAST(:why AS text)
    WHERE story_id = ANY(:ids) AND NOT (:why = ANY(problems))
    RETURNING id
""")


def _stories(session: Session, after: int, days: int) -> Swept:
    """Let go of the words of a lot of stories that nothing rests on; what they are stays known."""
    before = _before(session, days)
    asked = {"after": after, "lot": LOT, "before": before}
    upto, last, ids = session.execute(_OLD, asked).one()
    if last is None or upto is None or after >= last:
        return Swept(None, 0)
    if ids:
        versions = list(session.scalars(_EMPTIED, {"ids": ids, "why": LET_GO}))
        for table in ("tags", "credits", "quotes"):
            gone = text(f"DELETE FROM {table} WHERE version_id = ANY(:ids)")  # noqa: S608  # one of three
            session.execute(gone, {"ids": versions})
        pages = text("UPDATE article_pages SET text = '' WHERE story_id = ANY(:ids)")
        session.execute(pages, {"ids": ids})
    return Swept(min(upto, last), len(ids))


_BODIES = text(
    f"""
    WITH lot AS (
        SELECT d.id FROM documents d
        WHERE d.id > :after AND d.captured_at < :before ORDER BY d.id LIMIT :lot
    ), gone AS (
        UPDATE documents d SET body = '', hashes = NULL
        FROM lot WHERE d.id = lot.id AND d.work_state = 'done' AND octet_length(d.body) > 0
        AND NOT EXISTS (
            SELECT FROM set_aside a WHERE a.document_id = d.id AND a.settled_at IS NULL)
        AND NOT EXISTS (
            SELECT FROM story_versions o JOIN stories s ON s.id = o.story_id
            WHERE o.document_id = d.id AND (s.work_state <> 'done' OR {IS_USED}))
        AND NOT EXISTS (
            SELECT FROM article_pages p WHERE p.document_id = d.id AND p.work_state <> 'done')
        RETURNING d.id
    )
    SELECT (SELECT max(id) FROM lot), (SELECT count(*) FROM gone)
    """  # noqa: S608  # as above
)


def _documents(session: Session, after: int, days: int) -> Swept:
    """Let go of the bytes of a lot of documents, but of those that used stories were read in."""
    asked = {"after": after, "lot": LOT, "before": _before(session, days)}
    upto, gone = session.execute(_BODIES, asked).one()
    return Swept(upto, gone)


def _deleting(table: str, when: str, *, key: str = "id") -> Callable[[Session, int, int], Swept]:
    """Deletes a lot of rows of which that is true; begins anew each time."""
    gone = text(
        f"DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} "  # noqa: S608  # our own words
        f"WHERE {when} LIMIT :lot) RETURNING 1"
    )

    def sweep(session: Session, _: int, days: int) -> Swept:
        asked = {"lot": LOT, "before": _before(session, days)}
        deleted = len(session.execute(gone, asked).all())
        return Swept(0 if deleted == LOT else None, deleted)

    return sweep


_TROUBLES = text("""
    WITH old AS (
        SELECT t.id FROM troubles t WHERE t.closed_at < :before
        -- The last of these says up to which loss the feed's operator has been told.
        AND (t.kind <> 'items_missed' OR EXISTS (
            SELECT FROM troubles l WHERE l.feed_id = t.feed_id AND l.kind = t.kind
            AND l.id > t.id AND l.lost >= t.lost))
        AND NOT EXISTS (
            SELECT FROM backfills b WHERE b.trouble_id = t.id AND b.work_state = 'ready')
        LIMIT :lot
    ), looked AS (
        DELETE FROM backfills WHERE trouble_id IN (SELECT id FROM old)
    )
    DELETE FROM troubles WHERE id IN (SELECT id FROM old) RETURNING 1
""")


def _troubles(session: Session, _: int, days: int) -> Swept:
    """Let go of a lot of troubles that are over, with the addresses that were looked at."""
    asked = {"lot": LOT, "before": _before(session, days)}
    deleted = len(session.execute(_TROUBLES, asked).all())
    return Swept(0 if deleted == LOT else None, deleted)


_MOMENT = text("SELECT now() - make_interval(days => :days)")


def _before(session: Session, days: int) -> object:
    """The moment before which things are old, by the database's clock."""
    return session.scalar(_MOMENT, {"days": days})


RULES: Mapping[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("documents", "bytes of documents", lambda told: told.keep_documents_days, _documents),
        Rule("stories", "words of stories never used", lambda t: t.keep_unused_days, _stories),
        Rule(
            "set aside",
            "what was set aside and dealt with",
            lambda told: told.keep_set_aside_days,
            _deleting("set_aside", "settled_at < :before"),
        ),
        Rule(
            "sessions",
            "sessions that have ended",
            lambda told: told.keep_sessions_days,
            _deleting("sessions", "least(expires_at, revoked_at) < :before", key="token_hash"),
        ),
        Rule(
            "sign-in attempts",
            "failed sign-ins",
            lambda told: told.keep_sessions_days,
            _deleting("sign_in_attempts", "at < :before"),
        ),
        Rule(
            "presences",
            "who had a text open",
            lambda told: told.keep_sessions_days,
            _deleting("presences", "seen_at < :before", key="ctid"),
        ),
        Rule(
            "robots",
            "what sites said to robots",
            lambda told: told.keep_sessions_days,
            _deleting("robots_rules", "expires_at < :before", key="origin"),
        ),
        Rule(
            "poll days",
            "how polls ended, day by day",
            lambda told: told.keep_set_aside_days,
            _deleting("poll_days", "day < :before", key="ctid"),
        ),
        Rule(
            "troubles",
            "troubles of feeds that are over",
            lambda told: told.keep_set_aside_days,
            _troubles,
        ),
        Rule(
            "invitations",
            "invitations that were used, or are too old to be",
            lambda told: told.keep_sessions_days,
            _deleting("invitations", "least(expires_at, used_at) < :before", key="token_hash"),
        ),
        Rule(
            "replays",
            "what definitions would have matched",
            lambda told: told.keep_sessions_days,
            _deleting("series_replays", "ended_at < :before"),
        ),
        Rule(
            "look-ups",
            "what stood at addresses somebody asked for",
            lambda told: told.keep_sessions_days,
            _deleting("feed_lookups", "ended_at < :before"),
        ),
    )
}


def due(session: Session) -> list[int]:
    """The rules that are due, each with a row of its own from its first time on."""
    names = [{"rule": name} for name in RULES]
    session.execute(insert(RetentionRow).values(names).on_conflict_do_nothing())
    asked = select(RetentionRow.id).where(
        RetentionRow.rule.in_(list(RULES)), RetentionRow.due_at <= func.now()
    )
    return list(session.scalars(asked.order_by(RetentionRow.id)))


def sweep(session: Session, number: int, settings: Settings) -> bool:
    """Let go of one lot by a rule; False when it has come to its end for now."""
    row = session.scalars(select(RetentionRow).where(RetentionRow.id == number)).one()
    rule = RULES[row.rule]
    days = rule.days(settings)
    if not days:
        return False
    swept = rule.sweep(session, row.upto, days)
    session.execute(
        update(RetentionRow)
        .where(RetentionRow.id == number)
        .values(
            let_go=RetentionRow.let_go + swept.let_go,
            upto=row.upto if swept.upto is None else swept.upto,
        )
    )
    return swept.upto is not None


def told(session: Session) -> dict[str, int]:
    """How many rows each rule has let go of, since ever."""
    return dict(session.execute(select(RetentionRow.rule, RetentionRow.let_go)).all())
