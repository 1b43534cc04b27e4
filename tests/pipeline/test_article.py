"""A story's own page: may it be read, what the answer means, and which words are the story's.

All pages are invented and stand on example domains.
"""

import json
from datetime import UTC, datetime
from urllib.parse import urljoin

import pytest

from pipeline import article
from pipeline.records import Answer, Article
from tests.builders import NOW, a_story

URL = "https://harbour-post.example/world/port-lucan-talks"
TITLE = "Envoys meet in Port Lucan for a third day of talks"
HALF_PAST_NINE = datetime(2024, 5, 31, 9, 30, tzinfo=UTC)
BODY = (
    "The two delegations met again on Friday in the customs house of Port Lucan, behind doors.",
    "No date was set for a further round of talks, said the envoy of the northern islands later.",
    "The ferries between the islands stay in their harbours until an agreement has been signed.",
)


def a_page(*paragraphs: str, head: str = "", html: str = "<html>", after: str = "") -> bytes:
    """A page of the Harbour Post with the story in it."""
    text = "".join(f"<p>{each}</p>" for each in paragraphs or BODY)
    return (
        f"<!doctype html>{html}<head><title>{TITLE}</title>{head}</head><body>"
        f"<nav><a href='/'>Home</a></nav><article><h1>{TITLE}</h1>{text}</article>{after}"
        "<footer>All rights reserved</footer></body></html>"
    ).encode()


def answered(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(url=URL, status=status, headers=told, body=body)


def linked(**said: object) -> str:
    """JSON-LD that says this of the article."""
    told = json.dumps({"@graph": [{"@type": "NewsArticle", "headline": TITLE, **said}]})
    return f'<script type="application/ld+json">{told}</script>'


# --- asking


def test_a_page_is_asked_for_as_ourselves_and_redirects_are_answers() -> None:
    asked = article.request(URL, contact="https://newsroom.example/reader")
    assert asked.url == URL
    assert asked.headers["User-Agent"].startswith("serieswatch/")
    assert "https://newsroom.example/reader" in asked.headers["User-Agent"]
    assert asked.stays


def test_a_site_is_asked_for_its_rules_wherever_they_stand() -> None:
    asked = article.robots_request(
        "https://Harbour-Post.example:8443/a?b", contact="x", user_agent="Our wish"
    )
    assert asked.url == "https://harbour-post.example:8443/robots.txt"
    assert asked.headers["User-Agent"] == "Our wish"
    assert not asked.stays


@pytest.mark.parametrize(
    ("url", "can_be"),
    [
        (URL, True),
        ("http://a.example/", True),
        ("mailto:a@b.example", False),
        ("https:///x", False),
        ("http://[/", False),
        (None, False),
    ],
)
def test_only_web_addresses_are_pages(url: str | None, can_be: bool) -> None:
    assert article.is_web_page(url) is can_be


# --- robots.txt


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "read"), (404, "none"), (403, "none"), (429, "unreachable"), (500, "unreachable")],
)
def test_what_a_site_says_to_robots(status: int, state: str) -> None:
    answer = answered(b"\xef\xbb\xbfUser-agent: *\nDisallow: /\0", status)
    said = "User-agent: *\nDisallow: /" if state == "read" else ""
    assert article.rules(answer) == (state, said)


def test_a_site_that_does_not_answer_forbids_everything_meanwhile() -> None:
    assert article.rules(Answer(url=URL, headers={}, problem="timeout"))[0] == "unreachable"


def test_only_so_much_of_the_rules_counts() -> None:
    _, said = article.rules(answered(b"#" * article.ROBOTS_READ + b"\nUser-agent: *"))
    assert len(said) == article.ROBOTS_READ


@pytest.mark.parametrize(
    ("rules", "allowed", "delay"),
    [
        ("", True, None),
        ("User-agent: *\nDisallow:", True, None),
        ("User-agent: *\nDisallow: /world/", False, None),
        ("User-agent: *\nDisallow: /\nAllow: /world/", True, None),
        ("User-agent: *\nDisallow: /\n\nUser-agent: serieswatch\nAllow: /", True, None),
        ("User-agent: serieswatch\nDisallow: /*talks$", False, None),
        ("User-agent: *\nCrawl-delay: 7.5", True, 7.5),
        ("User-agent: *\nCrawl-delay: 0", True, None),
        ("User-agent: *\nCrawl-delay: 86400", True, article.LONGEST_DELAY),
    ],
)
def test_what_rules_let_us_do(rules: str, allowed: bool, delay: float | None) -> None:
    assert article.allows(rules, URL) == (allowed, delay)


def test_whoever_goes_by_another_name_keeps_the_rules_for_both() -> None:
    for name in ("serieswatch", "harbourbot"):
        rules = f"User-agent: {name}\nDisallow: /\nCrawl-delay: 3"
        assert article.allows(rules, URL, user_agent="HarbourBot/2.0") == (False, 3.0)


