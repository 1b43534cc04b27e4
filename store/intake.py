"""Taking stories in: known, new, changed, or another's text again, decided under locks.

Two workers may hold the same story at the same instant, from two feeds. So `take_in` first locks
what the stories are known by, in one order for everybody, and only then looks. Everything it
writes it can meet again: taking the same stories in twice changes nothing.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ARRAY, Integer, bindparam, func, insert, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from pipeline.records import Keys, Story, VersionKind
from store import work
from store.models import (
    DuplicateRow,
    OutletRow,
    SightingRow,
    StoryKeyRow,
    StoryRow,
    VersionRow,
)
from store.stories import record

LOCK_CLASS = 7301  # the first half of our advisory locks; the second is a stripe
STRIPES = 1024  # a batch of 170 stories takes at most this many slots of the lock table
MOST_VERSIONS = 24  # a story that changes more often is flapping: further changes are only counted

Revise = Callable[[Story, Story], tuple[VersionKind, Story] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A story as it came in one document, with what it is known by."""

    story: Story
    keys: Keys

    @property
    def fingerprint(self) -> str:
        """Equal for the same words under the same dates."""
        updated = self.story.updated.isoformat() if self.story.updated else ""
        return f"{self.keys.content} {self.story.published_raw[:100]} {updated}"


@dataclass(slots=True, kw_only=True)
class TakenIn:
    """What became of a document's stories. `to_place` are new or have a new current version."""

    new: int = 0
    changed: int = 0
    known: int = 0
    duplicates: int = 0
    flapping: int = 0  # changed beyond MOST_VERSIONS: known, and the change not kept
    to_place: list[int] = field(default_factory=list)


class Name(NamedTuple):
    """One row of story_keys, without its story."""

    scheme: str
    scope: str
    value: str


@dataclass(slots=True)
class _Held:
    """A story we hold, as far as a batch needs it."""

    current: VersionRow
    outlet: OutletRow
    numbers: dict[str, int]  # by fingerprint


def take_in(  # noqa: PLR0913  # each is a plain fact of the document
    session: Session,
    arrivals: Sequence[Arrival],
    *,
    feed_id: int,
    outlet_id: int,
    document_id: int,
    at: datetime,
    revise: Revise,
) -> TakenIn:
    """Take one document's stories in, seen at product time `at`.

    `revise` says how a story changed and what to keep of the two versions, None for no change.
    """
    batch = _Batch(session, feed_id, outlet_id, document_id, at, revise)
    batch.look(arrivals)
    for arrival in arrivals:
        batch.take(arrival)
    batch.write()
    return batch.taken


