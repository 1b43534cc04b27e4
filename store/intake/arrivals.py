"""Stories as they come in one document, and what each is known by."""

import zlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pipeline.records import Keys, Story

STRIPES = 1024  # a batch of 170 stories takes at most this many slots of the lock table


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


class Name(NamedTuple):
    """One row of story_keys or story_alternates, without its story."""

    scheme: str
    scope: str
    value: str


class Coming:
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


def names(arrival: Arrival, feed_id: int, outlet_id: int) -> tuple[Name, ...]:
    """What a story that arrives is looked for by: a guid that was reused by its content, too."""
    coming = Coming(arrival, feed_id, outlet_id)
    reused = (coming.reused,) if coming.reused else ()
    return (*reused, *coming.identities, *coming.shared)


def stripes(names: Iterable[Name]) -> list[int]:
    """The locks that stand for these names, in the order in which everybody takes them."""
    return sorted({zlib.crc32("\x1f".join(name).encode()) % STRIPES for name in names})


def columns(names: Iterable[Name]) -> dict[str, object]:
    """Names as three parallel arrays, in one order."""
    ordered = sorted(names)
    return {
        "schemes": [name.scheme for name in ordered],
        "scopes": [name.scope for name in ordered],
        "values": [name.value for name in ordered],
    }


def _present(*names: tuple[str, str, str | None]) -> tuple[Name, ...]:
    return tuple(Name(scheme, scope, value) for scheme, scope, value in names if value)
