"""How an instalment is out, and what stands where it was handed over to; for pages about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from store import alerts, deliveries, published, targets
from store.drafts import OPEN_STATES, InstalmentView
from store.published import Out


@dataclass(frozen=True, slots=True)
class There:
    """What stands at a place it was handed over to, in its own words."""

    title: str
    status: str
    link: str
    seen: datetime


def titles(session: Session, keys: Sequence[str]) -> list[str]:
    """What places are called."""
    named = {one.key: one.title for one in targets.known(session, list(keys))}
    return [named.get(key, key) for key in keys]


def shown(session: Session, view: InstalmentView) -> tuple[Out, list[There], int] | None:
    """How an instalment is out, what stands where, and how many sources ask for a correction.

    None for one that is being made.
    """
    if view.state in OPEN_STATES:
        return None
    standing = deliveries.standing(session, view.id)
    named = {one.key: one.title for one in targets.known(session, list(standing))}
    there = [
        There(named.get(key, key), one.status, one.link, one.seen_at)
        for key, one in sorted(standing.items())
    ]
    place = (view.series, view.number)
    asks = [one for one in alerts.tasks(session) if (one.series, one.number) == place]
    return published.of(session, view.id), there, len(asks)