@dataclass(slots=True)
class _Batch:
    """One document's stories: looked up together, decided one by one, written together."""

    session: Session
    feed_id: int
    outlet_id: int
    document_id: int
    at: datetime
    revise: Revise
    taken: TakenIn = field(default_factory=TakenIn)
    known: dict[Name, int] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)  # what this feed said last, by story
    later: set[int] = field(default_factory=set)  # stories of which this feed has said more since
    held: dict[int, _Held] = field(default_factory=dict)
    fresh_ids: Iterator[int] = field(default_factory=lambda: iter(()))
    handled: set[int] = field(default_factory=set)
    stories: list[dict[str, object]] = field(default_factory=list)
    versions: list[dict[str, object]] = field(default_factory=list)
    names: dict[Name, int] = field(default_factory=dict)
    moved_names: dict[Name, int] = field(default_factory=dict)
    sightings: dict[int, str] = field(default_factory=dict)
    pointers: dict[int, int] = field(default_factory=dict)  # current version, by story
    copies: list[tuple[int, int]] = field(default_factory=list)  # story, root

    # --- looking

    def look(self, arrivals: Sequence[Arrival]) -> None:
        """Lock all names of the batch in one order, then find which of them we know."""
        names = sorted({name for a in arrivals for name in self._names(a)})
        if not names:
            return
        _lock(self.session, names)
        row = StoryKeyRow
        asked = select(row).where(tuple_(row.scheme, row.scope, row.value).in_(names))
        for found in self.session.scalars(asked):
            self.known[Name(found.scheme, found.scope, found.value)] = found.story_id
        self._look_at_stories(arrivals)
        unknown = sum(1 for a in arrivals if self._identified(a) is None)
        # A guid given to another story needs an id too, and is rare: two to spare.
        self.fresh_ids = iter(_next_ids(self.session, unknown + self._reusable(arrivals)))

    def _look_at_stories(self, arrivals: Sequence[Arrival]) -> None:
        """What this feed last said of the known stories; those it words anew are read whole."""
        ids = {found for a in arrivals if (found := self._identified(a)) is not None}
        row = SightingRow
        asked = select(row.story_id, row.fingerprint, row.document_id).where(
            row.feed_id == self.feed_id, row.story_id.in_(ids)
        )
        found_said = self.session.execute(asked).all()
        self.later = {story for story, _, said_in in found_said if said_in > self.document_id}
        self.said = {story: fingerprint for story, fingerprint, _ in found_said}
        reworded = {
            found
            for a in arrivals
            if (found := self._identified(a)) is not None
            and self.said.get(found) not in {None, a.fingerprint}
        }
        self.held = _hold(self.session, reworded)

    def _reusable(self, arrivals: Sequence[Arrival]) -> int:
        return sum(1 for a in arrivals if self._identified(a) in self.held)

    def _names(self, arrival: Arrival) -> list[Name]:
        """All names of an arrival: its identities first, then the hash of its body."""
        feed, keys = str(self.feed_id), arrival.keys
        names = [
            Name("guid", feed, keys.guid) if keys.guid else None,
            Name("url", "", keys.url) if keys.url else None,
            Name("text", feed, keys.text) if keys.text else None,
            self._reused(arrival) if keys.guid else None,
            Name("body", "", keys.body) if keys.body else None,
        ]
        return [name for name in names if name is not None]

    def _reused(self, arrival: Arrival) -> Name:
        return Name("reused", str(self.feed_id), f"{arrival.keys.guid} {arrival.keys.content}")

    def _identified(self, arrival: Arrival) -> int | None:
        """The story this is: by a guid once reused, by guid, by address, by text."""
        names = self._names(arrival)
        by_scheme = {name.scheme: self.known.get(name) for name in names}
        for scheme in ("reused", "guid", "url", "text"):
            if (found := by_scheme.get(scheme)) is not None:
                return found
        return None

    # --- deciding

    def take(self, arrival: Arrival) -> None:
        """Decide about one arrival."""
        story_id = self._identified(arrival)
        if story_id is None:
            self._add(arrival)
        elif story_id in self.handled or self.said.get(story_id) == arrival.fingerprint:
            self._know(story_id, arrival)
        elif story_id not in self.said:
            # Another feed has it already and words it its own way: carried, not changed.
            self._know(story_id, arrival)
            self.sightings[story_id] = arrival.fingerprint
        else:
            self._reword(story_id, arrival)

    def _know(self, story_id: int, arrival: Arrival) -> None:
        self.handled.add(story_id)
        self.taken.known += 1
        for name in self._identities(arrival):
            if name not in self.known:
                self._name(name, story_id)

    def _add(self, arrival: Arrival) -> int:
        story_id = next(self.fresh_ids)
        self.handled.add(story_id)
        self.taken.new += 1
        self.taken.to_place.append(story_id)
        self.stories.append({"id": story_id})
        self.versions.append(self._version(story_id, 1, "first", arrival))
        self.sightings[story_id] = arrival.fingerprint
        for name in self._identities(arrival):
            self._name(name, story_id)
        if arrival.keys.body:
            body = Name("body", "", arrival.keys.body)
            if (root := self.known.get(body)) is None:
                self._name(body, story_id)
            else:
                self.copies.append((story_id, root))
                self.taken.duplicates += 1
        return story_id

    def _reword(self, story_id: int, arrival: Arrival) -> None:
        """The feed says something else of this story than it said last.

        Unless this document is older than what it said last, and was only read late: its wording
        is kept as a version, and changes nothing that stands.
        """
        held = self.held[story_id]
        is_late = story_id in self.later
        if not is_late:
            self.sightings[story_id] = arrival.fingerprint
        seen_before = held.numbers.get(arrival.fingerprint)
        if seen_before is not None:
            self._know(story_id, arrival)
            if seen_before != held.current.number and not is_late:
                self.pointers[story_id] = seen_before
            return
        revised = self.revise(record(held.current, held.outlet), arrival.story)
        if revised is not None and revised[0] == "replaced" and arrival.keys.guid and not is_late:
            self._replace(story_id, held, arrival)
            return
        self._know(story_id, arrival)
        if revised is not None and len(held.numbers) >= MOST_VERSIONS:
            self.taken.flapping += 1
        elif revised is not None:
            self.taken.known -= 1
            self.taken.changed += 1
            number = max(held.numbers.values()) + 1
            self.versions.append(self._version(story_id, number, revised[0], arrival, revised[1]))
            if not is_late:
                self.taken.to_place.append(story_id)
                self.pointers[story_id] = number

    def _replace(self, story_id: int, held: _Held, arrival: Arrival) -> None:
        """One guid, another story: the old one stays as it is, the guid leads to the new one.

        Both are remembered by guid and content, so that either coming back is known again.
        """
        self.sightings.pop(story_id)
        guid = Name("guid", str(self.feed_id), str(arrival.keys.guid))
        identities = [name for name in self._identities(arrival) if name != guid]
        elsewhere = [s for n in identities if (s := self.known.get(n)) not in {None, story_id}]
        for name in (guid, *identities):
            self.known.pop(name, None)
        if elsewhere:
            other = elsewhere[0]
            self._know(other, arrival)
            self.sightings[other] = arrival.fingerprint
        else:
            other = self._add(arrival)
        for name in (guid, *identities):
            self.names.pop(name, None)
            self.known[name] = self.moved_names[name] = other
        self._name(
            Name("reused", guid.scope, f"{guid.value} {held.current.content_hash}"), story_id
        )
        self._name(self._reused(arrival), other)

    def _identities(self, arrival: Arrival) -> Iterable[Name]:
        return (n for n in self._names(arrival) if n.scheme in {"guid", "url", "text"})

    def _name(self, name: Name, story_id: int) -> None:
        self.known[name] = story_id
        self.names[name] = story_id

    def _version(
        self,
        story_id: int,
        number: int,
        kind: VersionKind,
        arrival: Arrival,
        kept: Story | None = None,
    ) -> dict[str, object]:
        """The row of a version: what came, or what was `kept` of it and the one before."""
        story = kept or arrival.story
        return {
            "story_id": story_id,
            "number": number,
            "document_id": self.document_id,
            "feed_id": self.feed_id,
            "seen_at": self.at,
            "kind": kind,
            "content_hash": arrival.keys.content,
            "fingerprint": arrival.fingerprint,
            "title": story.title,
            "summary": story.summary,
            "text": story.text,
            "html": story.html,
            "url": story.url,
            "canonical_url": story.canonical_url,
            "byline": story.byline,
            "language": story.language,
            "published_at": story.published,
            "published_raw": story.published_raw,
            "updated_at": story.updated,
            "problems": list(story.problems),
        }

    # --- writing

    def write(self) -> None:
        """Write everything decided, a statement a table."""
        if self.stories:
            facts = {
                "outlet_id": self.outlet_id,
                "feed_id": self.feed_id,
                "first_seen_at": self.at,
                "changed_at": self.at,
            }
            self.session.execute(insert(StoryRow), [row | facts for row in self.stories])
        if self.versions:
            self.session.execute(insert(VersionRow), self.versions)
        self._write_names()
        self._write_sightings()
        self._write_pointers()
        self._write_copies()

    def _write_names(self) -> None:
        for names, moves in ((self.names, False), (self.moved_names, True)):
            if not names:
                continue
            statement = upsert(StoryKeyRow).values(
                [
                    {**name._asdict(), "story_id": story_id, "first_seen_at": self.at}
                    for name, story_id in sorted(names.items())
                ]
            )
            key = ["scheme", "scope", "value"]
            self.session.execute(
                statement.on_conflict_do_update(
                    index_elements=key, set_={"story_id": statement.excluded.story_id}
                )
                if moves
                else statement.on_conflict_do_nothing(index_elements=key)
            )

    def _write_sightings(self) -> None:
        if not self.sightings:
            return
        statement = upsert(SightingRow).values(
            [
                {
                    "story_id": story_id,
                    "feed_id": self.feed_id,
                    "document_id": self.document_id,
                    "first_seen_at": self.at,
                    "fingerprint": fingerprint,
                }
                for story_id, fingerprint in sorted(self.sightings.items())
            ]
        )
        self.session.execute(
            statement.on_conflict_do_update(
                index_elements=["story_id", "feed_id"],
                set_={
                    "fingerprint": statement.excluded.fingerprint,
                    "document_id": statement.excluded.document_id,
                },
            )
        )

    def _write_pointers(self) -> None:
        for story_id, number in sorted(self.pointers.items()):
            self.session.execute(
                update(StoryRow)
                .where(StoryRow.id == story_id)
                .values(current_version=number, changed_at=self.at)
            )
        work.wake(self.session, StoryRow, list(self.pointers))

    def _write_copies(self) -> None:
        if not self.copies:
            return
        roots = {root for _, root in self.copies}
        asked = select(StoryRow.id, StoryRow.outlet_id).where(StoryRow.id.in_(roots))
        outlets = dict(self.session.execute(asked).all())
        self.session.execute(
            upsert(DuplicateRow)
            .values(
                [
                    {
                        "story_id": story_id,
                        "root_id": root,
                        "relation": "reissue" if outlets[root] == self.outlet_id else "syndicated",
                        "score": 1.0,
                        "why": [{"reason": "body", "text": "the body is the same word for word"}],
                        "decided_by": "machine:body-hash",
                        "decided_at": self.at,
                    }
                    for story_id, root in self.copies
                ]
            )
            .on_conflict_do_nothing()
        )


