"""Writes the sample newsroom: a folder per feed, a document per six hours in which it moved.

The texts are in `material/`; what is awkward in them, and where, is tabled in
`material/README.md`. Nothing here asks the clock, and chance is seeded: two writes are equal.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from cli.sample.layouts import Printed, cut_short, document
from cli.sample.reading import (
    Broken,
    Planted,
    Written,
    paragraphs,
    read_awkward,
    read_feeds,
    read_notices,
    read_stories,
)
from cli.sample.records import Expected, SampleFeed, SampleStory

SEED = 20260307
WEEK_START = datetime(2026, 3, 7, 6, tzinfo=UTC)
WEEK_END = datetime(2026, 3, 14, tzinfo=UTC)
STEP = timedelta(hours=6)
AGGREGATOR = "frontpage-sieve"
PICKED_UP = 90  # how many of other outlets' stories the aggregator links to
SLUG_LENGTH = 48  # letters after which no further word is taken, as newsrooms do
FEEDS: tuple[SampleFeed, ...] = read_feeds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One item's life in one feed: what it looks like from when on."""

    key: str  # equal for equal stories
    appears: datetime
    versions: tuple[tuple[datetime, Printed | str], ...]
    hidden: tuple[datetime, datetime] | None = None
    until: datetime | None = None
    is_sure: bool = True
    is_story: bool = True
    is_well_formed: bool = True

    def at(self, now: datetime) -> Printed | str | None:
        """Return the item as shown at that time, or None."""
        is_gone = self.until is not None and now >= self.until
        is_away = self.hidden is not None and self.hidden[0] <= now < self.hidden[1]
        if is_gone or is_away:
            return None
        shown = [printed for since, printed in self.versions if since <= now]
        return shown[-1] if shown else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document, ready to be written."""

    folder: str
    name: str
    content: bytes
    is_readable: bool = True
    is_well_formed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The whole week before it is written."""

    stories: tuple[SampleStory, ...]
    lines: tuple[tuple[str, Line], ...]  # (folder, line)
    papers: tuple[Paper, ...]


def write_newsroom(directory: Path) -> None:
    """Write one folder per feed with that feed's successive documents of the week."""
    for paper in _plan().papers:
        folder = directory / paper.folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / paper.name).write_bytes(paper.content)


def stories() -> tuple[SampleStory, ...]:
    """Return every story with a page of its own, in order of publication.

    The planted items of `material/awkward.toml` are left out: they are raw XML, and known by it.
    """
    return _plan().stories


def expected() -> Expected:
    """Return the facts that hold for what `write_newsroom` writes."""
    plan = _plan()
    counted = [line for _, line in plan.lines if line.is_story]
    belonging = [(series, story) for story in plan.stories for series in story.series]
    developments = {(series, story.development) for series, story in belonging}
    return Expected(
        feeds=len(FEEDS),
        documents=len(plan.papers),
        unreadable_documents=sum(not paper.is_readable for paper in plan.papers),
        damaged_documents=sum(
            paper.is_readable and not paper.is_well_formed for paper in plan.papers
        ),
        stories_at_least=len({line.key for line in counted if line.is_sure}),
        stories_at_most=len({line.key for line in counted}),
        series_stories=MappingProxyType(Counter(series for series, _ in belonging)),
        developments=MappingProxyType(Counter(series for series, _ in developments)),
    )


@cache
def _plan() -> Plan:
    chance = random.Random(SEED)
    feeds = {feed.folder: feed for feed in FEEDS}
    awkward = read_awkward()
    told = _told(_gathered([*read_stories(), *read_notices(chance)]))
    numbered = list(_numbered(told, feeds))
    lines: list[tuple[str, Line]] = []
    for written, story, original in numbered:
        line = _line(feeds[written.feed], written, story, original, feeds)
        lines.append((written.feed, line))
        lines.extend((folder, _elsewhere(feeds[folder], line)) for folder in written.also)
    lines.extend(_picked_up(lines, feeds, chance))
    lines.extend((item.feed, _planted(item)) for item in awkward.items)
    papers = [
        paper
        for feed in FEEDS
        for paper in _papers(
            feed,
            [line for folder, line in lines if folder == feed.folder],
            [each for each in awkward.documents if each.feed == feed.folder],
        )
    ]
    return Plan(
        stories=tuple(sorted((each for _, each, _ in numbered), key=lambda story: story.published)),
        lines=tuple(lines),
        papers=tuple(papers),
    )


