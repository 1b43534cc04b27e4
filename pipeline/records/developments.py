"""Where a story is placed among developments, and what is remembered of its words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A story's telling words as they weighed when it came, and what its time has taught.

    Whoever has those of the last stories can go on placing exactly as if it had placed them itself.
    """

    words: tuple[str, ...]  # the heaviest first
    weights: tuple[int, ...]  # of each word; a text's have a length of about 1000
    headline: tuple[int, ...]  # the same of its headline alone; 0 where that lacks the word
    same: int | None  # bin of the time since the last story of what it surely belongs to
    others: tuple[int, ...]  # bins of the times since the last stories of some other developments
    names: tuple[int, ...] = ()  # places of those words that are names


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where clustering puts a story: an existing development, or None for a new one."""

    development: int | None
    score: float  # 0..1: how likely it belongs there; of a new one, that it belongs nowhere else
    runner_up: int | None
    runner_up_score: float
    why: str
    weighed: Weighed | None  # to be remembered; None of a form that tells of several developments
    follows: int | None = None  # the development that a new one goes on from
    follows_score: float = 0.0
    follows_why: str = ""
    form: str = ""  # roundup, live
