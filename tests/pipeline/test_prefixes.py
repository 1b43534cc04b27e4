"""What stands before a headline and is none of it. All headlines are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import prefixes
from pipeline.records import Custom


@pytest.mark.parametrize(
    ("headline", "kinds", "rest"),
    [
        ("Envoys meet", [], "Envoys meet"),
        ("CORRECTED-UPDATE 2-Envoys meet", ["correct", "update"], "Envoys meet"),
        ("CORRECTED (OFFICIAL)-UPDATE 1-Envoys meet", ["correct", "update"], "Envoys meet"),
        ("CORRECTED: Envoys meet", ["correct"], "Envoys meet"),
        ("CORRECTION \u2014 Envoys meet", ["correct"], "Envoys meet"),
        ("Corrected: Envoys meet", ["correct"], "Envoys meet"),
        ("Correction - Envoys meet", ["correct"], "Envoys meet"),
        ("REFILE-Envoys meet", ["refile"], "Envoys meet"),
        ("REFILE-RPT-UPDATE 10-Envoys meet", ["refile", "repeat", "update"], "Envoys meet"),
        ("REPEAT: Envoys meet", ["repeat"], "Envoys meet"),
        ("UPDATE 3 \u2013 Envoys meet", ["update"], "Envoys meet"),
        ("UPDATED: Envoys meet", ["update"], "Envoys meet"),
        ("Update: Envoys meet", ["update"], "Envoys meet"),
        ("3rd Ld-Writethru Envoys meet", ["ld"], "Envoys meet"),
        ("1st LD: Envoys meet", ["ld"], "Envoys meet"),
        ("KILL KILL KILL Envoys meet", ["kill"], "Envoys meet"),
        ("KILL KILL: Envoys meet", ["kill"], "Envoys meet"),
        ("MANDATORY KILL: Envoys meet", ["kill"], "Envoys meet"),
        ("STORY WITHDRAWN", ["kill"], ""),
        ("STORY WITHDRAWN-Envoys meet", ["kill"], "Envoys meet"),
        ("STORY WITHDRAWN Envoys meet", ["kill"], "Envoys meet"),
        ("WITHDRAWN: Envoys meet", ["kill"], "Envoys meet"),
        ("RETRACTED - Envoys meet", ["kill"], "Envoys meet"),
        ("HOLD HOLD HOLD Envoys meet", ["hold"], "Envoys meet"),
        ("HOLD: Envoys meet", ["hold"], "Envoys meet"),
        ("WITHHELD-Envoys meet", ["hold"], "Envoys meet"),
        ("BREAKING: Envoys meet", ["alert"], "Envoys meet"),
        ("APNewsAlert: Envoys meet", ["alert"], "Envoys meet"),
        ("EXTRA: Envoys meet", ["alert"], "Envoys meet"),
        ("SNAP-Envoys meet", ["alert"], "Envoys meet"),
        ("  FLASH: Envoys meet", ["alert"], "Envoys meet"),
    ],
)
def test_a_prefix_is_told_by_case_number_or_delimiter(
    headline: str, kinds: list[str], rest: str
) -> None:
    found, left = prefixes.parted(headline)
    assert [prefix.kind for prefix in found] == kinds
    assert left == rest


@pytest.mark.parametrize(
    "headline",
    [
        "Hold the line",
        "HOLD THE LINE",
        "Update on Ukraine aid",
        "UPDATE ON AID",
        "UPDATE 2024: what to know",
        "Correction officers sue",
        "Correction-facility deaths rise",
        "CORRECTED ballots counted",
        "Kill switch found",
        "KILL SWITCH FOUND",
        "KILL",
        "Retracted claim haunts minister",
        "RETRACTED claim haunts minister",
        "Extra time for talks",
        "EXTRA troops sent",
        "EXTRA-time goal decides final",
        "Breaking with allies",
        "Breaking: bad, a review",
        "Flash floods",
        "FLASH FLOODS",
        "Snap election: voters decide",
        "REFILE the papers, court says",
        "1st Lt. honoured",
        "Withdrawn troops return",
        "Withdrawn: the troops who came home",
        "Repeat offenders",
        "Killing fields: a history",
        "Updated guidance on visas",
        "Holding pattern: talks stall",
    ],
)
def test_a_false_friend_is_a_headline(headline: str) -> None:
    assert prefixes.parted(headline) == ((), headline)


def test_a_number_is_kept_with_its_prefix() -> None:
    assert prefixes.parted("UPDATE 2-Envoys meet")[0] == (
        prefixes.Prefix("update", "UPDATE 2-", 2),
    )
    assert prefixes.parted("3rd Ld-Writethru Envoys")[0][0].number == 3


def test_a_single_kill_counts_where_a_format_has_control_lines() -> None:
    assert prefixes.parted("KILL Envoys meet")[0] == ()
    found, rest = prefixes.parted("KILL Envoys meet", has_control_lines=True)
    assert (found[0].kind, rest) == ("kill", "Envoys meet")


def test_a_source_may_end_a_prefix_in_a_blank() -> None:
    bare = Custom(has_bare_prefixes=True)
    assert prefixes.parted("EXTRA Envoys meet", bare)[1] == "Envoys meet"
    assert prefixes.parted("REFILE Envoys meet", bare)[0][0].kind == "refile"
    assert prefixes.parted("CORRECTED Envoys meet", bare) == ((), "CORRECTED Envoys meet")


def test_a_sources_own_table_stands_before_the_houses() -> None:
    own = Custom(prefixes=(("EILT", "alert"), ("BREAKING", ""), ("SNAP", "update")))
    assert prefixes.parted("EILT: Envoys meet", own)[0][0].kind == "alert"
    assert prefixes.parted("BREAKING: Envoys meet", own) == ((), "BREAKING: Envoys meet")
    assert prefixes.parted("SNAP: Envoys meet", own)[0][0].kind == "update"
    none_bare = Custom(
        prefixes=tuple(
            (word, "") for word in ("REFILE", "BREAKING", "EXTRA", "APNewsAlert", "SNAP", "FLASH")
        ),
        has_bare_prefixes=True,
    )
    assert prefixes.parted("EXTRA Envoys meet", none_bare) == ((), "EXTRA Envoys meet")


@pytest.mark.parametrize(
    ("headline", "text", "action"),
    [
        ("CORRECTED-UPDATE 2-Envoys meet", "", "correct"),
        ("UPDATE 2-Envoys meet", "", "update"),
        ("BREAKING: Envoys meet", "", None),
        ("RPT-Envoys meet", "", "advise"),
        ("Envoys meet", "STORY WITHDRAWN\n\nThe report is wrong.", "kill"),
        ("HOLD: Envoys meet", "", "withhold"),
        ("REFILE-UPDATE 1-Envoys meet", "", "refile"),
        ("Envoys meet", "", None),
    ],
)
def test_the_weightiest_prefix_says_what_is_proposed(
    headline: str, text: str, action: str | None
) -> None:
    assert prefixes.read(headline, text).action == action


def test_a_prefix_on_headline_and_first_paragraph_counts_once() -> None:
    marked = prefixes.read("KILL KILL KILL Envoys", "KILL KILL KILL\n\nPlease kill.")
    assert [prefix.kind for prefix in marked.prefixes] == ["kill"]


@pytest.mark.parametrize(
    ("text", "explanation"),
    [
        ("(Corrects date in paragraph 4)\n\nEnvoys met.", "Corrects date in paragraph 4"),
        ("(Refiles to fix headline)\n\nEnvoys met.", "Refiles to fix headline"),
        (
            "Envoys met.\n\nMore.\n\nYet more.\n\nThis article was amended on 3 May.",
            "This article was amended on 3 May.",
        ),
        (
            "Envoys met.\n\nAn earlier version of this story gave a wrong day.",
            "An earlier version of this story gave a wrong day.",
        ),
        ("Correction: it was Tuesday.\n\nEnvoys met.", "Correction: it was Tuesday."),
        ("Corrections officers met.\n\nThe article of faith holds.", ""),
        ("", ""),
    ],
)
def test_the_line_that_explains_a_correction_is_kept(text: str, explanation: str) -> None:
    assert prefixes.read("Envoys meet", text).explanation == explanation


def test_an_editors_note_opens_a_paragraph_and_is_no_prefix() -> None:
    for note in (
        "Editor's note: the name was wrong.",
        "EDITOR\u2019S NOTE: see below",
        "Editors' Note \u2014 x",
    ):
        marked = prefixes.read("Envoys meet", f"They met.\n\n{note}")
        assert (marked.editors_note, marked.prefixes) == (note, ())
    assert not prefixes.read("Envoys meet", "The editor's note was wrong.").editors_note


def test_a_blanked_headline_is_as_long_as_the_printed_one() -> None:
    printed = "CORRECTED-UPDATE 2-Envoys meet "
    blanked = prefixes.blanked(printed)
    assert len(blanked) == len(printed)
    assert blanked.strip() == "Envoys meet"
    assert printed.index("Envoys") == blanked.index("Envoys")
    assert prefixes.blanked("STORY WITHDRAWN") == "STORY WITHDRAWN"
    assert prefixes.blanked("Envoys meet") == "Envoys meet"


@given(st.text(max_size=80))
def test_any_headline_keeps_its_length_when_blanked_and_its_end_when_parted(headline: str) -> None:
    assert len(prefixes.blanked(headline)) == len(headline)
    assert headline.strip().endswith(prefixes.parted(headline)[1])


def test_prefixes_beyond_reason_are_left_in_the_headline() -> None:
    found, rest = prefixes.parted("RPT-" * 8 + "Envoys")
    assert (len(found), rest) == (6, "RPT-RPT-Envoys")