def _gathered(written: Sequence[Written]) -> Iterator[Written]:
    """Yield the stories; the one that gathers the week gets a line for each as its body."""
    lines = [
        f"{story.at:%A, %H:%M} - {story.title}. {story.summary}"
        for story in sorted(written, key=lambda story: story.at)
        if not story.gathers_the_week
    ]
    for story in written:
        yield replace(story, body="\n\n".join(lines)) if story.gathers_the_week else story


def _told(written: Iterable[Written]) -> Iterator[tuple[Written, Written | None]]:
    """Yield each story, then its copies with the wire story they carry."""
    for story in written:
        yield story, None
        for copy in story.carried:
            kept = paragraphs(story.body)[: copy.paragraphs]
            yield (
                replace(
                    story,
                    feed=copy.feed,
                    at=copy.at,
                    title=copy.title or story.title,
                    body="\n\n".join(kept),
                    slug="",
                    byline="",
                    carried=(),
                    revised=(),
                    also=(),
                    appears=None,
                    hidden=None,
                ),
                story,
            )


def _numbered(
    told: Iterable[tuple[Written, Written | None]], feeds: dict[str, SampleFeed]
) -> Iterator[tuple[Written, SampleStory, Written | None]]:
    """Yield each story with its address and guid; numbers run on within an outlet."""
    running: dict[str, int] = defaultdict(lambda: 40_000)
    pages: dict[tuple[str, str], str] = {}
    for written, original in told:
        feed = feeds[written.feed]
        running[written.feed] += 7
        slots = {
            "number": running[written.feed],
            "slug": written.slug or _slug(written.title) or f"n{running[written.feed]}",
            "day": f"{written.at:%Y/%m/%d}",
        }
        page = feed.page.format(**slots)
        pages[written.feed, written.title] = page
        story = SampleStory(
            feed=written.feed,
            guid=feed.guid.format(**slots, page=page) or None,
            url=page,
            title=written.title,
            published=written.at,
            series=written.series,
            development=written.development,
            is_decoy=written.decoy,
            copy_of=pages[original.feed, original.title] if original else "",
        )
        yield written, story, original


def _line(
    feed: SampleFeed,
    written: Written,
    story: SampleStory,
    original: Written | None,
    feeds: dict[str, SampleFeed],
) -> Line:
    """Return the life of a hand-written story, or of a copy of it, in its feed."""
    credit = feeds[original.feed].credit if original else feed.credit
    has_dateline = bool(written.dateline) and (feed.has_datelines or original is not None)
    filed = original.at if original else written.at
    opening = f"{written.dateline}, {filed:%B} {filed.day} ({credit}) - " if has_dateline else ""
    closing = (feed.carries_note.format(credit=credit),) if original and feed.carries_note else ()

    def body(text: str) -> tuple[str, ...]:
        parts = paragraphs(text)
        if not parts or not feed.has_bodies:
            return ()
        return (opening + parts[0], *parts[1:], *closing)

    first = Printed(
        guid=story.guid or "",
        link=story.url + feed.tracking,
        page=story.url,
        title=written.title,
        summary=written.summary if feed.has_summaries else "",
        body=body(written.body),
        published=written.at,
        updated=written.at,
        byline=written.byline or (credit if original else ""),
        section=written.section,
    )
    versions: list[tuple[datetime, Printed | str]] = [(written.appears or written.at, first)]
    current = first
    for change in written.revised:
        current = replace(
            current,
            title=change.title or current.title,
            summary=change.summary or current.summary,
            body=body(change.body) or current.body,
            published=change.published or current.published,
            updated=change.at,
        )
        versions.append((change.at, current))
    return Line(
        key=story.url,
        appears=versions[0][0],
        versions=tuple(versions),
        hidden=written.hidden,
    )


