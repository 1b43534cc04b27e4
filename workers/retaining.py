"""Letting go of what nobody needs any more: rule by rule, lot by lot, a transaction each."""

import logging
from time import monotonic

from config.settings import Settings
from store import retention, work
from store.models import RetentionRow
from store.session import transaction
from workers import ending
from workers.leases import ours

log = logging.getLogger(__name__)

AGAIN = 3600.0  # seconds until a rule is looked at again once it has come to its end
SOON = 5.0  # and when there was more than one task may do


def let_go(settings: Settings) -> None:
    """Go through the rules that are due, for a part of the time that a task may take."""
    with transaction() as session:
        due = retention.due(session)
    began = monotonic()
    for number in due:
        with transaction() as session:
            # Never given up: what failed is tried again in an hour, and `doctor` names the error.
            lease = work.claim(
                session,
                RetentionRow,
                [number],
                lease_seconds=settings.lease_seconds,
                max_attempts=None,
            )
        if lease is None:  # somebody else is at it
            continue
        with ours(lease):
            is_more = True
            while is_more and not _is_time_up(began, settings):
                with transaction() as session:
                    is_more = retention.sweep(session, number, settings)
            with transaction() as session:
                work.finish(session, lease, again_in=SOON if is_more else AGAIN)


def _is_time_up(began: float, settings: Settings) -> bool:
    return ending.is_asked() or monotonic() - began > settings.task_seconds / 3
