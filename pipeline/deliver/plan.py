"""What comes next in handing over: make, write over, leave, stop for a person, or try again."""

from dataclasses import dataclass
from typing import Literal

from pipeline.deliver.wordpress import OURS, Draft, Post

MOST_TRIES = 14  # by then most of a day has gone by
_FIRST, _LONGEST = 60.0, 7_200.0  # seconds between tries


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What we left there last, as the CMS itself gave it back then."""

    mark: str
    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Next:
    """What to do, and where it is `stop` why, in plain words."""

    step: Literal["make", "write", "leave", "stop"]
    why: str = ""
    is_edited: bool = False  # somebody's words stand there that we would write over


def next_step(
    there: Post | None,
    draft: Draft,
    *,
    known: Known | None,
    is_forced: bool = False,
    shown: tuple[str, str] | None = None,
) -> Next:
    """What to do about the post that was found.

    `known` is None when nothing was handed over yet, or its answer was lost. With `is_forced` a
    person wants ours to stand there, having been `shown` the title and text it goes over: words
    that came after are nobody's to lose.
    """
    if there is None:
        if known is None or is_forced:
            return Next("make")
        return Next("stop", "the draft was deleted there. To make a new one, hand it over anyway")
    if there.status not in OURS:
        done = {"publish": "published", "future": "scheduled"}.get(there.status, there.status)
        return Next("stop", f"it is {done} there: what is out is changed there, by a person")
    if there.says(draft.title, draft.html):
        return Next("leave")
    is_as_left = known is not None and (
        there.mark == known.mark and there.says(known.title, known.html)
    )
    is_seen = is_forced and shown is not None and there.says(*shown)
    if is_as_left or is_seen:
        return Next("write")
    return Next("stop", "somebody has changed it there since we handed it over", is_edited=True)


def wait(tries: int, *, jitter: float, asked: int | None = None) -> float:
    """Seconds until the next try after so many; `jitter` in 0..1 spreads those of one outage."""
    seconds = min(_LONGEST, _FIRST * 2.0 ** max(0, tries - 1)) * (0.8 + 0.4 * jitter)
    return max(seconds, float(asked or 0))