def _elsewhere(feed: SampleFeed, line: Line) -> Line:
    """Return the same page as another feed of its outlet shows it: other guid, plain http."""
    return replace(
        line,
        versions=tuple(
            (
                since,
                replace(
                    printed,
                    guid=feed.guid.format(number=0, slug=_slug(printed.title), day="", page=""),
                    link=printed.page.replace("https://", "http://", 1) + feed.tracking,
                    body=(),
                ),
            )
            for since, printed in line.versions[:1]
            if isinstance(printed, Printed)
        ),
    )


def _picked_up(
    lines: Sequence[tuple[str, Line]], feeds: dict[str, SampleFeed], chance: random.Random
) -> Iterator[tuple[str, Line]]:
    """Yield the aggregator's bare headlines: other outlets' pages, with its own tracking mark."""
    seen: set[str] = set()
    open_to_it = [
        (folder, line)
        for folder, line in lines
        if feeds[folder].kind != "official"
        and feeds[folder].language == "en"
        and line.appears >= WEEK_START - timedelta(hours=12)
    ]
    for folder, line in chance.sample(open_to_it, PICKED_UP):
        printed = line.versions[0][1]
        if line.key in seen or not isinstance(printed, Printed):
            continue
        seen.add(line.key)
        mark = "&" if "?" in printed.page else "?"
        since = line.appears + timedelta(minutes=chance.randrange(8, 90))
        headline = replace(
            printed,
            guid="",
            link=f"{printed.page}{mark}utm_source=frontpage-sieve&utm_medium=headline",
            summary="",
            body=(),
            byline="",
            section="",
            source=(feeds[folder].url, feeds[folder].outlet),
        )
        yield AGGREGATOR, Line(key=line.key, appears=since, versions=((since, headline),))


def _planted(item: Planted) -> Line:
    return Line(
        key=item.story or f"planted: {item.case}",
        appears=item.at,
        versions=((item.at, item.xml),),
        until=item.until,
        is_sure=item.is_sure,
        is_story=item.is_story,
        is_well_formed=item.is_well_formed,
    )


def _papers(feed: SampleFeed, lines: Sequence[Line], broken: Sequence[Broken]) -> Iterator[Paper]:
    """Yield the feed's documents: one per step in which what it shows has changed."""
    faults = {each.at: each for each in broken}
    before: list[Printed | str] = []
    newest_first = sorted(lines, key=lambda line: (line.appears, line.key), reverse=True)
    steps = int((WEEK_END - WEEK_START) / STEP) + 1
    for now in (WEEK_START + STEP * count for count in range(steps)):
        standing = [(line, item) for line in newest_first if (item := line.at(now)) is not None][
            : feed.window
        ]
        shown = [item for _, item in standing]
        fault = faults.get(now)
        if shown == before and fault is None:
            continue
        content = document(feed, shown, now)
        is_whole = all(line.is_well_formed for line, _ in standing)
        yield Paper(
            folder=feed.folder,
            name=f"{now:%Y%m%dT%H%M%S}.xml",
            content=_spoilt(content, fault) if fault else content,
            is_readable=fault is None or fault.kind == "truncated",
            is_well_formed=is_whole and fault is None,
        )
        # A document that went wrong is mended at the next step, also when there is no news.
        before = [] if fault else shown


def _spoilt(content: bytes, fault: Broken) -> bytes:
    return cut_short(content) if fault.kind == "truncated" else fault.text.encode()


def _slug(title: str) -> str:
    """Return the headline as publishers put it into an address."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"['\u2019]", "", title.lower()))
    kept: list[str] = []
    for word in words:
        if sum(map(len, kept)) > SLUG_LENGTH:
            break
        kept.append(word)
    return "-".join(kept)
