"""Which of several stories are one text, and which of them is the original.

Every story but the original is a copy *of* the one it is most like among those that stand before
it. Before stands what no mark calls a correction or an update; of these a wire's story before an
outlet's; of these the one that came first. So the same stories give the same originals, whoever is
read first, and an original that turns out not to be one takes its copies along.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.dedupe.relation import Reading, related
from pipeline.records import Relation

_BELIEVED = timedelta(days=3)  # so long before it came a story may say it was published


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """A story as one text among others."""

    id: int
    at: datetime  # when it came
    is_wire: bool
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a story is a copy of, and why."""

    of: int
    relation: Relation
    by: str = ""  # who says so, where it is a person


def came(published: datetime | None, first_seen: datetime) -> datetime:
    """Return when a story came: when it says so, where that can be believed, else when we saw it.

    So it does not matter which of two feeds was polled first.
    """
    if published is not None and first_seen - _BELIEVED <= published <= first_seen:
        return published
    return first_seen


def rank(kin: Kin) -> tuple[bool, bool, datetime, str, tuple[str, ...], int]:
    """Return where a story stands: what ranks lower is the original of what ranks higher."""
    read = kin.reading
    return read.mark is not None, not kin.is_wire, kin.at, read.outlet, read.headline, kin.id


@dataclass(slots=True)
class Families:
    """Stories that may be one text, with what is known of them so far."""

    kin: dict[int, Kin] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)  # of those that are copies
    apart: dict[int, set[int]] = field(default_factory=dict)  # what people have kept apart
    changed: set[int] = field(default_factory=set)  # whose link is another now

    def root(self, story: int) -> int:
        """Return the original of a story: itself, where it is a copy of none."""
        while (link := self.links.get(story)) is not None:
            story = link.of
        return story

    def compare(self, one: int, other: int) -> None:
        """Let the one that stands later be a copy of the other, if it is and is of none nearer."""
        if one == other:
            return
        earlier, later = sorted((one, other), key=lambda story: rank(self.kin[story]))
        standing = self.links.get(later)
        if standing is not None and (standing.by or standing.of == earlier):
            return
        relation = related(self.kin[earlier].reading, self.kin[later].reading)
        if relation is None or self._is_apart(later, earlier):
            return
        if standing is None or self._is_nearer(later, earlier, relation):
            self.links[later] = Link(of=earlier, relation=relation)
            self.changed.add(later)

    def _is_nearer(self, later: int, earlier: int, relation: Relation) -> bool:
        """Return whether that is a better original; of equals the one that stands first is."""
        standing = self.kin.get(self.links[later].of)
        if standing is None:  # it is shown as another story, and that one is compared itself
            return True
        # What is told of a copy is what it is to the original of all: not what is asked here.
        old = related(standing.reading, self.kin[later].reading)
        if old is None or relation.score != old.score:
            return old is None or relation.score > old.score
        return rank(self.kin[earlier]) < rank(standing)

    def _is_apart(self, later: int, earlier: int) -> bool:
        """Return whether the two cannot be one family: a person says so, or it is one already."""
        root = self.root(earlier)
        return root == later or any(self.root(one) == root for one in self.apart.get(later, ()))

    def free(self, story: int) -> None:
        """Forget what a story is a copy of, unless a person says it: its text has changed."""
        link = self.links.get(story)
        if link is not None and not link.by:
            del self.links[story]
            self.changed.add(story)

    def copies(self, stories: Collection[int]) -> list[int]:
        """Return these stories and all that are, in however many steps, copies of them."""
        having: dict[int, list[int]] = {}
        for story, link in self.links.items():
            having.setdefault(link.of, []).append(story)
        found = list(dict.fromkeys(stories))
        seen = set(found)
        for story in found:  # grows while it is gone through
            found += (new := [one for one in having.get(story, ()) if one not in seen])
            seen.update(new)
        return found

    def part(self, stories: Iterable[int]) -> None:
        """Free those whom a family that grew would bring together with what they are kept from."""
        known = [one for one in stories if one in self.kin]
        for story in sorted(known, key=lambda one: rank(self.kin[one])):
            if any(self.root(one) == self.root(story) for one in self.apart.get(story, ())):
                self.free(story)

    def told(self, stories: Iterable[int]) -> Iterator[tuple[int, int, Link]]:
        """Give of each copy among these its original and what it is to be called.

        It is called what it is to the original, where the two are alike; else to what it is of. If
        it is as much the original's text as any other's, it is of that: of several that say the
        same, which one was met does not matter.
        """
        for story in stories:
            link = self.links.get(story)
            if link is None:
                continue
            root = self.root(story)
            if link.of != root and not link.by and {root, story} <= self.kin.keys():
                direct = related(self.kin[root].reading, self.kin[story].reading)
                if direct is not None:
                    is_as_near = direct.score >= link.relation.score
                    link = Link(of=root if is_as_near else link.of, relation=direct)
            yield story, root, link
