"""An instalment for reading elsewhere: whatever a source wrote, it stays text."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest

from cli.render import instalment_html, instalment_json, instalment_markdown
from store.drafts import InstalmentView, ItemView, SectionView

CUT_OFF = datetime(2026, 3, 13, 20, 0, tzinfo=UTC)
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "](https://evil.example) [click me",
    "**bold** _and_ `code` | cell",
    "&lt;b&gt; &amp; ]]>",
    "# heading\n\n- list",
    "\\](https://evil.example)",
]


def an_item(**changes: object) -> ItemView:
    item = ItemView(
        id=5,
        rank=1,
        state="queued",
        version=1,
        headline="Ferry talks resume",
        attribution="On Monday, the Gazette reported",
        summary="Two delegations met.",
        development=3,
        story=9,
        outlet="gazette",
        outlet_name="The Gazette",
        origin=("tide-wire",),
        url="https://gazette.example/1",
        published=CUT_OFF - timedelta(days=4),
        first_seen=CUT_OFF - timedelta(days=3),
        also=(("courier", "The Courier", "https://courier.example/1"),),
        quotes=(),
        score=0.56,
        zone="suggest",
        why=({"reason": "query", "weight": 0.3, "text": 'hits "ferry" (title)', "spans": []},),
        covered_before=({"instalment": 1, "item": 2},),
        flags=("before_window",),
        is_ours=False,
    )
    return replace(item, **changes)  # type: ignore[arg-type]  # a test names any field it likes


def a_view(*items: ItemView, **changes: object) -> InstalmentView:
    view = InstalmentView(
        id=1,
        series="ferry-watch",
        series_title="Ferry Watch",
        number=4,
        opens=CUT_OFF - timedelta(days=7),
        cut_off=CUT_OFF,
        state="assembling",
        time_zone="UTC",
        title="",
        sections=(
            a_section("lead", "", "No lead yet.", *items),
            a_section("other", "Other <news>", "Nothing & no-one."),
            a_section("silent", "Silent", ""),
        ),
        previous=({"title": "Ferry Watch: *Three*", "url": None},),
    )
    return replace(view, **changes)  # type: ignore[arg-type]  # a test names any field it likes


def a_section(key: str, heading: str, when_empty: str, *items: ItemView) -> SectionView:
    return SectionView(key=key, heading=heading, when_empty=when_empty, items=items, maximum=12)


class Page(HTMLParser):
    """What a browser would make of a page: its elements, links and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_json_has_every_key_of_the_contract_and_the_words_as_they_are() -> None:
    told = instalment_json(a_view(an_item(headline=HOSTILE[0])))
    assert told["window"] == [CUT_OFF - timedelta(days=7), CUT_OFF]
    sections = told["sections"]
    assert isinstance(sections, list)
    [item] = sections[0]["items"]
    assert item["headline"] == HOSTILE[0]
    assert item["also"] == [{"outlet": "courier", "url": "https://courier.example/1"}]
    assert item["origin"] == ["tide-wire"]
    assert item["covered_before"] == [{"instalment": 1, "item": 2}]
    assert told["previous"] == [{"title": "Ferry Watch: *Three*", "url": None}]


def test_markdown_reads_like_an_instalment() -> None:
    assert instalment_markdown(a_view(an_item())).splitlines() == [
        "# Ferry Watch, no. 4",
        "",
        "assembling; arrived Fri 06 Mar 2026 20:00 UTC to Fri 13 Mar 2026 20:00 UTC",
        "",
        "## Lead",
        "",
        "1. [Ferry talks resume](https://gazette.example/1) (before window)  ",
        '   The Gazette +1, Mon 09 Mar. Score 0.56: hits "ferry" (title)',
        "",
        "## Other <news>",
        "",
        "*Nothing & no-one.*",
        "",
        "## Earlier",
        "",
        "- Ferry Watch: \\*Three\\*",
    ]


def test_an_item_without_link_or_date_and_one_that_was_decided_say_so() -> None:
    bare = an_item(url=None, published=None, state="accepted", flags=(), also=())
    markdown = instalment_markdown(a_view(bare, previous=()))
    assert "1. Ferry talks resume (accepted)  \n   The Gazette, no date. Score" in markdown
    assert "Earlier" not in markdown


@pytest.mark.parametrize("words", HOSTILE)
def test_in_markdown_no_word_of_a_source_is_mark_up(words: str) -> None:
    harmless = instalment_markdown(a_view(an_item(headline="x")))
    markdown = instalment_markdown(a_view(an_item(headline=words)))
    assert len(markdown.splitlines()) == len(harmless.splitlines())
    line = next(line for line in markdown.splitlines() if line.startswith("1. "))
    inside = line.removeprefix("1. [").partition("](https://gazette.example/1)")[0]
    for sign in "`*_[]<>#|~&":
        at = -1
        while (at := inside.find(sign, at + 1)) >= 0:
            slashes = len(inside[:at]) - len(inside[:at].rstrip("\\"))
            assert slashes % 2 == 1, f"{sign} at {at} of {inside!r} is mark-up"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://x.example/a_(b)", "https://x.example/a_%28b%29"),
        ("https://x.example/) [y](z", "https://x.example/%29%20[y]%28z"),
        ("https://x.example/<b>", "https://x.example/%3Cb%3E"),
        ("https://x.example/?a=1&b=%20#c", "https://x.example/?a=1&b=%20#c"),
        ("https://x.example/новини", "https://x.example/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8"),
    ],
)
def test_nothing_in_an_address_ends_its_link(url: str, shown: str) -> None:
    assert f"]({shown})" in instalment_markdown(a_view(an_item(url=url)))


@pytest.mark.parametrize("words", HOSTILE)
def test_in_html_every_word_of_a_source_is_text(words: str) -> None:
    item = an_item(headline=words, attribution=words, url="https://x.example/?a=1&b=2")
    view = a_view(item, title=words)
    page = Page(instalment_html(view))
    plain = Page(instalment_html(a_view(an_item(), title="x")))
    assert page.tags == plain.tags
    assert page.text.count(words) == 3
    assert page.links == ["https://x.example/?a=1&b=2"]


def test_a_link_cannot_break_out_of_its_attribute() -> None:
    page = Page(instalment_html(a_view(an_item(url='https://x.example/" onclick="x'))))
    assert page.links == ['https://x.example/" onclick="x']
    assert page.tags.count("a") == 1


def test_html_shows_empty_sections_as_the_series_says() -> None:
    page = Page(instalment_html(a_view(an_item(url=None))))
    assert "Other <news>" in page.text
    assert "Nothing & no-one." in page.text
    assert "Silent" not in page.text
    assert page.links == []
