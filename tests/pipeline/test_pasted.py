"""Links that editors paste: which can be asked for, and how what came of them is said."""

import pytest

from pipeline.pasted import address, headline, settled, unknown_outlet, why_not


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("https://lock-gazette.example/a?b=c", "https://lock-gazette.example/a?b=c"),
        ("  https://lock-gazette.example/a \n", "https://lock-gazette.example/a"),
        ("https://lock-gazette.example/a#part-2", "https://lock-gazette.example/a"),
        ("lock-gazette.example/a", "https://lock-gazette.example/a"),
        ("http://lock-gazette.example:80/a", "http://lock-gazette.example:80/a"),
    ],
)
def test_what_people_copy_is_an_address(given: str, asked: str) -> None:
    assert address(given) == (asked, "")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("", "no web address"),
        ("javascript:alert(1)", "no web address"),
        ("javascript://lock.example/%0aalert(1)", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("mailto:a@lock.example", "name or password"),
        ("https://localhost/admin", "no web address"),
        ("https://lock.example./", ""),
        ("https://[", "no web address"),
        ("https://lock.example:99999/", "no web address"),
        ("https://lock.example:8080/", "a port of its own"),
        ("https://ann:secret@lock.example/", "name or password"),
        ("https://lock.example/a b", "blank"),
        ("https://lock.example/" + "x" * 2_000, "longer than"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_words(given: str, why: str) -> None:
    url, said = address(given)
    assert why in said
    assert bool(url) is not bool(said)


def test_reasons_speak_of_the_page_and_of_no_feed() -> None:
    told = "its page is for subscribers; the feed's own words stand"
    assert why_not(told) == "the page is for subscribers"
    told = "its server has trouble (answered 503); the feed's own words stand"
    assert why_not(told) == "the server has trouble (answered 503)"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Envoys meet | The Lock Gazette", "Envoys meet"),
        ("Envoys meet - Lock Gazette", "Envoys meet"),
        ("Envoys meet \N{EN DASH} lock-gazette.example", "Envoys meet"),
        ("Envoys - and pilots - meet", "Envoys - and pilots - meet"),
        ("| Lock Gazette", "| Lock Gazette"),
        ("Envoys meet", "Envoys meet"),
    ],
)
def test_a_sites_name_behind_the_headline_is_left_out(title: str, shown: str) -> None:
    assert headline(title, "Lock Gazette", "lock-gazette.example", "") == shown


def test_an_unknown_outlet_goes_by_its_domain() -> None:
    found = unknown_outlet("https://news.lock-gazette.example/a")
    assert found == ("lock-gazette-example", "lock-gazette.example")


@pytest.mark.parametrize(
    ("original", "goes_by", "remark"),
    [
        ("", "https://post.example/a", ""),
        ("https://www.post.example/b", "https://www.post.example/b", ""),
        ("https://post.example/", "https://post.example/a", ""),
        ("https://post.example:8443/b", "https://post.example/a", ""),
        (
            "https://wire.example/9",
            "https://post.example/a",
            "the page names as its original https://wire.example/9",
        ),
    ],
)
def test_a_page_goes_by_the_address_it_names_on_its_own_site(
    original: str, goes_by: str, remark: str
) -> None:
    assert settled("https://post.example/a", original) == (goes_by, remark)