def test_rules_full_of_wildcards_are_judged_at_once() -> None:
    rules = "User-agent: *\nDisallow: /" + "*a" * 2_000 + "b"
    assert article.allows(rules, URL + "a" * 5_000) == (True, None)


# --- what the answer means


def test_a_web_page_is_to_be_read() -> None:
    for kind in ("text/html; charset=utf-8", "Application/XHTML+xml"):
        assert article.found(answered(a_page(), content_type=kind), now=NOW).state == "fetched"
    assert article.found(answered(b"\n <p>x"), now=NOW).state == "fetched"


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [(b"%PDF", "application/pdf", "application/pdf"), (b"{}", "", "something else")],
)
def test_anything_else_is_not(body: bytes, kind: str, told: str) -> None:
    found = article.found(answered(body, content_type=kind), now=NOW)
    assert (found.state, found.may_come_back) == ("not_html", False)
    assert told in found.reason


@pytest.mark.parametrize(
    ("status", "state", "again"),
    [
        (401, "http_4xx", False),
        (402, "http_4xx", False),
        (403, "http_4xx", False),
        (404, "http_4xx", False),
        (451, "http_4xx", False),
        (304, "no_page", False),
        (500, "http_5xx", True),
        (503, "http_5xx", True),
    ],
)
def test_a_refusal_is_told_with_its_number(status: int, state: str, again: bool) -> None:
    found = article.found(answered(status=status), now=NOW)
    assert (found.state, found.may_come_back, found.wait) == (state, again, None)
    assert str(status) in found.reason
    assert found.reason.endswith("the feed's own words stand")


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (429, {}, None),
        (420, {"retry_after": "60"}, 60.0),
        (503, {"retry_after": "60"}, 60.0),
        (429, {"retry_after": "9" * 30}, article.LONGEST_WAIT),
        (429, {"retry_after": "Fri, 31 May 2024 12:01:00 GMT"}, 60.0),
        (429, {"retry_after": "Fri, 31 May 2024 12:01:00 -0000"}, 60.0),
        (429, {"retry_after": "Fri, 31 May 2024 11:00:00 GMT"}, 0.0),
        (
            429,
            {
                "retry_after": "Fri, 31 May 2024 09:00:30 GMT",
                "date": "Fri, 31 May 2024 09:00:00 GMT",
            },
            30.0,
        ),
        (429, {"retry_after": "soon"}, None),
    ],
)
def test_a_limit_is_told_with_the_wait(
    status: int, headers: dict[str, str], wait: float | None
) -> None:
    found = article.found(answered(b"", status, **headers), now=NOW)
    assert (found.state, found.wait, found.may_come_back) == ("rate_limited", wait, True)


@pytest.mark.parametrize(
    ("problem", "again"),
    [("timeout", True), ("dns", True), ("too_big", False), ("blocked_address", False)],
)
def test_no_answer_is_told_with_its_problem(problem: str, again: bool) -> None:
    answer = Answer(url=URL, headers={}, problem=problem, detail="the very detail")
    found = article.found(answer, now=NOW)
    assert (found.state, found.may_come_back) == (problem, again)
    assert "the very detail" in found.reason


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/other#part", "https://harbour-post.example/other"),
        ("https://elsewhere.example/x", "https://elsewhere.example/x"),
        ("/caf\xc3\xa9", "https://harbour-post.example/café"),
    ],
)
def test_a_redirect_says_where_to(location: str, target: str) -> None:
    found = article.found(answered(b"", 302, location=location), now=NOW)
    assert (found.state, found.target) == ("moved", target)


@pytest.mark.parametrize(
    "location", ["", "http://harbour-post.example/down", "file:///etc/hosts", "https://[/x"]
)
def test_a_redirect_to_nowhere_we_go_is_the_end(location: str) -> None:
    found = article.found(answered(b"", 301, location=location), now=NOW)
    assert (found.state, found.target, found.may_come_back) == ("redirect", None, False)


@pytest.mark.parametrize(
    ("headers", "reserved"),
    [
        ({"x_robots_tag": "noarchive"}, True),
        ({"x_robots_tag": "noindex, NoArchive"}, True),
        ({"x_robots_tag": "serieswatch: noarchive"}, True),
        ({"x_robots_tag": "googlebot: noarchive"}, False),
        ({"x_robots_tag": "googlebot: nofollow, noarchive"}, False),
        ({"x_robots_tag": "max-snippet: 50, noarchive"}, True),
        ({"x_robots_tag": "noindex, nofollow"}, False),
        ({"tdm_reservation": "1"}, True),
        ({"tdm_reservation": "0"}, False),
    ],
)
def test_a_publisher_may_reserve_a_page_by_its_headers(
    headers: dict[str, str], reserved: bool
) -> None:
    found = article.found(answered(a_page(), 200, **headers), now=NOW)
    assert found.state == ("reserved" if reserved else "fetched")


