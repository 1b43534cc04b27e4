"""What matching costs a story when many series run at once, and what a changed definition costs.

The series are made: each asks for some names and for some of forty words of diplomacy, as the
series of config do, with names drawn from the week's own headlines so that they are really met.

    python -m bench.many_series
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bench.series_match import SHARED, WEEK, desk, week_of
from pipeline.match import CompiledSeries, Many, Reading, compile_series, match_all
from pipeline.records import Series, Tagged
from pipeline.tag import tag
from pipeline.text import words

NUMBERS = (3, 50, 1_000)
SAMPLE = 1_500  # stories of the week
SHORTEST = 5  # letters of a name
RARE = 60  # headlines it may stand in
CHECKED = 40  # of them asked series by series, to see that the answers are the same
ACTS = """
    talks negotiat* ceasefire truce summit envoy* sanction* aid weapons deal accord plan proposal
    minister ministers president meet* visit* vote* court trial inquiry report* strike* protest*
    election* poll budget tax price* rate* bank shares merger launch* ban* law bill rescue crash
"""


def main() -> int:
    """Print CPU a story for each number of series; 1 where the week is not there."""
    folder = SHARED / "weeks" / WEEK
    if not folder.exists():
        print(f"not measured: {folder.name} is not beside the repository")
        return 1
    house = desk()
    chance = random.Random(11)
    sample = chance.sample(week_of(folder), SAMPLE)
    stories = [tag(story, house.knowledge) for story in sample]
    made = _made(house.series, stories, max(NUMBERS), chance)
    print(f"{len(stories):,} stories of a real week, tagged before; CPU a story")
    for number in NUMBERS:
        series = [*house.series, *made][:number]
        many = Many(series)
        started = time.process_time()
        readings = [Reading(story) for story in stories]
        read = time.process_time()
        hits = sum(len(many.match(reading)) for reading in readings)
        ended = time.process_time()
        print(
            f"    {number:>5} series: {(ended - started) / len(stories) * 1e3:.3f} ms, of it "
            f"reading {(read - started) / len(stories) * 1e3:.3f}; {hits / len(stories):.2f} hits"
        )
        _check(many, series, stories[:CHECKED])
    return 0


def _check(many: Many, series: Sequence[CompiledSeries], stories: Sequence[Tagged]) -> None:
    """Print a defect if asking one by one gives another answer."""
    for story in stories:
        naive = match_all(story, series, explain_misses=False)
        kept = [one for one in naive if one.score or one.shown_as]
        if sorted(kept, key=lambda one: one.series) != many.match(Reading(story)):
            print(f"    DEFECT: other answers for {story.story.title!r}")


def _made(
    house: Sequence[CompiledSeries],
    stories: Sequence[Tagged],
    number: int,
    chance: random.Random,
) -> list[CompiledSeries]:
    """Return series that ask for names of the week."""
    counted = Counter(word for story in stories for word in set(words(story.story.title)))
    names = sorted(
        word for word, count in counted.items() if len(word) >= SHORTEST and count < RARE
    )
    made = []
    for at in range(number - len(house)):
        about = " OR ".join(f'"{name}"^3' for name in chance.sample(names, 6))
        acts = " OR ".join(f"{act}^2" for act in chance.sample(ACTS.split(), 20))
        series: Series = replace(
            house[0].series,
            key=f"made-{at}",
            query=f"({about}) AND ({acts})",
            against="",
            sections=house[0].series.sections[:1],
        )
        made.append(compile_series(series))
    return made


if __name__ == "__main__":
    sys.exit(main())
