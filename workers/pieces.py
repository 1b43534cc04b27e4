"""What a source that hands over files brought at one look."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

ENOUGH_BYTES = 20_000_000  # taken at one look; the rest waits for the next, which follows at once
ENOUGH_PIECES = 100
AT_ONCE = 1.0  # seconds until the next look where more is waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One document as it was handed over."""

    url: str  # where it lay: the base of relative links
    headers: Mapping[str, str]  # names in lower case
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something that was not taken: why, and its bytes or the beginning of them."""

    state: str
    reason: str
    raw: bytes


def _nothing(_session: Session) -> None:
    """Nothing is to be remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Haul:
    """All of one look: what came, and what to write down beside it in the same transaction."""

    state: str
    reason: str
    is_failure: bool = False
    pieces: tuple[Piece, ...] = ()
    refused: tuple[Refusal, ...] = ()
    again_in: float | None = None  # seconds; None: as often as the feed's interval says
    remember: Callable[[Session], None] = _nothing
