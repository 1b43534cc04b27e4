"""Records for tests, with defaults: name only what the test is about.

Everything here is invented and stands on example domains.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack

from pipeline.draft import Name, Telling
from pipeline.records import Answer, Entry, OutletKind, Story

NOW = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)
FEED_URL = "https://harbour-post.example/feeds/world.xml"


class _StoryFields(TypedDict, total=False):
    title: str
    summary: str
    text: str
    html: str
    guid: str | None
    url: str | None
    canonical_url: str | None
    outlet: str
    outlet_kind: OutletKind
    byline: str
    language: str | None
    published: datetime | None
    published_raw: str
    updated: datetime | None
    problems: tuple[str, ...]


class _EntryFields(TypedDict, total=False):
    position: int
    guid: str | None
    url: str | None
    url_is_shared: bool
    base_url: str | None
    title: str
    title_type: str
    summary: str
    content: str
    byline: str
    published: datetime | None
    published_raw: str
    updated: datetime | None
    updated_raw: str
    language: str | None
    problems: tuple[str, ...]


class _AnswerFields(TypedDict, total=False):
    url: str
    status: int | None
    headers: dict[str, str]
    problem: str | None
    detail: str
    seconds: float


_STORY = Story(
    title="Envoys meet in Port Lucan for a third day of talks",
    summary="The two delegations met again on Friday. No date was set for a further round.",
    guid="harbour-post-1001",
    url="https://harbour-post.example/world/port-lucan-talks?utm_source=rss",
    canonical_url="https://harbour-post.example/world/port-lucan-talks",
    outlet="harbour-post",
    byline="Ines Calder",
    language="en",
    published=datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
    published_raw="Fri, 31 May 2024 09:30:00 GMT",
)
_ENTRY = Entry(
    position=0,
    guid="harbour-post-1001",
    url="https://harbour-post.example/world/port-lucan-talks?utm_source=rss",
    base_url="https://harbour-post.example/",
    title="Envoys meet in Port Lucan for a third day of talks",
    summary="<p>The two delegations met again on Friday. No date was set for a further round.</p>",
    byline="Ines Calder",
    published=datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
    published_raw="Fri, 31 May 2024 09:30:00 GMT",
    language="en",
)


def a_story(**fields: Unpack[_StoryFields]) -> Story:
    """Return a story of the invented Harbour Post with `fields` changed."""
    return replace(_STORY, **fields)


def an_entry(**fields: Unpack[_EntryFields]) -> Entry:
    """Return an entry of the Harbour Post's feed with `fields` changed."""
    return replace(_ENTRY, **fields)


def an_answer(body: bytes | str = b"", **fields: Unpack[_AnswerFields]) -> Answer:
    """Return a server's answer of 200 with `body`, `fields` changed."""
    given = body.encode() if isinstance(body, str) else body
    return replace(Answer(url=FEED_URL, status=200, headers={}, body=given), **fields)


class _TellingFields(TypedDict, total=False):
    development: int
    version: int
    root: int
    title: str
    summary: str
    length: int
    url: str | None
    outlet: str
    outlet_name: str
    kind: str
    is_own_page: bool
    is_open: bool
    language: str
    published: datetime | None
    first_seen: datetime
    score: float
    zone: str
    section: str
    why: tuple[dict[str, Any], ...]
    origins: tuple[tuple[str, str], ...]
    names: tuple[Name, ...]
    offices: tuple[str, ...]
    speakers: tuple[str, ...]
    follows: int | None


def a_telling(story: int = 1, **fields: Unpack[_TellingFields]) -> Telling:
    """Return a story of the Harbour Post that matched; of a development of its own number."""
    usual = Telling(
        development=story,
        story=story,
        version=story,
        root=story,
        title="Envoys meet in Port Lucan for a third day of talks",
        url=f"https://harbour-post.example/world/{story}",
        outlet="harbour-post",
        outlet_name="Harbour Post",
        language="en",
        published=NOW,
        first_seen=NOW,
        score=0.8,
        section="other",
    )
    return replace(usual, **fields)
