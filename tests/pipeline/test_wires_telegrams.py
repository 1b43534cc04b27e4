"""IPTC 7901 and ANPA 1312, case by case. All documents are invented."""

from datetime import UTC, datetime

import pytest

from pipeline.errors import UnreadableFeed
from pipeline.parse import parse
from pipeline.records import ActsOn, Custom
from tests.builders import an_answer
from tests.wire_words import entry_in, wire_in


def telegram(text: str, number: str = "123", trailer: str = "310930 May 24") -> bytes:
    return f"\x01bel0{number} 4 pl 42\r\n\x02{text}\r\n\x03\r\n{trailer}\r\n\x04".encode("latin-1")


def test_7901_sent_again_is_the_same_item() -> None:
    text = "Envoys/\r\nEnvoys meet =\r\n\r\nThey met."
    assert entry_in(telegram(text)).guid == entry_in(telegram(text)).guid == "bel:0123:2024-05-31"
    undated = [entry_in(telegram(text, trailer="")).guid for _ in range(2)]
    assert undated[0] == undated[1]
    assert undated[0] != entry_in(telegram(text + " Again.", trailer="")).guid


@pytest.mark.parametrize(
    ("text", "action", "target"),
    [
        (
            "Envoys/\r\nKILL KILL KILL\r\n\r\nPlease kill item bel 157.",
            "kill",
            ActsOn(source="bel", number="157", status="canceled"),
        ),
        (
            "Envoys/\r\nKILL\r\n\r\nPlease kill item 157.",
            "kill",
            ActsOn(source="bel", number="157", status="canceled"),
        ),
        (
            "Envoys/\r\nHOLD HOLD HOLD\r\n\r\nPlease hold item dpx 0157.",
            "withhold",
            ActsOn(source="dpx", number="0157", status="withheld"),
        ),
        (
            "Envoys/\r\nKILL KILL KILL: Envoys meet\r\n\r\nIt is wrong.",
            "kill",
            ActsOn(hint="KILL KILL KILL: Envoys meet", status="canceled"),
        ),
        (
            "Envoys/\r\nCORRECTION: Envoys\r\n\r\nPlease correct item bel 12.",
            "correct",
            ActsOn(source="bel", number="12"),
        ),
        (
            "Envoys/\r\nKILL KILL KILL: Envoys\r\n\r\nPlease kill no. 157.",
            "kill",
            ActsOn(source="bel", number="157", status="canceled"),
        ),
        (
            "Envoys/\r\nKILL KILL KILL: Envoys\r\n\r\nKill it, the death of 157 envoys is wrong.",
            "kill",
            ActsOn(hint="KILL KILL KILL: Envoys", status="canceled"),
        ),
        (
            "Envoys/\r\nKILL KILL KILL: Envoys\r\n\r\nPlease kill the story of 157 envoys.",
            "kill",
            ActsOn(hint="KILL KILL KILL: Envoys", status="canceled"),
        ),
    ],
)
def test_7901_kill_and_hold_name_an_item_by_number(text: str, action: str, target: ActsOn) -> None:
    wire = wire_in(telegram(text))
    assert (wire.action, wire.acts_on) == (action, (target,))


def test_7901_marker_may_stand_in_the_slug_alone() -> None:
    assert wire_in(telegram("Envoys/REFILE/\r\nEnvoys meet =\r\n\r\nThey met.")).action == "refile"
    assert wire_in(telegram("Envoys/CORRECTION/\r\nEnvoys meet =\r\n\r\nThey met.")).acts_on == ()


@pytest.mark.parametrize(
    ("text", "title", "byline", "content"),
    [
        (
            "Slug/\r\nA headline =\r\n\r\nBy Ana Quill, bel =\r\n\r\nText.",
            "A headline",
            "By Ana Quill, bel",
            "<p>Text.</p>",
        ),
        ("Slug/\r\nA headline =\r\nText at once.", "A headline", "", "<p>Text at once.</p>"),
        ("Slug/\r\nA headline\r\n\r\nText.", "A headline", "", "<p>Text.</p>"),
        ("Slug/\r\n\r\nA headline\r\n\r\nText.", "A headline", "", "<p>Text.</p>"),
        (
            "Slug/\r\n\r\nText of one sentence.\r\n\r\nMore.",
            "Slug/",
            "",
            "<p>Text of one sentence.</p><p>More.</p>",
        ),
        ("Slug/\r\nAll one block of text", "Slug/", "", "<p>All one block of text</p>"),
        ("Slug/", "Slug/", "", ""),
    ],
)
def test_7901_text_is_laid_out_as_agencies_do(
    text: str, title: str, byline: str, content: str
) -> None:
    entry = entry_in(telegram(text))
    assert (entry.title, entry.byline, entry.content) == (title, byline, content)


