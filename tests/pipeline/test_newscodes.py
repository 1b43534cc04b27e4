"""The names and addresses of the IPTC's vocabularies."""

import pytest

from pipeline import newscodes
from pipeline.records import Subject

MEDTOP = "http://cv.iptc.org/newscodes/mediatopic/"


@pytest.mark.parametrize(
    ("given", "becomes"),
    [
        (("medtop", "20000076"), ("medtop", "20000076", MEDTOP + "20000076")),
        (("medtop", "medtop:20000076"), ("medtop", "20000076", MEDTOP + "20000076")),
        ((MEDTOP, "20000076"), ("medtop", "20000076", MEDTOP + "20000076")),
        (("", "medtop:20000076"), ("medtop", "20000076", MEDTOP + "20000076")),
        (("", "", "", MEDTOP + "20000076"), ("medtop", "20000076", MEDTOP + "20000076")),
        (("", "own:thing"), ("", "own:thing", "")),
        (
            ("https://bell.example/topics/", "7"),
            ("https://bell.example/topics/", "7", "https://bell.example/topics/7"),
        ),
        (("", "", "", "urn:bell:topic"), ("", "urn:bell:topic", "urn:bell:topic")),
    ],
)
def test_a_subject_is_named_the_same_however_its_scheme_is_written(
    given: tuple[str, ...], becomes: tuple[str, str, str]
) -> None:
    scheme, code, uri = becomes
    found = newscodes.subject(*given)
    assert (found.scheme, found.code, found.uri) == (scheme, code, uri)


def test_a_scheme_is_known_by_http_and_by_https() -> None:
    assert newscodes.alias_of("https://cv.iptc.org/newscodes/mediatopic") == "medtop"
    assert newscodes.alias_of(newscodes.schemes()["sig"]) == "sig"
    assert not newscodes.alias_of("https://bell.example/topics/")


def test_a_topic_that_is_sent_without_a_label_has_the_houses() -> None:
    assert newscodes.subject("medtop", "20000076").label == "peace talks"
    assert (
        newscodes.subject("medtop", "20000076", "Friedensgespr\xe4che").label
        == "Friedensgespr\xe4che"
    )
    assert not newscodes.subject("subj", "20000076").label


def test_subject_codes_stand_for_media_topics() -> None:
    sent = [
        Subject(scheme="subj", code="11002000"),
        Subject(scheme="medtop", code="20000639", label="diplomacy"),
        Subject(scheme="subj", code="16010000"),
        Subject(scheme="subj", code="16"),
        Subject(scheme="own", code="16010000"),
    ]
    found = newscodes.media_topics(sent)
    assert [(one.code, one.label) for one in found] == [
        ("20000639", "diplomacy"),
        ("16000000", "conflict, war and peace"),
    ]
