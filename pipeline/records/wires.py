"""What a wire says about its items: standing, embargo, what a version acts on; and its notices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

WireStatus = Literal["usable", "withheld", "canceled"]
WireAction = Literal["publish", "update", "correct", "kill", "withhold", "refile", "advise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a publisher says a story is about, as sent."""

    scheme: str  # medtop, subj, or the publisher's own
    code: str
    label: str = ""
    uri: str = ""  # resolved through the document's catalogues, where they name one


@dataclass(frozen=True, slots=True)
class Embargo:
    """Not to be delivered before `until`; None: until further notice."""

    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsOn:
    """What a correction, hold or kill acts on: a lineage, or an item number of a source and day."""

    lineage: str | None = None
    source: str = ""  # with `number`: the agency's own code
    number: str = ""  # the item's number in its source's service
    day: date | None = None  # of that number; None: the notice's own day, then the day before
    hint: str = ""  # the words that name it, where nothing structured does
    status: WireStatus | None = None  # what the target is from now on, where the notice says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Another item a wire item points at: its previous version, what it is derived from."""

    rel: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """What a wire says about one version of an item, in whatever format it came.

    The lineage, which all versions share, is the entry's `guid`; where each version has an id of
    its own, `guid` is that, and `lineage` what they share.
    """

    kind: str = "text"  # text, picture, video, audio, graphic, package, concept, event ...
    lineage: str = ""  # NITF's du-key; '' where the guid is the lineage
    version: str | None = None  # the publisher's own; opaque, though often a number
    version_created: datetime | None = None
    first_created: datetime | None = None
    status: WireStatus = "usable"
    action: WireAction | None = None  # None: the item does not say
    acts_on: tuple[ActsOn, ...] = ()
    embargo: Embargo | None = None
    ed_note: str = ""
    explanation: str = ""  # what was corrected, in the publisher's words
    expires: datetime | None = None
    source: str = ""  # the agency's own code
    number: str = ""  # the item's number in its source's service
    dateline: str = ""
    credit: str = ""  # the credit line as sent
    slug: str = ""
    subjects: tuple[Subject, ...] = ()
    urgency: int | None = None  # 1 most urgent
    genre: str = ""
    role: str = ""
    links: tuple[Link, ...] = ()
    series_name: str = ""
    series_part: int | None = None
    series_total: int | None = None
    fixture: str = ""  # a feature that comes back: its fixed name (NITF)
    others: Mapping[str, str] = field(default_factory=dict)  # fields we have no name for


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A wire's word about another of its items: no story, but what is to become of one."""

    action: Literal["kill", "withhold", "correct"]
    targets: tuple[ActsOn, ...]
    is_sure: bool  # False: only its wording says so, and an editor is asked
    said: str  # the publisher's explanation, or its headline
