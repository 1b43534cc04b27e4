"""Entries to stories."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.normalise import canonical_url, normalise
from pipeline.records import Entry, Story, Wire, WireAction
from tests.builders import FEED_URL, NOW, an_entry

PAGE = "https://harbour-post.example/world/port-lucan-talks"


def the_story(entry: Entry, *, feed_url: str = FEED_URL, language: str | None = None) -> Story:
    return normalise(entry, feed_url=feed_url, outlet="harbour-post", language=language, now=NOW)


def canonical(url: str) -> str:
    return canonical_url(url, feed_url=FEED_URL)


def test_an_ordinary_entry_becomes_a_clean_story() -> None:
    entry = an_entry(
        content='<p>The two met.</p>\n<p>“Closer,” said <a href="/people/olan">Mira Olan</a>.</p>'
    )
    story = normalise(
        entry, feed_url=FEED_URL, outlet="harbour-post", outlet_kind="wire", language="fr", now=NOW
    )
    link = "https://harbour-post.example/people/olan"
    assert story == Story(
        title="Envoys meet in Port Lucan for a third day of talks",
        summary="The two delegations met again on Friday. No date was set for a further round.",
        text="The two met.\n\n“Closer,” said Mira Olan.",
        html=(
            f'<p>The two met.</p>\n<p>“Closer,” said <a href="{link}"'
            ' rel="nofollow noopener noreferrer">Mira Olan</a>.</p>'
        ),
        guid="harbour-post-1001",
        url=f"{PAGE}?utm_source=rss",
        canonical_url=PAGE,
        outlet="harbour-post",
        outlet_kind="wire",
        byline="Ines Calder",
        language="en",
        published=datetime(2024, 5, 31, 9, 30, tzinfo=UTC),
        published_raw="Fri, 31 May 2024 09:30:00 GMT",
    )


def test_the_outlets_language_stands_in_for_a_missing_one() -> None:
    assert the_story(an_entry(language=None), language="uk").language == "uk"


# --- headlines


@pytest.mark.parametrize(
    ("title", "kind", "shown"),
    [
        ("Plain headline", "text/plain", "Plain headline"),
        ("Plain headline", "text/html", "Plain headline"),
        ("  Two  lines\n of\u00a0it ", "text/plain", "Two lines of it"),
        ("Tom &amp; Ann", "text/plain", "Tom & Ann"),
        ("Tom &amp;amp; Ann &amp;quot;agree&amp;quot;", "text/html", 'Tom & Ann "agree"'),
        ("Readout <em>and</em> statement", "text/html", "Readout and statement"),
        ("Talks <script>alert(1)</script>go on", "text/plain", "Talks go on"),
        ("Talks <style>p{}</style>go on", "text/html", "Talks go on"),
        ("&lt;b&gt;Truce&lt;/b&gt; holds", "text/plain", "Truce holds"),
        ("&amp;lt;i&amp;gt;Truce&amp;lt;/i&amp;gt; holds", "text/html", "Truce holds"),
        ("Rates < 1% & falling", "text/plain", "Rates < 1% & falling"),
        (
            "How a feed is made: <item> explained",
            "text/plain",
            "How a feed is made: <item> explained",
        ),
        ("Co\u00adoperation \u200bdeal\ufeff", "text/plain", "Cooperation deal"),
        ("One\u2028two", "text/plain", "One two"),
        ("NUL\x00 and half \ud83d of one", "text/plain", "NUL and half of one"),
        ("می\u200cرود", "text/plain", "می\u200cرود"),
        ("Q&A: what next?", "text/html", "Q&A: what next?"),
        ("AT&T; fine", "text/plain", "AT&T; fine"),
    ],
)
def test_a_headline_is_one_plain_line(title: str, kind: str, shown: str) -> None:
    story = the_story(an_entry(title=title, title_type=kind))
    assert story.title == shown
    assert story.problems == ()


def test_a_story_without_a_headline_says_so() -> None:
    assert the_story(an_entry(title=" ")).problems == ("it has no headline",)


def test_a_byline_is_plain_text_too() -> None:
    assert the_story(an_entry(byline="<b>Ines</b>&nbsp;Calder")).byline == "Ines Calder"


# --- bodies


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("One<br>two", "One\ntwo"),
        ("<div>One</div><div>two <i>three</i></div>", "One\n\ntwo three"),
        ("<ul><li>One</li><li>two</li></ul>after", "One\n\ntwo\n\nafter"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><th>c</th></tr></table>", "a b\n\nc"),
        ("<p>a\n   b&nbsp;&nbsp;c</p>\n\n\n<p> </p><p>d</p>", "a b c\n\nd"),
        ("<p>x &lt; y &amp;amp; z</p>", "x < y & z"),
        ("&lt;p&gt;Escaped &lt;b&gt;twice&lt;/b&gt;&lt;/p&gt;", "Escaped twice"),
        ("<p>Write <code>&lt;p&gt;</code> first</p>", "Write <p> first"),
        ("<p>Seen<script>x()</script><iframe>y</iframe><svg><text>z</text></svg></p>", "Seen"),
        ('<h2>Head</h2><blockquote>Said</blockquote><img src="a.png" alt="alt">', "Head\n\nSaid"),
        ("Bare words", "Bare words"),
        ("", ""),
    ],
)
def test_a_bodys_text_keeps_its_paragraphs_and_nothing_else(content: str, text: str) -> None:
    assert the_story(an_entry(content=content)).text == text


@pytest.mark.parametrize(
    ("content", "html"),
    [
        ('<p onclick="x()" style="a:b" class="c" id="d">T</p>', "<p>T</p>"),
        ('<a href="javascript:x()">t</a>', '<a rel="nofollow noopener noreferrer">t</a>'),
        ('<a href="http://[x">t</a>', '<a rel="nofollow noopener noreferrer">t</a>'),
        ('<img src="https://x.example/pixel">t', "t"),
        ("<svg><style><img src=x onerror=y()></style></svg>t", "t"),
        ("<form><input><p>t</p></form>u", "u"),
        ("a<!-- c -->b\x00&#0;", "ab\ufffd"),
        ('<abbr title="Example Union">EU</abbr>', '<abbr title="Example Union">EU</abbr>'),
    ],
)
def test_a_body_is_made_harmless(content: str, html: str) -> None:
    assert the_story(an_entry(content=content)).html == html


@pytest.mark.parametrize(
    ("base_url", "resolved"),
    [
        ("https://archive.example/2024/", "https://archive.example/2024/more"),
        ("/moved/", "https://harbour-post.example/moved/more"),
        (None, "https://harbour-post.example/world/more"),
    ],
)
def test_links_in_a_body_are_resolved_against_its_base(base_url: str | None, resolved: str) -> None:
    story = the_story(an_entry(content='<a href="more">m</a>', base_url=base_url))
    assert f'href="{resolved}"' in story.html


def test_a_link_in_a_body_that_is_no_address_is_dropped() -> None:
    story = the_story(an_entry(content='<a href="//[">m</a><a href="mailto:a@b.example">n</a>'))
    assert "href" not in story.html


@pytest.mark.parametrize(
    "tangle",
    [
        "<b>" * 30_000,
        "<div>" * 20_000 + "Text" + "</div>" * 20_000,
        "".join(f"<font id={n}>" for n in range(15_000)),
        "".join(f"<font id={n}>" for n in range(190)) + "<p>x" * 20_000,
        "<i></b>" * 10_000,
    ],
)
def test_tags_nested_beyond_reason_are_given_up_and_the_text_kept(tangle: str) -> None:
    story = the_story(an_entry(content=f"<p>First</p>{tangle}Last", title=f"Head {tangle}line"))
    assert story.text.startswith("First")
    assert story.text.endswith("Last")
    assert story.title.startswith("Head")
    assert story.problems == ("its markup is too deeply nested: only its text was kept",)


def test_a_long_orderly_body_keeps_its_markup() -> None:
    body = (
        "<div>" + "<p>Some <b>bold</b> words</p>" * 2_000 + "<ul>" + "<li>x" * 500 + "</ul></div>"
    )
    story = the_story(an_entry(content=body))
    assert story.html.count("<b>") == 2_000
    assert story.problems == ()


# --- links


@pytest.mark.parametrize(
    ("url", "base_url", "absolute"),
    [
        ("https://a.example/x", None, "https://a.example/x"),
        ("/x?id=1", "https://b.example/news/", "https://b.example/x?id=1"),
        ("x", "https://b.example/news/", "https://b.example/news/x"),
        ("//c.example/x", None, "https://c.example/x"),
        ("x", None, "https://harbour-post.example/feeds/x"),
        (" https://a.example/\n\tlong\n/x y ", None, "https://a.example/long/x%20y"),
        ("https://reader:secret@a.example:8443/x", None, "https://a.example:8443/x"),
        ("HTTPS://A.example/x", None, "https://A.example/x"),
    ],
)
def test_a_link_is_made_absolute(url: str, base_url: str | None, absolute: str) -> None:
    story = the_story(an_entry(url=url, base_url=base_url))
    assert story.url == absolute
    assert story.problems == ()


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "mailto:desk@a.example",
        "data:text/html,x",
        "https://[a.example/x",
        "https://a.example:99999/x",
        "https://a.example:0/x",
        "ftp://a.example/x",
        "\x00",
    ],
)
def test_a_link_that_leads_to_no_page_is_refused_with_a_reason(url: str) -> None:
    story = the_story(an_entry(url=url))
    assert (story.url, story.canonical_url) == (None, None)
    (problem,) = story.problems
    assert problem.startswith("its link ")
    assert problem.endswith(" is no web address")


def test_a_story_without_a_link_says_so() -> None:
    story = the_story(an_entry(url=None))
    assert story.url is None
    assert story.problems == ("it has no link",)


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("http://WWW.A.example:80", "https://www.a.example/"),
        ("https://a.example:443/x/", "https://a.example/x/"),
        ("https://a.example:8443/x", "https://a.example:8443/x"),
        ("https://a.example./x#part", "https://a.example/x"),
        ("https://a.example/#!/story/1", "https://a.example/#!/story/1"),
        ("https://a.example/x?utm_source=a&id=1&UTM_Campaign=b", "https://a.example/x?id=1"),
        ("https://a.example/x?at_medium=RSS&at_campaign=K&at_id=7", "https://a.example/x?at_id=7"),
        ("https://a.example/x?gclid=1&fbclid=2&mc_cid=3&mc_eid=4&igshid=5", "https://a.example/x"),
        ("https://a.example/x?ns_mchannel=rss&ito=1490&CMP=x", "https://a.example/x?ito=1490"),
        ("https://a.example/x?cmp=2&b=&&c", "https://a.example/x?cmp=2&b=&c"),
        ("https://a.example/s.php?id=2", "https://a.example/s.php?id=2"),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?b=2&a=1"),
        ("https://a.example/x?a=1&a=1&a=2&a=1", "https://a.example/x?a=1&a=2"),
        ("https://a.example/x?ref=harbour-post.example", "https://a.example/x"),
        (
            "https://a.example/x?ref=https%3A%2F%2Fwww.harbour-post.example%2Ff",
            "https://a.example/x",
        ),
        ("https://a.example/x?ref=rss", "https://a.example/x?ref=rss"),
        ("https://a.example/caf%c3%a9", "https://a.example/caf%C3%A9"),
        ("https://a.example/café?q=é", "https://a.example/caf%C3%A9?q=%C3%A9"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://a..ü.example/x", "https://a..%C3%BC.example/x"),
        ("http://[2001:DB8::1]:80/x", "https://[2001:db8::1]/x"),
    ],
)
def test_links_that_lead_to_one_page_have_one_canonical_form(url: str, same: str) -> None:
    assert canonical(url) == same
    assert canonical(same) == same


def test_a_ref_is_kept_where_the_feed_has_no_host_of_its_own() -> None:
    assert canonical_url("https://a.example/x?ref=", feed_url="x") == "https://a.example/x?ref="


def test_a_link_that_other_items_have_too_is_no_identity() -> None:
    story = the_story(an_entry(url_is_shared=True))
    assert story.url is not None
    assert story.canonical_url is None


def test_a_link_too_long_for_a_key_is_kept_but_is_no_identity() -> None:
    story = the_story(an_entry(url="https://a.example/" + "x" * 2_000))
    assert story.url is not None
    assert story.canonical_url is None
    assert story.problems == ("its link is too long to tell stories apart",)


def test_an_id_too_long_for_a_key_becomes_a_digest_that_tells_it_from_others() -> None:
    one, again, other = (the_story(an_entry(guid="x" * 600 + end)).guid for end in "aab")
    assert one == again != other
    assert one is not None
    assert one.startswith("blake2b:")
    assert the_story(an_entry(guid=" tag:a\x00 ")).guid == "tag:a"
    assert the_story(an_entry(guid="\x00")).guid is None


# --- dates


def test_a_missing_date_stays_missing() -> None:
    story = the_story(an_entry(published=None, published_raw=""))
    assert story.published is None
    assert story.problems == ("it has no date",)


def test_a_date_that_could_not_be_read_is_reported_once() -> None:
    entry = an_entry(published=None, published_raw="soon", problems=("its date cannot be read",))
    assert the_story(entry).problems == ("its date cannot be read",)


def test_a_date_somewhat_ahead_is_taken_as_it_is() -> None:
    ahead = NOW + timedelta(minutes=15)
    story = the_story(an_entry(published=ahead, updated=ahead))
    assert (story.published, story.updated) == (ahead, ahead)
    assert story.problems == ()


def test_a_date_in_the_future_is_now_and_flagged_and_kept_as_written() -> None:
    ahead = NOW + timedelta(minutes=16)
    story = the_story(an_entry(published=ahead, published_raw="tomorrow", updated=ahead))
    assert (story.published, story.published_raw, story.updated) == (NOW, "tomorrow", None)
    assert story.problems == (
        "it is dated in the future (tomorrow)",
        "its last change is dated in the future ()",
    )


@pytest.mark.parametrize(
    ("given", "title", "action"),
    [
        (None, "CORRECTED-UPDATE 2-Envoys meet", "correct"),
        ("update", "CORRECTED-Envoys meet", "correct"),
        ("publish", "REFILE-Envoys meet", "refile"),
        ("update", "RPT-Envoys meet", "update"),
        (None, "RPT-Envoys meet", "advise"),
        ("kill", "UPDATE 1-Envoys meet", "kill"),
        (None, "KILL KILL KILL Envoys meet", None),
        ("update", "Envoys meet", "update"),
    ],
)
def test_a_wires_wording_says_that_it_corrects_and_never_that_it_kills(
    given: WireAction | None, title: str, action: str | None
) -> None:
    text = "<p>(Corrects the day)</p>"
    entry = Entry(position=0, title=title, content=text, wire=Wire(action=given))
    wire = normalise(entry, feed_url="", outlet="bell", now=NOW).wire
    assert wire is not None
    assert (wire.action, wire.explanation) == (action, "Corrects the day")


def test_a_wires_item_needs_no_page_and_no_date_of_its_own() -> None:
    entry = Entry(position=0, title="Envoys meet", wire=Wire())
    assert normalise(entry, feed_url="", outlet="bell", now=NOW).problems == ()
