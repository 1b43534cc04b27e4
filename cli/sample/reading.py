"""Reads the hand-written material: feeds, stories, templated notices and planted awkward items."""

import random
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from cli.sample.records import SampleFeed

MATERIAL = files("cli.sample") / "material"
TOLD_ELSEWHERE = frozenset({"feeds.toml", "notices.toml", "awkward.toml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A copy of a wire story on another outlet's page."""

    feed: str
    at: datetime
    title: str = ""  # the carrier's own headline; empty: the wire's
    paragraphs: int | None = None  # how many it kept; None: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised:
    """What a publisher changed under the same guid, and when. Empty fields stay as they were."""

    at: datetime
    title: str = ""
    summary: str = ""
    body: str = ""
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One hand-written story."""

    feed: str
    at: datetime  # publication
    title: str
    summary: str = ""
    body: str = ""  # paragraphs parted by blank lines
    slug: str = ""
    section: str = ""
    byline: str = ""
    dateline: str = ""
    series: tuple[str, ...] = ()
    development: str = ""
    decoy: bool = False
    gathers_the_week: bool = False  # its body is a line for each story of the newsroom
    appears: datetime | None = None  # when the feed first shows it, if not at publication
    hidden: tuple[datetime, datetime] | None = None  # gone from the feed between these
    also: tuple[str, ...] = ()  # further feeds of the same outlet that link to the same page
    carried: tuple[Carried, ...] = ()
    revised: tuple[Revised, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """An awkward item, kept as the publisher's XML."""

    case: str
    feed: str
    at: datetime  # when the feed first shows it
    xml: str
    until: datetime | None = None
    story: str = ""  # items with the same word here are one story; empty: the case's name
    is_sure: bool = True  # False: the product may fairly count it as a story or not
    is_story: bool = True
    is_well_formed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A whole document that went wrong."""

    case: str
    feed: str
    at: datetime
    kind: Literal["truncated", "webpage", "empty"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Awkward:
    """Everything planted on purpose."""

    items: tuple[Planted, ...] = field(default=())
    documents: tuple[Broken, ...] = field(default=())


@cache
def read_feeds() -> tuple[SampleFeed, ...]:
    """Return the feeds in the order of the material."""
    return tuple(SampleFeed(**row) for row in _load("feeds.toml")["feed"])


def read_stories() -> tuple[Written, ...]:
    """Return every hand-written story of every themed file."""
    names = sorted(
        entry.name
        for entry in MATERIAL.iterdir()
        if entry.name.endswith(".toml") and entry.name not in TOLD_ELSEWHERE
    )
    return tuple(_written(row) for name in names for row in _load(name)["story"])


def read_notices(chance: random.Random) -> Iterator[Written]:
    """Yield the templated notices: closes, results, weather. Chance picks the turn of phrase."""
    told = _load("notices.toml")
    for row in told["notice"]:
        shape = told["shapes"][row["shape"]]
        values = row.get("values", {})
        yield Written(
            feed=row["feed"],
            at=row["at"],
            section=shape["section"],
            title=chance.choice(shape["titles"]).format(**values),
            summary=chance.choice(shape["summaries"]).format(**values),
        )


def read_awkward() -> Awkward:
    """Return the planted items and documents."""
    told = _load("awkward.toml")
    return Awkward(
        items=tuple(Planted(**row) for row in told["item"]),
        documents=tuple(Broken(**row) for row in told["document"]),
    )


def paragraphs(body: str) -> tuple[str, ...]:
    """Return the paragraphs of a body, unwrapped."""
    return tuple(" ".join(part.split("\n")) for part in re.split(r"\n\s*\n", body.strip()) if part)


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((MATERIAL / name).read_text(encoding="utf-8"))


def _written(row: dict[str, Any]) -> Written:
    made: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
    }
    made["carried"] = tuple(Carried(**each) for each in row.get("carried", ()))
    made["revised"] = tuple(Revised(**each) for each in row.get("revised", ()))
    return Written(**made)
