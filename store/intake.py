"""Taking stories in: known, new or changed, decided under locks.

Two workers may hold the same story at the same instant, from two feeds. So `take_in` first locks
what the stories are known by, in one order for everybody, and only then looks. Everything it
writes it can meet again: taking the same stories in twice changes nothing.

It is on the way of every item that arrives: a document of new stories costs four statements, one
of known ones two, each of a text that never changes, whatever the number of its stories.
"""

import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from pipeline.records import Carrier, Keys, Resemblance, Story, VersionKind
from store import articles, lineages, merges, standing, statements, wires
from store.models import OutletRow, StoryRow, VersionRow
from store.stories import record

LOCK_CLASS = 7301  # the first half of our advisory locks; the second is a stripe
STRIPES = 1024  # a batch of 170 stories takes at most this many slots of the lock table
MOST_VERSIONS = 24  # a story that changes more often is flapping: further changes are only counted
MOST_TOLD = 200  # versions of a wire's story: a live report has many, and each is meant
MOST_RETURNS = 2  # to words left before: there and back is a mistake put right, more an A/B test
TITLES_COUNT = timedelta(days=7)  # one headline later than that is another story
MOST_COMPARED = 3  # stories that a new one shares an alternate with, the newest first
MERGER = "machine:alternates/1"

