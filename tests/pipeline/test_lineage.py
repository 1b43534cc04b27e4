"""Versions of a wire's story: what stands is decided by all of them, in whatever order they came.

Agencies, items and texts are invented.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import dedupe
from pipeline.dedupe import keys
from pipeline.records import ActsOn, Embargo, Link, Story, Told, Wire, WireStanding
from tests.builders import a_story

NOON = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
BODY = " ".join(f"word{n}" for n in range(60))


def told(
    number: int, *, text: str = BODY, title: str = "Ferry talks resume", **wire: object
) -> Told:
    facts = {"version": str(number), "version_created": NOON + timedelta(minutes=number)} | wire
    story = a_story(
        title=title, summary="", text=text, url=None, canonical_url=None, published=None
    )
    return Told(
        number=number,
        fingerprint=f"print {number}",
        story=replace(story, wire=Wire(**facts)),  # type: ignore[arg-type]  # any field of Wire
    )


def settled(*versions: Told) -> WireStanding:
    """What stands; the same for every order in which they may have come."""
    found = [dedupe.standing(order) for order in permutations(versions)]
    assert all(one == found[0] for one in found)
    return found[0]


def test_the_newest_by_time_of_making_stands_whatever_its_number() -> None:
    older = told(1, version="978556838")
    assert settled(older, told(2, version="5")).current == 2


def test_of_two_made_at_one_moment_the_higher_number_stands() -> None:
    versions = [told(n, version=str(n), version_created=NOON) for n in (9, 10)]
    assert settled(*versions).current == 10


def test_numbers_that_are_none_are_ordered_as_text() -> None:
    assert settled(told(1, version="b", version_created=None), told(2, version="a")).current == 2
    versions = [told(n, version=v, version_created=NOON) for n, v in ((1, "b"), (2, "a"))]
    assert settled(*versions).current == 1
    huge = [told(1, version="9" * 40, version_created=NOON), told(2, version_created=NOON)]
    assert settled(*huge).current == 2


def test_a_cancel_wins_whatever_its_number_and_shows_what_it_cancels() -> None:
    why = "The envoy was not there."
    cancel = told(0, version="0", status="canceled", text="", explanation=why)
    stands = settled(told(1), cancel, told(2, text=f"{BODY} more"))
    assert (stands.status, stands.current) == ("killed", 2)
    assert stands.said == why


def test_a_cancel_alone_is_a_killed_story_with_its_headline_for_a_reason() -> None:
    stands = settled(told(1, status="canceled", text="", title="KILL: Ferry talks"))
    assert (stands.status, stands.current, stands.said) == ("killed", 1, "KILL: Ferry talks")


def test_what_is_withheld_is_usable_once_a_later_version_says_so() -> None:
    held = told(2, status="withheld", ed_note="Held for checks.")
    assert settled(told(1), held).status == "withheld"
    assert settled(told(1), held).said == "Held for checks."
    assert settled(told(1), held).kinds == {1: "first", 2: "withheld"}
    assert settled(told(1), held, told(3)).status == "usable"


def test_an_empty_version_replaces_nothing() -> None:
    stands = settled(told(1), told(2, text="", title="Ferry talks end"))
    assert stands.current == 1
    flash = told(2, text="")
    assert settled(told(1, text=""), flash).current == 2
    summed = replace(told(1, text=""), story=replace(told(1).story, text="", summary="Short."))
    assert settled(summed, flash).current == 1


def test_an_update_lifts_an_embargo_only_if_it_says_so() -> None:
    until = NOON + timedelta(days=1)
    held = told(1, embargo=Embargo(until))
    assert settled(held, told(2, text=f"{BODY} more")).embargo == Embargo(until)
    assert settled(held, told(2, ed_note="The embargo has been lifted.")).embargo is None
    assert settled(held, told(2, ed_note="Embargo stays until Friday.")).embargo == Embargo(until)
    sooner = Embargo(NOON)
    assert settled(held, told(2, embargo=sooner)).embargo == sooner


@pytest.mark.parametrize(
    ("note", "is_lifted"),
    [
        ("EMBARGO LIFTED", True),
        ("Adds quote; the embargo is lifted.", True),
        ("This is no longer under embargo", True),
        ("Lifts embargo", True),
        ("For immediate release", True),
        ("Not for publication until the embargo is lifted", False),
        ("Embargo has not been lifted", False),
        ("The embargo is lifted at 1800 GMT on Friday", False),
        ("The embargo will be lifted on Friday", False),
        ("Ministers discuss an arms embargo", False),
        ("Once the embargo is over, use freely", False),
        ("", False),
    ],
)
def test_what_lifts_an_embargo_says_that_it_is_over_now(note: str, *, is_lifted: bool) -> None:
    stands = settled(told(1, embargo=Embargo(None)), told(2, ed_note=note))
    assert (stands.embargo is None) == is_lifted


def test_an_embargo_without_an_end_stays_until_a_later_version_sets_or_removes_it() -> None:
    held = told(1, embargo=Embargo(None))
    assert settled(held, told(2)).embargo == Embargo(None)
    assert settled(held, told(2, explanation="For immediate release.")).embargo is None


def test_what_each_version_is_to_the_one_before_it() -> None:
    stands = settled(
        told(1),
        told(2, title="Ferry Talks resume"),
        told(3, text=f"{BODY} and more of it", action="update"),
        told(4, text=f"{BODY} and other", action="correct"),
        told(5, text=f"{BODY} and other", embargo=Embargo(None)),
        told(6, text=f"{BODY} and others", action="refile"),
    )
    kinds = {
        1: "first",
        2: "cosmetic",
        3: "update",
        4: "correction",
        5: "embargo",
        6: "cosmetic",
    }
    assert stands.kinds == kinds


def test_a_version_is_compared_with_the_words_that_were_shown() -> None:
    kinds = settled(told(1), told(2, text="", title="KILL", status="canceled"), told(3)).kinds
    assert kinds == {1: "first", 2: "killed", 3: "cosmetic"}


EMBARGOES = st.sampled_from(
    [None, Embargo(None), Embargo(NOON), Embargo(NOON + timedelta(hours=3))]
)
VERSIONS = st.builds(
    lambda number, minutes, status, embargo, text, action: told(
        number,
        text=text,
        status=status,
        embargo=embargo,
        action=action,
        version_created=None if minutes is None else NOON + timedelta(minutes=minutes),
    ),
    st.integers(1, 5),
    st.one_of(st.none(), st.integers(0, 3)),
    st.sampled_from(["usable", "usable", "withheld", "canceled"]),
    EMBARGOES,
    st.sampled_from(["", BODY, f"{BODY} more"]),
    st.sampled_from([None, "update", "correct", "refile"]),
)


@given(st.lists(VERSIONS, min_size=1, max_size=5, unique_by=lambda one: one.number), st.randoms())
def test_any_order_of_arrival_ends_the_same(versions: list[Told], lots: object) -> None:
    shuffled = list(versions)
    lots.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a Random
    assert dedupe.standing(shuffled) == dedupe.standing(versions)
    assert dedupe.standing([*versions]).status == (
        "killed"
        if any(v.story.wire and v.story.wire.status == "canceled" for v in versions)
        else dedupe.standing(versions).status
    )


# --- in force


def test_an_embargo_is_in_force_until_its_moment_and_not_at_it() -> None:
    assert dedupe.in_force(Embargo(NOON), NOON - timedelta(seconds=1))
    assert not dedupe.in_force(Embargo(NOON), NOON)
    assert dedupe.in_force(Embargo(None), NOON + timedelta(days=9_000))
    assert not dedupe.in_force(None, NOON)


# --- words


def test_what_a_publisher_says_of_a_change_is_told_with_what_is_odd_about_it() -> None:
    old = a_story(text=BODY)
    new = a_story(text="word1 word2", summary="")
    wired = replace(new, wire=Wire(explanation="Corrects the figure in paragraph 4."))
    assert dedupe.explained(None, wired) == "Corrects the figure in paragraph 4."
    assert dedupe.explained(old, wired) == (
        "Corrects the figure in paragraph 4. "
        "Its text is much shorter than before: 2 words instead of 60."
    )
    assert dedupe.explained(old, old) == ""


def test_a_much_shorter_text_is_kept_and_flagged() -> None:
    kind, kept = dedupe.revised(a_story(text=BODY), a_story(text="word1 word2")) or ("", a_story())
    assert kind == "substantive"
    assert kept.text == "word1 word2"
    assert kept.problems == ("its text is much shorter than before: 2 words instead of 60",)


def test_other_figures_or_many_other_words_are_another_account() -> None:
    old = a_story(title="12 ferries sank", text=BODY)
    assert dedupe.is_in_substance(old, a_story(title="13 ferries sank", text=BODY))
    assert dedupe.is_in_substance(old, a_story(title="12 ferries sank", text="quite other words"))
    assert not dedupe.is_in_substance(old, a_story(title="12 ferries went down", text=BODY))


# --- names


def a_wire(guid: str | None = "urn:1", **wire: object) -> Story:
    return replace(a_story(guid=guid, url=None), wire=Wire(**wire))  # type: ignore[arg-type]  # any field of Wire


def test_a_wires_item_is_a_version_of_its_own_lineage_and_of_what_it_continues() -> None:
    story = a_wire(
        lineage="du-7",
        links=(
            Link(rel="irel:previousVersion", target="urn:0"),
            Link(rel="irel:seeAlso", target="x"),
        ),
        acts_on=(ActsOn(lineage="urn:9"), ActsOn(number="12")),
        action="correct",
    )
    assert keys(story).lineages == ("du-7", "urn:1", "urn:0", "urn:9")
    assert keys(a_wire(acts_on=(ActsOn(lineage="urn:9"),), action="kill")).lineages == ("urn:1",)
    assert keys(a_story()).lineages == keys(a_story()).numbers == ()


def test_an_items_number_counts_for_the_day_it_was_made() -> None:
    story = a_wire(number="0157", source="TIDE", version_created=NOON)
    assert keys(story).numbers == ("tide 157 2026-03-09",)
    undated = replace(a_wire(number="000", source="TIDE"), published=None, updated=None)
    assert keys(undated).numbers == ("tide 0 ",)


def test_a_notice_means_the_number_of_its_own_day_then_of_the_day_before() -> None:
    named = dedupe.named_numbers(ActsOn(source="tide", number="157"), at=NOON)
    assert named == ("tide 157 2026-03-09", "tide 157 2026-03-08")
    day = date(2026, 3, 1)
    assert dedupe.named_numbers(ActsOn(source="tide", number="157", day=day), at=NOON) == (
        "tide 157 2026-03-01",
    )
    assert dedupe.named_numbers(ActsOn(lineage="urn:1"), at=NOON) == ()


def test_a_correction_that_names_a_number_is_the_next_version_of_that_item() -> None:
    story = a_wire(
        number="160",
        source="tide",
        action="correct",
        acts_on=(ActsOn(source="tide", number="157"), ActsOn(lineage="urn:9")),
        version_created=NOON,
    )
    assert keys(story).corrects == ("tide 157 2026-03-09", "tide 157 2026-03-08")
    undated = a_wire(acts_on=(ActsOn(source="tide", number="157"),))
    assert keys(replace(undated, published=None, updated=None)).corrects == ()
    assert keys(a_wire(action="kill", acts_on=(ActsOn(number="157"),))).corrects == ()


# --- notices


def test_a_kill_of_another_item_is_a_notice_and_no_story() -> None:
    found = dedupe.notice(
        a_wire(acts_on=(ActsOn(lineage="urn:9"),), action="kill", ed_note="Wrong envoy.")
    )
    assert found is not None
    assert (found.action, found.is_sure, found.said) == ("kill", True, "Wrong envoy.")
    assert found.targets == (ActsOn(lineage="urn:9"),)


def test_a_hold_of_another_item_is_a_notice_too() -> None:
    by_action = dedupe.notice(a_wire(acts_on=(ActsOn(number="7"),), action="withhold"))
    by_status = dedupe.notice(a_wire(acts_on=(ActsOn(lineage="u", status="withheld"),)))
    assert by_action is not None
    assert by_status is not None
    assert by_action.action == by_status.action == "withhold"


def test_a_notice_that_only_hints_at_its_target_is_not_sure() -> None:
    hint = "KILL KILL KILL Ferry talks"
    found = dedupe.notice(a_wire(acts_on=(ActsOn(hint=hint),), action="kill"))
    assert found is not None
    assert not found.is_sure
    assert found.targets == (ActsOn(hint="Ferry talks"),)


@pytest.mark.parametrize(
    "story",
    [
        a_story(),
        a_wire(),
        a_wire(acts_on=(ActsOn(lineage="urn:1"),), action="kill", status="canceled"),
        a_wire(acts_on=(ActsOn(lineage="urn:9"),), action="correct"),
    ],
    ids=["of a feed", "plain", "a cancel of itself", "a correction"],
)
def test_these_are_stories(story: Story) -> None:
    assert dedupe.notice(story) is None


# --- wording


@pytest.mark.parametrize(
    ("title", "says", "headline"),
    [
        ("STORY WITHDRAWN - Ferry talks", "kill", "Ferry talks"),
        ("STORY WITHDRAWN", "kill", ""),
        ("RETRACTED: Ferry talks", "kill", "Ferry talks"),
        ("KILL KILL KILL Ferry talks", "kill", "Ferry talks"),
        ("MANDATORY KILL \N{EM DASH} Ferry talks", "kill", "Ferry talks"),
        ("HOLD HOLD HOLD Ferry talks", "hold", "Ferry talks"),
        ("WITHHELD: Ferry talks", "hold", "Ferry talks"),
        ("CORRECTED-UPDATE 2-Ferry talks", "correction", "Ferry talks"),
        ("UPDATE 2-CORRECTED-Ferry talks", "correction", "Ferry talks"),
        ("Correction: Ferry talks", "correction", "Ferry talks"),
        ("UPDATE 1-Ferry talks", "", "Ferry talks"),
        ("Hold the line, says ferry union", "", None),
        ("Update on Ukraine aid", "", None),
        ("Correction officers sue", "", None),
        ("Kill switch found", "", None),
        ("Retracted claim haunts minister", "", None),
        ("Extra time for talks", "", None),
        ("EXTRA troops sent", "", None),
        ("Breaking with allies", "", None),
        ("Flash floods", "", None),
        ("Snap election: polls open", "", None),
        ("KILL order denied", "", None),
    ],
)
def test_what_a_headline_says_of_its_story(title: str, says: str, headline: str | None) -> None:
    found = dedupe.wording(a_story(title=title, summary="", text=""))
    assert (found.says, found.headline) == (says, title if headline is None else headline)


def test_the_first_line_may_say_it_too_and_explains_it() -> None:
    note = "Editor's note: an earlier version named the wrong envoy."
    found = dedupe.wording(a_story(title="Ferry talks", summary="", text=f"{note}\n\nMore."))
    assert (found.says, found.said) == ("correction", note)
    by_prefix = dedupe.wording(a_story(title="CORRECTED: Ferry talks", summary="The figure."))
    assert (by_prefix.says, by_prefix.said) == ("correction", "The figure.")
    plain = dedupe.wording(a_story(title="Ferry talks", summary="Correction officers sue."))
    assert (plain.says, plain.said) == ("", "")
