"""Which quotations an item may carry: two or three, of all stories that tell its happening."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.records import Quote
from pipeline.text import words

MOST = 3  # quotations that are proposed for an item
_SHORTEST, _BEST, _LONGEST = 6, (12, 60), 150  # words
_SAME = 0.8  # of the shorter one's words in the longer: one quotation, cut or set otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A quotation with the story that has it."""

    id: int
    quote: Quote
    story: int
    is_linked: bool = False  # of the story whose page the item links to
    is_copy: bool = False


def worth_running(found: Sequence[Heard]) -> list[int]:
    """Return the ids of the quotations an item may carry, the best first.

    Whole sentences by somebody named come first, of an office before others; of a length that
    reads well, and rather from the upper part of their story. One speaker speaks once, as long as
    others have something to say; what several outlets quote is taken from the linked page, or
    from who came first. Scare quotes are none.
    """
    ranked = sorted(
        (one for one in found if _may_run(one.quote)),
        key=lambda one: (-_worth(one), one.is_copy, one.id),
    )
    chosen: list[Heard] = []
    waiting: list[Heard] = []
    for one in ranked:
        if any(_is_same(one.quote.text, other.quote.text) for other in (*chosen, *waiting)):
            continue
        has_spoken = _speaker(one) in {_speaker(other) for other in chosen}
        (waiting if has_spoken else chosen).append(one)
    chosen = [*chosen, *waiting][:MOST]
    return [one.id for one in chosen]


def _may_run(quote: Quote) -> bool:
    is_somebodys = bool(quote.speaker) and not quote.outlet
    return quote.span.field != "title" and is_somebodys and len(quote.text.split()) >= _SHORTEST


def _worth(one: Heard) -> float:
    quote = one.quote
    length = len(quote.text.split())
    return (
        4.0 * (quote.kind == "direct")
        + 2.0 * bool(quote.office)
        + 1.0 * (quote.speaker is not None and quote.speaker[:1].isupper())
        + 1.0 * (_BEST[0] <= length <= _BEST[1])
        + 0.5 * one.is_linked
        - 2.0 * (length > _LONGEST)
        - quote.span.start / 4_000
    )


def _speaker(one: Heard) -> str:
    """The last name: "President Zelensky" and "Volodymyr Zelensky" are one."""
    return (words(one.quote.speaker or "") or [""])[-1]


def _is_same(one: str, other: str) -> bool:
    mine, theirs = sorted((words(one), words(other)), key=len)
    if not mine:
        return True
    shared = len(set(mine) & set(theirs)) / len(set(mine))
    return shared >= _SAME