def test_7901_charset_is_the_sources() -> None:
    body = telegram("Slug/\r\nM\xfcnster =\r\n\r\nText.")
    assert entry_in(body, Custom(charset="cp850")).title != "M\xfcnster"
    assert (
        parse(an_answer(body, headers={"content-type": "text/plain; charset=latin-1"}))
        .entries[0]
        .title
        == "M\xfcnster"
    )
    document = parse(an_answer(body), custom=Custom(charset="ascii"))
    assert document.entries[0].title == "M\xfcnster"
    assert "not all ascii" in document.problems[0]


def test_7901_dates_are_read_where_they_name_the_year() -> None:
    assert wire_in(
        telegram("Slug/\r\nX =\r\n\r\nT", trailer="310930 GMT May 2024")
    ).version_created == datetime(2024, 5, 31, 9, 30, tzinfo=UTC)
    assert wire_in(telegram("Slug/\r\nX =\r\n\r\nT", trailer="310930")).version_created is None
    odd = entry_in(telegram("Slug/\r\nX =\r\n\r\nT", trailer="319930 May 24"))
    assert "cannot be read" in odd.problems[0]


def test_7901_without_a_message_is_refused_and_an_empty_one_set_aside() -> None:
    with pytest.raises(UnreadableFeed, match="no message begins"):
        parse(an_answer("hello"), format="iptc7901")
    assert parse(an_answer(telegram(" "))).refused[0].reason == "it has no headline and no body"
    no_stx = b"\x01bel0123 4 pl\r\nSlug/\r\nX =\r\n\r\nText.\x03"
    assert entry_in(no_stx).title == "X"


def anpa(lines: str, slug: str = "BC-XX--Envoys 05-31 0123", number: str = "0451") -> bytes:
    return f"\x16\x16\x01a{number}\x1fbc-x-\r\nr i \x13\x11 {slug}\x02\r\n{lines}\r\n\x03BEL-XX-05-31-24 1553EDT\x04".encode()


def test_anpa_leads_are_versions_of_one_story() -> None:
    first, third = (
        wire_in(
            anpa(f"^BC-XX--Envoys, {nth} Ld-Writethru,12<\r\n^Envoys meet<\r\n\tText.", number=n)
        )
        for nth, n in (("1st", "0451"), ("3rd", "0499"))
    )
    assert first.lineage == third.lineage == "bel:xx--envoys:2024-05-31"
    assert (first.version, third.version, third.action) == ("1", "3", "update")
    other = wire_in(
        anpa(
            "^BC-XX--Envoys, 2nd Ld,12<\r\n^Envoys meet<\r\n\tText.",
            slug="AM-XX--Envoys 05-31 0123",
        )
    )
    assert other.lineage == first.lineage


def test_anpa_alert_and_bare_message() -> None:
    assert entry_in(anpa("^APNewsAlert<\r\n\tText.")).title == "APNewsAlert"
    bare = b"\x16\x16\x01a0451\x1f\x02Text without headers.\x03\x04"
    entry = entry_in(bare)
    assert entry.wire is not None
    assert (entry.wire.source, entry.wire.lineage, entry.wire.slug, entry.title) == (
        "a",
        "",
        "",
        "",
    )


def test_anpa_without_service_or_message_is_refused() -> None:
    with pytest.raises(UnreadableFeed, match="no message begins"):
        parse(an_answer("hello"), format="anpa")
    assert (
        "names no service and number"
        in parse(an_answer(b"\x01\x02Text\x03"), format="anpa").refused[0].reason
    )


@pytest.mark.parametrize(
    "line", ["Corrects the spelling in para 12.", "Corrects slug 12.", "Corrects series 12 to 13."]
)
def test_7901_correction_of_a_paragraph_names_no_other_item(line: str) -> None:
    wire = wire_in(telegram(f"Envoys/\r\nCORRECTION: Envoys =\r\n\r\n{line}\r\n\r\nThey met."))
    assert (wire.action, wire.acts_on) == ("correct", ())


def test_anpa_services_count_each_for_itself_and_a_kill_names_both() -> None:
    one = entry_in(anpa("^BC-XX--Envoys,12<\r\n^Envoys meet<\r\n\tText."))
    other = entry_in(
        anpa("^BC-XX--Ferries,12<\r\n^Ferries sail<\r\n\tText.").replace(b"\x01a", b"\x01B")
    )
    assert (one.guid, other.guid) == ("bel:a0451:2024-05-31", "bel:b0451:2024-05-31")
    kill = wire_in(anpa("^KILL KILL KILL<\r\n\tPlease kill b0451.", number="0500"))
    assert kill.acts_on == (ActsOn(source="BEL", number="b0451", status="canceled"),)


def test_7901_in_a_charset_that_gives_halves_of_characters_is_read_in_another() -> None:
    body = telegram("Envoys/\r\nEnvoys meet \\ud800 =\r\n\r\nThey met.")
    [entry] = parse(
        an_answer(body, headers={"content-type": "text/plain; charset=unicode_escape"})
    ).entries
    assert entry.title == "Envoys meet \\ud800"
