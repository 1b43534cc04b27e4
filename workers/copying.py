"""Whose text each story of a batch is: found, compared and kept while it is placed.

One worker places at a time, so no two copies are ever looked at at the same instant. What is
decided does not depend on who came first (pipeline/dedupe/families.py): a copy read before its
original is led to it once that comes, and a correction never becomes the original.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from pipeline import dedupe
from pipeline.records import Relation
from store import audit, changes, clock, copies, fingerprintdays, merges, stories
from store.session import transaction

FINDER = f"{copies.MACHINE}fingerprints/1"
MOST_ROUNDS = 3  # of looking again for what a story was found to be no copy of any more


def find(
    session: Session, kept: Sequence[stories.Kept], now: datetime
) -> tuple[list[stories.Kept], set[int]]:
    """Find what these stories are copies of; gives them with it, and all whose place has changed.

    They are of one day. Those that were here before are looked at anew, and their copies with them.
    """
    if not kept:
        return [], set()
    search = _Search(session, kept[0].first_seen.astimezone(UTC).date(), now)
    told = [
        copies.Text(
            id=one.id,
            title=one.story.title,
            text=one.story.text or one.story.summary,
            outlet=one.story.outlet,
            is_wire=one.story.outlet_kind == "wire",
            published=one.story.published,
            first_seen=one.first_seen,
        )
        for one in kept
    ]
    search.look(told)
    changed = search.keep()
    families = search.families
    roots = {one.id: families.root(one.id) for one in kept}
    return [
        replace(one, root=roots[one.id] if roots[one.id] != one.id else None) for one in kept
    ], changed


def turn_days() -> tuple[list[date], list[date]]:
    """Make the partitions of fingerprints that will be needed, and drop those of days gone by."""
    with transaction() as session:
        return turned(session, clock.now(session).astimezone(UTC).date())


def turned(session: Session, today: date) -> tuple[list[date], list[date]]:
    """Make the partitions that will be needed from today on, and drop those of days gone by."""
    return fingerprintdays.turn_days(session, today, kept=dedupe.DAYS)


@dataclass(slots=True)
class _Search:
    session: Session
    day: date
    now: datetime
    families: dedupe.Families = field(default_factory=dedupe.Families)
    before: dict[int, copies.Made] = field(default_factory=dict)  # as it stood in the database
    days: dict[int, date] = field(default_factory=dict)  # when each came
    titles: dict[int, str] = field(default_factory=dict)
    bodies: dict[int, str | None] = field(default_factory=dict)  # by which a text is always known
    lead_to: dict[str, int] = field(default_factory=dict)  # stories, from now on, by body
    loaded: set[int] = field(default_factory=set)
    asked_apart: set[int] = field(default_factory=set)
    having: dict[int, set[int]] = field(default_factory=dict)  # of this batch, by fingerprint
    found_by: dict[int, frozenset[int]] = field(default_factory=dict)

    def look(self, told: Sequence[copies.Text]) -> None:
        """Find what these are copies of, and anew what were copies of them."""
        for _ in range(MOST_ROUNDS):
            if not told:
                return
            lost = self._look_at(told)
            told = copies.texts(self.session, lost)

    def _look_at(self, told: Sequence[copies.Text]) -> list[int]:
        """Compare each with its likeliest; gives those that have lost what they were copies of."""
        ids = [one.id for one in told]
        self._read(told)
        keys = {key for one in ids for key in self._keys(one)}
        carriers = copies.carriers(
            self.session, keys, around=self.day, days=dedupe.DAYS, most=dedupe.TEMPLATE
        )
        bodies = {body for one in ids if (body := self.bodies[one])}
        noted = copies.by_body(self.session, bodies)
        of_merged = copies.copies_of_merged(self.session, ids)
        likely = {one: self._likeliest(one, carriers) for one in ids}
        wanted = {other for others in likely.values() for other in others}
        self._load({*ids, *wanted, *noted.values(), *of_merged})
        followers = {story: link.of for story, link in self.families.links.items()} | of_merged
        freed = {story: of for story, of in followers.items() if of in set(ids)}
        known = self._stood(ids)
        self._load(known)
        for one in (*ids, *freed):
            self.families.free(one)
        for one in ids:
            for other in self._likeliest(one, carriers):
                self._compare(one, other)
            for other in known:
                if self._stood_beside(other, one, freed):
                    self._compare(one, other)
            if (same := self._noted(one, noted)) is not None:
                self._compare(one, same)
            self._note_fingerprints(one)
        return [story for story in freed if story not in self.families.links and story not in ids]

    def _stood(self, ids: Collection[int]) -> list[int]:
        """What these stories were copies of, and what were copies of them."""
        mine = set(ids)
        stood = [self.before[one] for one in ids if one in self.before]
        followers = [one.story_id for one in self.before.values() if one.of_id in mine]
        return sorted({*(one.of_id for one in stood), *(one.root_id for one in stood), *followers})

    def _stood_beside(self, other: int, story: int, freed: dict[int, int]) -> bool:
        """Whether the two were copy and original before."""
        made = self.before.get(story)
        was_of = made is not None and other in {made.of_id, made.root_id}
        return was_of or freed.get(other) == story

    def _compare(self, story: int, other: int) -> None:
        if other in self.families.kin:  # else it is merged into another, which is found itself
            self.families.compare(story, other)

    def _noted(self, story: int, noted: dict[str, int]) -> int | None:
        """Which story's text, word for word, it is, however long ago that came."""
        body = self.bodies[story]
        if body is None:
            return None
        other = noted.get(body)
        if other is None or self.bodies.get(other) != body:
            noted[body] = self.lead_to[body] = other = story
        return other

    def _likeliest(self, story: int, carriers: dict[int, set[int]]) -> list[int]:
        keys = self._keys(story)
        shared = dedupe.shared_by(keys, carriers, self.having, most=dedupe.TEMPLATE)
        shared.pop(story, None)
        return dedupe.likeliest(shared, keys)

    def _keys(self, story: int) -> frozenset[int]:
        return self.families.kin[story].reading.fingerprints

    def _read(self, told: Iterable[copies.Text]) -> None:
        for one in told:
            at = dedupe.came(one.published, one.first_seen)
            reading = dedupe.read(one.title, one.text, outlet=one.outlet, at=at)
            kin = dedupe.Kin(id=one.id, at=at, is_wire=one.is_wire, reading=reading)
            self.families.kin[one.id] = kin
            self.days[one.id] = one.first_seen.astimezone(UTC).date()
            self.titles[one.id] = one.title
            self.bodies[one.id] = dedupe.body_key(one.text)

    def _load(self, ids: Iterable[int]) -> None:
        """Read these stories, their families, and what people say of them, where lacking."""
        new = set(ids) - self.loaded
        self.loaded |= new
        self._read(copies.texts(self.session, new - self.families.kin.keys()))
        self._load_families(new)
        members = new | {made.story_id for made in self.before.values()}
        pairs = copies.kept_apart(self.session, members - self.asked_apart)
        self.asked_apart |= members
        for one, other in pairs:
            self.families.apart.setdefault(one, set()).add(other)
            self.families.apart.setdefault(other, set()).add(one)
        self._load_families({story for pair in pairs for story in pair})
        # What a copy is called is what it is to its original; and it may find a nearer one.
        mine = [made for made in self.before.values() if made.story_id in self.families.kin]
        beside = {story for made in mine for story in (made.of_id, made.root_id)}
        self._read(copies.texts(self.session, beside - self.families.kin.keys()))

    def _load_families(self, ids: Iterable[int]) -> None:
        for made in copies.families(self.session, set(ids)):
            if made.story_id not in self.before:
                self._stands(made)

    def _stands(self, made: copies.Made) -> None:
        self.before[made.story_id] = made
        relation = Relation(kind=made.relation, score=made.score, why=made.why)
        by = "" if made.by.startswith(copies.MACHINE) else made.by
        self.families.links[made.story_id] = dedupe.Link(of=made.of_id, relation=relation, by=by)

    def _note_fingerprints(self, story: int) -> None:
        """Let it be found by what the story that it is a copy of is not found by today."""
        reading, link = self.families.kin[story].reading, self.families.links.get(story)
        of = self.families.kin.get(link.of) if link and not link.by else None
        if link is None or of is None or self.days[of.id] != self.day:
            keys = dedupe.found_by(reading)
        else:
            keys = dedupe.found_by(reading, of.reading, link.relation)
        self.found_by[story] = keys
        for key in keys:
            self.having.setdefault(key, set()).add(story)

    # --- keeping

    def keep(self) -> set[int]:
        """Write what has changed; gives all stories whose place is another now."""
        touched = self.families.copies(self.families.changed)
        self._load(touched)
        self.families.part(touched)
        touched = self.families.copies([*touched, *self.families.changed])
        self._load(touched)
        told = list(self.families.told(touched))
        made = [
            copies.Made(
                story_id=story,
                root_id=root,
                of_id=link.of,
                relation=link.relation.kind,
                score=link.relation.score,
                why=link.relation.why,
                by=link.by or FINDER,
            )
            for story, root, link in told
        ]
        gone = {one for one in touched if one in self.before} - {one.story_id for one in made}
        made = [one for one in made if not self._stood_so(one)]
        # Before any story is locked, as whoever takes stories in does.
        copies.note_bodies(self.session, self.lead_to, at=self.now)
        copies.keep(self.session, made, at=self.now)
        if gone:
            copies.drop(self.session, gone)
        self._note(made, gone)
        self._tell_corrections(made)
        if self.found_by:
            fingerprintdays.make_days(self.session, [self.day])
            copies.keep_fingerprints(self.session, self.found_by, day=self.day)
        return {one.story_id for one in made} | gone

    def _stood_so(self, made: copies.Made) -> bool:
        stood = self.before.get(made.story_id)
        return stood is not None and replace(stood, by=made.by) == made

    def _note(self, made: Iterable[copies.Made], gone: Iterable[int]) -> None:
        """Leave a record of what was led to another original, and of what is no copy any more."""
        led: dict[tuple[int, int], list[int]] = {}
        for one in made:
            stood = self.before.get(one.story_id)
            if stood is not None and stood.root_id != one.root_id:
                led.setdefault((stood.root_id, one.root_id), []).append(one.story_id)
        for (old, new), moved in sorted(led.items()):
            detail: dict[str, object] = {"from": old, "to": new, "copies": sorted(moved)}
            self._audit("story.original", new, detail)
        for story in sorted(gone):
            self._audit("story.no_copy", story, {"of": self.before[story].root_id})

    def _tell_corrections(self, made: Iterable[copies.Made]) -> None:
        """Let a correction that comes as a story of its own reach whatever rests on the original.

        It is told once, whichever of the two came first.
        """
        happened = [
            changes.Happened(
                story_id=one.root_id,
                kind="correction",
                occasion=f"story {one.story_id}",
                said=self.titles[one.story_id],
                is_in_substance=True,
            )
            for one in sorted(made, key=lambda one: one.story_id)
            if one.relation == "correction"
        ]
        if happened:
            # With those of the batch: whoever tells of a change takes stories, then items.
            merges.lock(self.session, [*self.found_by, *(one.story_id for one in happened)])
            changes.record(self.session, happened, by=FINDER, at=self.now)

    def _audit(self, action: str, story: int, detail: dict[str, object]) -> None:
        audit.note(
            self.session,
            actor=FINDER,
            action=action,
            subject_kind="story",
            subject_id=story,
            detail=detail,
        )
