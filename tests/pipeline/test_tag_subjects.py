"""Tests of subjects: by rule, learnt from corrections; languages and kinds of outlets. Invented."""

import pytest

from pipeline.errors import BadCatalogue
from pipeline.records import Outlet, Story, Tag
from pipeline.tag import (
    TAGGER,
    Learnt,
    know,
    learn,
    learnt_from_json,
    learnt_to_json,
    read_topics,
    tag,
)
from pipeline.tag import compare_topics as compare

RULES = """
version = "2023-10-24"
shown_from = 0.8

[concept.20000001]
label = "ferries"
strong = ["ferry", "ferr*"]
weak = ["pier", "captain", "harbour pilot", "harbour pilot boat"]
without = ["ferry fair"]

[concept.20000002]
label = "storms"
weak = ["gale", "wind"]
with = ["sea"]

[concept.20000003]
label = "gulls"
strong = ["gull"]
precision = 0.5

[concept.20000004]
label = "herons"
retired = true
replaced_by = "20000003"
"""
VOCABULARY = read_topics(RULES, "topics.toml")
KNOWN = know((), vocabulary=VOCABULARY)


def subjects(title: str = "", summary: str = "", text: str = "") -> dict[str, Tag]:
    tags = tag(Story(title=title, summary=summary, text=text), KNOWN).tags
    return {one.label: one for one in tags if one.scheme == "subject"}


def test_a_strong_word_of_the_headline_says_it_with_its_place() -> None:
    one = subjects("The last ferry of the year")["ferries"]
    assert one.code == "20000001"
    assert one.why == "IPTC Media Topics of 2023-10-24"
    assert [(span.start, span.text) for span in one.evidence] == [(9, "ferry")]


def test_phrases_that_begin_at_one_place_stand_in_one_order_in_every_process() -> None:
    one = subjects("A harbour pilot boat for the ferry")["ferries"]
    assert [span.text for span in one.evidence] == ["harbour pilot", "harbour pilot boat", "ferry"]


def test_a_word_with_a_star_may_go_on() -> None:
    assert subjects("Ferrymen strike")["ferries"].evidence[0].text == "Ferrymen"


def test_weak_words_need_one_another() -> None:
    assert not subjects("A captain speaks")
    assert set(subjects("A captain on the pier")) == {"ferries"}


def test_weak_words_may_need_another_word_of_the_story() -> None:
    assert not subjects("Gale and wind")
    assert set(subjects("Gale and wind", "Over the sea")) == {"storms"}


def test_a_word_that_means_something_else_hides_the_subject() -> None:
    assert not subjects("The ferry fair opens", "Every ferry will be there")


def test_a_single_word_deep_in_the_text_says_too_little() -> None:
    assert not subjects("Nothing much", "", "x " * 300 + "A ferry passed.")


def test_the_first_lines_of_a_text_stand_for_a_summary_where_there_is_none() -> None:
    assert set(subjects("Nothing much", "", "A ferry passed.")) == {"ferries"}
    assert not subjects("Nothing much", "A summary.", "A ferry passed.")


def test_what_is_retired_or_below_the_stated_precision_is_never_said() -> None:
    assert not subjects("A gull and a heron")
    assert [one.label for one in VOCABULARY.shown] == ["ferries", "storms"]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('version = "1"\n[concept.x]\nlabel = "a"\nstrong = ["b"]\n', 2, "eight digits"),
        ('version = "1"\n[concept.20000001]\nlabel = "a"\n', 2, "a has no words"),
        ('version = "1"\n[concept.20000001]\nlabels = "a"\n', 2, '"label" is missing'),
        ('[concept.20000001]\nlabel = "a"\nstrong = ["b"]\n', 1, '"version" is missing'),
        (
            'version = "1"\n[concept.20000001]\nlabel = "a"\nretired = true\nreplaced_by = "9"\n',
            5,
            '"9" is no concept',
        ),
    ],
)
def test_a_mistake_in_the_rules_is_told_with_its_line(text: str, line: int, why: str) -> None:
    with pytest.raises(BadCatalogue) as caught:
        read_topics(text, "topics.toml")
    assert str(caught.value).startswith(f"topics.toml:{line}: ")
    assert why in str(caught.value)


def test_a_release_is_compared_with_our_rules() -> None:
    release = (
        "NewsCode-QCode (flat)\tName (en-GB)\tRetiredDate\n"
        "medtop:20000001\tferry traffic\t\n"
        "medtop:20000002\tstorms\t2026-01-01\n"
        "medtop:20000004 (retired)\therons\t2016-01-01\n"
    )
    assert compare(release, "topics.tsv", VOCABULARY) == [
        ("20000001", "ferries: is called ferry traffic now"),
        ("20000002", "storms: retired 2026-01-01; write retired = true"),
        ("20000003", "gulls: is not in this release"),
    ]
    for nothing in ("", "Code\tName\n"):
        with pytest.raises(BadCatalogue, match="wanted are"):
            compare(nothing, "topics.tsv", VOCABULARY)


