"""Tests of how much a story says, of its development, and of what would change the answer.

All stories are invented.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pipeline.match import compile_series, match, nearest_to
from pipeline.records import Credit, Match, Section, Series, Span, Tag, Tagged
from tests.builders import a_story

LOCK = Series(
    key="lock-watch",
    title="Lock Watch",
    title_template="Lock Watch: {headline}",
    description="Talks of the towns on the Orvel about its lock.",
    query="(orvel OR lock)^3 AND ((talks OR summit)^3 OR meet^0.5)",
    against="title:(flood OR dead)^2",
    exemplars=("Towns on the Orvel quarrel about the lock and its toll",),
    sections=(Section(key="all", heading=""),),
)


def a_tagged(title: str, summary: str = "") -> Tagged:
    return Tagged(story=a_story(title=title, summary=summary, url=None, canonical_url=None))


def matched(title: str, summary: str = "", **changed: object) -> Match:
    return match(a_tagged(title, summary), replace(LOCK, **changed))  # type: ignore[arg-type]  # any of its fields


def told(found: Match) -> dict[str, str]:
    return {reason.reason: reason.text for reason in found.why}


# --- how much is said


def test_weightier_words_say_more_and_the_headline_more_than_what_stands_below() -> None:
    scores = [
        matched(title, summary).score
        for title, summary in (
            ("Rain", "The towns meet at the lock"),
            ("Rain", "Talks about the lock"),
            ("Towns meet at the lock", ""),
            ("Talks about the lock", ""),
        )
    ]
    assert scores == sorted(set(scores))


def test_words_at_one_place_count_once_and_at_two_places_twice() -> None:
    query = '("lock talks"^3 OR talks^2) AND orvel'
    once = matched("Orvel lock talks", query=query)
    alone = matched("Orvel lock talks", query='"lock talks"^3 AND orvel')
    twice = matched("Orvel lock talks, further talks", query=query)
    assert once.score == alone.score
    assert twice.score > once.score


def test_an_inner_and_says_as_much_as_the_least_of_it() -> None:
    both = "(orvel AND ((lock talks^0.2) OR summit^9))"
    least = "(orvel AND (talks^0.2 OR summit^9))"
    assert (
        matched("Orvel lock talks", query=both).score
        == matched("Orvel lock talks", query=least).score
    )
    assert matched("Orvel lock", query=both).zone == "ignore"
    without = "(orvel AND ((talks -flood) OR summit))"
    assert matched("Orvel talks", query=without).zone == "suggest"
    assert matched("Orvel talks on the flood", query=without).zone == "ignore"
    never = "orvel AND (-rain OR -snow)"
    assert matched("Orvel", query=never).zone == "suggest"
    assert matched("Orvel rain and snow", query=never).zone == "ignore"


def test_a_way_that_is_hit_comes_before_one_that_nearly_is() -> None:
    found = matched("Orvel meeting about a mill", query="(orvel^0.3 meeting^0.3) OR (mill^9 dam^9)")
    assert told(found)["query"] == 'hits "Orvel", "meeting" (title)'


def test_the_headline_that_a_story_comes_nearest_to_is_told_with_how_near() -> None:
    story = a_tagged("Quarrel at the summit on the lock").story
    near = nearest_to(story, ["Summit on the lock ends in a quarrel", "Rain"])
    assert near is not None
    assert near.title == "Summit on the lock ends in a quarrel"
    assert set(near.shared) == {"lock", "quarrel", "summit"}
    assert 0.5 < near.similarity <= 1
    assert nearest_to(story, ["Rain"]) is None
    assert nearest_to(story, []) is None


def test_what_speaks_against_lowers_the_score_and_is_named() -> None:
    calm = matched("Talks about the lock")
    flooded = matched("Talks about the lock and the flood")
    assert flooded.score < calm.score
    assert told(flooded)["against"] == 'against it speaks "flood" (title)'


def test_a_series_without_a_query_goes_by_its_description_and_exemplars() -> None:
    found = matched("Towns on the Orvel quarrel about the toll of the lock", query="")
    assert found.zone == "suggest"
    assert "exemplar" in told(found)["nearest"]
    assert matched("Bakers rejoice", query="").zone == "ignore"


def test_an_empty_description_is_no_hindrance() -> None:
    found = matched("Talks about the lock", description="", exemplars=())
    assert "wording" not in told(found)
    assert found.zone == "suggest"


def test_an_old_story_scores_less_and_a_ministry_more() -> None:
    arrived = datetime(2024, 6, 1, tzinfo=UTC)
    story = a_tagged("Talks about the lock")
    fresh = replace(story, story=replace(story.story, published=arrived))
    old = replace(story, story=replace(story.story, published=arrived - timedelta(days=10)))
    official = replace(story, story=replace(story.story, outlet_kind="official"))
    scores = [match(one, LOCK, arrived=arrived).score for one in (old, fresh)]
    assert scores[0] < scores[1]
    assert told(match(old, LOCK, arrived=arrived))["age"] == "was 10 days old when it came"
    assert match(official, LOCK).score > match(story, LOCK).score


# --- facts


def test_tags_are_asked_by_their_scheme_and_credits_by_their_name() -> None:
    span = Span(field="title", start=0, end=5, text="Talks")
    tags = tuple(
        Tag(scheme=scheme, code=code, label=label, score=1.0, evidence=(span,))
        for scheme, code, label in (
            ("place", "LU", "Lucan"),
            ("person", "ines", "Ines Calder"),
            ("organisation", "board", "Harbour Board"),
            ("topic", "tolls", "Tolls"),
        )
    )
    credit = Credit(name="Harbour Post", outlet="harbour-post", span=span)
    story = replace(a_tagged("Talks of the day"), tags=tags, credits=(credit,))
    for query in (
        *("place:LU", 'place:"lucan"', 'person:"ines calder"', "org:board", "topic:tolls"),
        *("credit:harbour-post", 'credit:"Harbour Post"', "tag:LU"),
    ):
        found = match(story, replace(LOCK, query=query, against=""))
        assert found.zone == "suggest", query
    assert match(story, replace(LOCK, query="person:lucan")).zone == "ignore"


# --- the development


def test_a_story_that_leaves_the_name_out_is_found_through_its_development() -> None:
    story = a_tagged("Mayors end their summit without a word")
    siblings = [a_tagged(f"Orvel summit: day {day}") for day in range(4)]
    alone = match(story, LOCK)
    beside = match(story, LOCK, siblings=siblings)
    assert (alone.zone, beside.zone) == ("ignore", "suggest")
    text = 'its development says it: 4 of 4 other stories name "Orvel"'
    assert told(beside)["development"] == text
    # In whatever order they came.
    assert match(story, LOCK, siblings=siblings[::-1]) == beside


def test_a_development_lends_nothing_to_a_story_that_says_nothing_itself() -> None:
    siblings = [a_tagged("Orvel summit and talks") for _ in range(4)]
    assert match(a_tagged("Bakers rejoice"), LOCK, siblings=siblings).zone == "ignore"


def test_one_sibling_or_a_small_part_of_many_lends_nothing() -> None:
    story = a_tagged("Mayors end their summit without a word")
    assert match(story, LOCK, siblings=[a_tagged("Orvel summit")]).zone == "ignore"
    few = [a_tagged("Orvel summit")] * 2 + [a_tagged("A summit")] * 8
    assert match(story, LOCK, siblings=few).zone == "ignore"


def test_what_must_not_be_there_is_not_lent_either_and_a_fact_is_named_as_one() -> None:
    story = a_tagged("Mayors end their summit on the flood")
    siblings = [a_tagged("Orvel summit")] * 3
    forbidding = replace(LOCK, query="orvel summit -flood")
    assert match(story, forbidding, siblings=siblings).zone == "ignore"
    by_outlet = replace(LOCK, query="outlet:tide AND summit^3")
    of_tide = [replace(one, story=replace(one.story, outlet="tide")) for one in siblings]
    found = match(a_tagged("A summit"), by_outlet, siblings=of_tide)
    assert 'name "outlet:tide"' in told(found)["development"]


def test_a_story_that_says_it_itself_does_not_ask_its_development() -> None:
    siblings = [a_tagged("Orvel summit")] * 3
    found = match(a_tagged("Orvel talks"), LOCK, siblings=siblings)
    assert found == match(a_tagged("Orvel talks"), LOCK)


# --- what would have changed the answer


def test_what_speaks_against_a_story_is_named_if_it_decided() -> None:
    found = matched("Orvel talks on the lock, the flood: two dead")
    assert found.zone == "ignore"
    assert told(found)["turn"] == 'without "flood", "dead" (title) it would be suggested'


def test_the_part_that_is_hardly_said_is_named_if_more_of_it_would_decide() -> None:
    found = matched("Towns on the Orvel meet")
    assert found.zone == "ignore"
    text = "one more of these in the headline would make it suggested: talks, summit, meet"
    assert matched("Towns on the Orvel meet for talks").zone == "suggest"
    assert told(found)["turn"] == text


def test_the_one_word_a_match_rests_on_is_named() -> None:
    assert told(matched("Talks about the lock"))["turn"] == (
        'without "lock" (title) it would not be suggested'
    )
    rich = matched("Orvel lock: talks, summit")
    assert "turn" not in told(rich)


def test_a_miss_that_nothing_small_would_turn_says_nothing_of_that() -> None:
    found = matched("Rain", "The towns meet at the lock")
    assert found.zone == "ignore"
    assert "turn" not in told(found)


def test_a_past_item_that_comes_near_is_named() -> None:
    compiled = compile_series(LOCK, past=["Summit on the lock ends in a quarrel", "Rain"])
    found = match(a_tagged("Quarrel at the summit on the lock"), compiled)
    nearest = [reason.text for reason in found.why if reason.reason == "nearest"]
    assert any(text.startswith('nearest past item: "Summit on the lock') for text in nearest)
