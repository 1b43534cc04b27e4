"""The letter that tells an editor what waits for them: subject and text, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST = 200  # characters of a headline
_HAPPENED = {
    "correction": "its source was corrected",
    "killed": "its source was killed",
    "withheld": "its source is held back",
    "withdrawn": "its source was taken down",
    "embargo": "its source was put under embargo",
    "update": "its source has changed",
    "released": "its source was released",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One item that waits for somebody."""

    item: int
    headline: str
    series: str
    series_title: str
    number: int  # of the instalment
    by: str  # who gave it to them; '' if nobody did and they only spoke of it
    is_new: bool  # it was given to them since the last letter
    happened: tuple[str, ...] = ()  # what became of its sources since, by kind
    said: tuple[tuple[str, str], ...] = ()  # what others said of it since: who, and their words


def subject(waiting: Sequence[Waiting]) -> str:
    """Return the subject line: how much waits, what is grave first."""
    grave = sum(bool({"correction", "killed", "withdrawn"} & {*one.happened}) for one in waiting)
    count = f"{len(waiting)} item{'' if len(waiting) == 1 else 's'} for you"
    return f"{count}, {grave} with a source corrected or taken back" if grave else count


def text(name: str, waiting: Sequence[Waiting], *, desk: str) -> str:
    """Return the letter. `desk` is where the desk is reached, '' where nobody has said."""
    lines = [f"{_one_line(name)},", "", "these wait for you at the desk:"]
    section = ""
    for one in waiting:
        here = f"{_one_line(one.series_title)} No. {one.number}"
        if here != section:
            section = here
            lines += ["", here]
        lines.append(f"- {_one_line(one.headline)}")
        if one.is_new:
            lines.append(f"  from {_one_line(one.by)}")
        lines += [f"  {_HAPPENED.get(kind, kind)}" for kind in dict.fromkeys(one.happened)]
        lines += [f"  {_one_line(who)}: {_one_line(words)}" for who, words in one.said]
        if desk:
            lines.append(f"  {desk}/items/{one.item}")
    lines += ["", "This is one letter for all of it; the next comes when something new waits."]
    return "\n".join(lines) + "\n"


def _one_line(words: str) -> str:
    told = " ".join(words.split())
    return told if len(told) <= _LONGEST else told[:_LONGEST].rstrip() + " …"
