"""What instalments of real weeks would hold: gathered, ranked and credited, without a database.

The stories are not part of the project: they are looked for in ../shared/data beside it. Of the
labelled ones each ISO week is an instalment; measured is how well its items are ranked, an item
being good if the story it links to was labelled yes. Of the recorded week, which has no labels,
nothing is measured: --list prints it.

    python -m bench.instalments [--list WEEK] [--series KEY]
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sklearn.metrics import average_precision_score

from bench.series_match import LABELS, SHARED, WEEK, Desk, desk, labelled, week_of
from pipeline import cluster, draft
from pipeline.match import CompiledSeries, match_all
from pipeline.records import Story
from pipeline.tag import tag
from store.outlets import of_address

FEWEST = 4  # items of a labelled week that is measured
_NAMES = ("person", "place", "organisation", "about")


@dataclass(frozen=True, slots=True)
class Told:
    """A story, when it came, and what its reader said of it; '' where nobody labelled it."""

    story: Story
    at: datetime
    label: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the measures, or the items of one week; 1 where the stories are not there."""
    parser = argparse.ArgumentParser(prog="instalments", description=__doc__)
    parser.add_argument("--list", metavar="WEEK", help=f"{WEEK}, or a labelled one as 2025-W47")
    parser.add_argument("--series", choices=LABELS, default="diplomacy-watch")
    asked = parser.parse_args(arguments)
    if not (SHARED / "series" / "stories.jsonl").exists():
        print("not measured: ../shared/data is not beside the repository")
        return 1
    house = desk()
    weeks = _weeks(LABELS[asked.series])
    if asked.list == WEEK:
        told = [Told(one, one.published or datetime(2023, 8, 5, tzinfo=UTC)) for one in
                week_of(SHARED / "weeks" / WEEK)]  # fmt: skip
        _print_items(assembled(house, asked.series, told), told)
    elif asked.list:
        _print_items(assembled(house, asked.series, weeks[asked.list]), weeks[asked.list])
    else:
        _print_measures(house, asked.series, weeks)
    return 0


def _weeks(label: str) -> dict[str, list[Told]]:
    weeks: dict[str, list[Told]] = defaultdict(list)
    for one in labelled(SHARED / "series" / "stories.jsonl"):
        year, week, _ = one.at.isocalendar()
        weeks[f"{year}-W{week:02}"].append(Told(one.story, one.at, one.labels[label]))
    return dict(sorted(weeks.items()))


def assembled(house: Desk, key: str, told: Sequence[Told]) -> list[draft.Planned]:
    """The items of an instalment of what was told, the window ending with the last of it."""
    of = next(one for one in house.series if one.series.key == key)
    found = list(_tellings(house, of, sorted(told, key=lambda one: (one.at, one.story.title))))
    if not found:
        return []
    last = max(one.at for one in told)
    opens = last - timedelta(days=7)
    return draft.assemble(of.series, found, opens=opens, cut_off=last)


def _tellings(house: Desk, of: CompiledSeries, told: Iterable[Told]) -> Iterable[draft.Telling]:
    known = cluster.Open()
    opened = 0
    for number, one in enumerate(told, start=1):
        story = one.story
        placed = known.place(story.title, story.text or story.summary, one.at)
        if placed.development is None:
            opened += 1
        development = placed.development or opened
        if placed.weighed is not None:
            known.add(number, development, placed.weighed, title=story.title, at=one.at)
        tagged = tag(story, house.knowledge)
        match = match_all(tagged, [of])[0]
        section = draft.section_for(match, of.series) if match.zone != "ignore" else None
        if section is None:
            continue
        outlet = _outlet(story)
        yield draft.Telling(
            development=development,
            story=number,
            version=number,
            root=number,
            title=story.title,
            summary=story.summary[:1000],
            length=len(story.text),
            url=story.url,
            outlet=outlet[0],
            outlet_name=outlet[1],
            language=story.language or "en",
            published=one.at,
            first_seen=one.at,
            score=match.score,
            zone=match.zone,
            section=section,
            why=tuple(asdict(reason) for reason in match.why),
            origins=tuple(
                dict.fromkeys(
                    (credit.outlet, credit.name)
                    for credit in tagged.credits
                    if credit.is_origin and credit.name
                )
            ),
            names=tuple(
                draft.Name(
                    field=span.field,
                    start=span.start,
                    end=span.end,
                    code=f"{label.scheme}:{label.code}",
                    label=label.label,
                )
                for label in tagged.tags
                if label.scheme in _NAMES
                for span in label.evidence
                if span.field in ("title", "summary")
            ),
            offices=tuple(q.office for q in tagged.quotes if q.kind == "direct" and q.office),
            speakers=tuple(q.speaker for q in tagged.quotes if q.kind == "direct" and q.speaker),
            follows=placed.follows,
        )


def _outlet(story: Story) -> tuple[str, str]:
    found = of_address(story.url or "", key=story.outlet)
    return found.key, found.name


def _print_measures(house: Desk, key: str, weeks: dict[str, list[Told]]) -> None:
    print(f"{key}: {'week':<10} {'items':>5} {'good':>5} {'AP':>6}  gathered")
    all_ranked: list[tuple[bool, float]] = []
    scores = []
    for week, told in weeks.items():
        items = assembled(house, key, told)
        labels = {one.story.url: one.label for one in told}
        ranked = [
            (labels[one.linked.url] == "yes", one.merit)
            for one in items
            if labels.get(one.linked.url) in ("yes", "no")
        ]
        all_ranked += ranked
        gathered = sum(len(one.gathered) for one in items)
        good = sum(is_good for is_good, _ in ranked)
        if len(ranked) < FEWEST or not good or good == len(ranked):
            continue
        score = average_precision_score([a for a, _ in ranked], [b for _, b in ranked])
        scores.append(score)
        print(f"{'':<{len(key)}}  {week:<10} {len(items):>5} {good:>5} {score:>6.3f}  {gathered}")
    mean = sum(scores) / max(len(scores), 1)
    whole = average_precision_score([a for a, _ in all_ranked], [b for _, b in all_ranked])
    print(f"mean over {len(scores)} weeks {mean:.3f}; all items in one list {whole:.3f}")


def _print_items(items: Sequence[draft.Planned], told: Sequence[Told]) -> None:
    labels = {one.story.url: one.label for one in told}
    for place, one in enumerate(sorted(items, key=lambda item: -item.merit), start=1):
        label = labels.get(one.linked.url, "")
        print(f"{place:>3} {one.merit:6.2f} {label:<10} [{one.section}] {one.headline}")
        print(f"      {one.attribution}; {one.linked.url}")
        for other in one.tellings[1:]:
            print(f"        + {other.development} {other.outlet_name}: {other.title}")


if __name__ == "__main__":
    sys.exit(main())
