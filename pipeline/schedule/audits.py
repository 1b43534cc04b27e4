"""May a server's "not modified" be believed? When to ask once without validators, and what then."""

from datetime import datetime, timedelta

from pipeline.records import Audited, Trust
from pipeline.schedule.rhythm import expected
from pipeline.schedule.silence import PAUSES_ENOUGH
from pipeline.schedule.words import some_items

FIRST_WAIT = 12 * 60 * 60.0  # no feed is audited more often
LONGEST_WAIT = 28 * 24 * 60 * 60.0
LYING_WAIT = 7 * 24 * 60 * 60.0  # whether the flag may fall
MISSED = 2.0  # usual pauses without news: suspicious, though not yet silence


def wants_audit(trust: Trust, *, now: datetime) -> str | None:
    """Why to ask this feed once without validators now; None where nothing calls for it.

    Two audits lie 12 hours apart at least, and as far as the last one said. A feed whose
    validators lie is asked plainly anyway: its audit is to look whether they have mended.
    """
    wait = LYING_WAIT if trust.validators_lie else max(trust.wait_seconds, FIRST_WAIT)
    if trust.audited_at is not None and now - trust.audited_at < timedelta(seconds=wait):
        return None
    if trust.validators_lie:
        return "its validators lied: once a week we look whether they still do"
    if not trust.is_not_modified:
        return None
    if trust.siblings_have_news:
        return "it says that nothing has changed, while its host's other sources have news"
    return _against_its_habit(trust, now)


def after_audit(trust: Trust, *, found_new: bool, is_same_validator: bool) -> Audited:
    """What an audit leaves behind: whether its validators lie, and the wait before the next one.

    `found_new`: the plain answer had items not held. `is_same_validator`: it came with the very
    validators we held. New items under the same validators are the lie; nothing new doubles the
    wait; new items under new validators mend a lying feed and prove nothing against another.
    """
    if not found_new:
        if trust.validators_lie:
            return Audited(validators_lie=True, wait_seconds=LYING_WAIT)
        doubled = min(max(trust.wait_seconds, FIRST_WAIT) * 2, LONGEST_WAIT)
        return Audited(validators_lie=False, wait_seconds=doubled)
    if is_same_validator:
        return Audited(validators_lie=True, wait_seconds=LYING_WAIT)
    return Audited(validators_lie=False, wait_seconds=FIRST_WAIT)


def _against_its_habit(trust: Trust, now: datetime) -> str | None:
    rhythm = trust.rhythm
    if rhythm is None or rhythm.pauses < PAUSES_ENOUGH or trust.last_new_at is None:
        return None
    missing = expected(rhythm, trust.last_new_at, now)
    if missing < max(MISSED * rhythm.usual_pause, 1.0):
        return None
    return f"it says that nothing has changed, but about {some_items(missing)} would have come"
