"""An instalment in the house form: part by part, and whatever a source wrote stays text."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.render import House, HouseItem, HouseNote, HouseQuote, HouseSection, house, markdown

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "](https://evil.example) [click me",
    "**bold** _and_ `code` | cell",
    "&lt;b&gt; &amp; ]]>",
    "# heading\n- list",
    "\\](https://evil.example)",
    "1. first",
    "- one\n===",
    "![x](https://evil.example/x.png)",
]
QUOTE = HouseQuote(
    text="Nobody spoke of [the] price",
    speaker="Ida Holm",
    office="harbour master",
    forum="a briefing",
    day="Thursday",
)
POST = HouseItem(
    headline="Ferries sail again",
    url="https://harbour-post.example/1",
    attribution="On Thursday, the Harbour Post reported",
    outlet="the Harbour Post",
    outlet_short="the HP",
    quotes=(QUOTE,),
)
PIECE = House(
    title="Ferry Watch: Talks resume",
    subhead="Also new: a bell",
    kicker="Reporting | Harbour",
    sections=(
        HouseSection(items=(replace(POST, headline="Talks resume", quotes=()),), is_lead=True),
        HouseSection(heading="In other news from the harbour", items=(POST,)),
        HouseSection(
            heading="Harbour office news",
            items=(replace(POST, is_primary=True, attribution="", outlet=""),),
        ),
        HouseSection(heading="From us", when_empty="Nothing of ours this week."),
        HouseSection(heading="Not shown"),
    ),
    previous=(("Ferry Watch: The bell", "https://post.example/bell"), ("No. 1", None)),
)


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


def one(item: HouseItem, **changes: object) -> str:
    """A piece with one item, below its title, as Markdown."""
    piece = House(title="x", sections=(HouseSection(heading="News", items=(item,)),))
    text = house.body_markdown(replace(piece, **changes))  # type: ignore[arg-type]  # any field
    return text.removeprefix("## News:\n\n")


def test_the_whole_piece_stands_in_the_form_of_the_house() -> None:
    assert house.markdown(PIECE).split("\n\n") == [
        "# Ferry Watch: Talks resume",
        "*Also new: a bell*",
        "**Reporting \\| Harbour**",
        "On Thursday, the Harbour Post reported: [Talks resume](https://harbour-post.example/1)",
        "## In other news from the harbour,",
        "— On Thursday, the HP reported: [Ferries sail again](https://harbour-post.example/1)",
        "“Nobody spoke of \\[the\\] price” (Ida Holm, harbour master, a briefing, Thursday)",
        "## Harbour office news:",
        (
            "— Thursday, a briefing, Ida Holm, harbour master: “Nobody spoke of \\[the\\] price” "
            "([Ferries sail again](https://harbour-post.example/1))"
        ),
        "## From us:",
        "*Nothing of ours this week.*",
        "## Previous instalments",
        "- [Ferry Watch: The bell](https://post.example/bell)\n- No. 1",
    ]


def test_html_says_the_same_as_markdown() -> None:
    page = Page(house.html(PIECE))
    again = Page(MarkdownIt("commonmark").render(house.markdown(PIECE)))
    assert page.text.split() == again.text.split()
    assert page.links == again.links
    assert page.tags == again.tags


def test_the_body_alone_has_neither_title_nor_subhead() -> None:
    for body in (house.body_html(PIECE), house.body_markdown(PIECE)):
        assert "Also new" not in body
        assert "Ferry Watch: Talks" not in body
        assert "In other news" in body


def test_a_credit_may_stand_at_the_end_and_its_line_ends_as_a_sentence() -> None:
    item = replace(POST, quotes=(), attribution="the Post reports")
    linked = "[Ferries sail again](https://harbour-post.example/1)"
    assert one(item, credit_at="end") == f"— {linked}. the Post reports."
    asked = replace(item, headline="Do they?", url=None)
    assert one(asked, credit_at="end") == "— Do they? the Post reports."
    assert one(replace(item, attribution="")) == f"— {linked}"


def test_an_editors_text_stands_instead_of_headline_and_quotations() -> None:
    item = replace(POST, text="They *sail*.\n\nAll of them.")
    credit = "[On Thursday, the Harbour Post reported](https://harbour-post.example/1)"
    assert one(item) == f"— {credit}: They *sail*.\n\nAll of them."
    assert one(item, credit_at="end") == f"— They *sail*.\n\nAll of them.\n\n{credit}."
    linked = replace(POST, text=f"The Post [says]({POST.url}) so.")
    assert one(linked) == f"— The Post [says]({POST.url}) so."
    bare = replace(POST, text="So it is.", url=None, attribution="")
    assert one(bare) == "— So it is."


def test_a_text_that_opens_with_a_list_has_its_dash_and_credit_above() -> None:
    item = replace(POST, text="- one\n- two", url=None)
    credit = "— On Thursday, the Harbour Post reported:"
    assert one(item) == f"{credit}\n\n- one\n- two"


def test_a_lead_in_prose_replaces_the_line_of_its_item_but_not_what_is_written_in_it() -> None:
    lead = HouseSection(items=(POST, replace(POST, text="Kept.", url=None)), is_lead=True)
    piece = House(title="x", lead="The week's story.", sections=(lead,))
    credit = "On Thursday, the Harbour Post reported"
    assert house.body_markdown(piece) == f"The week's story.\n\n{credit}: Kept."


def test_a_section_has_its_own_text_above_its_items_and_is_then_not_empty() -> None:
    section = HouseSection(heading="News!", text="In short.", when_empty="Nothing.")
    piece = House(title="x", sections=(section,))
    assert house.body_markdown(piece) == "## News!\n\nIn short."


def test_quotations_are_never_folded_and_keep_their_paragraphs() -> None:
    first, second = replace(QUOTE, text="One.\n\n“Two."), HouseQuote(text="Three.")
    lines = one(replace(POST, quotes=(first, second))).split("\n\n")[1:]
    assert lines == [
        "“One.",
        "“Two.” (Ida Holm, harbour master, a briefing, Thursday)",
        "“Three.”",
    ]


def test_further_quotations_of_the_same_speaker_are_not_told_again_whose_they_are() -> None:
    item = replace(POST, is_primary=True, quotes=(QUOTE, replace(QUOTE, text="So be it")))
    assert one(item).endswith("(https://harbour-post.example/1))\n\n“So be it”")
    undated = replace(QUOTE, day="")
    assert one(replace(POST, is_primary=True, quotes=(undated,))).startswith(
        "— On Thursday, the Harbour Post reported, a briefing, Ida Holm, harbour master: “Nobody"
    )
    bare = replace(POST, is_primary=True, attribution="", quotes=(undated, HouseQuote(text="")))
    assert one(bare).startswith("— a briefing, Ida Holm")
    assert house.markdown(House(title="A title alone")) == "# A title alone"


def test_corrections_and_a_withdrawal_are_told() -> None:
    note = HouseNote(day="March 13, 2026", said="It is 11 ferries, not 12.")
    assert "*Correction, March 13, 2026: It is 11 ferries, not 12.*" in house.markdown(
        replace(PIECE, corrections=(note,))
    )
    assert house.body_markdown(replace(PIECE, withdrawn=note)).startswith("*Withdrawn, March 13")
    assert "Ferries" not in house.body_markdown(replace(PIECE, withdrawn=note))


def test_proposals_say_that_they_are() -> None:
    assert house.body_markdown(replace(PIECE, is_proposal=True)).startswith("*Nothing is accepted")


def test_days_are_those_of_the_desk() -> None:
    late = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)
    assert house.date_words(late, "America/New_York") == "March 13, 2026"


@pytest.mark.parametrize("words", HOSTILE)
def test_every_word_of_a_source_is_text_in_both_forms(words: str) -> None:
    def piece(said: str) -> House:
        item = replace(POST, headline=said, attribution=said, quotes=(HouseQuote(text=said),))
        sections = (HouseSection(heading="News", items=(item,)),)
        return House(title=said, subhead=said, sections=sections, previous=((said, None),))

    plain = house.html(piece("x"))
    for page in (
        house.html(piece(words)),
        MarkdownIt("commonmark").render(house.markdown(piece(words))),
    ):
        assert Page(page).tags == Page(plain).tags
        assert Page(page).links == Page(plain).links
        assert Page(page).text.count(" ".join(words.split())) == 6


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_no_words_are_mark_up_once_they_are_plain(words: str) -> None:
    shown = Page(MarkdownIt("commonmark").render(markdown.plain(words)))
    assert set(shown.tags) <= {"p"}
    assert shown.text.split() == words.split()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://x.example/a_(b)", "[x](https://x.example/a_%28b%29)"),
        ("https://x.example/<b>", "[x](https://x.example/%3Cb%3E)"),
        ("https://x.example/?a=1&b=%20#c", "[x](https://x.example/?a=1&b=%20#c)"),
        ("https://x.example/новини", "[x](https://x.example/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8)"),
        ("https://x.example/) [y](z", "x"),
        ("javascript:alert(1)", "x"),
        ("", "x"),
        (None, "x"),
    ],
)
def test_nothing_in_an_address_ends_its_link_and_only_the_web_is_linked(
    url: str | None, shown: str
) -> None:
    assert markdown.link("x", url) == shown


def test_what_editors_write_can_do_no_harm() -> None:
    written = (
        "A <script>alert(1)</script> [x](javascript:alert(1)) ![p](https://e.example/p.png) "
        "[ok](https://ok.example/) <https://auto.example/>\n\n[y]: data:text/html,x"
    )
    page = markdown.to_html(written)
    assert 'href="https://ok.example/" rel="noopener noreferrer"' in page
    for bad in ("<script", "<img", 'href="javascript', 'href="data'):
        assert bad not in page
    others = MarkdownIt("commonmark", {"html": True}).render(markdown.portable(written))
    assert "<script" not in others
    assert "](javascript:" not in markdown.portable(written)
    assert '<a href="https://auto.example/">' in others


def test_what_an_editor_left_open_is_closed_before_the_next_item() -> None:
    assert markdown.portable("```\ncode") == "```\ncode\n```"
    assert markdown.portable("```\ncode\n```") == "```\ncode\n```"
    assert not markdown.portable("  ")


def test_the_words_of_a_text_are_told_without_its_mark_up() -> None:
    text = "# One\n\n*Two* [three](https://x.example/)\nfour\n\n- five\n\n```\nsix\n```\n\n---"
    assert markdown.to_text(text) == "One\n\nTwo three\nfour\n\nfive\n\nsix\n"


def test_whether_a_text_links_a_source() -> None:
    assert markdown.links_to("see [it](https://x.example/a?b=c&d) now", "https://x.example/a?b=c&d")
    assert not markdown.links_to("see it at https://x.example/a", "https://x.example/a")
    assert not markdown.links_to("words", None)
    assert markdown.opens_with_words("words")
    assert not markdown.opens_with_words("- a list")
    assert not markdown.opens_with_words("")
