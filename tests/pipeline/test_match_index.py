"""Tests of asking many series at once: the same answers as asking each. All invented."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.match import Many, Reading, compile_series, match, match_all
from pipeline.match.grammar import read_query
from pipeline.match.index import Gate
from pipeline.records import Section, Series, Story, Tag, Tagged
from tests.builders import a_story

QUAY = Series(
    key="quay-watch",
    title="Quay Watch",
    title_template="Quay Watch: {headline}",
    query="quay",
    sections=(Section(key="all", heading=""),),
)
WORDS = ("ferry", "ferries", "quay", "mill", "talks", "kyiv", "kiev", "US", "rain", "F-16s", "war")
LEAVES = (
    *("ferry", "ferr*", "quay", '"quay talks"', '"talks mill"~3', "kyiv", "US", "title:mill"),
    *("summary:rain", "text:war", "outlet:tide", "kind:wire", "place:LU", "language:en", '"F-16*"'),
    *("war", "talks^3", '"mill F-1*"'),
)


def queries() -> st.SearchStrategy[str]:
    """Queries as editors write them, nested, with negations."""
    leaves = st.sampled_from(LEAVES)
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda two: f"({two[0]} OR {two[1]})"),
            st.tuples(inner, inner).map(lambda two: f"({two[0]} AND {two[1]})"),
            st.tuples(inner, inner).map(lambda two: f"({two[0]} AND NOT {two[1]})"),
            st.tuples(inner, inner, inner).map(lambda x: f"({x[0]} AND ({x[1]} OR NOT {x[2]}))"),
        ),
        max_leaves=6,
    )


def stories() -> st.SearchStrategy[Tagged]:
    texts = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
    tag = Tag(scheme="place", code="LU", label="Lucan", score=1.0, evidence=())
    return st.builds(
        lambda title, summary, text, outlet, tags: Tagged(
            story=Story(
                title=title, summary=summary, text=text, outlet=outlet[0], outlet_kind=outlet[1]
            ),
            tags=tags,
        ),
        texts,
        texts,
        texts,
        st.sampled_from([("tide", "wire"), ("harbour-post", "outlet")]),
        st.sampled_from([(), (tag,)]),
    )


@given(st.lists(queries(), min_size=1, max_size=12), stories())
def test_many_at_once_give_the_answers_of_each_alone(asked: list[str], story: Tagged) -> None:
    series = [
        compile_series(replace(QUAY, key=f"s{number}", query=query))
        for number, query in enumerate(asked)
    ]
    reading = Reading(story)
    alone = [one for one in series if one.query.hits(reading) is not None]
    many = Many(series)
    assert many.hit(reading) == alone
    found = {one.series: one for one in many.match(reading)}
    for one, naive in zip(series, match_all(story, series, explain_misses=False), strict=True):
        if naive.zone != "ignore" or naive.shown_as or one in alone:
            assert found[one.series.key] == naive
        else:
            assert one.series.key not in found


def test_only_series_that_may_be_hit_are_asked() -> None:
    gate = Gate([read_query(query) for query in ("quay talks", "mill", "ferr*", "kind:wire quay")])
    assert gate.candidates(Reading(Tagged(story=a_story(title="Rain", summary="")))) == []
    at_the_mill = Reading(Tagged(story=a_story(title="Mill and ferries", summary="")))
    assert gate.candidates(at_the_mill) == [1, 2]
    # Of two groups the rarer decides: "talks" stands on every page.
    talking = Reading(Tagged(story=a_story(title="Talks", summary="")))
    assert gate.candidates(talking) == []


def test_a_story_that_hits_nothing_is_drawn_by_the_same_series_as_if_each_were_asked() -> None:
    series = [
        compile_series(replace(QUAY, key=f"s{number}", show_ignored=share))
        for number, share in enumerate((1.0, 0.5, 0.0, 1.0, 0.2))
    ]
    ended = compile_series(replace(QUAY, key="s9", status="ended", show_ignored=1.0))
    many = Many([*series, ended])
    drawn = 0
    for number in range(300):
        story = Tagged(story=a_story(title=f"Rain {number}", url=None, canonical_url=None))
        found = many.match(Reading(story))
        naive = [one for one in match_all(story, series, explain_misses=False) if one.shown_as]
        assert found == naive
        drawn += len(found)
    assert drawn


def test_no_series_at_all_take_nothing() -> None:
    assert Many([]).match(Reading(Tagged(story=a_story()))) == []


def test_a_series_that_draws_and_is_hit_is_told_once() -> None:
    every = compile_series(replace(QUAY, show_ignored=1.0))
    for number in range(60):
        title = f"Quay {number}"
        story = Tagged(story=a_story(title=title, url=None, canonical_url=None))
        assert Many([every]).match(Reading(story)) == [match(story, every)]
    ignored = compile_series(
        replace(QUAY, suggest_from=1.0, show_ignored=0.0, against="title:quay^9")
    )
    story = Tagged(story=a_story(title="Quay"))
    [found] = Many([ignored]).match(Reading(story))
    assert found == replace(match(story, ignored), why=())


def test_two_words_with_one_beginning_file_a_query_once() -> None:
    gate = Gate([read_query("ferr* OR ferry*"), read_query("ferryman*")])
    reading = Reading(Tagged(story=a_story(title="Ferry", summary="")))
    assert gate.candidates(reading) == [0]


def test_a_stopped_series_draws_nothing_it_is_not_hit_by() -> None:
    ended = compile_series(replace(QUAY, status="ended", show_ignored=1.0))
    for number in range(100):
        story = Tagged(story=a_story(title=f"Rain {number}", url=None, canonical_url=None))
        assert Many([ended]).match(Reading(story)) == []