# --- reading the page


def test_the_text_is_what_the_page_shows_of_the_story() -> None:
    read = article.read(answered(a_page()), title=TITLE)
    assert read.state == "read"
    assert read.article == Article(title=TITLE, text="\n\n".join(BODY))


def test_extracting_alone_gives_the_same() -> None:
    found = article.extract(a_page(html='<html lang="en">'), URL, content_type="text/html")
    assert (found.text, found.language, found.problems) == ("\n\n".join(BODY), "en", ())


def test_lists_come_without_marks_that_the_page_does_not_show() -> None:
    page = a_page(*BODY, "</p><ul><li>The first point of the agreement</li></ul><p>")
    assert "\n\nThe first point of the agreement" in article.extract(page, URL).text


@pytest.mark.parametrize("page", [b"", b"   ", b"<!-- nothing -->"])
def test_an_empty_page_has_no_article(page: bytes) -> None:
    assert article.extract(page, URL).problems
    assert article.read(answered(page), title=TITLE).state == "no_text"


def test_a_notice_is_no_article() -> None:
    read = article.read(answered(a_page("Come back later.")), title=TITLE)
    assert (read.state, read.article) == ("no_text", None)
    assert "the feed's own words stand" in read.reason


def test_a_page_without_words_has_no_article() -> None:
    found = article.extract(b"<html><body><img src='/a.png'></body></html>", URL)
    assert (found.text, found.problems) == ("", ("no article was found on the page",))


def test_another_page_is_not_taken_for_the_story() -> None:
    read = article.read(answered(a_page()), title="Whale delays morning boats off Brennick")
    assert (read.state, read.article) == ("other_page", None)
    assert TITLE in read.reason


def test_a_headline_without_a_word_to_go_by_fits_any_page() -> None:
    assert article.read(answered(a_page()), title="What now?").state == "read"


@pytest.mark.parametrize(
    "marked",
    [
        {"head": '<meta name="robots" content="noarchive">'},
        {"head": '<META NAME="ROBOTS" CONTENT="index,NOARCHIVE">'},
        {"head": '<meta name="serieswatch" content="noarchive">'},
        {"head": '<meta name="tdm-reservation" content="1">'},
    ],
)
def test_a_publisher_may_reserve_a_page_in_the_page(marked: dict[str, str]) -> None:
    assert article.read(answered(a_page(**marked)), title=TITLE).state == "reserved"


@pytest.mark.parametrize(
    "marked",
    [
        {"head": linked(isAccessibleForFree=False)},
        {"head": linked(isAccessibleForFree="False")},
        {"head": linked(isAccessibleForFree="https://schema.org/False")},
        {"head": linked(hasPart=[{"cssSelector": ".more", "isAccessibleForFree": "false"}])},
        {"head": '<meta property="article:content_tier" content="Metered">'},
        {"after": '<div class="offer PAYWALL">Subscribe to read on</div>'},
        {"after": '<section id="regwall"></section>'},
    ],
)
def test_a_paywall_is_seen_however_it_is_marked(marked: dict[str, str]) -> None:
    assert article.read(answered(a_page(**marked)), title=TITLE).state == "paywall"


@pytest.mark.parametrize(
    "marked",
    [
        {},
        {"head": linked(isAccessibleForFree=True)},
        {"head": '<meta property="article:content_tier" content="free">'},
        {"head": '<script type="application/ld+json">{"isAccessibleForFree": fal</script>'},
        {"head": f'<script type="application/ld+json">{"[" * 200_000}</script>'},
        {"head": '<script>{"isAccessibleForFree": false}</script>'},
        {"head": '<script type="application/ld+json"></script>'},
        {"after": '<div class="no-paywall-here">Free for all</div>'},
    ],
)
def test_an_open_page_is_not_taken_for_closed(marked: dict[str, str]) -> None:
    assert article.read(answered(a_page(**marked)), title=TITLE).state == "read"


@pytest.mark.parametrize(
    ("told", "byline"),
    [
        ({"author": {"name": "Ines  Calder"}}, "Ines Calder"),
        ({"author": [{"name": "Ines Calder"}, "Jo Reyes", {"url": "x"}]}, "Ines Calder, Jo Reyes"),
        ({"author": "https://harbour-post.example/staff/7"}, ""),
        ({"author": "A" * 300}, ""),
        ({}, ""),
    ],
)
def test_the_byline_is_the_one_the_page_names(told: dict[str, object], byline: str) -> None:
    assert article.extract(a_page(head=linked(**told)), URL).byline == byline


