"""What to ask a feed's server for, and what its answer means. All documents here are invented."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch import LONGEST_RETRY_AFTER, request, verdict
from pipeline.records import Answer, Feed, Verdict

URL = "https://outlet.example/feed.xml"
CONTACT = "https://newsroom.example/reader"
NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Invented</title></channel></rss>'


def a_feed(
    *,
    etag: str | None = '"old"',
    last_modified: str | None = "Thu, 05 Mar 2026 09:00:00 GMT",
    answer_hash: str | None = "0" * 64,
) -> Feed:
    return Feed(id=1, url=URL, etag=etag, last_modified=last_modified, answer_hash=answer_hash)


def judged(
    status: int | None = 200,
    body: bytes = b"",
    *,
    feed: Feed | None = None,
    problem: str | None = None,
    detail: str = "",
    **headers: str,
) -> Verdict:
    """The verdict on an answer; headers are named with underscores."""
    answer = Answer(
        url=URL,
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=body,
        problem=problem,
        detail=detail,
    )
    return verdict(feed or a_feed(), answer, now=NOW)


def test_both_validators_are_sent_back_exactly_as_they_came() -> None:
    feed = a_feed(etag='W/"a b--gzip"', last_modified="thu, 5 mar 2026 9:00 gmt")
    headers = request(feed, contact=CONTACT).headers
    assert headers["If-None-Match"] == 'W/"a b--gzip"'
    assert headers["If-Modified-Since"] == "thu, 5 mar 2026 9:00 gmt"
    assert headers["A-IM"] == "feed"


def test_a_feed_never_seen_is_asked_for_whole_and_without_junk() -> None:
    asked = request(a_feed(etag=None, last_modified=None, answer_hash=None), contact=CONTACT)
    assert asked.url == URL
    assert set(asked.headers) == {"User-Agent", "Accept", "Accept-Encoding"}


def test_a_partial_feed_is_asked_for_only_where_an_etag_says_which_part() -> None:
    headers = request(a_feed(etag=None), contact=CONTACT).headers
    assert "A-IM" not in headers
    assert "If-None-Match" not in headers
    assert "If-Modified-Since" in headers


def test_we_say_who_we_are_in_which_version_and_where_to_complain() -> None:
    agent = request(a_feed(), contact=CONTACT).headers["User-Agent"]
    assert agent.startswith("serieswatch/")
    assert agent.partition(" ")[0].removeprefix("serieswatch/")[0].isdigit()
    assert f"(+{CONTACT})" in agent


def test_only_what_the_client_unpacks_is_offered() -> None:
    assert request(a_feed(), contact=CONTACT).headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize("status", [200, 203, 226])
def test_a_new_document_is_fresh_and_brings_its_validators_and_hash(status: int) -> None:
    found = judged(status, RSS, etag='W/"new"', last_modified="yesterday, more or less")
    assert found.state == "ok"
    assert found.is_fresh
    assert not found.is_failure
    assert found.etag == 'W/"new"'
    assert found.last_modified == "yesterday, more or less"
    assert found.body_hash == sha256(RSS).hexdigest()
    assert found.retry_after is None


def test_the_same_document_again_is_not_modified_but_its_validators_are_new() -> None:
    known = sha256(RSS).hexdigest()
    found = judged(200, RSS, feed=a_feed(answer_hash=known), etag='"new"')
    assert found.state == "not_modified"
    assert not found.is_fresh
    assert not found.is_failure
    assert found.etag == '"new"'
    assert found.last_modified is None
    assert found.body_hash == known


def test_a_changed_document_under_an_unchanged_etag_is_fresh() -> None:
    assert judged(200, RSS, etag='"old"').is_fresh


def test_a_304_keeps_what_it_does_not_renew() -> None:
    found = judged(304, etag='"new"')
    assert found.state == "not_modified"
    assert not found.is_failure
    assert found.etag == '"new"'
    assert found.last_modified == a_feed().last_modified
    assert found.body_hash is None
    assert judged(304).etag == '"old"'


def test_a_304_to_a_plain_question_is_a_failure() -> None:
    found = judged(304, feed=a_feed(etag=None, last_modified=None))
    assert found.is_failure
    assert found.state == "http_3xx"
    assert "we never named" in found.reason
    assert not judged(304, feed=a_feed(etag=None)).is_failure


@pytest.mark.parametrize("etag", ['"a\x00b"', '"a\nb"', '"' + "x" * 1000 + '"', ""])
def test_a_validator_that_cannot_be_sent_back_is_not_kept(etag: str) -> None:
    assert judged(200, RSS, etag=etag).etag is None


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (201, "http_2xx", "brings no feed"),
        (204, "http_2xx", "brings no feed"),
        (206, "http_2xx", "brings no feed"),
        (302, "http_3xx", "does not say where"),
        (400, "http_4xx", "refuses the request"),
        (401, "http_4xx", "password"),
        (403, "http_4xx", "let our reader in"),
        (404, "http_4xx", "the address is gone or has moved; check the feed's address"),
        (410, "gone", "gone for good"),
        (420, "rate_limited", "too often"),
        (429, "rate_limited", "too often"),
        (451, "http_4xx", "legal reasons"),
        (500, "http_5xx", "has trouble"),
        (503, "http_5xx", "has trouble"),
        (521, "http_5xx", "has trouble"),
        (999, "http_9xx", "asked again later"),
    ],
)
def test_every_other_status_is_a_failure_that_says_what_to_do(
    status: int, state: str, words: str
) -> None:
    found = judged(status, RSS, etag='"of the error page"')
    assert found.state == state
    assert found.is_failure
    assert not found.is_fresh
    assert found.reason.startswith(f"answered {status}: ")
    assert words in found.reason
    assert (found.etag, found.last_modified) == (a_feed().etag, a_feed().last_modified)
    assert found.body_hash is None


@pytest.mark.parametrize("body", [b"", b" \r\n\t", b"\xef\xbb\xbf\n", b"\x00" * 9])
def test_an_empty_document_is_a_failure_and_its_etag_is_not_kept(body: bytes) -> None:
    found = judged(200, body, etag='"empty"')
    assert found.state == "empty"
    assert found.is_failure
    assert found.body_hash == sha256(body).hexdigest()
    assert found.etag == '"old"'


PAGES = {
    "doctype": b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head></html>",
    "bare": b"\n  <HTML lang=en><body>Sign in to the wireless network</body></HTML>",
    "xhtml": b'<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE html PUBLIC "-//W3C//DTD X//EN">',
    "fragment": b"<script>location = '/welcome'</script>",
    "utf-16": "<!doctype html><p>Bonjour".encode("utf-16"),
    "bom": b"\xef\xbb\xbf<html><body>Maintenance</body></html>",
    "long comment": b"<!--" + b"-" * 9000 + b"--><html></html>",
}


@pytest.mark.parametrize("content_type", ["text/html", "application/rss+xml", ""])
@pytest.mark.parametrize("kind", PAGES)
def test_a_web_page_is_a_failure_whatever_it_calls_itself(kind: str, content_type: str) -> None:
    found = judged(200, PAGES[kind], content_type=content_type, etag='"page"')
    assert found.state == "html"
    assert found.is_failure
    assert found.etag == '"old"'
    assert found.body_hash == sha256(PAGES[kind]).hexdigest()
    assert "web page" in found.reason


def test_plain_words_sent_as_html_are_a_page() -> None:
    assert judged(200, b"Access denied.", content_type="Text/HTML; charset=x").state == "html"


FEEDS = {
    "rss": RSS,
    "atom": b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>',
    "prefixed atom": b'<a:feed xmlns:a="http://www.w3.org/2005/Atom"></a:feed>',
    "rss 1.0": b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>',
    "rss 0.91": b'<?xml version="1.0"?><!DOCTYPE rss SYSTEM "rss-0.91.dtd"><rss></rss>',
    "below a warning": b"<br />\n<b>Warning</b>: count() in /srv/feed.php\n" + RSS,
    "utf-16": '<?xml version="1.0" encoding="utf-16"?><rss></rss>'.encode("utf-16"),
    "with html inside": RSS.replace(b"Invented", b"&lt;html&gt;<![CDATA[<html><body>]]>"),
    "json": b' {"version": "https://jsonfeed.org/version/1.1"}',
    "sitemap": b"<urlset></urlset>",
    "newsml": b"<newsItem></newsItem>",
}


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/xml", ""])
@pytest.mark.parametrize("kind", FEEDS)
def test_a_feed_is_a_feed_whatever_it_calls_itself(kind: str, content_type: str) -> None:
    assert judged(200, FEEDS[kind], content_type=content_type).state == "ok"


def test_what_is_neither_page_nor_feed_is_left_to_the_parser() -> None:
    assert judged(200, b"\x89PNG\r\n", content_type="image/png").is_fresh


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        ("dns", "name server"),
        ("tls", "secure connection"),
        ("timeout", "in time"),
        ("connect", "did not answer"),
        ("broken", "broke off"),
        ("too_big", "SERIESWATCH_BODY_CAP_MB"),
        ("redirect", "do not follow"),
        ("blocked_address", "SERIESWATCH_ALLOW_INSIDE"),
        ("something_new", "asked again later"),
    ],
)
def test_every_problem_is_a_state_with_a_sentence(problem: str, words: str) -> None:
    found = judged(None, problem=problem, detail="the {detail}")
    assert found.state == problem
    assert found.is_failure
    assert words in found.reason
    assert "the {detail}" in found.reason
    assert (found.etag, found.body_hash) == ('"old"', None)


def test_an_answer_with_neither_status_nor_problem_still_gets_a_state() -> None:
    assert judged(None).state == "connect"


@pytest.mark.parametrize("status", [429, 503, 403, 301])
def test_the_publishers_wait_is_read_from_any_refusal(status: int) -> None:
    assert judged(status, retry_after="120").retry_after == 120


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("0", 0),
        (" 120 ", 120),
        ("86400", 86400),
        ("86401", LONGEST_RETRY_AFTER),
        ("9" * 5000, LONGEST_RETRY_AFTER),
        ("-120", None),
        ("1.5", None),
        ("١٢", None),
        ("soon", None),
        ("", None),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), 300),
        (format_datetime(NOW + timedelta(days=900), usegmt=True), LONGEST_RETRY_AFTER),
        (format_datetime(NOW - timedelta(minutes=5), usegmt=True), None),
        ("Fri, 06 Mar 2026 12:05:00 -0000", 300),
        (
            format_datetime((NOW + timedelta(minutes=5)).astimezone(timezone(timedelta(hours=3)))),
            300,
        ),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(raw: str, seconds: int | None) -> None:
    assert judged(503, retry_after=raw).retry_after == seconds


def test_a_date_to_come_back_is_read_by_the_servers_own_clock() -> None:
    wrong_by_a_year = NOW - timedelta(days=365)
    found = judged(
        429,
        retry_after=format_datetime(wrong_by_a_year + timedelta(minutes=10), usegmt=True),
        date=format_datetime(wrong_by_a_year, usegmt=True),
    )
    assert found.retry_after == 600


def test_a_date_to_come_back_is_read_by_our_clock_where_the_server_shows_none() -> None:
    found = judged(
        429, retry_after=format_datetime(NOW + timedelta(minutes=10), usegmt=True), date="today"
    )
    assert found.retry_after == 600


@given(
    body=st.binary(max_size=200),
    status=st.none() | st.integers(min_value=100, max_value=999),
    header=st.text(max_size=60),
)
def test_no_answer_goes_without_a_verdict(body: bytes, status: int | None, header: str) -> None:
    found = judged(status, body, retry_after=header, date=header, etag=header, content_type=header)
    assert found.reason
    assert found.state
    assert not (found.is_fresh and found.is_failure)
    assert found.retry_after is None or 0 <= found.retry_after <= LONGEST_RETRY_AFTER


@given(
    parts=st.tuples(*[st.integers(min_value=-5, max_value=99999)] * 5),
    zone=st.sampled_from(["GMT", "+9999", "-0000", "+99999999999", ""]),
)
def test_no_date_breaks_a_verdict(parts: tuple[int, ...], zone: str) -> None:
    day, year, hour, minute, second = parts
    raw = f"Fri, {day} Mar {year} {hour}:{minute}:{second} {zone}"
    found = judged(503, retry_after=raw, date=raw)
    assert found.retry_after in {0, None}
