"""Why a story stands where it does, in words an editor can check."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pipeline.cluster.memory import Development
from pipeline.records import Weighed

_SHOWN = 5  # words
_HALF = 0.5  # log odds, below which a time is not worth telling


def shared(
    weighed: Weighed,
    slots: Mapping[str, int],
    development: Development,
    *,
    gap: timedelta,
    evidence: float,
) -> str:
    """Return in words what a story shares with a development, and how usual its time is."""
    common = sorted(
        (-weight * development.whole.get(slots[word], 0), word)
        for word, weight in zip(weighed.words, weighed.weights, strict=True)
        if word in slots
    )
    quoted = [f"\u201c{word}\u201d" for product, word in common[:_SHOWN] if product]
    what = f"shares {_listed(quoted)} with \u201c{development.title}\u201d"
    if abs(evidence) < _HALF:
        return what
    usual = "as is usual within one development" if evidence > 0 else "longer than is usual"
    return f"{what}; {apart(gap)} its last story, {usual}"


def _listed(quoted: Sequence[str]) -> str:
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}" if len(quoted) > 1 else "".join(quoted)


def apart(gap: timedelta) -> str:
    """Return in words how long after another a story came."""
    seconds = abs(gap.total_seconds())
    units = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))
    unit, name = next((one for one in units if seconds >= one[0]), units[-1])
    number = int(seconds / unit)
    return f"{number} {name}{'' if number == 1 else 's'} {'before' if gap.days < 0 else 'after'}"
