"""When to poll a feed again, and what its rhythm says: silence, loss, lies, moves, politeness."""

from pipeline.schedule.audits import after_audit, wants_audit
from pipeline.schedule.groups import (
    GAP_SECONDS,
    MOST_AT_ONCE,
    may_start,
    released,
    soft_limited,
    waits_until,
)
from pipeline.schedule.hints import hints_from_json, hints_to_json
from pipeline.schedule.moves import adopts
from pipeline.schedule.polls import SHORTEST, first_poll, next_poll
from pipeline.schedule.rhythm import (
    LEARN_FROM,
    expected,
    learn,
    rhythm_from_json,
    rhythm_to_json,
)
from pipeline.schedule.silence import lost_items, silence
from pipeline.schedule.words import pace

__all__ = [
    "GAP_SECONDS",
    "LEARN_FROM",
    "MOST_AT_ONCE",
    "SHORTEST",
    "adopts",
    "after_audit",
    "expected",
    "first_poll",
    "hints_from_json",
    "hints_to_json",
    "learn",
    "lost_items",
    "may_start",
    "next_poll",
    "pace",
    "released",
    "rhythm_from_json",
    "rhythm_to_json",
    "silence",
    "soft_limited",
    "waits_until",
    "wants_audit",
]
