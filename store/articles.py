"""Pages of stories: which are to be read, what came of each, and how their text joins the story.

A page's text is a version of its own (source "page") for every wording of the story that a feed
says now: headline and summary stay the feed's, and later polls are compared with what stands.
"""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from pipeline.domains import host_of
from pipeline.records import Answer, Article, Story
from store import merges, standing, work
from store.models import (
    ArticlePageRow,
    DocumentRow,
    FeedRow,
    OutletRow,
    RobotsRulesRow,
    SightingRow,
    StoryRow,
    VersionRow,
)
from store.stories import record

OF_PAGE = "page> "  # before the fingerprint of the wording that a page's version completes

Complete = Callable[[Story, Article], Story]


@dataclass(frozen=True, slots=True)
class PageText:
    """What a story's page shows, and the link it is good for."""

    url: str
    article: Article


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page to be asked for, and what asking it takes."""

    id: int
    feed_id: int
    feed_url: str
    url: str
    host: str
    address: str | None  # of the feed's server, where the page is on the same host
    user_agent: str | None
    hops: int
    tries: int
    is_wanted: bool  # the feed still asks for full text
    is_shown: bool  # the story is not merged into another


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A page that has come: its bytes, and the headline of the story it should be."""

    id: int
    story_id: int
    title: str
    document_id: int
    answer: Answer


# --- which pages


def want(session: Session, feed_id: int, *, at: datetime) -> int:
    """Let the pages be read of the stories that this feed brought first at `at`; gives how many.

    Only those with a page of their own. A page that was asked for before is not asked for again.
    """
    said, version = SightingRow, VersionRow
    found = session.execute(
        select(said.story_id, version.canonical_url, version.url)
        .join(StoryRow, StoryRow.id == said.story_id)
        .join(
            version,
            (version.story_id == StoryRow.id) & (version.number == StoryRow.current_version),
        )
        .where(
            said.feed_id == feed_id,
            said.first_seen_at == at,
            StoryRow.merged_into.is_(None),
            StoryRow.status == "usable",
            version.canonical_url.is_not(None),
        )
        .order_by(said.story_id)
    )
    rows = [
        {"story_id": story_id, "feed_id": feed_id, "story_url": canonical}
        | {"url": page, "host": host_of(page)}
        for story_id, canonical, url in found
        if (page := url or canonical)
    ]
    if not rows:
        return 0
    added = upsert(ArticlePageRow).values(rows).on_conflict_do_nothing()
    return len(session.execute(added.returning(ArticlePageRow.id)).all())


_DUE = text("""
    UPDATE article_pages SET announced_until = now() + make_interval(secs => :ring)
    WHERE id IN (
        SELECT DISTINCT ON (host) id FROM article_pages
        WHERE state = 'wanted' AND work_state = 'ready' AND due_at <= now()
            AND (lease_until IS NULL OR lease_until <= now())
            AND (announced_until IS NULL OR announced_until <= now())
        ORDER BY host, due_at, id LIMIT :most
    )
    RETURNING id
""")


def due(session: Session, *, most: int, ring_seconds: float) -> list[int]:
    """Take note that pages are rung for, one of each host, and give their ids."""
    return sorted(session.scalars(_DUE, {"most": most, "ring": ring_seconds}))


def free(session: Session, ids: Sequence[int], *, state: str) -> list[Wanted]:
    """Those of the pages that are due and free in this state, locked until the transaction ends."""
    row = ArticlePageRow
    asked = (
        select(row, FeedRow, StoryRow.merged_into)
        .join(FeedRow, FeedRow.id == row.feed_id)
        .join(StoryRow, StoryRow.id == row.story_id)
        .where(
            row.id.in_(ids),
            row.state == state,
            work.is_free(row),
        )
        .order_by(row.id)
        .with_for_update(of=row, skip_locked=True)
    )
    return [
        Wanted(
            id=page.id,
            feed_id=feed.id,
            feed_url=feed.url,
            url=page.url,
            host=page.host,
            address=feed.address if page.host == feed.host else None,
            user_agent=feed.user_agent,
            hops=page.hops,
            tries=page.tries,
            is_wanted=feed.wants_full_text,
            is_shown=into is None,
        )
        for page, feed, into in session.execute(asked)
    ]


# --- what sites say to robots


def rules(session: Session, origins: Collection[str]) -> dict[str, tuple[str, str]]:
    """What these sites say to robots, (state, rules) by origin; what is too old is left out."""
    row = RobotsRulesRow
    asked = select(row.origin, row.state, row.rules).where(
        row.origin.in_(sorted(origins)), row.expires_at > func.now()
    )
    return {origin: (state, said) for origin, state, said in session.execute(asked)}


def keep_rules(
    session: Session, origin: str, *, state: str, rules: str, good_for: timedelta
) -> None:
    """Keep what a site says to robots, until it is asked again."""
    values = {"state": state, "rules": rules, "asked_at": func.now()}
    values["expires_at"] = func.now() + good_for
    kept = upsert(RobotsRulesRow).values(origin=origin, **values)
    session.execute(kept.on_conflict_do_update(index_elements=["origin"], set_=values))


# --- what came


def note(session: Session, page_id: int, **values: object) -> None:
    """Write down what came of a page: `state` and `reason`, and what else is known now."""
    session.execute(update(ArticlePageRow).where(ArticlePageRow.id == page_id).values(**values))


