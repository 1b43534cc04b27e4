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
    assert newscodes.subject(*given) == Subject(scheme=scheme, code=code, uri=uri)


def test_a_scheme_is_known_by_http_and_by_https() -> None:
    assert newscodes.alias_of("https://cv.iptc.org/newscodes/mediatopic") == "medtop"
    assert newscodes.alias_of(newscodes.schemes()["sig"]) == "sig"
    assert not newscodes.alias_of("https://bell.example/topics/")