@pytest.mark.parametrize(
    ("head", "original"),
    [
        ("", ""),
        ('<link rel="alternate" href="/x"><link rel="Canonical" href=" /b ">', "/b"),
        ('<link rel="canonical" href="https://wire.example/9">', "https://wire.example/9"),
        ('<link rel="canonical" href="mailto:desk@wire.example">', ""),
        ('<link rel="canonical" href="https://[wire">', ""),
    ],
)
def test_a_page_may_name_an_address_as_its_own(head: str, original: str) -> None:
    found = article.extract(a_page(head=head), URL)
    assert found.original == (urljoin(URL, original) if original else "")


def test_a_meta_element_may_name_the_writer() -> None:
    head = '<meta name="author" content="Jo &amp;amp; Ines"><meta name="author" content="Nobody">'
    assert article.extract(a_page(head=head), URL).byline == "Jo & Ines"


@pytest.mark.parametrize(
    ("head", "published"),
    [
        (
            linked(datePublished="2024-05-31T11:30:00+02:00"),
            datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
        ),
        (
            '<meta property="article:published_time" content="2024-05-31T09:30:00Z">',
            HALF_PAST_NINE,
        ),
        (linked(datePublished="2024-05-31"), None),
        (linked(datePublished="0001-01-01T00:00:00+14:00"), None),
        (linked(datePublished="on Friday"), None),
        ("", None),
    ],
)
def test_a_date_counts_only_if_the_page_tells_the_moment(
    head: str, published: datetime | None
) -> None:
    assert article.extract(a_page(head=head), URL).published == published


@pytest.mark.parametrize(
    ("encoding", "kind", "head"),
    [
        ("utf-8", "text/html", ""),
        ("windows-1251", "text/html; charset=windows-1251", ""),
        ("windows-1252", "text/html", ""),
        ("iso-8859-1", "text/html; charset=no-such-thing", '<meta charset="iso-8859-1">'),
        ("utf-8", "text/html", '<meta charset="utf-8">'),
    ],
)
def test_letters_are_read_as_the_server_or_the_page_says(
    encoding: str, kind: str, head: str
) -> None:
    word = "Переговоры" if encoding == "windows-1251" else "Überfahrt"
    page = a_page(*BODY, f"{word} {BODY[0]}", head=head).decode().encode(encoding)
    assert word in article.extract(page, URL, content_type=kind).text


# --- the feed's words with the page's text

SHOWN = Article(
    title="As the page has it",
    text="The first paragraph <b>of</b> many words.\n\nThe second.",
    byline="Jo Reyes",
    published=datetime(2024, 5, 31, 8, 0, tzinfo=UTC),
    language="cy",
)


def test_the_text_becomes_the_pages_and_all_else_stays_the_feeds() -> None:
    story = a_story()
    whole = article.completed(story, SHOWN)
    assert whole.text == SHOWN.text
    assert whole.html == (
        "<p>The first paragraph &lt;b&gt;of&lt;/b&gt; many words.</p>\n<p>The second.</p>"
    )
    for name in ("title", "summary", "byline", "published", "language", "url", "guid"):
        assert getattr(whole, name) == getattr(story, name)


def test_what_the_feed_lacks_is_filled_from_the_page() -> None:
    problems = ("it has no date", "it has no headline")
    bare = a_story(byline="", published=None, language=None, problems=problems)
    whole = article.completed(bare, SHOWN)
    assert (whole.byline, whole.published, whole.language) == ("Jo Reyes", SHOWN.published, "cy")
    assert whole.problems == ("it has no headline",)


def test_a_date_the_page_does_not_tell_either_stays_lacking() -> None:
    bare = a_story(published=None, problems=("it has no date",))
    whole = article.completed(bare, Article(text="x"))
    assert (whole.published, whole.problems) == (None, ("it has no date",))


def test_the_fuller_text_stands() -> None:
    story = a_story(text=SHOWN.text + " And more.")
    assert article.completed(story, SHOWN) is story


def test_completing_twice_changes_nothing() -> None:
    whole = article.completed(a_story(), SHOWN)
    assert article.completed(whole, SHOWN) is whole


# --- hostile pages


@pytest.mark.parametrize(
    "page",
    [
        b"<div>" * 20_000,
        b'<a href="' * 5_000,
        b"\x00\xff\xfe<p>" * 20,
        b"<html><body>" + b"&amp" * 5_000,
        bytes(range(256)) * 10,
        b"<!DOCTYPE html [<!ENTITY a 'b'>]><p>&a;</p>",
    ],
)
def test_no_page_is_too_odd_to_be_told_about(page: bytes) -> None:
    read = article.read(answered(page), title=TITLE)
    assert read.state == "no_text"
    assert not article.extract(page, URL).text.startswith("b")  # what the entity stood for
