"""Feeds found from a page: what it names, what sites have by custom, and which one to take."""

import pytest

from pipeline import discover
from pipeline.discover import Found
from pipeline.records import Answer

PAGE = "https://harbour-post.example/news/today/index.html"


def a_page(*head: str, url: str = PAGE, before: str = "") -> Answer:
    body = f"{before}<html><head>{''.join(head)}</head><body><p>News</p></body></html>"
    return Answer(url=url, status=200, headers={}, body=body.encode())


def a_link(
    href: str, title: str = "", kind: str = "application/rss+xml", rel: str = "alternate"
) -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


def test_the_feeds_a_page_names_are_found_in_its_order_with_their_titles() -> None:
    page = a_page(
        a_link("/feed", "The Harbour  Post"),
        '<LINK TYPE="Application/Atom+XML; charset=utf-8" REL="Alternate Feed" HREF="sea.atom">',
        a_link("https://feeds.example/j.json", "In JSON", "application/feed+json"),
    )
    assert discover.named(page) == (
        Found(url="https://harbour-post.example/feed", title="The Harbour Post", kind="RSS"),
        Found(url="https://harbour-post.example/news/today/sea.atom", kind="Atom"),
        Found(url="https://feeds.example/j.json", title="In JSON", kind="JSON Feed"),
    )


def test_a_base_element_says_what_relative_addresses_are_read_against() -> None:
    page = a_page('<base href="https://cdn.example/x/">', a_link("feed"), "<base>")
    assert [found.url for found in discover.named(page)] == ["https://cdn.example/x/feed"]


@pytest.mark.parametrize(
    "link",
    [
        a_link("/style.css", rel="stylesheet"),
        a_link("/fr/", kind="text/html"),
        a_link("/feed", kind=""),
        a_link("", "Empty"),
        a_link("javascript:alert(1)"),
        a_link("http://[oops"),
        a_link("http:///nowhere"),
        a_link("https://harbour-post.example/wp-json/wp/v2/posts/1", kind="application/json"),
        a_link("https://harbour-post.example/oembed/1.0/embed?format=xml", kind="text/xml"),
        "<link>",
    ],
)
def test_what_is_no_feed_is_left_out(link: str) -> None:
    assert discover.named(a_page(link)) == ()


def test_the_same_feed_twice_is_one_and_comments_come_last() -> None:
    page = a_page(
        a_link("/comments/feed/", "The Harbour Post » Comments Feed"),
        a_link("/feed/", "The Harbour Post » Feed"),
        a_link("/feed/", "The same"),
    )
    found = discover.named(page)
    assert [one.url.removeprefix("https://harbour-post.example") for one in found] == [
        "/feed/",
        "/comments/feed/",
    ]
    assert [one.is_of_comments for one in found] == [False, True]


def test_a_page_that_names_feeds_without_end_is_cut() -> None:
    page = a_page(*(a_link(f"/feed/{number}") for number in range(100)))
    assert len(discover.named(page)) == discover.MOST_LINKS


def test_titles_are_read_in_the_pages_own_letters() -> None:
    said = a_page(a_link("/feed", "Гавань"))
    assert discover.named(said)[0].title == "Гавань"
    old = said.body.decode().replace("<head>", '<head><meta charset="windows-1251">')
    page = Answer(url=PAGE, status=200, headers={}, body=old.encode("windows-1251"))
    assert discover.named(page)[0].title == "Гавань"


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"\x00\x01\x02", b"plain words", b"<!-- a comment", b"<" * 1000]
)
def test_a_page_in_which_nothing_stands_names_nothing(body: bytes) -> None:
    assert discover.named(Answer(url=PAGE, status=200, headers={}, body=body)) == ()


def test_a_page_without_end_costs_no_more_than_its_beginning() -> None:
    body = a_page(a_link("/feed")).body + b"<b>" * 2_000_000
    found = discover.named(Answer(url=PAGE, status=200, headers={}, body=body))
    assert [one.url for one in found] == ["https://harbour-post.example/feed"]


def test_a_tag_with_attributes_without_end_is_read_in_one_go() -> None:
    # In a tree it costs the square of their number, which no quotation mark may hide: minutes.
    many = " ".join(f"a{n}" for n in range(100_000))
    page = a_page(f'<link a=">" {many} rel=alternate type=application/rss+xml href=/feed>')
    assert [found.url for found in discover.named(page)] == ["https://harbour-post.example/feed"]


def test_custom_has_feeds_at_the_root_and_beside_the_page() -> None:
    usual = discover.usual(PAGE)
    assert usual[:2] == (
        "https://harbour-post.example/feed.xml",
        "https://harbour-post.example/atom.xml",
    )
    assert usual[6:8] == (
        "https://harbour-post.example/news/today/feed.xml",
        "https://harbour-post.example/news/today/atom.xml",
    )
    assert len(usual) == 12
    for at_root in ("https://a.example", "https://a.example/", "https://a.example/about?x#y"):
        assert len(discover.usual(at_root)) == 6
        assert all(url.startswith("https://a.example/") for url in discover.usual(at_root))


# --- which one to take

MAIN = Found(url="https://a.example/feed", title="The Post » Feed", kind="RSS")
ATOM = Found(url="https://a.example/atom", title="The Post » Atom Feed", kind="Atom")
SPORT = Found(url="https://a.example/sport", title="The Post » Sport", kind="RSS")
COMMENTS = Found(url="https://a.example/comments/feed", title="The Post » Talk", kind="RSS")


@pytest.mark.parametrize(
    ("found", "best"),
    [
        ((MAIN,), MAIN),
        ((COMMENTS,), COMMENTS),
        ((MAIN, COMMENTS), MAIN),
        ((MAIN, ATOM), MAIN),
        ((ATOM, MAIN, COMMENTS), ATOM),
        ((MAIN, SPORT), None),
        ((MAIN, ATOM, SPORT), None),
        # the same name and the same form: two feeds, who knows which
        ((MAIN, Found(url="https://a.example/2", title="The Post » Feed", kind="RSS")), None),
    ],
)
def test_the_best_is_taken_where_one_stands_out(
    found: tuple[Found, ...], best: Found | None
) -> None:
    assert discover.best(found) == best
