"""What is held already of the stories that a document may bring, looked up under locks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from pipeline.records import Carrier, Story
from store import articles, merges, standing, statements
from store.intake.arrivals import Coming, Name, columns, stripes
from store.models import OutletRow, StoryRow, VersionRow
from store.stories import record

LOCK_CLASS = 7301  # the first half of our advisory locks; the second is a stripe
TITLES_COUNT = timedelta(days=7)  # one headline later than that is another story
MOST_COMPARED = 3  # stories that a new one shares an alternate with, the newest first


@dataclass(frozen=True, slots=True)
class Said:
    """What this feed said of a story last."""

    fingerprint: str
    document_id: int
    version: int  # which one says it
    nearness: int
    fullness: int
    edited_at: datetime | None
    returns: int
    first_seen_at: datetime


@dataclass(slots=True)
class Version:
    """What tells a version of a story from its others."""

    number: int
    kind: str
    feed_id: int
    fingerprint: str  # of what the feed said, where the text is the page's
    content: str
    published: datetime | None
    updated: datetime | None


@dataclass(slots=True)
class Held:
    """A story we hold, as far as a batch needs it; it is locked."""

    current: int  # the number of the version that stands
    outlet_id: int
    merged_into: int | None
    versions: dict[int, Version]  # by number
    carriers: dict[int, Carrier]  # by feed
    words: dict[int, Story] = field(default_factory=dict)  # of versions, by number
    page: articles.PageText | None = None  # what its own page shows, where that was read

    @property
    def by_fingerprint(self) -> dict[str, Version]:
        """The latest version counts: the one that has the page's text."""
        return {self.versions[n].fingerprint: self.versions[n] for n in sorted(self.versions)}


@dataclass(slots=True)
class Known:
    """What one document's stories are compared with, locked until the transaction ends."""

    session: Session
    feed_id: int
    outlet_id: int
    at: datetime
    feed: dict[str, str] = field(default_factory=dict)  # what nearness is judged by
    names: dict[Name, int] = field(default_factory=dict)  # the stories that are known by them
    said: dict[int, Said] = field(default_factory=dict)  # what this feed said last, by story
    held: dict[int, Held] = field(default_factory=dict)
    alike: dict[Name, list[int]] = field(default_factory=dict)  # stories by alternate, newest first
    present: set[int] = field(default_factory=set)  # known stories that are in this document
    fresh_ids: Iterator[int] = field(default_factory=lambda: iter(()))

    def look(self, coming: Sequence[Coming]) -> None:
        """Lock all names of the batch in one order, then find which of them we know."""
        names = {name for one in coming for name in one.by_trust}
        names |= {one.body for one in coming if one.body}
        self._lock(names | {name for one in coming for name in one.alternates})
        doubtful = {name for one in coming for name in one.doubtful}
        asked = columns(names | doubtful) | {"feed": self.feed_id}
        for row in self.session.execute(statements.LOOK, asked):
            self.names[Name(row[0], row[1], row[2])] = row[3]
            if row[4] is not None:
                self.said[row[3]] = Said(*row[4:])
        for one in coming:
            one.trust_no_more(self.names)
        unknown = []
        to_hold: set[int] = set()
        for one in coming:
            story_id = self.identified(one)
            if story_id is None:
                unknown.append(one)
                continue
            self.present.add(story_id)
            if self.says_anew(story_id, one):
                to_hold |= {self.names[name] for name in one.by_trust if name in self.names}
        # A guid given to another story needs an id too, and is rare: one to spare for each.
        self._make_room(unknown, spare=len(to_hold))
        self._hold(to_hold.union(*self.alike.values()))

    def _lock(self, names: Iterable[Name]) -> None:
        """Hold these names until the transaction ends. Sorted: two batches never wait in a circle.

        The same statement tells what is known of the feed.
        """
        asked = {"class": LOCK_CLASS, "stripes": stripes(names)}
        feed = {"feed": self.feed_id, "outlet": self.outlet_id}
        row = self.session.execute(statements.LOCK, asked | feed).one()
        self.feed = {"feed_url": row[0], "homepage": row[1], "outlet_kind": row[2]}

    def _make_room(self, unknown: Sequence[Coming], *, spare: int) -> None:
        """Take ids for the new stories, and find those that share an alternate with them."""
        if not unknown and not spare:
            return
        names = {name for one in unknown for name in one.alternates}
        asked = columns(names) | {
            "wanted": len(unknown) + spare,
            "since": self.at - TITLES_COUNT,
            "until": self.at + TITLES_COUNT,
        }
        ids, found = self.session.execute(statements.ROOM, asked).one()
        self.fresh_ids = iter(sorted(ids))
        for scheme, scope, value, story_id in sorted(found, key=lambda row: -row[3]):
            stories = self.alike.setdefault(Name(scheme, scope, value), [])
            if story_id not in stories and len(stories) < MOST_COMPARED:
                stories.append(story_id)

    def _hold(self, ids: Iterable[int]) -> None:
        """Lock these stories, and read what their feeds have said of them."""
        wanted = sorted(ids)
        if not wanted:
            return
        merges.lock(self.session, wanted)
        row = StoryRow
        asked = select(row.id, row.current_version, row.outlet_id, row.merged_into)
        carriers = standing.carriers(self.session, wanted)
        for story_id, current, outlet_id, into in self.session.execute(
            asked.where(row.id.in_(wanted))
        ):
            self.held[story_id] = Held(current, outlet_id, into, {}, carriers[story_id])
            mine = carriers[story_id].get(self.feed_id)
            if mine is not None and story_id in self.said:
                # What it says now: its page may have been read since we looked.
                said = replace(self.said[story_id], version=mine.version, fullness=mine.fullness)
                self.said[story_id] = said
        of = VersionRow
        versions = (
            select(of.story_id, of.number, of.kind, of.feed_id)
            .add_columns(of.fingerprint, of.content_hash, of.published_at, of.updated_at)
            .where(of.story_id.in_(wanted))
        )
        for story_id, number, kind, feed_id, fingerprint, *facts in self.session.execute(versions):
            said = fingerprint.replace(articles.OF_PAGE, "")
            self.held[story_id].versions[number] = Version(number, kind, feed_id, said, *facts)
        for story_id, page in articles.texts(self.session, wanted).items():
            self.held[story_id].page = page
        self._read_words(wanted)

    def _read_words(self, ids: Sequence[int]) -> None:
        """Read the words of the version that stands, and of the one that is this feed's."""
        pairs = {(story_id, self.held[story_id].current) for story_id in ids}
        pairs |= {
            (story_id, self.said[story_id].version) for story_id in ids if story_id in self.said
        }
        of = VersionRow
        asked = (
            select(of, OutletRow)
            .join(StoryRow, StoryRow.id == of.story_id)
            .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
            .where(tuple_(of.story_id, of.number).in_(sorted(pairs)))
        )
        for version, outlet in self.session.execute(asked):
            self.held[version.story_id].words[version.number] = record(version, outlet)

    def identified(self, one: Coming) -> int | None:
        """The story this is: by a guid once reused, by guid, by address, by text."""
        return next((self.names[name] for name in one.by_trust if name in self.names), None)

    def says_anew(self, story_id: int, one: Coming) -> bool:
        """Whether this feed said nothing of the story before, or something else."""
        said = self.said.get(story_id)
        return said is None or said.fingerprint != one.fingerprint