Revise = Callable[[Story, Story], tuple[VersionKind, Story] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the steps decide while stories are taken in."""

    revise: Revise  # how a story changed and what to keep of the two, None for no change
    nearness: Callable[..., int]  # of a feed to a story: 0 is its own page
    leading: standing.Leading  # whose word stands
    resemblance: Callable[..., Resemblance | None]  # of two stories that share an alternate
    complete: articles.Complete  # a feed's words, with the text of the story's page


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A story as it came in one document, with what it is known by."""

    story: Story
    keys: Keys

    @property
    def fingerprint(self) -> str:
        """Equal for the same words under the same dates, and of a wire's with the same standing."""
        updated = self.story.updated.isoformat() if self.story.updated else ""
        said = f"{self.keys.content} {self.story.published_raw[:100]} {updated}"
        wire = self.story.wire
        if wire is None:
            return said
        told = (wire.version or "")[:80], wire.version_created, wire.status, wire.action
        return f"{said} {told} {wire.embargo}"


@dataclass(slots=True, kw_only=True)
class TakenIn:
    """What became of a document's stories. `to_place` are new or have a new current version."""

    new: int = 0
    changed: int = 0
    known: int = 0
    flapping: int = 0  # changed beyond MOST_VERSIONS: known, and the change not kept
    redated: int = 0  # of the known: nothing but a date was new
    reworded: int = 0  # by this feed, in whatever way: its memory of older items holds no more
    merged: int = 0  # of the known: under a new id and address
    edits: list[tuple[int, int, int]] = field(default_factory=list)  # story, version before and now
    told: set[tuple[int, str]] = field(default_factory=set)  # further versions of wires' stories
    redated_ids: list[int] = field(default_factory=list)
    new_ids: dict[str, int] = field(default_factory=dict)  # by fingerprint
    to_place: list[int] = field(default_factory=list)


class Name(NamedTuple):
    """One row of story_keys or story_alternates, without its story."""

    scheme: str
    scope: str
    value: str


def take_in(  # noqa: PLR0913  # each is a plain fact of the document
    session: Session,
    arrivals: Sequence[Arrival],
    *,
    feed_id: int,
    outlet_id: int,
    document_id: int,
    at: datetime,
    rules: Rules,
) -> TakenIn:
    """Take one document's stories in, seen at product time `at`."""
    batch = _Batch(session, feed_id, outlet_id, document_id, at, rules)
    coming = [_Coming(arrival, feed_id, outlet_id) for arrival in arrivals]
    if coming:
        batch.look(coming)
        for one in coming:
            batch.take(one)
        batch.write()
    return batch.taken


def names(arrival: Arrival, feed_id: int, outlet_id: int) -> tuple[Name, ...]:
    """What a story that arrives is looked for by: a guid that was reused by its content, too."""
    coming = _Coming(arrival, feed_id, outlet_id)
    reused = (coming.reused,) if coming.reused else ()
    return (*reused, *coming.identities, *coming.shared)


def stripes(names: Iterable[Name]) -> list[int]:
    """The locks that stand for these names, in the order in which everybody takes them."""
    return sorted({zlib.crc32("\x1f".join(name).encode()) % STRIPES for name in names})


class _Coming:
    """An arrival with its names spelt out: each is asked for several times."""

    __slots__ = (
        *("alternates", "body", "fingerprint", "identities", "keys", "reused", "shared", "story"),
        *("doubtful", "feed"),
    )

    def __init__(self, arrival: Arrival, feed_id: int, outlet_id: int) -> None:
        feed, keys = str(feed_id), arrival.keys
        self.story, self.keys, self.fingerprint = arrival.story, keys, arrival.fingerprint
        self.reused = keys.guid and Name("reused", feed, f"{keys.guid} {keys.content}")
        self.identities = _present(
            ("guid", feed, keys.guid), ("url", "", keys.url), ("text", feed, keys.text)
        )
        self.feed = feed
        self.shared = tuple(Name("shared", feed, value) for value in keys.shared)
        # Where its guid or address would stand if several items had had it at once.
        self.doubtful = {
            Name("shared", feed, f"{name.scheme} {name.value}"): name
            for name in self.identities
            if name.scheme != "text"
        }
        self.body = keys.body and Name("body", "", keys.body)
        self.alternates = _present(
            ("guid", feed, keys.loose_guid),
            ("url", "", keys.loose_url),
            ("title", str(outlet_id), keys.title),
        )
        if arrival.story.wire is not None:
            self._go_by_lineage(str(outlet_id))

    def _go_by_lineage(self, outlet: str) -> None:
        """A wire says itself what is a version of what, and gives no id to another story."""
        self.reused = None
        self.alternates = ()
        self.identities += tuple(Name("lineage", outlet, one) for one in self.keys.lineages)
        self.identities += tuple(Name("number", outlet, one) for one in self.keys.corrects)
        self.shared += tuple(Name("number", outlet, one) for one in self.keys.numbers)

    @property
    def by_trust(self) -> Iterator[Name]:
        """What it is known by, the surest first: a guid once reused goes by its content."""
        if self.reused:
            yield self.reused
        yield from self.identities

    def trust_no_more(self, known: Container[Name]) -> None:
        """Leave out what other items had too; what is left with nothing goes by its words."""
        false = {name for shared, name in self.doubtful.items() if shared in known}
        if false:
            left = tuple(name for name in self.identities if name not in false)
            stand_in = Name("text", self.feed, self.keys.text or self.keys.content)
            self.identities = left or (stand_in,)
            if any(name.scheme == "guid" for name in false):
                self.reused = None


def _present(*names: tuple[str, str, str | None]) -> tuple[Name, ...]:
    return tuple(Name(scheme, scope, value) for scheme, scope, value in names if value)


@dataclass(frozen=True, slots=True)
class _Said:
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
class _Version:
    """What tells a version of a story from its others."""

    number: int
    kind: str
    feed_id: int
    fingerprint: str  # of what the feed said, where the text is the page's
    content: str
    published: datetime | None
    updated: datetime | None


@dataclass(slots=True)
class _Held:
    """A story we hold, as far as a batch needs it; it is locked."""

    current: int  # the number of the version that stands
    outlet_id: int
    merged_into: int | None
    versions: dict[int, _Version]  # by number
    carriers: dict[int, Carrier]  # by feed
    words: dict[int, Story] = field(default_factory=dict)  # of versions, by number
    page: articles.PageText | None = None  # what its own page shows, where that was read

    @property
    def by_fingerprint(self) -> dict[str, _Version]:
        """The latest version counts: the one that has the page's text."""
        return {self.versions[n].fingerprint: self.versions[n] for n in sorted(self.versions)}


class _Alike(NamedTuple):
    """A story that a new one may be, and why."""

    story_id: int
    alternate: str
    resemblance: Resemblance


@dataclass(slots=True)
class _Batch:
    """One document's stories: looked up together, decided one by one, written together."""

    session: Session
    feed_id: int
    outlet_id: int
    document_id: int
    at: datetime
    rules: Rules
    taken: TakenIn = field(default_factory=TakenIn)
    feed: dict[str, str] = field(default_factory=dict)  # what nearness is judged by
    known: dict[Name, int] = field(default_factory=dict)
    said: dict[int, _Said] = field(default_factory=dict)  # what this feed said last, by story
    held: dict[int, _Held] = field(default_factory=dict)
    alike: dict[Name, list[int]] = field(default_factory=dict)  # stories by alternate, newest first
    present: set[int] = field(default_factory=set)  # known stories that are in this document
    fresh_ids: Iterator[int] = field(default_factory=lambda: iter(()))
    handled: set[int] = field(default_factory=set)
    stories: list[dict[str, object]] = field(default_factory=list)
    versions: list[dict[str, object]] = field(default_factory=list)
    names: dict[Name, int] = field(default_factory=dict)
    moved_names: dict[Name, int] = field(default_factory=dict)
    alternates: set[tuple[Name, int]] = field(default_factory=set)
    sightings: dict[int, _Said] = field(default_factory=dict)
    leads: dict[int, Carrier] = field(default_factory=dict)  # whose word stands from now on
    merging: list[merges.Merging] = field(default_factory=list)
    flapping: list[int] = field(default_factory=list)

    # --- looking

    def look(self, coming: Sequence[_Coming]) -> None:
        """Lock all names of the batch in one order, then find which of them we know."""
        names = {name for one in coming for name in one.by_trust}
        names |= {one.body for one in coming if one.body}
        self._lock(names | {name for one in coming for name in one.alternates})
        doubtful = {name for one in coming for name in one.doubtful}
        asked = _columns(names | doubtful) | {"feed": self.feed_id}
        for row in self.session.execute(statements.LOOK, asked):
            self.known[Name(row[0], row[1], row[2])] = row[3]
            if row[4] is not None:
                self.said[row[3]] = _Said(*row[4:])
        for one in coming:
            one.trust_no_more(self.known)
        unknown = []
        to_hold: set[int] = set()
        for one in coming:
            story_id = self._identified(one)
            if story_id is None:
                unknown.append(one)
                continue
            self.present.add(story_id)
            if self._says_anew(story_id, one):
                to_hold |= {self.known[name] for name in one.by_trust if name in self.known}
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

    def _make_room(self, unknown: Sequence[_Coming], *, spare: int) -> None:
        """Take ids for the new stories, and find those that share an alternate with them."""
        if not unknown and not spare:
            return
        names = {name for one in unknown for name in one.alternates}
        asked = _columns(names) | {
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
            self.held[story_id] = _Held(current, outlet_id, into, {}, carriers[story_id])
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
            self.held[story_id].versions[number] = _Version(number, kind, feed_id, said, *facts)
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

    def _identified(self, one: _Coming) -> int | None:
        """The story this is: by a guid once reused, by guid, by address, by text."""
        return next((self.known[name] for name in one.by_trust if name in self.known), None)

    def _says_anew(self, story_id: int, one: _Coming) -> bool:
        said = self.said.get(story_id)
        return said is None or said.fingerprint != one.fingerprint

    # --- deciding

    def take(self, one: _Coming) -> None:
        """Decide about one arrival."""
        story_id = self._identified(one)
        if story_id is None:
            self._add(one)
        elif one.story.wire is not None:
            self._tell(story_id, one)
        elif story_id in self.handled or not self._says_anew(story_id, one):
            self._know(story_id, one)
        elif story_id not in self.said:
            self._carry(story_id, one)
        else:
            self._reword(story_id, one)

    def _know(self, story_id: int, one: _Coming) -> None:
        self.handled.add(story_id)
        self.taken.known += 1
        for name in (*one.identities, *one.shared):
            if name not in self.known:
                self._name(name, story_id)

    def _add(self, one: _Coming) -> int:
        """A story not seen before; or one that was, under another id and at another address."""
        story_id = next(self.fresh_ids)
        self.handled.add(story_id)
        alike = self._resembling(one)
        merged_into = None
        if alike is not None:
            found = alike.resemblance
            self.merging.append(
                merges.Merging(
                    story_id=story_id,
                    into_id=alike.story_id,
                    is_sure=found.is_sure,
                    alternate=alike.alternate,
                    score=found.score,
                    why=found.why,
                )
            )
            merged_into = alike.story_id if found.is_sure else None
        if merged_into is None:
            self.taken.new += 1
            self.taken.to_place.append(story_id)
            self.taken.new_ids[one.fingerprint] = story_id
        else:
            self.taken.known += 1
            self.taken.merged += 1
        state: dict[str, object] = {"id": story_id, "merged_into": merged_into}
        if (wire := one.story.wire) is not None:
            state |= lineages.first_state(wire, at=self.at)
            first = _version_of(1, "first", self.feed_id, one, one.story)
            # A further version may stand in this very document.
            self.held[story_id] = _Held(1, self.outlet_id, merged_into, {1: first}, {})
        self.stories.append(state)
        self.versions.append(self._version(story_id, 1, "first", one, one.story))
        self.sightings[story_id] = self._first_saying(one, one.story, version=1)
        for name in (*one.identities, *one.shared):
            self._name(name, story_id)
        self.alternates |= {(name, story_id) for name in one.alternates}
        self._relate(story_id, one)
        return story_id

    def _resembling(self, one: _Coming) -> _Alike | None:
        """The story that a new one most resembles, if it shares an alternate with any.

        Never one that stands in this very document: its publisher says that they are two.
        """
        best = None
        compared = self.present | self.handled
        for name in one.alternates:
            for story_id in self.alike.get(name, ()):
                if story_id in compared:
                    continue
                compared.add(story_id)
                held = self.held[story_id]
                found = self.rules.resemblance(
                    name.scheme,
                    held.words[held.current],
                    one.story,
                    is_same_feed=self.feed_id in held.carriers,
                )
                if found and (best is None or _rank(found) > _rank(best.resemblance)):
                    best = _Alike(story_id, name.scheme, found)
        return best

    def _tell(self, story_id: int, one: _Coming) -> None:
        """A version of a wire's story, maybe a late one: what stands is settled from all of them.

        Kept whatever it says; only what is usable is limited in number, never a kill.
        """
        held = self.held.get(story_id)
        self._know(story_id, one)
        if held is None:
            return
        if one.fingerprint in held.by_fingerprint:
            if story_id not in self.said and story_id not in self.sightings:  # by a further feed
                self.sightings[story_id] = self._first_saying(one, one.story, version=held.current)
            return
        is_usable = one.story.wire is not None and one.story.wire.status == "usable"
        if is_usable and len(held.versions) >= MOST_TOLD:
            self.taken.flapping += 1
            self.flapping.append(story_id)
            return
        self.taken.known -= 1
        self.taken.changed += 1
        self.taken.reworded += 1
        said = self.said.get(story_id) or self.sightings.get(story_id)
        said = said or self._first_saying(one, one.story, version=held.current)
        self.sightings[story_id] = replace(
            said, fingerprint=one.fingerprint, document_id=self.document_id
        )
        self._keep(story_id, max(held.versions) + 1, "update", one, one.story)
        self._relate(story_id, one)
        self.taken.told.add((story_id, one.fingerprint))

    def _carry(self, story_id: int, one: _Coming) -> None:
        """Another feed has it already. What this one says of it is kept; it may be what stands."""
        held, words = self.held[story_id], self._words(story_id, one)
        numbers = sorted(held.versions, reverse=True)
        same = next((v for n in numbers if _is_same(v := held.versions[n], one, words)), None)
        number = same.number if same else max(held.versions) + 1
        said = self._first_saying(one, words, version=number)
        self.sightings[story_id] = said
        self._know(story_id, one)
        is_shown = self._settle(story_id, said)
        if same is None:
            kind: VersionKind = "carried"
            if is_shown:
                revised = self.rules.revise(held.words[held.current], words)
                kind = "date_only" if revised and revised[0] == "date_only" else "owner"
            self._keep(story_id, number, kind, one, words)
            self._relate(story_id, one)
        if is_shown and held.versions[number].content != held.versions[held.current].content:
            self._changed(story_id)

    def _reword(self, story_id: int, one: _Coming) -> None:
        """The feed says something else of this story than it said last."""
        self.taken.reworded += 1
        held, said = self.held[story_id], self.said[story_id]
        if said.document_id > self.document_id:
            self._read_late(story_id, one)
            return
        words = self._words(story_id, one)
        revised = self.rules.revise(held.words[said.version], words)
        if revised is not None and revised[0] == "replaced" and one.keys.guid:
            self._replace(story_id, held, one)
            return
        self._know(story_id, one)
        known = held.by_fingerprint.get(one.fingerprint)
        said = replace(said, fingerprint=one.fingerprint, document_id=self.document_id)
        if revised is None and words is not one.story:
            self._keep_beneath(story_id, one)
        elif known is not None:
            said = self._back(story_id, held, said, known)
        elif revised is not None and revised[0] == "date_only":
            self._redate(story_id, held, one, revised[1])
        elif revised is not None and self._count(held, dates=False) >= MOST_VERSIONS:
            self.taken.flapping += 1
            self.flapping.append(story_id)
        elif revised is not None:
            said = self._revise(story_id, one, said, *revised)
        self.sightings[story_id] = said

    def _keep_beneath(self, story_id: int, one: _Coming) -> None:
        """Only the feed's own text has changed, and the page's is shown: kept as evidence."""
        held = self.held[story_id]
        is_new = one.fingerprint not in held.by_fingerprint
        if is_new and self._count(held, dates=False) < MOST_VERSIONS:
            self._keep(story_id, max(held.versions) + 1, "carried", one, one.story)

    def _words(self, story_id: int, one: _Coming) -> Story:
        """What came, with the text of the story's page where that was read."""
        page = self.held[story_id].page
        if page is None or page.url != one.story.canonical_url:
            return one.story
        return self.rules.complete(one.story, page.article)

    def _revise(
        self, story_id: int, one: _Coming, said: _Said, kind: VersionKind, words: Story
    ) -> _Said:
        """A further version; shown if this feed's word is what stands."""
        held = self.held[story_id]
        number = max(held.versions) + 1
        is_edited = kind in {"substantive", "replaced"}
        said = replace(
            said,
            version=number,
            fullness=_fullness(words),
            edited_at=self.at if is_edited else said.edited_at,
        )
        is_shown = self._settle(story_id, said)
        self._keep(story_id, number, kind if is_shown else "carried", one, words)
        if is_shown:
            self._changed(story_id)
            if is_edited:
                self.taken.edits.append((story_id, held.current, number))
        self._relate(story_id, one)
        title = (name for name in one.alternates if name.scheme == "title")
        self.alternates |= {(name, story_id) for name in title}
        return said

    def _back(self, story_id: int, held: _Held, said: _Said, known: _Version) -> _Said:
        """The feed says again what was said before: its own words of old, or another feed's.

        Followed there and back: that is a mistake put right, or a recording played again. After
        that it is a test of two headlines, and what stands keeps standing.
        """
        mine = held.versions[said.version]
        if known.content == mine.content:
            return said
        if said.returns >= MOST_RETURNS:
            self.taken.flapping += 1
            return said
        said = replace(said, version=known.number, edited_at=self.at, returns=said.returns + 1)
        self._settle(story_id, said)
        return said

    def _redate(self, story_id: int, held: _Held, one: _Coming, words: Story) -> None:
        """Nothing but a date is new: kept as evidence, and nobody is shown anything."""
        self.taken.redated += 1
        self.taken.redated_ids.append(story_id)
        if self._count(held, dates=True) < MOST_VERSIONS:
            self._keep(story_id, max(held.versions) + 1, "date_only", one, words)

    def _read_late(self, story_id: int, one: _Coming) -> None:
        """A document older than what the feed said last: its wording is kept and nothing moves."""
        held, said = self.held[story_id], self.said[story_id]
        self._know(story_id, one)
        revised = self.rules.revise(held.words[said.version], one.story)
        is_new = one.fingerprint not in held.by_fingerprint
        if revised is None or not is_new or self._count(held, dates=False) >= MOST_VERSIONS:
            return
        kind = revised[0] if revised[0] == "date_only" else "carried"
        self._keep(story_id, max(held.versions) + 1, kind, one, one.story)
        if kind == "carried" and said.edited_at is None:
            # So it did edit, when it first said what we read first.
            self.sightings[story_id] = replace(said, edited_at=said.first_seen_at)
            self._settle(story_id, self.sightings[story_id])

    def _replace(self, story_id: int, held: _Held, one: _Coming) -> None:
        """One guid, another story: the old one stays as it is, the guid leads to the new one.

        Both are remembered by guid and content, so that either coming back is known again.
        """
        guid = Name("guid", str(self.feed_id), str(one.keys.guid))
        identities = [name for name in one.identities if name != guid]
        other = next((s for n in identities if (s := self.known.get(n)) not in {None, story_id}), 0)
        for name in (guid, *identities):
            self.known.pop(name, None)
        if other:
            self.known |= dict.fromkeys((guid, *identities), other)
            self.take(one)
        else:
            other = self._add(one)
        for name in (guid, *identities):
            self.names.pop(name, None)
            self.known[name] = self.moved_names[name] = other
        content = held.versions[self.said[story_id].version].content
        self._name(Name("reused", guid.scope, f"{guid.value} {content}"), story_id)
        if one.reused:
            self._name(one.reused, other)

    def _settle(self, story_id: int, said: _Said) -> bool:
        """Whether this feed's word is what stands; if that is news, it is noted."""
        held = self.held[story_id]
        held.carriers[self.feed_id] = Carrier(
            feed_id=self.feed_id,
            outlet_id=self.outlet_id,
            version=said.version,
            nearness=said.nearness,
            fullness=said.fullness,
            edited_at=said.edited_at,
        )
        lead = self.rules.leading(held.carriers.values())
        if (lead.version, lead.outlet_id) != (held.current, held.outlet_id):
            self.leads[story_id] = lead
        return lead.feed_id == self.feed_id

    def _changed(self, story_id: int) -> None:
        if self.held[story_id].merged_into is None:
            self.taken.known -= 1
            self.taken.changed += 1
            self.taken.to_place.append(story_id)

    def _first_saying(self, one: _Coming, words: Story, *, version: int) -> _Said:
        return _Said(
            fingerprint=one.fingerprint,
            document_id=self.document_id,
            version=version,
            nearness=self.rules.nearness(one.story.canonical_url, **self.feed),
            fullness=_fullness(words),
            edited_at=None,
            returns=0,
            first_seen_at=self.at,
        )

    def _count(self, held: _Held, *, dates: bool) -> int:
        """How many versions of a story this feed has brought: of dates only, or of all else."""
        of_feed = (v for v in held.versions.values() if v.feed_id == self.feed_id)
        return sum((v.kind == "date_only") == dates for v in of_feed)

    def _relate(self, story_id: int, one: _Coming) -> None:
        """Note a text that nobody had before; whose copy it is else, is found when it is placed."""
        if one.body and one.body not in self.known:
            self._name(one.body, story_id)

    def _name(self, name: Name, story_id: int) -> None:
        self.known[name] = story_id
        self.names[name] = story_id

    def _keep(
        self, story_id: int, number: int, kind: VersionKind, one: _Coming, words: Story
    ) -> None:
        """Keep a further version of a story that is held."""
        held = self.held[story_id]
        row = self._version(story_id, number, kind, one, words)
        is_of_page = held.page is not None and words.text == held.page.article.text
        self.versions.append(row | {"source": "page" if is_of_page else "feed"})
        held.versions[number] = _version_of(number, kind, self.feed_id, one, words)

    def _version(
        self, story_id: int, number: int, kind: VersionKind, one: _Coming, words: Story
    ) -> dict[str, object]:
        """The row of a version: what came, or what was kept of it and the one before."""
        return {
            "story_id": story_id,
            "number": number,
            "kind": kind,
            "content_hash": one.keys.content,
            "fingerprint": one.fingerprint,
            "title": words.title,
            "summary": words.summary,
            "text": words.text,
            "html": words.html,
            "url": words.url,
            "canonical_url": words.canonical_url,
            "byline": words.byline,
            "language": words.language,
            "published_at": words.published,
            "published_raw": words.published_raw,
            "updated_at": words.updated,
            "problems": words.problems,
            "source": "feed",
            "wire": None if words.wire is None else wires.to_json(words.wire),
        }

    # --- writing

    def write(self) -> None:
        """Write everything decided: all rows of the usual document in one statement."""
        if self.stories or self.versions or self.names or self.sightings:
            self._write_rows()
        if self.moved_names:
            self.session.execute(
                statements.MOVE_NAMES, {"names": _names(self.moved_names), "at": self.at}
            )
        if self.flapping:
            self.session.execute(statements.FLAP, {"ids": self.flapping})
        if self.leads:
            standing.let_stand(self.session, self.leads, at=self.at)
        self._merge()

    def _write_rows(self) -> None:
        self.session.execute(
            statements.WRITE,
            {
                "feed": self.feed_id,
                "outlet": self.outlet_id,
                "document": self.document_id,
                "at": self.at,
                "stories": statements.as_json(self.stories),
                "versions": statements.as_json(self.versions),
                "names": _names(self.names),
                "alternates": statements.as_json(
                    [
                        {**name._asdict(), "story_id": story_id}
                        for name, story_id in sorted(self.alternates)
                    ]
                ),
                "sightings": statements.as_json(
                    [
                        {
                            "story_id": story_id,
                            "fingerprint": said.fingerprint,
                            "document_id": said.document_id,
                            "version": said.version,
                            "nearness": said.nearness,
                            "fullness": said.fullness,
                            "edited_at": said.edited_at,
                            "returns": said.returns,
                        }
                        for story_id, said in sorted(self.sightings.items())
                    ]
                ),
            },
        )

    def _merge(self) -> None:
        """Note what may be one story, and let what was merged speak for the one that is shown."""
        made = merges.keep(self.session, self.merging, by=MERGER, at=self.at)
        into = {one.story_id: one.into_id for one in self.merging if one.story_id in made}
        for story_id in self.leads:
            if (shown := self.held[story_id].merged_into) is not None:
                into[story_id] = shown
        for story_id, shown in sorted(into.items()):
            kind = merges.echo(
                self.session,
                story_id,
                shown,
                revise=self.rules.revise,
                leading=self.rules.leading,
                at=self.at,
            )
            if kind is not None:
                self.taken.known -= 1
                self.taken.changed += 1
                self.taken.to_place.append(shown)


def _version_of(number: int, kind: str, feed_id: int, one: _Coming, words: Story) -> _Version:
    content, dates = one.keys.content, (words.published, words.updated)
    return _Version(number, kind, feed_id, one.fingerprint, content, *dates)


def _rank(found: Resemblance) -> tuple[bool, float]:
    return found.is_sure, found.score


def _fullness(words: Story) -> int:
    return len(words.summary) + len(words.text)


def _is_same(version: _Version, one: _Coming, words: Story) -> bool:
    """Whether a version says the same under the same dates, however these are written."""
    dates = (words.published, words.updated)
    is_said_alike = version.content == one.keys.content
    is_dated_alike = (version.published, version.updated) == dates
    return version.fingerprint == one.fingerprint or (is_said_alike and is_dated_alike)


def _columns(names: Iterable[Name]) -> dict[str, object]:
    """Names as three parallel arrays, in one order."""
    ordered = sorted(names)
    return {
        "schemes": [name.scheme for name in ordered],
        "scopes": [name.scope for name in ordered],
        "values": [name.value for name in ordered],
    }


def _names(names: dict[Name, int]) -> str:
    ordered = sorted(names.items())
    return statements.as_json(
        [{**name._asdict(), "story_id": story_id} for name, story_id in ordered]
    )
