"""Whether a text is another's again, and what to call that; how the last days' texts are kept."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dedupe import Recent, read, related
from pipeline.dedupe import recent as kept
from pipeline.dedupe.relation import Reading
from tests.builders import NOW

TITLE = "Night ferries resume"
SENTENCES = (
    "The ferry company said on Monday that it would resume its night sailings next week.",
    "A court had halted the sale of the terminal at Aldwick to a group of investors.",
    "Crews accepted an offer on pay of 312 crowns that the union called too little in May.",
    "Traders in Brennick had complained of empty stalls and 40 lost jobs since the spring.",
    "The harbour master expects the first boat to leave at dusk, if the weather permits.",
    "Passengers will find the waiting room painted green, and the old clock repaired at last.",
)
TEXT = " ".join(SENTENCES)
OTHER = (
    "Whales were seen off the pier by children from the village school, who came to draw gulls. "
    "Their teacher said that nobody would believe them, and called the lifeboat to bear witness."
)


def kind(old: Reading, new: Reading) -> str | None:
    found = related(old, new)
    return found.kind if found else None


def of(text: str, title: str = TITLE, **told: str) -> Reading:
    return read(title, text, outlet=told.get("outlet", ""))


ORIGINAL = of(TEXT)


def test_the_same_text_again_is_a_reissue() -> None:
    found = related(ORIGINAL, of(TEXT.upper()))
    assert found is not None
    assert (found.kind, found.score) == ("reissue", 1.0)
    assert found.why == (
        "the same text again",
        "100% of the earlier text is in this one, 100% of this one in the earlier",
    )


def test_another_text_is_nothing_to_it_nor_is_a_text_without_words() -> None:
    assert kind(ORIGINAL, of(OTHER)) is None
    assert kind(ORIGINAL, of("")) is None
    assert kind(of("?"), ORIGINAL) is None


def test_a_text_that_speaks_of_no_headline_over_it_is_a_notice_and_no_copy() -> None:
    first, second = of(TEXT, "Budget vote delayed"), of(TEXT, "Pilots strike")
    assert related(first, second) is None
    assert kind(first, of(TEXT, "Budget vote delayed")) == "reissue"  # one headline, one story
    assert kind(first, of(TEXT, "Night boats")) == "reissue"  # of that one it speaks
    assert kind(first, of(TEXT, "Live now")) == "reissue"  # nothing to look for


def test_the_same_text_at_another_outlet_is_syndicated() -> None:
    elsewhere = read("Boats by night again", TEXT, outlet="The Harbour Post")
    found = related(ORIGINAL, elsewhere)
    assert found is not None
    assert (found.kind, found.why[0]) == ("syndicated", "the same text at The Harbour Post")


@pytest.mark.parametrize(
    "framed",
    [
        f"ALDWICK, March 3 (Tide Wire) - {TEXT} Read the full story at Harbour Post.",
        f"{TEXT} Copyright Harbour Post. All rights reserved.",
        f"ALDWICK (Tide Wire) - {TEXT} {OTHER}",
    ],
)
def test_a_dateline_and_a_houses_notices_make_it_syndicated(framed: str) -> None:
    assert kind(ORIGINAL, of(framed, title="Boats by night again")) == "syndicated"


def test_a_text_cut_short_is_an_excerpt() -> None:
    found = related(ORIGINAL, of(" ".join(SENTENCES[:3]), title="Boats by night again"))
    assert found is not None
    assert found.kind == "excerpt"
    assert found.why[0].endswith(" words")


def test_a_text_shuffled_and_reworded_is_a_rewrite() -> None:
    shuffled = " ".join((*SENTENCES[3:], SENTENCES[0], "Nobody at the union would say more."))
    assert kind(ORIGINAL, of(shuffled)) == "rewrite"


def test_a_text_with_more_to_it_is_an_update() -> None:
    assert kind(ORIGINAL, of(f"{TEXT} {OTHER}")) == "update"


@pytest.mark.parametrize(
    "mark", ["UPDATE 2-", "Update: ", "1st Ld-Writethru: ", "WRAPUP 3-", "RPT-UPDATE 1-"]
)
def test_what_a_headline_calls_an_update_is_one_though_half_the_text_has_gone(mark: str) -> None:
    update = of(f"{OTHER} {' '.join(SENTENCES[2:])}", title=f"{mark}{TITLE}")
    assert kind(ORIGINAL, update) == "update"
    assert kind(ORIGINAL, of(f"{OTHER} {SENTENCES[0]}", title=f"{mark}Crews vote")) is None


def test_a_mark_for_a_repeat_is_no_part_of_the_headline() -> None:
    assert of(TEXT, title=f"RPT-{TITLE}").headline == ORIGINAL.headline
    assert of(TEXT, title=f"RPT-{TITLE}").mark is None


@pytest.mark.parametrize(
    "corrected",
    [
        of(TEXT, title=f"CORRECTED-{TITLE}"),
        of(TEXT, title=f"UPDATE 1-CORRECTED-{TITLE}"),
        of(f"{TEXT} (Corrects figure in paragraph 2)"),
        of(f"This story has been corrected. {TEXT}"),
        of(TEXT.replace("312", "213")),
    ],
)
def test_a_correction_is_never_swallowed_whichever_comes_first(corrected: Reading) -> None:
    assert kind(ORIGINAL, corrected) == "correction"
    assert kind(corrected, ORIGINAL) == "correction"


def test_a_figure_that_changed_is_named() -> None:
    found = related(ORIGINAL, of(TEXT.replace("312", "213")))
    assert found is not None
    assert found.why[0] == "the same text with another figure: 213 for 312"


NOTICE = (
    "The Bank of Aldwick said it would drain {} mln crowns from the market, after {} mln on {}."
)


def test_the_next_days_notice_under_the_same_headline_is_no_correction() -> None:
    old, changed = read(TITLE, TEXT, at=NOW), TEXT.replace("312", "213")
    assert kind(old, read(TITLE, changed, at=NOW + timedelta(hours=11))) == "correction"
    assert kind(old, read(TITLE, changed, at=NOW + timedelta(hours=24))) is None


def test_a_form_filled_in_anew_is_another_text() -> None:
    march = of(NOTICE.format(450, 120, "3 March"), title="Bank to drain 450 mln")
    april = of(NOTICE.format(300, 650, "2 April"), title="Bank to drain 300 mln")
    assert kind(march, april) is None
    longer = " ".join((NOTICE, *SENTENCES))
    march = of(longer.format(450, 120, "3 March"), title="Bank to drain 450 mln")
    april = of(longer.format(300, 650, "2 April").replace("312", "99"), title="Bank drains 300 mln")
    assert kind(march, april) is None


def test_a_short_text_must_be_nearly_the_same() -> None:
    short = "Divers found the ship's bell off Brennick on Sunday, the museum said."
    assert kind(of(short), of(f"{short} It is green.", title="Bell found")) == "update"
    assert (
        kind(of(short), of("Divers found the ship's bell off Aldwick on Sunday.", "Bell")) is None
    )


def test_the_same_headline_is_half_the_proof_within_days_and_none_after() -> None:
    half = f"{TEXT} {' '.join(reversed(OTHER.split()[:30]))}"
    old = read(TITLE, f"{TEXT} {OTHER}", at=NOW)
    assert related(old, read(TITLE, half, at=NOW + timedelta(days=1))) is not None
    assert related(old, read(TITLE, half, at=NOW + timedelta(days=7))) is None
    assert related(old, read("Boats by night again", half, at=NOW)) is None
    assert (
        related(read("Ferries", f"{TEXT} {OTHER}"), read("Ferries", half)) is None
    )  # too little a headline


def test_a_later_text_with_much_of_its_own_is_a_story_and_no_copy() -> None:
    own = "Twelve captains told a hearing that fog had kept them in port for most of the winter. "
    earlier, later = read(TITLE, TEXT, at=NOW), NOW + timedelta(hours=2)
    news = f"{' '.join(SENTENCES[:5])} {OTHER} {own}"
    assert related(earlier, read(TITLE, news, at=later)) is None
    assert related(read(TITLE, news, at=later), earlier) is None  # whichever is read first
    # What was cut from it, all of the earlier text and more, or a few words more: copies.
    assert related(read(TITLE, news, at=NOW), read(TITLE, TEXT, at=later)) is not None
    assert related(earlier, read(TITLE, f"{TEXT} {OTHER} {own}", at=later)) is not None
    assert related(earlier, read(TITLE, f"{' '.join(SENTENCES[:5])} {OTHER}", at=later)) is not None
    # Nobody knows which of these two came later; and the third says itself what it is.
    assert related(earlier, read(TITLE, news, at=NOW)) is not None
    assert related(earlier, read(f"UPDATE 2-{TITLE}", news, at=later)) is not None


FORECAST = (
    "Rain will reach Aldwick by noon with winds of 15 knots from the west, the harbour office "
    "said in its notice to crews. The glass stood at 1012 and the sea at 9 degrees at dawn. High "
    "water is at 14 hours, and small boats were told to stay in the lee of the mole until then."
)


@pytest.mark.parametrize(
    ("figure", "other"), [("15", "25"), ("1012", "1007"), ("9 degrees", "8 degrees")]
)
def test_of_two_notices_every_figure_must_be_the_same(figure: str, other: str) -> None:
    old, changed = read("Rain for Aldwick", FORECAST, at=NOW), FORECAST.replace(figure, other)
    assert related(old, read("Wind for Aldwick", changed, at=NOW)) is None
    assert related(old, read("Rain for Aldwick", changed, at=NOW + timedelta(days=1))) is None
    # Under the same headline, within hours: somebody is to look at it.
    again = related(old, read("Rain for Aldwick", changed, at=NOW + timedelta(hours=1)))
    assert again is not None
    assert again.kind == "correction"


def test_the_next_days_notice_is_another_though_no_figure_tells() -> None:
    notice = FORECAST.split(". ")[2].replace("14 hours", "two")
    old = read("Notice to crews", notice, at=NOW)
    again = notice.replace("small", "all open")
    assert related(old, read("Notice to crews", again, at=NOW + timedelta(hours=2))) is not None
    assert related(old, read("Notice to crews", again, at=NOW + timedelta(hours=23))) is None
    assert related(old, read("Notice to crews", notice, at=NOW + timedelta(hours=23))) is not None


def test_one_figure_each_and_not_the_same_is_two_notices() -> None:
    notice = "The Bank of Aldwick said it had drained {} mln crowns from the market on Friday."
    assert kind(of(notice.format(450), "Bank drains"), of(notice.format(300), "Drained")) is None


def test_a_datelines_day_is_no_figure_of_the_text() -> None:
    cut = f"ALDWICK, March 3 (Tide Wire) - {SENTENCES[0]} {SENTENCES[1]} And he laughed."
    assert kind(of(f"{SENTENCES[0]} {SENTENCES[1]} 77"), of(cut, "Boats by night")) == "syndicated"


def test_a_correction_that_does_not_say_so_is_told_from_a_form_by_its_length() -> None:
    notice = NOTICE.format(450, 120, "3 March")
    assert kind(of(notice), of(notice.replace("450", "540").replace("120", "210"))) is None


def test_other_scripts_are_compared_alike() -> None:
    chinese = (
        "特使在卢坎港举行和平会谈并表示将于下周继续讨论停火与换俘问题各方均表示谨慎乐观但未公布细节"
    )
    russian = "Посланники встретились в порту Лукан и договорились продолжить переговоры " * 3
    assert kind(of(chinese), of(chinese[:30])) == "excerpt"
    assert kind(of(russian), of(russian)) == "reissue"


@given(st.integers(min_value=12, max_value=len(TEXT.split())))
def test_any_beginning_is_wholly_contained(length: int) -> None:
    beginning = of(" ".join(TEXT.split()[:length]))
    found = related(ORIGINAL, beginning)
    assert found is not None
    assert found.score == 1


@given(st.text(), st.text(), st.text())
def test_no_text_raises_and_nothing_but_order_tells_which_is_the_copy(
    title: str, one: str, other: str
) -> None:
    first, second = read(title, f"{one} {TEXT}"), read(title, f"{TEXT} {other}")
    assert (related(first, second) is None) == (related(second, first) is None)


# --- the last days' texts


DAY = date(2026, 3, 9)


def test_copies_lead_to_the_first_in_one_step() -> None:
    recent = Recent()
    assert recent.take(1, ORIGINAL, DAY) is None
    update = of(f"{TEXT} {OTHER}")
    made = recent.take(2, update, DAY)
    assert made is not None
    assert (made.root, made.of) == (1, 1)
    again = recent.take(3, of(f"{OTHER} {OTHER.upper()} {OTHER[:90]}"), DAY)
    assert again is not None
    assert (again.root, again.of, again.relation.kind) == (1, 2, "excerpt")
    assert recent.take(4, of(OTHER[:40], title="Whales"), DAY) is None  # found, and no copy


def test_texts_are_forgotten_by_the_day() -> None:
    recent = Recent()
    recent.take(1, ORIGINAL, DAY)
    late = recent.take(2, of(OTHER), DAY + timedelta(days=6))
    assert late is None
    assert recent.take(3, ORIGINAL, DAY) is not None  # late, but the first is still there
    recent.take(4, of("nothing"), DAY + timedelta(days=7))
    copied = recent.take(5, ORIGINAL, DAY + timedelta(days=7))
    assert copied is not None
    assert (copied.root, copied.of) == (1, 3)  # of the one kept; the root is remembered by it


def test_a_day_of_too_many_is_forgotten_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_PART", 2)
    monkeypatch.setattr(kept, "_PARTS", 2)
    recent = Recent()
    for number, text in enumerate((TEXT, OTHER, "ships", "bells", "gulls")):
        recent.take(number, of(text), DAY)
    assert recent.take(9, ORIGINAL, DAY) is None


def test_what_thirty_texts_have_in_common_is_a_form_and_finds_nothing() -> None:
    recent = Recent()
    hours = "Doors open at noon. The ferry leaves at dusk. Dogs are welcome on the upper deck."
    for number in range(40):
        own = " ".join(f"{word}{number}" for word in OTHER.split())
        assert recent.take(number, of(f"{own} {hours}", title=f"Boat {number}"), DAY) is None
    assert recent.take(99, of(hours, title="Boats"), DAY) is None


def test_a_text_in_a_hundred_papers_is_one_text_and_no_form() -> None:
    recent = Recent()
    assert recent.take(0, ORIGINAL, DAY) is None
    for number in range(1, 100):
        framed = f"{TEXT} Read on at paper{number}. All rights reserved by paper{number}."
        copy = recent.take(number, of(framed, outlet=f"paper{number}"), DAY)
        assert copy is not None
        assert copy.root == 0
