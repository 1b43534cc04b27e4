"""Denial of service by words: what a feed may write holds no step up, however long it goes on."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest

from pipeline import prefixes, quotecheck, text, worddiff
from pipeline.dedupe import relation
from pipeline.normalise import normalise
from pipeline.records import Source
from pipeline.render import markdown
from pipeline.tag import Knowledge, know, read_lists, tag
from tests.builders import a_story, an_entry

LENGTH = 100_000
USUAL = 5.0  # CPU seconds, ten times the usual; above it, it counts how it grows
EVEN = 10  # times what a quarter costs: 4 is even growth, 16 its square
NOW = datetime(2026, 3, 9, tzinfo=UTC)
SAID = "the envoys said nothing of it to anybody"
# One after another each of these has cost somebody's patterns their time: runs that end nowhere,
# marks that open and never close, names and credits that begin and begin again.
PIECES = (
    *(".", "Mr. ", "A. ", ". (", "“", "“\u2018", '"said ', "said A B, ", "A ", "A-b-", "A, "),
    *("(Reuters) - ", "told the AP ", "of ", "\n", " \n", "<a ", "&#", "[a](", "**", "`", "x y "),
)
Step = Callable[[str], object]


@pytest.fixture(scope="module")
def known() -> Knowledge:
    lists = Path(__file__).parents[2] / "config" / "tags"
    names = [path for path in lists.glob("*.toml") if path.stem != "topics"]
    read = read_lists([(path.read_text(encoding="utf-8"), path.name) for path in names])
    return know(read.entries, words=read.words)


def steps(known: Knowledge) -> dict[str, Step]:
    return {
        "sentences": text.sentences,
        "terms": text.terms,
        "normalise": lambda words: normalise(
            an_entry(title=words, content=words, summary=words, byline=words),
            feed_url="https://a.example/feed",
            outlet="a",
            now=NOW,
        ),
        "prefixes": lambda words: prefixes.read(words, words),
        "relation": lambda words: relation.read(words, words),
        "tag": lambda words: tag(a_story(title=words[:1_000], text=words), known),
        "quotecheck": lambda words: quotecheck.check_quote(
            SAID, [Source(version=1, story=a_story(text=words))]
        ),
        "worddiff": lambda words: worddiff.word_diff(words, words[::-1]),
        "merged": lambda words: worddiff.merged(words, f"{words} a", f"b {words}"),
        "markdown": markdown.to_html,
    }


def spent(step: Step, words: str) -> float:
    """CPU seconds of one go."""
    began = process_time()
    step(words)
    return process_time() - began


@pytest.mark.parametrize("piece", PIECES)
def test_no_text_of_a_hundred_thousand_characters_holds_a_step_up(
    piece: str, known: Knowledge
) -> None:
    words = (piece * LENGTH)[:LENGTH]
    grown = {}
    for name, step in steps(known).items():
        took = spent(step, words)
        if took > USUAL:  # on a crowded core anything may: the best of three goes counts
            took = min(took, *(spent(step, words) for _ in range(2)))
            quarter = min(spent(step, words[: LENGTH // 4]) for _ in range(3))
            grown[name] = took / quarter
    assert {name: times for name, times in grown.items() if times > EVEN} == {}
