"""The open developments as this process remembers them: read once, then only what came since.

Reading tens of thousands of stories may take longer than one task is given. So it is done before
any story is claimed, and in pieces of which each is kept: who is stopped between two goes on there
when the next bell rings, and ends however slow the machine.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from time import monotonic

from sqlalchemy.orm import Session

from pipeline import cluster
from store import developments, fits, rulings
from workers.limits import undisturbed

CLUSTERER = f"machine:{cluster.METHOD}"
PIECE = 500  # stories added in one go: a tenth of a second, which nothing may interrupt

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Board:
    """The open developments, the same in every process, however long it runs."""

    open: cluster.Open
    last: int = 0  # number of the last story on it
    ruled: int = 0  # revision of the last ruling that it knows
    by: str = CLUSTERER  # and by which fit it decides


_remembered: list[Board] = []  # empty or one


def forget() -> None:
    """Drop what this process remembers."""
    _remembered.clear()


def remember(board: Board) -> None:
    """Keep a board whose stories are all committed."""
    _remembered.append(board)


def catch_up(session: Session, *, seconds: float) -> bool:
    """Read what was placed and ruled since; whether that left time for more within `seconds`.

    Only with one's turn taken: nobody else then places or rules.
    """
    began = monotonic()
    if not _remembered:
        _remembered.append(Board(cluster.Open(), ruled=rulings.last_revision(session)))
    (board,) = _remembered
    last = developments.last_number(session)
    first = cluster.first_remembered(last)
    ruled = rulings.last_revision(session)
    if ruled != board.ruled:
        since = rulings.moved_since(session, board.ruled, first=first)
        moved = [(one.number, one.development_id, one.title) for one in since]
        with _wholly():
            board.open.move(moved)
            board.ruled = ruled
    with closing(developments.told_since(session, max(board.last + 1, first))) as told:
        while piece := list(islice(told, PIECE)):
            with _wholly():
                _add(board, piece)
    board.last = last
    return monotonic() - began < seconds


@contextmanager
def _wholly() -> Iterator[None]:
    """Change the board to the end; one that a defect left half changed is forgotten."""
    with undisturbed():
        try:
            yield
        except BaseException:
            forget()
            raise


def _add(board: Board, piece: Sequence[developments.Told]) -> None:
    for one in piece:
        board.open.add(one.number, one.development_id, one.weighed, title=one.title, at=one.at)
    board.last = piece[-1].number


def take(session: Session) -> Board:
    """The board to place stories on, taken out: a failure forgets what was never committed."""
    board = _remembered.pop()
    board.open.setting, board.by = _setting(session)
    return board


def _setting(session: Session) -> tuple[cluster.Setting, str]:
    """What developments are told by at this desk, and its name."""
    fitted = fits.current(session, method=cluster.METHOD)
    if fitted is None:
        return cluster.SHIPPED, CLUSTERER
    try:
        return cluster.setting_from_json(fitted.setting), f"{CLUSTERER}+fit{fitted.id}"
    except (KeyError, TypeError, ValueError):
        log.exception("fit %s cannot be read, the shipped one is used", fitted.id)
        return cluster.SHIPPED, CLUSTERER
