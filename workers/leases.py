"""Work under a lease, and its two bad ends. Shared by the stretches of the flow."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from sqlalchemy.orm import Session

from config.logs import about
from config.settings import Settings
from pipeline.errors import LeaseLost
from store import work
from store.models import FeedRow
from store.session import transaction

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0  # after a defect or an outage; attempts are capped, so this need not grow
POLL_AGAIN_SECONDS = 300.0  # a feed is never given up, and no publisher is to suffer for our defect


def claim(
    session: Session, table: work.Table, ids: Sequence[int], settings: Settings
) -> work.Lease | None:
    """Lease rows on our terms: all that fails too often ends in `dead`. None when none are free."""
    return work.claim(
        session,
        table,
        ids,
        lease_seconds=settings.lease_seconds,
        max_attempts=settings.max_attempts,
    )


@contextmanager
def ours(lease: work.Lease) -> Iterator[None]:
    """Work under a lease, with its two bad ends.

    A lease that ran out: all is rolled back and forgotten, somebody else does it. Anything else is
    a defect or an outage: the rows are given back with the error and tried again after a while,
    and the task fails with its traceback.
    """
    with about(lease=str(lease.token)):
        try:
            yield
        except LeaseLost as lost:
            log.warning("lease lost, rolled back", extra={"why": str(lost)})
            with transaction() as session:
                work.give_back(session, lease)
        except Exception as problem:
            failed(lease, problem)
            raise


def failed(lease: work.Lease, problem: BaseException) -> None:
    """Give what is still ours of a lease back with the error, to be tried again after a while."""
    error = f"{type(problem).__name__}: {problem}"[-2000:]
    rows = {lease.table.__tablename__: list(lease.ids)}
    log.warning("given back to be tried again", extra=rows | {"why": error[:200]})
    retry_in = POLL_AGAIN_SECONDS if lease.table is FeedRow else RETRY_SECONDS
    with suppress(LeaseLost), transaction() as session:
        work.fail(session, lease, error=error, retry_in=retry_in)
