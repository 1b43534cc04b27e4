"""The letter that tells an editor what waits."""

from dataclasses import replace

from pipeline import letter
from pipeline.letter import Waiting

ONE = Waiting(
    item=7,
    headline="Envoys meet\r\nBcc: everybody@example",
    series="harbour-watch",
    series_title="Harbour Watch",
    number=3,
    by="Ann Reed",
    is_new=True,
)
OTHER = replace(
    ONE, item=8, headline="x" * 300, number=4, is_new=False, happened=("killed", "odd", "killed")
)


def test_a_letter_names_what_waits_by_instalment_and_says_why() -> None:
    assert letter.text("Ben", [ONE, replace(ONE, item=9), OTHER], desk="https://desk.example") == (
        "Ben,\n\nthese wait for you at the desk:\n\n"
        "Harbour Watch No. 3\n"
        "- Envoys meet Bcc: everybody@example\n  from Ann Reed\n  https://desk.example/items/7\n"
        "- Envoys meet Bcc: everybody@example\n  from Ann Reed\n  https://desk.example/items/9\n\n"
        "Harbour Watch No. 4\n"
        f"- {'x' * 200} …\n  its source was killed\n  odd\n  https://desk.example/items/8\n\n"
        "This is one letter for all of it; the next comes when something new waits.\n"
    )


def test_without_an_address_of_the_desk_none_is_made_up() -> None:
    assert "://" not in letter.text("Ben", [ONE], desk="")


def test_the_subject_counts_and_says_what_is_grave() -> None:
    assert letter.subject([ONE]) == "1 item for you"
    assert letter.subject([ONE, OTHER]) == (
        "2 items for you, 1 with a source corrected or taken back"
    )


def test_what_was_said_stands_with_whoever_said_it() -> None:
    said = (("Ann Reed", "Is\n this so?"), ("Cy", "It is."))
    spoken = replace(ONE, by="", is_new=False, said=said)
    told = letter.text("Ben", [spoken], desk="")
    assert "\n  Ann Reed: Is this so?\n  Cy: It is.\n" in told
    assert "from" not in told


def test_hostile_words_make_no_line_and_no_header_of_their_own() -> None:
    bad = "x\r\n.\r\nMAIL FROM:<a@b.example>\u2028Bcc: everybody@b.example"
    hostile = replace(ONE, headline=bad, series_title=bad, by=bad, happened=())
    assert letter.subject([hostile]) == "1 item for you"
    lines = letter.text(bad, [hostile], desk="").splitlines()
    assert [line for line in lines if line.startswith((".", "MAIL", "Bcc"))] == []
    assert len(lines) == len(letter.text("Ben", [ONE], desk="").splitlines())
