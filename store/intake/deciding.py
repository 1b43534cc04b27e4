"""Whether each arrival is known, new or changed, and what is to be written of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from pipeline.records import Carrier, Resemblance, Story, VersionKind
from store import articles, lineages, merges, standing
from store.intake.arrivals import Coming, Name
from store.intake.known import Held, Known, Said, Version
from store.intake.writing import Rows, version_row

MOST_VERSIONS = 24  # a story that changes more often is flapping: further changes are only counted
MOST_TOLD = 200  # versions of a wire's story: a live report has many, and each is meant
MOST_RETURNS = 2  # to words left before: there and back is a mistake put right, more an A/B test
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


class _Alike(NamedTuple):
    """A story that a new one may be, and why."""

    story_id: int
    alternate: str
    resemblance: Resemblance


@dataclass(slots=True)
class Batch:
    """One document's stories: looked up together, decided one by one, written together."""

    session: Session
    feed_id: int
    outlet_id: int
    document_id: int
    at: datetime
    rules: Rules
    known: Known
    rows: Rows = field(default_factory=Rows)
    taken: TakenIn = field(default_factory=TakenIn)
    handled: set[int] = field(default_factory=set)
    leads: dict[int, Carrier] = field(default_factory=dict)  # whose word stands from now on
    merging: list[merges.Merging] = field(default_factory=list)

    def take(self, one: Coming) -> None:
        """Decide about one arrival."""
        story_id = self.known.identified(one)
        if story_id is None:
            self._add(one)
        elif one.story.wire is not None:
            self._tell(story_id, one)
        elif story_id in self.handled or not self.known.says_anew(story_id, one):
            self._know(story_id, one)
        elif story_id not in self.known.said:
            self._carry(story_id, one)
        else:
            self._reword(story_id, one)

    def _know(self, story_id: int, one: Coming) -> None:
        self.handled.add(story_id)
        self.taken.known += 1
        for name in (*one.identities, *one.shared):
            if name not in self.known.names:
                self._name(name, story_id)

    def _add(self, one: Coming) -> int:
        """A story not seen before; or one that was, under another id and at another address."""
        story_id = next(self.known.fresh_ids)
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
            self.known.held[story_id] = Held(1, self.outlet_id, merged_into, {1: first}, {})
        self.rows.stories.append(state)
        self.rows.versions.append(version_row(story_id, 1, "first", one, one.story))
        self.rows.sightings[story_id] = self._first_saying(one, one.story, version=1)
        for name in (*one.identities, *one.shared):
            self._name(name, story_id)
        self.rows.alternates |= {(name, story_id) for name in one.alternates}
        self._relate(story_id, one)
        return story_id

    def _resembling(self, one: Coming) -> _Alike | None:
        """The story that a new one most resembles, if it shares an alternate with any.

        Never one that stands in this very document: its publisher says that they are two.
        """
        best = None
        compared = self.known.present | self.handled
        for name in one.alternates:
            for story_id in self.known.alike.get(name, ()):
                if story_id in compared:
                    continue
                compared.add(story_id)
                held = self.known.held[story_id]
                found = self.rules.resemblance(
                    name.scheme,
                    held.words[held.current],
                    one.story,
                    is_same_feed=self.feed_id in held.carriers,
                )
                if found and (best is None or _rank(found) > _rank(best.resemblance)):
                    best = _Alike(story_id, name.scheme, found)
        return best

    def _tell(self, story_id: int, one: Coming) -> None:
        """A version of a wire's story, maybe a late one: what stands is settled from all of them.

        Kept whatever it says; only what is usable is limited in number, never a kill.
        """
        held = self.known.held.get(story_id)
        self._know(story_id, one)
        if held is None:
            return
        if one.fingerprint in held.by_fingerprint:
            if (
                story_id not in self.known.said and story_id not in self.rows.sightings
            ):  # by a further feed
                self.rows.sightings[story_id] = self._first_saying(
                    one, one.story, version=held.current
                )
            return
        is_usable = one.story.wire is not None and one.story.wire.status == "usable"
        if is_usable and len(held.versions) >= MOST_TOLD:
            self.taken.flapping += 1
            self.rows.flapping.append(story_id)
            return
        self.taken.known -= 1
        self.taken.changed += 1
        self.taken.reworded += 1
        said = self.known.said.get(story_id) or self.rows.sightings.get(story_id)
        said = said or self._first_saying(one, one.story, version=held.current)
        self.rows.sightings[story_id] = replace(
            said, fingerprint=one.fingerprint, document_id=self.document_id
        )
        self._keep(story_id, max(held.versions) + 1, "update", one, one.story)
        self._relate(story_id, one)
        self.taken.told.add((story_id, one.fingerprint))

    def _carry(self, story_id: int, one: Coming) -> None:
        """Another feed has it already. What this one says of it is kept; it may be what stands."""
        held, words = self.known.held[story_id], self._words(story_id, one)
        numbers = sorted(held.versions, reverse=True)
        same = next((v for n in numbers if _is_same(v := held.versions[n], one, words)), None)
        number = same.number if same else max(held.versions) + 1
        said = self._first_saying(one, words, version=number)
        self.rows.sightings[story_id] = said
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

    def _reword(self, story_id: int, one: Coming) -> None:
        """The feed says something else of this story than it said last."""
        self.taken.reworded += 1
        held, said = self.known.held[story_id], self.known.said[story_id]
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
            self.rows.flapping.append(story_id)
        elif revised is not None:
            said = self._revise(story_id, one, said, *revised)
        self.rows.sightings[story_id] = said

    def _keep_beneath(self, story_id: int, one: Coming) -> None:
        """Only the feed's own text has changed, and the page's is shown: kept as evidence."""
        held = self.known.held[story_id]
        is_new = one.fingerprint not in held.by_fingerprint
        if is_new and self._count(held, dates=False) < MOST_VERSIONS:
            self._keep(story_id, max(held.versions) + 1, "carried", one, one.story)

    def _words(self, story_id: int, one: Coming) -> Story:
        """What came, with the text of the story's page where that was read."""
        page = self.known.held[story_id].page
        if page is None or page.url != one.story.canonical_url:
            return one.story
        return self.rules.complete(one.story, page.article)

    def _revise(
        self, story_id: int, one: Coming, said: Said, kind: VersionKind, words: Story
    ) -> Said:
        """A further version; shown if this feed's word is what stands."""
        held = self.known.held[story_id]
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
        self.rows.alternates |= {(name, story_id) for name in title}
        return said

    def _back(self, story_id: int, held: Held, said: Said, known: Version) -> Said:
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

    def _redate(self, story_id: int, held: Held, one: Coming, words: Story) -> None:
        """Nothing but a date is new: kept as evidence, and nobody is shown anything."""
        self.taken.redated += 1
        self.taken.redated_ids.append(story_id)
        if self._count(held, dates=True) < MOST_VERSIONS:
            self._keep(story_id, max(held.versions) + 1, "date_only", one, words)

    def _read_late(self, story_id: int, one: Coming) -> None:
        """A document older than what the feed said last: its wording is kept and nothing moves."""
        held, said = self.known.held[story_id], self.known.said[story_id]
        self._know(story_id, one)
        revised = self.rules.revise(held.words[said.version], one.story)
        is_new = one.fingerprint not in held.by_fingerprint
        if revised is None or not is_new or self._count(held, dates=False) >= MOST_VERSIONS:
            return
        kind = revised[0] if revised[0] == "date_only" else "carried"
        self._keep(story_id, max(held.versions) + 1, kind, one, one.story)
        if kind == "carried" and said.edited_at is None:
            # So it did edit, when it first said what we read first.
            self.rows.sightings[story_id] = replace(said, edited_at=said.first_seen_at)
            self._settle(story_id, self.rows.sightings[story_id])

    def _replace(self, story_id: int, held: Held, one: Coming) -> None:
        """One guid, another story: the old one stays as it is, the guid leads to the new one.

        Both are remembered by guid and content, so that either coming back is known again.
        """
        guid = Name("guid", str(self.feed_id), str(one.keys.guid))
        identities = [name for name in one.identities if name != guid]
        other = next(
            (s for n in identities if (s := self.known.names.get(n)) not in {None, story_id}), 0
        )
        for name in (guid, *identities):
            self.known.names.pop(name, None)
        if other:
            self.known.names |= dict.fromkeys((guid, *identities), other)
            self.take(one)
        else:
            other = self._add(one)
        for name in (guid, *identities):
            self.rows.names.pop(name, None)
            self.known.names[name] = self.rows.moved_names[name] = other
        content = held.versions[self.known.said[story_id].version].content
        self._name(Name("reused", guid.scope, f"{guid.value} {content}"), story_id)
        if one.reused:
            self._name(one.reused, other)

    def _settle(self, story_id: int, said: Said) -> bool:
        """Whether this feed's word is what stands; if that is news, it is noted."""
        held = self.known.held[story_id]
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
        if self.known.held[story_id].merged_into is None:
            self.taken.known -= 1
            self.taken.changed += 1
            self.taken.to_place.append(story_id)

    def _first_saying(self, one: Coming, words: Story, *, version: int) -> Said:
        return Said(
            fingerprint=one.fingerprint,
            document_id=self.document_id,
            version=version,
            nearness=self.rules.nearness(one.story.canonical_url, **self.known.feed),
            fullness=_fullness(words),
            edited_at=None,
            returns=0,
            first_seen_at=self.at,
        )

    def _count(self, held: Held, *, dates: bool) -> int:
        """How many versions of a story this feed has brought: of dates only, or of all else."""
        of_feed = (v for v in held.versions.values() if v.feed_id == self.feed_id)
        return sum((v.kind == "date_only") == dates for v in of_feed)

    def _relate(self, story_id: int, one: Coming) -> None:
        """Note a text that nobody had before; whose copy it is else, is found when it is placed."""
        if one.body and one.body not in self.known.names:
            self._name(one.body, story_id)

    def _name(self, name: Name, story_id: int) -> None:
        self.known.names[name] = story_id
        self.rows.names[name] = story_id

    def _keep(
        self, story_id: int, number: int, kind: VersionKind, one: Coming, words: Story
    ) -> None:
        """Keep a further version of a story that is held."""
        held = self.known.held[story_id]
        row = version_row(story_id, number, kind, one, words)
        is_of_page = held.page is not None and words.text == held.page.article.text
        self.rows.versions.append(row | {"source": "page" if is_of_page else "feed"})
        held.versions[number] = _version_of(number, kind, self.feed_id, one, words)

    def write(self) -> None:
        """Write everything decided."""
        self.rows.write(
            self.session,
            feed_id=self.feed_id,
            outlet_id=self.outlet_id,
            document_id=self.document_id,
            at=self.at,
        )
        if self.leads:
            standing.let_stand(self.session, self.leads, at=self.at)
        self._merge()

    def _merge(self) -> None:
        """Note what may be one story, and let what was merged speak for the one that is shown."""
        made = merges.keep(self.session, self.merging, by=MERGER, at=self.at)
        into = {one.story_id: one.into_id for one in self.merging if one.story_id in made}
        for story_id in self.leads:
            if (shown := self.known.held[story_id].merged_into) is not None:
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


def _version_of(number: int, kind: str, feed_id: int, one: Coming, words: Story) -> Version:
    content, dates = one.keys.content, (words.published, words.updated)
    return Version(number, kind, feed_id, one.fingerprint, content, *dates)


def _rank(found: Resemblance) -> tuple[bool, float]:
    return found.is_sure, found.score


def _fullness(words: Story) -> int:
    return len(words.summary) + len(words.text)


def _is_same(version: Version, one: Coming, words: Story) -> bool:
    """Whether a version says the same under the same dates, however these are written."""
    dates = (words.published, words.updated)
    is_said_alike = version.content == one.keys.content
    is_dated_alike = (version.published, version.updated) == dates
    return version.fingerprint == one.fingerprint or (is_said_alike and is_dated_alike)
