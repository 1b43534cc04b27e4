"""How well names, readings of capitals and subjects are told, and what that costs.

The paragraphs are ours, in tests/labelled: invented, marked before the rules were tuned. Rules were
tuned on the half called dev and on public feeds read by eye; the half called held was only counted.
Right is a tag of the marked thing, once a paragraph; what a paragraph lists under `may` counts
neither way.

    python -m bench.tags [--mistakes]
"""

import argparse
import json
import random
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.playing import ROOT
from bench.recordings import SHARED
from pipeline.records import Story, Tag
from pipeline.tag import Knowledge, tag
from pipeline.text import fold
from workers.knowledge import knowledge

LABELLED = ROOT / "tests" / "labelled"
KINDS = {"people": "person", "organisations": "organisation", "places": "place"}
ARTICLE = 7000  # characters
ARTICLES = 200


@dataclass(slots=True)
class Count:
    """What was found right, found wrong, and not found."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    mistakes: list[str] = field(default_factory=list)

    def row(self) -> str:
        """Precision, recall and on how many marks they rest."""
        precision = self.right / max(1, self.right + self.wrong)
        recall = self.right / max(1, self.right + self.missed)
        return f"P {precision:.3f}  R {recall:.3f}  of {self.right + self.missed:>4} marks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="tags", description=__doc__)
    parser.add_argument("--mistakes", action="store_true", help="what is told wrong, of dev only")
    asked = parser.parse_args(arguments)
    started = time.process_time()
    known = knowledge()
    built = time.process_time() - started
    print(f"{'kind':<14} {'half':<5}")
    for half in ("dev", "held"):
        counts = _counted(paragraphs(half), known)
        for kind, count in counts.items():
            print(f"{kind:<14} {half:<5} {count.row()}")
            if asked.mistakes and half == "dev" and count.mistakes:
                print("\n".join(f"    {one}" for one in count.mistakes))
    print(f"start: {built:.2f} s CPU, {len(known.gazetteer.by_code):,} things known")
    _print_cost(known)
    return 0


def paragraphs(half: str) -> Iterator[Mapping[str, Any]]:
    """Yield the paragraphs of one half."""
    for path in sorted(LABELLED.glob("*.toml")):
        with path.open("rb") as file:
            yield from (one for one in tomllib.load(file)["paragraph"] if one["half"] == half)


def _counted(marked: Iterable[Mapping[str, Any]], known: Knowledge) -> dict[str, Count]:
    counts: dict[str, Count] = {}
    for one in marked:
        if "people" not in one:
            continue  # marked for credits and quotations alone
        story = Story(title=one.get("title", ""), text=one.get("text", ""))
        tags = tag(story, known).tags
        may = {fold(each) for each in one.get("may", ())}
        for kind, scheme in KINDS.items():
            found = [each for each in tags if each.scheme == scheme]
            _compare(counts.setdefault(kind, Count()), one["id"], one[kind], found, may)
        _compare_governments(counts.setdefault("governments", Count()), one, tags)
        if "subjects" in one:
            found = [each for each in tags if each.scheme == "subject"]
            _compare(counts.setdefault("subjects", Count()), one["id"], one["subjects"], found, may)
    return counts


def _compare(
    count: Count, name: str, wanted: Sequence[str], found: Sequence[Tag], may: set[str]
) -> None:
    left = {fold(each): each for each in wanted}
    for each in found:
        names = {fold(each.code), fold(each.label.partition(" (")[0]), fold(each.label)}
        if met := names & set(left):
            count.right += 1
            left.pop(met.pop())
        elif not names & may:
            count.wrong += 1
            count.mistakes.append(f"{name}: {each.label} is wrong ({each.evidence[0].text})")
    count.missed += len(left)
    count.mistakes += [f"{name}: {each} is missed" for each in left.values()]


def _compare_governments(count: Count, one: Mapping[str, Any], tags: Sequence[Tag]) -> None:
    """The capitals that stand for their government: evidence of a state and of a city at once."""
    places = Counter(span for each in tags if each.scheme != "office" for span in each.evidence)
    read = {
        span.text for each in tags if each.why for span in each.evidence if places[span] > 1
    } & {span.text for each in tags if each.scheme == "place" for span in each.evidence}
    wanted = set(one["governments"])
    count.right += len(wanted & read)
    count.wrong += len(read - wanted)
    count.missed += len(wanted - read)
    count.mistakes += [f"{one['id']}: reading of {each}" for each in sorted(wanted ^ read)]


def _print_cost(known: Knowledge) -> None:
    """CPU of tagging an article of seven thousand characters, of real texts where they are."""
    stories = [_article(text) for text in _texts()]
    for story in stories[:20]:
        tag(story, known)
    started = time.process_time()
    for story in stories:
        tag(story, known)
    each = (time.process_time() - started) / len(stories) * 1000
    print(f"cost: {each:.2f} ms CPU for each of {len(stories)} articles of {ARTICLE} characters")


def _article(text: str) -> Story:
    return Story(title=text[:80], text=text, language="en")


def _texts() -> list[str]:
    path = SHARED / "clustering" / "duplicates-wire.docs.jsonl"
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        bodies = [json.loads(line)["text"] for line in lines]
        told = "\n\n".join(body for body in bodies if len(body) > 1000)  # noqa: PLR2004 - no briefs
    else:
        print("the texts to measure on are not there: invented ones instead")
        told = "\n\n".join(str(one.get("text", "")) for one in paragraphs("dev")) * 40
    cut = [told[at : at + ARTICLE] for at in range(0, len(told) - ARTICLE, ARTICLE)]
    return random.Random(7).sample(cut, min(ARTICLES, len(cut)))


if __name__ == "__main__":
    sys.exit(main())