def _lock(session: Session, names: Iterable[Name]) -> None:
    """Hold these names until the transaction ends. Sorted: two batches never wait in a circle."""
    stripes = sorted({zlib.crc32("\x1f".join(name).encode()) % STRIPES for name in names})
    session.execute(
        text(
            "SELECT pg_advisory_xact_lock(:class, stripe) FROM unnest(:stripes) AS stripe"
        ).bindparams(bindparam("stripes", type_=ARRAY(Integer))),
        {"class": LOCK_CLASS, "stripes": stripes},
    )


def _next_ids(session: Session, number: int) -> list[int]:
    """Ids for that many new stories, in ascending order."""
    if not number:
        return []
    sequence = func.nextval(func.pg_get_serial_sequence("stories", "id"))
    series = func.generate_series(1, number).table_valued("n")
    return sorted(session.scalars(select(sequence).select_from(series)))


def _hold(session: Session, ids: Iterable[int]) -> dict[int, _Held]:
    wanted = sorted(ids)
    if not wanted:
        return {}
    numbers: dict[int, dict[str, int]] = {}
    asked = select(VersionRow.story_id, VersionRow.fingerprint, VersionRow.number)
    for story_id, fingerprint, number in session.execute(
        asked.where(VersionRow.story_id.in_(wanted))
    ):
        numbers.setdefault(story_id, {})[fingerprint] = number
    rows = session.execute(
        select(StoryRow.id, VersionRow, OutletRow)
        .join(
            VersionRow,
            (VersionRow.story_id == StoryRow.id) & (VersionRow.number == StoryRow.current_version),
        )
        .join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        .where(StoryRow.id.in_(wanted))
    )
    return {story: _Held(version, outlet, numbers[story]) for story, version, outlet in rows}