# --- learnt


def examples(right: int, wrong: int) -> list[tuple[Story, bool]]:
    ferries = [Story(title=f"Harbour tolls rise in quay {n}") for n in range(right)]
    bread = [Story(title=f"Bakers knead dough in lane {n}") for n in range(wrong)]
    return [*((one, True) for one in ferries), *((one, False) for one in bread)]


def taught(right: int = 10, wrong: int = 12) -> Learnt | None:
    return learn("20000001", "ferries", examples(right, wrong), version=3, floor=0.8)


def test_too_few_corrections_teach_nothing() -> None:
    assert taught(7, 40) is None
    assert taught(40, 7) is None


def test_corrections_that_contradict_one_another_teach_nothing() -> None:
    same = Story(title="Harbour tolls rise")
    assert learn("x", "x", [(same, n % 2 == 0) for n in range(40)], version=1, floor=0.8) is None


def test_what_was_learnt_replaces_the_rule_and_says_by_which_words() -> None:
    learnt = taught()
    assert learnt is not None
    assert (learnt.right, learnt.wrong, learnt.precision) == (10, 12, 1.0)
    assert learnt_from_json(learnt_to_json(learnt)) == learnt
    known = KNOWN.taught([learnt])
    assert known.version == f"{TAGGER}+20000001.3"
    assert KNOWN.version == TAGGER
    said = {one.code: one for one in tag(Story(title="New harbour tolls"), known).tags}
    assert said["20000001"].why == "learnt from 22 corrections, version 3"
    assert {span.text for span in said["20000001"].evidence} == {"harbour", "tolls"}
    assert not tag(Story(title="The last ferry"), known).tags  # its rule is not asked any more
    both = tag(Story(title="Gale and wind", text="Over the sea"), known).tags
    assert [one.label for one in both] == ["storms"]


def test_a_word_that_was_learnt_but_stands_nowhere_as_such_is_no_evidence() -> None:
    learnt = taught()
    assert learnt is not None
    lone = Learnt(**{**learnt_to_json(learnt), "weights": {}, "threshold": 0.1})
    assert not tag(Story(title="New harbour tolls"), KNOWN.taught([lone])).tags
    plural = Learnt(**{**learnt_to_json(learnt), "weights": {"harbour": 9.0, "city": 9.0}})
    [one] = tag(Story(title="Harbour cities"), KNOWN.taught([plural])).tags
    assert [span.text for span in one.evidence] == ["Harbour"]


# --- language and outlet


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ferry is late and the captain was not on the pier for the talks.", "en"),
        ("Le ministre est dans la ville avec des élus qui ne sont pas pour les quais.", "fr"),
        ("Der Minister ist nicht in der Stadt und wird mit dem Boot von der Insel kommen.", "de"),
        ("El ministro no está en la ciudad y los barcos se van con las redes del puerto.", "es"),
        ("Министр не был в городе, и корабли что на реке также они из порта.", "ru"),
        ("Міністр не був у місті, та кораблі що на річці також вони із порту.", "uk"),  # noqa: RUF001 - Cyrillic
        ("التقى الوزير الوفد في الميناء", "ar"),
        ("وزیر در بندر گفت چنین است", "fa"),
        ("وزیر نے بندرگاہ میں کہا ہے", "ur"),
        ("部長は港で話した", "ja"),
        ("部长在港口讲话", "zh"),
        ("Ferry late", None),
        ("", None),
        ("123", None),
        ("the la de", None),
    ],
)
def test_a_language_is_told_by_letters_and_common_words_or_not_at_all(
    text: str, language: str | None
) -> None:
    story = Story(title="x" if not text else "", text=text)
    told = [one for one in tag(story, know(())).tags if one.scheme == "language"]
    assert [one.code for one in told] == ([language] if language else [])
    for one in told:
        assert one.score < 1
        assert all(text[span.start : span.end] == span.text for span in one.evidence)


def test_the_feeds_word_on_the_language_stands() -> None:
    [one] = tag(Story(title="Der Minister", language="de-AT"), know(())).tags
    assert (one.code, one.score) == ("de", 1.0)
    assert one.evidence[0].text == "de-AT"


def test_the_kind_of_outlet_is_told_where_it_is_known() -> None:
    post = Outlet(key="harbour-wire", name="Harbour Wire", kind="wire", aliases=("HW",))
    known = know((), [post])
    for name in ("harbour-wire", "Harbour Wire", "HW"):
        [one] = tag(Story(title="x", outlet=name), known).tags
        assert (one.scheme, one.code, one.evidence[0].text) == ("outlet_kind", "wire", name)
    assert not tag(Story(title="x", outlet="Nobody"), known).tags
    [own] = tag(Story(title="x", outlet="Nobody", outlet_kind="own"), known).tags
    assert own.label == "own site"