def keep_bytes(
    session: Session, *, feed_id: int, answer: Answer, body_hash: str, at: datetime
) -> int:
    """Keep a page as it came, to be read and read again; gives the document's id.

    It is no feed's document and never waits for the parser.
    """
    values = {
        "feed_id": feed_id,
        "fetch_token": uuid.uuid4(),
        "captured_at": at,
        "url": answer.url,
        "status": answer.status,
        "headers": dict(answer.headers),
        "body": answer.body,
        "body_hash": body_hash,
        "way": "page",
        "work_state": "done",
    }
    made = insert(DocumentRow).values(**values).returning(DocumentRow.id)
    return session.scalars(made).one()


def drop_bytes(session: Session, document_id: int) -> None:
    """Keep nothing of a page but that it came: it is not for us to keep."""
    session.execute(update(DocumentRow).where(DocumentRow.id == document_id).values(body=b""))


def load(session: Session, page_id: int) -> Fetched:
    """A page that has come. Raises NoResultFound for one that has not."""
    row = ArticlePageRow
    page, document, title = session.execute(
        select(row, DocumentRow, VersionRow.title)
        .join(DocumentRow, DocumentRow.id == row.document_id)
        .join(StoryRow, StoryRow.id == row.story_id)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .where(row.id == page_id)
    ).one()
    return Fetched(
        id=page.id,
        story_id=page.story_id,
        title=title,
        document_id=document.id,
        answer=Answer(
            url=document.url,
            status=document.status,
            headers=document.headers,
            body=document.body,
        ),
    )


def note_dead(session: Session, ids: Sequence[int]) -> None:
    """Say of pages that were given up why the feed's own words stand."""
    row = ArticlePageRow
    reason = func.concat("reading its page was given up: ", row.last_error)
    given_up = update(row).where(row.id.in_(ids)).values(state="given_up", reason=reason)
    session.execute(given_up)


# --- the text


def texts(session: Session, story_ids: Collection[int]) -> dict[int, PageText]:
    """What the pages of these stories show, by story; those that were not read are left out."""
    row = ArticlePageRow
    asked = select(row).where(row.story_id.in_(sorted(story_ids)), row.state == "read")
    return {
        page.story_id: PageText(
            page.story_url,
            Article(
                title=page.title,
                text=page.text,
                byline=page.byline,
                published=page.published_at,
                language=page.language,
                problems=tuple(page.problems),
            ),
        )
        for page in session.scalars(asked)
    }


def keep(  # noqa: PLR0913  # each is a plain fact of the page
    session: Session,
    page: Fetched,
    article: Article,
    *,
    reason: str,
    complete: Complete,
    leading: standing.Leading,
) -> bool:
    """Let what a page shows be the story's text; True if the story is to be placed anew.

    Nothing is news in it: the versions were seen when the words they complete were.
    """
    merges.lock(session, [page.story_id])
    note(
        session,
        page.id,
        state="read",
        reason=reason,
        title=article.title,
        text=article.text,
        byline=article.byline,
        language=article.language,
        published_at=article.published,
        problems=list(article.problems),
    )
    link = texts(session, [page.story_id])[page.story_id].url
    for version, outlet in _said_now(session, page.story_id):
        words = complete(record(version, outlet), article)
        if words.text != version.text and version.canonical_url == link:
            _complete(session, version, words, document_id=page.document_id)
    changed_at = select(StoryRow.changed_at).where(StoryRow.id == page.story_id)
    at = session.scalars(changed_at).one()
    return standing.settle(session, page.story_id, leading=leading, at=at)


def _said_now(session: Session, story_id: int) -> list[tuple[VersionRow, OutletRow]]:
    """The versions that say what some feed says of the story now, in order."""
    said = select(SightingRow.version).where(SightingRow.story_id == story_id)
    asked = (
        select(VersionRow, OutletRow)
        .join(FeedRow, FeedRow.id == VersionRow.feed_id)
        .join(OutletRow, OutletRow.id == FeedRow.outlet_id)
        .where(VersionRow.story_id == story_id, VersionRow.number.in_(said))
        .order_by(VersionRow.number)
    )
    return [(version, outlet) for version, outlet in session.execute(asked)]


def _complete(session: Session, version: VersionRow, words: Story, *, document_id: int) -> None:
    """A further version with the page's text, which the feeds say that said the one without."""
    row = VersionRow
    of_story = select(func.max(row.number)).where(row.story_id == version.story_id)
    number = session.scalars(of_story).one() + 1
    copied = {
        name: getattr(version, name)
        for name in row.__table__.columns.keys()  # noqa: SIM118  # a collection, no dict
        if name != "id"
    }
    page = {"number": number, "kind": "page", "source": "page", "document_id": document_id}
    page["fingerprint"] = f"{OF_PAGE}{version.fingerprint}"
    shown = {
        "text": words.text,
        "html": words.html,
        "byline": words.byline,
        "published_at": words.published,
        "language": words.language,
        "problems": list(words.problems),
    }
    session.execute(insert(row), [copied | page | shown])
    said = SightingRow
    session.execute(
        update(said)
        .where(said.story_id == version.story_id, said.version == version.number)
        .values(version=number, fullness=len(words.summary) + len(words.text))
    )
