"""How well the series of this desk match labelled stories, and what they take of a real week.

The stories are not part of the project: they are looked for in ../shared/data beside it. One reader
labelled them; borderline ones are left out of precision and recall, and counted.

What was tuned where: the words and weights of the series were written from knowledge of the
subject; then the mistakes of 2023 were read once for Diplomacy Watch, all of them for Gaza and
Iran, and some words were added. The house's weights were chosen among a few settings on all years.
So 2022 and 2025 are nearly unseen for Diplomacy Watch; the rest is in-sample.

    python -m bench.series_match [--list SERIES] [--mistakes SERIES]
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sklearn.metrics import average_precision_score

from pipeline.definition import read_series
from pipeline.match import CompiledSeries, compile_series, match_all
from pipeline.normalise import normalise
from pipeline.parse import parse
from pipeline.records import Answer, Match, Story
from pipeline.tag import Knowledge, tag
from workers.knowledge import knowledge

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
LABELS = {
    "diplomacy-watch": "diplomacy_watch",
    "gaza-talks": "gaza_ceasefire_talks",
    "iran-talks": "iran_nuclear_talks",
}
FLOORS = {"diplomacy-watch": 0.770, "gaza-talks": 0.524, "iran-talks": 0.870}
WEEK = "2023-08-05"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A story, when it appeared, and what its reader said of it: yes, no or borderline."""

    story: Story
    at: datetime
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Desk:
    """The series and tags of config, ready to be asked."""

    series: tuple[CompiledSeries, ...]
    knowledge: Knowledge

    def ask(self, story: Story) -> list[Match]:
        """Return how the story stands in each series."""
        return match_all(tag(story, self.knowledge), self.series)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; return 1, and say so, where the stories are not there."""
    parser = argparse.ArgumentParser(prog="series_match", description=__doc__)
    parser.add_argument("--list", choices=LABELS, help="what the series takes of the real week")
    parser.add_argument("--mistakes", choices=LABELS, help="the labelled stories it gets wrong")
    asked = parser.parse_args(arguments)
    house = desk()
    stories = SHARED / "series" / "stories.jsonl"
    week = SHARED / "weeks" / WEEK
    missing = [path for path in (stories, week) if not path.exists()]
    for path in missing:
        print(f"not measured: {path.relative_to(ROOT.parent)} is not beside the repository")
    if stories.exists():
        found = labelled(stories)
        _print_quality(house, found)
        if asked.mistakes:
            _print_mistakes(house, found, asked.mistakes)
    if week.exists():
        _print_week(house, week_of(week), asked.list)
    return 1 if missing else 0


def desk() -> Desk:
    """Return the series and tags of config."""
    series = [
        compile_series(read_series(path.read_text(encoding="utf-8"), str(path)))
        for path in (ROOT / "config" / "series" / f"{key}.toml" for key in LABELS)
    ]
    return Desk(tuple(series), knowledge())


def labelled(path: Path) -> list[Labelled]:
    """Return the labelled stories of a file, in its order."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        story = Story(
            title=one["title"], summary=one["summary"], url=one["url"], outlet=one["outlet"]
        )
        found.append(Labelled(story, datetime.fromisoformat(one["date"]), one["label"]))
    return found


def _print_quality(desk: Desk, stories: Sequence[Labelled]) -> None:
    print(f"{len(stories)} labelled stories; taken means a zone other than ignore")
    print(
        f"{'series':<16} {'split':<11} {'yes':>4} {'AP':>5} {'P':>5} {'R':>5} {'F1':>5}  borderline"
    )
    for at, series in enumerate(desk.series):
        key = series.series.key
        taken = [(one, desk.ask(one.story)[at]) for one in stories]
        splits: dict[str, list[tuple[Labelled, Match]]] = {
            split: []
            for split in (*sorted({str(one.at.year) for one in stories}), "even weeks", "odd weeks")
        }
        for answer in taken:
            is_odd = answer[0].at.isocalendar().week % 2
            splits[str(answer[0].at.year)].append(answer)
            splits["odd weeks" if is_odd else "even weeks"].append(answer)
        for split, answers in {**splits, "all": taken}.items():
            print(f"{key:<16} {split:<11} {_scores(answers, LABELS[key])}")
        print(f"{'':<16} {'floor, all':<11} {'':>22} {FLOORS[key]:>5.3f}")


def _scores(answers: Sequence[tuple[Labelled, Match]], label: str) -> str:
    """Return a row: positives, precision, recall, F1, and how many borderline ones were taken."""
    count = Counter((one.labels[label], found.zone != "ignore") for one, found in answers)
    ranked = [
        (found.score, one.labels[label] == "yes")
        for one, found in answers
        if one.labels[label] != "borderline"
    ]
    hit, missed, wrong = count["yes", True], count["yes", False], count["no", True]
    if not hit + missed:
        row = f"{0:>4} {'-':>5} {'-':>5} {'-':>5} {'-':>5}"
    else:
        precision, recall = hit / max(hit + wrong, 1), hit / (hit + missed)
        f1 = 2 * hit / (2 * hit + missed + wrong)
        score = average_precision_score([is_yes for _, is_yes in ranked], [at for at, _ in ranked])
        row = f"{hit + missed:>4} {score:>5.3f} {precision:>5.3f} {recall:>5.3f} {f1:>5.3f}"
    borderline = count["borderline", True], count["borderline", False]
    return f"{row}  {borderline[0]} of {sum(borderline)} ({wrong} wrong)"


def _print_mistakes(desk: Desk, stories: Iterable[Labelled], key: str) -> None:
    at = [series.series.key for series in desk.series].index(key)
    for one in stories:
        found = desk.ask(one.story)[at]
        is_taken, label = found.zone != "ignore", one.labels[LABELS[key]]
        if (label, is_taken) in (("yes", False), ("no", True)):
            print(f"{'wrong' if is_taken else 'missed'}: {one.at:%Y-%m-%d} {one.story.title}")
            print(f"    {'; '.join(reason.text for reason in found.why)}")


def week_of(folder: Path) -> list[Story]:
    """Return each story of the recorded week once, as the pipeline reads it."""
    stories: dict[str, Story] = {}
    for document in sorted(folder.glob("*/*.xml")):
        url = f"https://{document.parent.name}.example/"
        answer = Answer(url=url, status=200, headers={}, body=document.read_bytes())
        outlet, now = document.parent.name, datetime(2023, 8, 12, tzinfo=UTC)
        for entry in parse(answer).entries:
            story = normalise(entry, feed_url=url, outlet=outlet, now=now)
            stories.setdefault(entry.url or "", story)
    return list(stories.values())


def _print_week(desk: Desk, stories: Sequence[Story], listed: str | None) -> None:
    started = time.process_time()
    tagged = [tag(story, desk.knowledge) for story in stories]
    between = time.process_time()
    matches = [match_all(story, desk.series) for story in tagged]
    ended = time.process_time()
    print(f"week of {WEEK}: {len(stories):,} stories, CPU a story")
    print(f"    tag {(between - started) / len(stories) * 1e3:.3f} ms")
    print(f"    match, {len(desk.series)} series {(ended - between) / len(stories) * 1e3:.3f} ms")
    for at, series in enumerate(desk.series):
        key = series.series.key
        taken = [(m[at], s) for m, s in zip(matches, stories, strict=True) if m[at].sections]
        print(f"    {key}: {len(taken)} suggested")
        if key == listed:
            for found, story in sorted(taken, key=lambda one: -one[0].score):
                print(f"        {found.score:.2f}  {story.outlet[:20]:<20}  {story.title}")


if __name__ == "__main__":
    sys.exit(main())
