"""Offices and bodies every country has: named by rule, saying which country they are of."""

from pipeline import tag
from pipeline.tag.entries import Entry


def _of(*entries: Entry) -> dict[str, Entry]:
    return {entry.code: entry for entry in tag.of_countries(entries)}


def test_a_country_has_its_offices_and_bodies_by_its_own_word_and_by_its_name() -> None:
    found = _of(Entry(scheme="place", code="PT", label="Portugal", names=("Portuguese",)))
    minister = found["pt-foreign-minister"]
    assert (minister.scheme, minister.label) == ("office", "Foreign minister of Portugal")
    assert {"Portuguese foreign minister", "Portugal's foreign minister"} <= set(minister.names)
    ministry = found["pt-foreign-ministry"]
    assert (ministry.scheme, ministry.label) == ("organisation", "Portuguese Foreign Ministry")
    assert {entry.also for entry in found.values()} == {("PT",)}


def test_a_country_without_a_word_for_its_own_is_named_by_its_name_alone() -> None:
    found = _of(Entry(scheme="place", code="LS", label="Lesotho", names=("Mosotho",)))
    assert found["ls-navy"].label == "Lesotho's navy"
    names = [name for entry in found.values() for name in (entry.label, *entry.names)]
    assert not [name for name in names if "{" in name or name != name.strip()]
    assert all("Lesotho" in name for name in names)


def test_what_tells_a_country_from_its_namesake_is_no_part_of_its_offices() -> None:
    found = _of(Entry(scheme="place", code="GE", label="Georgia (country)", doubtful=("Georgian",)))
    assert found["ge-president"].label == "President of Georgia"
    assert "Georgian president" in found["ge-president"].names


def test_towns_and_people_have_none() -> None:
    assert not _of(
        Entry(scheme="place", code="lisbon", label="Lisbon"),
        Entry(scheme="person", code="PT", label="A person of two letters"),
    )
