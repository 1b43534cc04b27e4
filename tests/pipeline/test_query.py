"""Tests of the query language of the series. All stories are invented."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadQuery
from pipeline.match.grammar import read_query
from pipeline.match.query import OPENING, Reading
from pipeline.records import Span, Story, Tag, Tagged
from tests.builders import a_story


def reading(*texts: str, tags: tuple[Tag, ...] = (), **fields: Any) -> Reading:  # noqa: ANN401 - a story's fields
    """A story with a title, a summary and a text, as queries read it."""
    title, summary, text = (*texts, "", "", "")[:3]
    story = a_story(title=title, summary=summary, text=text, **fields)
    return Reading(Tagged(story=story, tags=tags))


def is_hit(query: str, *texts: str, **fields: Any) -> bool:  # noqa: ANN401 - a story's fields
    return read_query(query).hits(reading(*texts, **fields)) is not None


def places(query: str, *texts: str) -> list[tuple[str, str]]:
    hits = read_query(query).hits(reading(*texts)) or []
    return [(hit.span.field, hit.span.text) for hit in hits if hit.span]


# --- words


def test_a_word_is_found_whatever_its_case_accents_and_marks() -> None:
    for query in ("ferry", "FERRY*", "Férry", '"ferry"'):
        assert is_hit(query, "Night Ferry sinks")
    assert is_hit("cafe", "The CAFÉ at the quay")
    assert is_hit("quay's", "The quay’s last café")  # noqa: RUF001 - a printer's apostrophe


def test_a_word_is_found_whole_and_not_within_another() -> None:
    assert not is_hit("ferry", "Ferryman retires")
    assert is_hit("ferry", "Ferry-strike over")
    assert is_hit("ferry", "(ferry)")
    assert is_hit("ferry", "The ferry’s captain")  # noqa: RUF001 - a printer's apostrophe


def test_a_star_finds_what_begins_so() -> None:
    assert is_hit("ferr*", "Ferryman retires")
    assert not is_hit("ferry*", "Ferr")


def test_a_phrase_is_found_in_order_and_across_marks_only_within_one_field() -> None:
    assert is_hit('"ferry talks"', "The ferry talks begin")
    assert is_hit('"ferry talks"', "Ferry—talks")
    assert not is_hit('"ferry talks"', "Talks on the ferry")
    assert not is_hit('"ferry talks"', "Ferry", "talks")
    assert not is_hit('"ferry talks"', "ferry")


def test_the_words_of_a_phrase_may_end_in_a_star() -> None:
    assert is_hit('"ferr* talk*"', "Ferries, talking")
    assert is_hit('"F-16*"', "Two F-16s over the bay")


def test_words_with_a_distance_are_found_in_any_order_with_others_between() -> None:
    assert is_hit('"envoy lucan"~3', "Lucan sends its second envoy")
    assert not is_hit('"envoy lucan"~2', "Lucan sends its second envoy")
    assert not is_hit('"envoy lucan"~9', "Lucan", "An envoy")
    assert not is_hit('"envoy lucan"~9', "Lucan")
    assert is_hit('"envoy* envoy*"~5', "Envoys meet an envoy")
    assert not is_hit('"envoy envoy"~5', "An envoy")


def test_a_hit_tells_where_it_stands_in_the_story_as_printed() -> None:
    title = "  ﬁrst  Émigré  talks "
    hits = read_query('first AND "emigre talks"').hits(reading(title))
    assert hits is not None
    assert [hit.span for hit in hits] == [
        Span(field="title", start=2, end=6, text="ﬁrst"),
        Span(field="title", start=8, end=21, text="Émigré  talks"),
    ]
    assert [title[hit.span.start : hit.span.end] for hit in hits if hit.span] == [
        *("ﬁrst", "Émigré  talks")
    ]


def test_spellings_of_one_name_are_one_word() -> None:
    for written in ("Zelensky", "Zelenskyy", "Zelenskiy", "Zelenskyi", "Zelenski", "Żelenskij"):
        assert is_hit("zelensky", f"{written} in Port Lucan")
        assert is_hit("zelenskyy", f"{written} in Port Lucan")
    assert is_hit("kiev", "Kyiv sends an envoy")
    assert is_hit('"kyiv envoy*"', "Kiev envoy arrives")
    assert is_hit("kiev*", "Kyiv’s envoy")  # noqa: RUF001 - a printer's apostrophe
    assert is_hit("turkey", "Türkiye offers to host")
    assert not is_hit("ski", "The sky is blue")


def test_a_series_own_spellings_count_both_ways() -> None:
    house = {"lukan": "Lucan", "loucan": "Lucan"}
    for word in ("Lucan", "lukan", "Louçan"):
        query = read_query(word, house)
        assert all(query.hits(reading(f"Port {name}")) for name in ("Lucan", "Lukan", "Loucan"))
        assert query.hits(reading("Port Luca")) is None


def test_short_words_in_capitals_are_meant_so() -> None:
    assert is_hit("US", "US envoy arrives")
    assert is_hit("US", "A U.S. envoy arrives")
    assert not is_hit("US", "They told us so")
    assert is_hit("us", "They told us so")
    assert is_hit("NATO", "Nato envoy arrives")
    assert not is_hit("WHO", "Who told them?")


def test_an_abbreviation_with_dots_is_one_word() -> None:
    assert is_hit('"un envoy"', "The U.N. envoy")
    assert is_hit("u.n.", "The UN envoy")


def test_scripts_without_blanks_are_found_character_by_character() -> None:
    assert is_hit("停火", "双方同意停火三天")
    assert not is_hit("停水", "双方同意停火三天")


# --- where


def test_words_are_looked_for_in_title_summary_and_opening() -> None:
    assert is_hit("ferry", "Ferry sinks")
    assert is_hit("ferry", "", "A ferry sank")
    assert is_hit("ferry", "", "", "A ferry sank")


def test_what_stands_far_down_in_the_text_is_found_only_by_its_field() -> None:
    text = "river " * 120 + "ferry"
    assert not is_hit("ferry", "", "", text)
    assert is_hit("text:ferry", "", "", text)
    assert is_hit("text:ferry OR mill", "", "", text)
    assert not is_hit("text:ferry", "Ferry sinks")


def test_the_opening_ends_between_words() -> None:
    text = "x" * (OPENING - 4) + " ferryman"
    assert not is_hit("fer", "", "", text)
    assert is_hit("xxx*", "", "", "x" * (OPENING + 4))


def test_a_field_narrows_a_word_a_phrase_or_a_bracket() -> None:
    assert is_hit("title:ferry", "Ferry sinks")
    assert not is_hit("title:ferry", "", "A ferry sank")
    assert is_hit('SUMMARY:"a ferry"', "", "A ferry sank")
    assert is_hit('title:("x ferry"~3 OR mill)', "Ferry x")
    assert is_hit("title:(ferry -weir)", "Ferry sinks", "at the weir")
    assert not is_hit("title:(ferry -weir)", "Ferry sinks at weir")


def test_facts_of_the_story_can_be_asked_for() -> None:
    fields = {"outlet": "harbour-post", "outlet_kind": "official", "language": "en-GB"}
    for query in ("outlet:Harbour-Post", "kind:official", "language:en", "language:en-gb"):
        assert is_hit(query, "Ferry sinks", **fields)
    for query in ("outlet:harbour", "kind:wire", "language:fr", "tag:ferry"):
        assert not is_hit(query, "Ferry sinks", **fields)
    assert is_hit("outlet:(bridge-times OR harbour-post)", "Ferry sinks", **fields)
    assert is_hit("outlet:harbour-post", "Ferry sinks", outlet="Harbour Post")


def test_a_tag_is_asked_for_by_code_or_label_and_shows_its_evidence() -> None:
    span = Span(field="title", start=0, end=5, text="Lucan")
    tag = Tag(scheme="place", code="Q1", label="Port Lucan", score=1, evidence=(span,))
    story = reading("Lucan", tags=(tag,))
    for query in ("tag:q1", 'tag:"port lucan"'):
        hits = read_query(query).hits(story)
        assert hits is not None
        assert [hit.span for hit in hits] == [span]


# --- logic


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a b", True),
        ("a AND b", True),
        ("a x", False),
        ("a OR x", True),
        ("x OR y OR a", True),
        ("x OR a b", True),  # AND binds more tightly
        ("x a OR b", True),
        ("(x OR a) y", False),
        ("a NOT x", True),
        ("a -x", True),
        ("a -b", False),
        ("a AND NOT b", False),
        ("a NOT NOT b", True),
        ("a -(x OR b)", False),
        ("a -(x b)", True),
        ("-x a", True),
        ("a # b or anything\n AND b", True),
        ("(((a)))", True),
    ],
)
def test_words_combine_as_the_language_says(query: str, expected: bool) -> None:
    assert is_hit(query, "a b c") is expected


def test_every_alternative_that_is_hit_is_shown_in_reading_order() -> None:
    found = places('weir OR ferr* OR "ferry talk*" OR mill', "Mill and ferry talks", "At the weir")
    assert found == [
        ("title", "Mill"),
        ("title", "ferry"),
        ("title", "ferry talks"),
        ("summary", "weir"),
    ]


def test_what_must_not_be_there_shows_nothing() -> None:
    assert places("ferry -weir", "Ferry sinks") == [("title", "Ferry")]


def test_facts_come_after_the_words() -> None:
    hits = read_query("ferry AND (outlet:harbour-post OR weir)").hits(
        reading("Ferry sinks", outlet="harbour-post")
    )
    assert [hit.term for hit in hits or ()] == ["ferry", "outlet:harbour-post"]


# --- what cannot be read


@pytest.mark.parametrize(
    ("query", "at", "why"),
    [
        ("", 0, "empty"),
        (" # only a remark", 0, "empty"),
        ("(ferry", 0, 'this "(" is never closed'),
        ("ferry) mill", 5, 'this ")" closes no bracket'),
        ("ferry AND", 9, 'the query ends after "AND"'),
        ("ferry AND OR mill", 10, 'missing before "OR"'),
        ("AND ferry", 0, 'missing before "AND"'),
        ("ferry OR ()", 10, 'missing before this ")" (after ()'),
        ("ferry and mill", 6, "write AND in capitals"),
        ("ferry or mill", 6, "write OR in capitals"),
        ("not ferry", 0, "write NOT in capitals"),
        ('ferry "mill', 6, "this quotation mark is never closed"),
        ("ferry : mill", 6, '":" means nothing here'),
        ("titles:ferry", 0, 'did you mean "title:"?'),
        ("zzz:ferry", 0, "there are: title, summary, text, outlet"),
        ("title: ferry", 0, "without a blank"),
        ("title:", 0, "without a blank"),
        ("title:(summary:ferry)", 7, 'stands inside "title:"'),
        ("ferry fe*", 6, "at least 3 letters"),
        ('"fe* talks"', 0, "at least 3 letters"),
        ('"talks fe*"~3', 0, "at least 3 letters"),
        ("fer*y", 0, "at the end of a word only"),
        ("ferry !!", 6, "neither letters nor digits"),
        ('ferry ""', 6, "neither letters nor digits"),
        ("NOT ferry", 0, "only says what must not be there"),
        ("ferry OR NOT mill", 0, "only says what must not be there"),
        ('"a b"~51', 0, "at most 50 words"),
        ('"' + "a " * 21 + '"', 0, "these are 21 words: at most 20"),
        ('"' + "a " * 9 + '"~1', 0, "these are 9 words: at most 8"),
        ("ferry " + "(" * 50 + "a" + ")" * 50, 46, "nested more than"),
        ("x" * 20_001, 20_000, "longer than 20,000"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_with_the_place(
    query: str, at: int, why: str
) -> None:
    with pytest.raises(BadQuery) as caught:
        read_query(query)
    assert caught.value.at == at
    assert why in str(caught.value)


def test_curly_quotation_marks_are_as_good_as_straight_ones() -> None:
    assert is_hit("“ferry talks”", "Ferry talks begin")


# --- always


pieces = st.sampled_from(
    [
        *("ferry", "talk*", '"peace talks"', '"a b"~3', "title:", "outlet:x", "tag:x", "text:deep"),
        *("AND", "OR", "NOT", "-", "(", ")", "#", "\n", " ", '"', "*", "US", ":", "~2"),
    ]
)
queries = st.lists(st.one_of(pieces, st.text(max_size=4)), max_size=25).map(" ".join)


@given(queries, st.text(max_size=300), st.text(max_size=900))
def test_any_query_is_refused_or_answers_on_any_story(query: str, title: str, text: str) -> None:
    try:
        read = read_query(query)
    except BadQuery as problem:
        assert 0 <= problem.at <= len(query)  # noqa: PT017 - either outcome is right
        return
    story = Story(title=title, summary=text[:100], text=text)
    for hit in read.hits(Reading(Tagged(story=story))) or ():
        if hit.span:
            field = getattr(story, hit.span.field)
            assert field[hit.span.start : hit.span.end] == hit.span.text


@given(st.lists(st.sampled_from(["ferry", "talks", "weir", "x"]), min_size=1, max_size=6))
def test_alternatives_answer_alike_in_any_order(words: list[str]) -> None:
    story = reading("Ferry talks at the weir", "ferry")
    there, back = read_query(" OR ".join(words)), read_query(" OR ".join(reversed(words)))
    assert there.hits(story) == back.hits(story)


def test_hostile_texts_and_queries_end_soon() -> None:
    story = reading("ferry talk " * 50_000, "talk " * 50_000, "weir " + "ferry " * 200_000)
    started = time.process_time()
    for query in (
        "ferry talk*",
        '"ferry talk ferry talk ferry"',
        '"ferry talk ferry talk ferry"~50',
        'text:"ferry ferry ferry ferry ferry ferry ferry ferry"~50',
        'text:"ferry ferry ferry ferry ferry ferry ferry weir"~50',
        "(" + " OR ".join(f"word{number}*" for number in range(1_000)) + ")",
        "ferry " * 3_000,
    ):
        read_query(query).hits(story)
    assert time.process_time() - started < 90  # the wrong way takes hours


# --- weights


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("ferry^0", "weighs too much or nothing"),
        ("ferry^99", "weighs too much or nothing"),
        ("(-ferry)^2 river", "has no weight"),
        ("^2 ferry", "stands right behind what it weighs"),
        ("ferry^x", "means nothing here"),
        (" ".join(["ferry"] * 6_001), "more than 6,000"),
    ],
)
def test_a_weight_that_cannot_be_meant_is_refused(source: str, why: str) -> None:
    with pytest.raises(BadQuery) as told:
        read_query(source[:19_999] if len(source) < 20_000 else source.replace("ferry", "f"))
    assert why in str(told.value)


def test_weights_change_nothing_about_what_is_hit() -> None:
    for query in ("ferry^3", '"night ferry"^2.5', "(ferry OR mill)^0.3", "(night AND ferry)^2"):
        assert is_hit(query, "Night ferry")
        assert not is_hit(query, "Night train")


def test_a_word_of_two_spellings_is_shown_wherever_either_stands() -> None:
    assert places("kyiv OR ferry", "Kyiv, once Kiev") == [("title", "Kyiv"), ("title", "Kiev")]
