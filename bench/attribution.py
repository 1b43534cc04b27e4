"""How well credits, quotations and speakers are told, on labelled paragraphs of our own.

The paragraphs are invented (tests/labelled). They were written and marked before any rule was; half
`dev` was then tuned on, half `held` was only ever scored. `--mistakes dev` lists what is wrong.

    python -m bench.attribution [--mistakes HALF]
"""

import argparse
import json
import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.newsroom import read_outlets
from pipeline.records import Credit, Outlet, Quote, Story
from pipeline.tag.credits import find_credits
from pipeline.tag.outlets import Outlets, know_outlets
from pipeline.tag.quotes import find_quotes

ROOT = Path(__file__).resolve().parents[1]
LABELLED = ROOT / "tests" / "labelled"
SHARED = ROOT.parent / "shared" / "data"
HALVES = ("dev", "held")
ARTICLE = 7_000  # characters


@dataclass(slots=True)
class Score:
    """What was found of one kind, rightly, wrongly, or not."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    mistakes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return precision and recall with their counts."""
        found, there = self.right + self.wrong, self.right + self.missed
        precision = self.right / found if found else 1.0
        recall = self.right / there if there else 1.0
        return f"P {precision:.3f} ({self.right}/{found})  R {recall:.3f} ({self.right}/{there})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="attribution", description=__doc__)
    parser.add_argument("--mistakes", choices=HALVES, help="what is wrong in that half")
    asked = parser.parse_args(arguments)
    outlets = know_outlets(listed())
    for half in HALVES:
        scores = score(half, outlets)
        for kind, one in scores.items():
            print(f"{half:5} {kind:12} {one}")
            if asked.mistakes == half:
                for mistake in one.mistakes:
                    print(f"        {mistake}")
    _chains(outlets)
    _speed(outlets)
    return 0


def listed() -> Iterator[Outlet]:
    """The outlets of config."""
    for name in ("feeds.toml", "outlets.toml"):
        path = ROOT / "config" / name
        yield from read_outlets(path.read_text(encoding="utf-8"), str(path))


def paragraphs(half: str) -> Iterator[dict[str, Any]]:
    """The labelled paragraphs of one half that have credits or quotations marked."""
    for path in sorted(LABELLED.glob("*.toml")):
        for one in tomllib.loads(path.read_text(encoding="utf-8"))["paragraph"]:
            if one["half"] == half and ("credits" in one or "quotes" in one):
                yield one


def score(half: str, outlets: Outlets) -> dict[str, Score]:
    """Return what is right and wrong in one half, by kind."""
    scores = {kind: Score() for kind in ("credits", "quote spans", "kinds", "speakers")}
    for one in paragraphs(half):
        story = Story(title=one.get("title", ""), text=one.get("text", ""))
        credited = find_credits(story, outlets)
        if "credits" in one:
            _score_credits(one, credited, scores["credits"])
        if "quotes" in one:
            _score_quotes(one, find_quotes(story, credited), scores)
    return scores


def _score_credits(one: dict[str, Any], found: Sequence[Credit], score: Score) -> None:
    wanted = list(one["credits"])
    for credit in found:
        hit = next((w for w in wanted if _is_credit(credit, w)), None)
        if hit is None:
            score.wrong += 1
            score.mistakes.append(f"{one['id']}: wrong {credit.name!r} in {credit.span.text!r}")
        else:
            wanted.remove(hit)
            score.right += 1
    score.missed += len(wanted)
    score.mistakes += [f"{one['id']}: missed {w['phrase']!r}" for w in wanted]


def _is_credit(found: Credit, wanted: dict[str, str]) -> bool:
    words = set(re.findall(r"\w+", wanted["phrase"])) & set(re.findall(r"\w+", found.span.text))
    return found.name.lower() == wanted["outlet"].lower() and bool(words)


def _score_quotes(one: dict[str, Any], found: Sequence[Quote], scores: dict[str, Score]) -> None:
    spans, kinds, speakers = scores["quote spans"], scores["kinds"], scores["speakers"]
    left = list(found)
    for wanted in one["quotes"]:
        hit = next((quote for quote in left if quote.text == wanted["text"]), None)
        if hit is None:
            spans.missed += 1
            spans.mistakes.append(f"{one['id']}: missed {wanted['text']!r}")
            continue
        left.remove(hit)
        spans.right += 1
        is_kind = hit.kind == wanted.get("kind", "direct")
        kinds.right += is_kind
        kinds.wrong += not is_kind
        kinds.missed += not is_kind
        if not is_kind:
            kinds.mistakes.append(f"{one['id']}: {hit.kind} {hit.text!r}")
        _score_speaker(one["id"], hit, wanted.get("speaker", ""), speakers)
    spans.wrong += len(left)
    spans.mistakes += [f"{one['id']}: wrong {quote.text!r}" for quote in left]


def _score_speaker(paragraph: str, found: Quote, wanted: str, score: Score) -> None:
    ours, theirs = _bare(found.speaker or ""), _bare(wanted)
    is_right = bool(ours and theirs) and (ours in theirs or theirs in ours)
    score.right += is_right
    score.wrong += bool(ours) and not is_right
    score.missed += bool(theirs) and not is_right
    if (ours or theirs) and not is_right:
        score.mistakes.append(f"{paragraph}: {ours!r}, not {theirs!r}, for {found.text!r}")


def _bare(speaker: str) -> str:
    words = speaker.lower().split()
    return " ".join(words[1:] if words and words[0] in ("the", "a", "an") else words)


def _chains(outlets: Outlets) -> None:
    """Who broke it, on records of real re-reports that one reader labelled."""
    path = SHARED / "series" / "credit-chains-2024-05.jsonl"
    if not path.exists():
        print(f"not measured: {path.relative_to(ROOT.parent)} is not beside the repository")
        return
    counted: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        story = Story(title=record["title"], text=record["excerpt"] or "")
        origins = {one.name for one in find_credits(story, outlets) if one.is_origin and one.name}
        if not origins:
            names_it = record["origin"] and record["origin"] in record["title"] + story.text
            counted["none, though it is named" if names_it else "none: not named in the text"] += 1
        elif origins == {record["origin"]}:
            counted["right"] += 1
        else:
            counted["wrong"] += 1
    print("origins on 20 records of credit chains:", dict(counted))


def _speed(outlets: Outlets) -> None:
    """CPU time per article of 7 kB, on the real full texts of two sets."""
    stories = list(real_stories())
    if not stories:
        print("speed not measured: the full texts are not beside the repository")
        return
    articles = sum(len(story.text) for story in stories) / ARTICLE
    begun = time.process_time()
    credited = [find_credits(story, outlets) for story in stories]
    read = time.process_time()
    quoted = [find_quotes(*both) for both in zip(stories, credited, strict=True)]
    done = time.process_time()
    print(
        f"{len(stories)} stories: {sum(map(len, credited))} credits,"
        f" {sum(map(len, quoted))} quotations;"
        f" CPU per 7 kB: credits {(read - begun) / articles * 1e3:.2f} ms,"
        f" quotations {(done - read) / articles * 1e3:.2f} ms"
    )


def real_stories() -> Iterator[Story]:
    """The full texts beside the repository; none where they are not there."""
    for name in ("stories-ecbplus", "duplicates-wire"):
        path = SHARED / "clustering" / f"{name}.docs.jsonl"
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                one = json.loads(line)
                yield Story(title=one["title"], text=one["text"])


if __name__ == "__main__":
    raise SystemExit(main())
