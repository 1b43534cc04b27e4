"""What people at the desk wait for: which wishes are due, and a look at an address."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from config.settings import Settings
from pipeline.records import Answer, Request
from store import clock, lookups, work
from store.models import LookupRow, RematchRow, ReplayRow
from store.session import transaction
from workers.leases import claim, ours
from workers.looking import Looked, described, look

AT_ONCE = 20  # of each kind that are rung for
RING_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """The wishes that are due, by kind."""

    rematches: list[int]
    replays: list[int]
    lookups: list[int]


def waiting(settings: Settings) -> Waiting:
    """What is due and not rung for yet; what fails too often is laid aside, its error beside it."""
    with transaction() as session:
        for table in (RematchRow, ReplayRow, LookupRow):
            work.bury(session, table, max_attempts=settings.max_attempts)
        rematches, replays, looks = (
            work.announce(session, table, limit=AT_ONCE, ring_seconds=RING_SECONDS)
            for table in (RematchRow, ReplayRow, LookupRow)
        )
    return Waiting(rematches, replays, looks)


def look_up(number: int, settings: Settings, get: Callable[[Request], Answer]) -> None:
    """See what stands at an address, with the network outside every transaction."""
    with transaction() as session:
        lease = claim(session, LookupRow, [number], settings)
        wish = lookups.find(session, number)
        now = clock.now(session)
    if lease is None or wish is None:
        return
    with ours(lease):
        looked = look(wish.url, get, contact=settings.contact_url, now=now)
        with transaction() as session:
            lookups.answer(session, number, _told(looked, now))
            work.finish(session, lease)


def _told(looked: Looked, now: datetime) -> dict[str, object]:
    """The answer as it is kept: a feed with its entries, feeds to choose from, or why neither."""
    if looked.choices:
        return {
            "kind": "choices",
            "url": looked.url,
            "choices": [asdict(one) for one in looked.choices],
        }
    if looked.document is None:
        reason = looked.verdict.reason
        return {"kind": "nothing", "url": looked.url, "reason": reason}
    found = described(looked, looked.document, now=now)
    plain: dict[str, object] = json.loads(json.dumps(found, default=str).replace("\\u0000", ""))
    return {"kind": "feed"} | plain
