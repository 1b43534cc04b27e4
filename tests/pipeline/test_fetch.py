"""What to ask a feed's server for, and what its answer means. All documents here are invented."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.fetch import (
    LONGEST_FRESH,
    LONGEST_RETRY_AFTER,
    asks_to_wait,
    request,
    verdict,
)
from pipeline.records import Answer, Feed, Hop, Verdict

URL = "https://outlet.example/feed.xml"
END = "https://new.outlet.example/feed.xml"
CONTACT = "https://newsroom.example/reader"
NOW = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)
RSS = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Invented</title></channel></rss>'


def a_feed(
    *,
    etag: str | None = '"old"',
    last_modified: str | None = "Thu, 05 Mar 2026 09:00:00 GMT",
    answer_hash: str | None = "0" * 64,
    validators_of: str | None = None,
    validators_lie: bool = False,
) -> Feed:
    return Feed(
        id=1,
        url=URL,
        etag=etag,
        last_modified=last_modified,
        answer_hash=answer_hash,
        validators_of=validators_of,
        validators_lie=validators_lie,
    )


def judged(
    status: int | None = 200,
    body: bytes = b"",
    *,
    feed: Feed | None = None,
    problem: str | None = None,
    detail: str = "",
    hops: tuple[int, ...] = (),
    plain: bool = False,
    headers: Mapping[str, str] | None = None,
    **more: str,
) -> Verdict:
    """The verdict on an answer, after redirects of such statuses; headers have underscores."""
    way = [URL, *(f"{END}?{n}" for n in range(1, len(hops))), END]
    answer = Answer(
        url=END if hops else URL,
        hops=tuple(Hop(way[n], status, way[n + 1]) for n, status in enumerate(hops)),
        status=status,
        headers={
            name.replace("_", "-"): value for name, value in {**(headers or {}), **more}.items()
        },
        body=body,
        problem=problem,
        detail=detail,
    )
    return verdict(feed or a_feed(), answer, now=NOW, plain=plain)


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
    assert request(a_feed(), contact=CONTACT).headers["Accept-Encoding"] == "gzip, br"


def test_every_kind_of_feed_is_asked_for_by_its_name() -> None:
    accept = request(a_feed(), contact=CONTACT).headers["Accept"]
    for kind in ("application/rss+xml", "application/atom+xml", "application/feed+json", "*/*"):
        assert kind in accept


def test_another_name_is_given_only_where_an_operator_has_set_it() -> None:
    feed = Feed(id=1, url=URL, user_agent="Outlet Partner Reader")
    assert request(feed, contact=CONTACT).headers["User-Agent"] == "Outlet Partner Reader"


CONDITIONS = {"If-None-Match", "If-Modified-Since", "A-IM"}


def test_an_audit_is_a_plain_request_and_nothing_else() -> None:
    asked = request(a_feed(), contact=CONTACT, plain=True)
    usual = request(a_feed(), contact=CONTACT)
    assert asked.url == usual.url == URL
    assert set(usual.headers) - set(asked.headers) == CONDITIONS
    assert set(asked.headers) < set(usual.headers)


def test_validators_that_lie_are_not_sent() -> None:
    headers = request(a_feed(validators_lie=True), contact=CONTACT).headers
    assert not CONDITIONS & set(headers)


def test_validators_are_told_to_the_address_they_came_from() -> None:
    assert request(a_feed(validators_of=END), contact=CONTACT).validators_of == END
    assert request(a_feed(), contact=CONTACT).validators_of is None


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("https://wire.example/a", None),
        ("https://wire.example:443/a", None),
        ("http://wire.example:80/a", None),
        ("http://wire.example:8080/a", 8080),
        ("https://[2001:db8::1]:8443/a", 8443),
        ("http://wire.example:99999/", None),
        ("http://wire.example:web/", None),
    ],
)
def test_a_port_of_its_own_is_opened_only_by_the_feeds_own_address(
    url: str, port: int | None
) -> None:
    assert request(Feed(id=1, url=url), contact=CONTACT).own_port == port


def test_a_redirect_that_asks_us_to_wait_is_followed_once_we_have_come_back() -> None:
    assert not request(Feed(id=1, url=URL), contact=CONTACT).has_waited
    assert request(Feed(id=1, url=URL, failures=1, is_limited=True), contact=CONTACT).has_waited


def test_a_failure_that_asked_for_nothing_is_no_wait() -> None:
    assert not request(Feed(id=1, url=URL, failures=1), contact=CONTACT).has_waited


def test_a_redirect_that_asks_us_to_wait_always_counts_as_a_limit() -> None:
    past = "Thu, 01 Jan 2015 00:00:00 GMT"  # and no Date: the client cannot tell that it is over
    assert judged(302, retry_after=past).state == "rate_limited"
    assert judged(302, retry_after="0").state == "http_3xx"


@pytest.mark.parametrize("status", [200, 203])
def test_a_new_document_is_fresh_and_brings_its_validators_and_hash(status: int) -> None:
    found = judged(status, RSS, etag='W/"new"', last_modified="yesterday, more or less")
    assert found.state == "ok"
    assert found.is_fresh
    assert not found.is_failure
    assert found.etag == 'W/"new"'
    assert found.last_modified == "yesterday, more or less"
    assert found.validators_of == URL
    assert found.body_hash == sha256(RSS).hexdigest()
    assert found.retry_after is None
    assert not found.is_partial
    assert not found.is_limited
    assert found.moved_to is None


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


def test_a_304_to_an_audit_or_to_validators_that_were_not_sent_is_a_failure() -> None:
    assert judged(304, plain=True).is_failure
    assert judged(304, feed=a_feed(validators_lie=True)).is_failure


def test_a_304_counts_only_from_the_address_that_gave_the_validators() -> None:
    at_home = a_feed(validators_of=URL)
    assert judged(304, feed=at_home).state == "not_modified"
    portal = judged(304, feed=at_home, hops=(302,), etag='"of the portal"')
    assert portal.is_failure
    assert (portal.etag, portal.validators_of) == ('"old"', URL)
    at_the_end = judged(304, feed=a_feed(validators_of=END), hops=(302,))
    assert (at_the_end.state, at_the_end.validators_of) == ("not_modified", END)
    assert judged(304, hops=(302,)).validators_of == END


def test_validators_belong_to_the_address_at_the_end_of_the_redirects() -> None:
    assert judged(200, RSS, hops=(302, 301)).validators_of == END


def test_a_226_is_a_part_of_the_feed_where_it_says_so() -> None:
    found = judged(226, RSS, im="feed", etag='"of the whole"', cache_control="max-age=60")
    assert (found.state, found.is_fresh, found.is_partial) == ("ok", True, True)
    assert (found.etag, found.fresh_for) == ('"of the whole"', 60)
    assert judged(226, RSS, im=" Feed ").is_partial


@pytest.mark.parametrize("im", ["", "vcdiff", "feed, gzip"])
def test_any_other_226_is_a_failure_and_its_etag_is_not_kept(im: str) -> None:
    found = judged(226, RSS, im=im, etag='"of the whole"')
    assert (found.state, found.etag) == ("http_2xx", '"old"')
    assert found.is_failure
    assert "not the new items" in found.reason


@pytest.mark.parametrize(
    ("hops", "moved"),
    [
        ((301,), True),
        ((308,), True),
        ((301, 308, 301), True),
        ((302,), False),
        ((303,), False),
        ((307,), False),
        ((301, 302), False),
        ((307, 308), False),
        ((), False),
    ],
)
def test_a_feed_has_moved_only_if_every_redirect_was_permanent(
    hops: tuple[int, ...], *, moved: bool
) -> None:
    for found in (judged(200, RSS, hops=hops), judged(304, hops=hops)):
        assert found.moved_to == (END if moved else None)


@pytest.mark.parametrize("body", [b"", b"<html>Sign in</html>"])
def test_a_permanent_redirect_to_no_feed_is_no_move(body: bytes) -> None:
    found = judged(200, body, hops=(301,), cache_control="max-age=600", etag='"page"')
    assert found.is_failure
    assert (found.moved_to, found.fresh_for, found.validators_of) == (None, None, None)
    assert judged(404, hops=(301,)).moved_to is None


DATE = format_datetime(NOW, usegmt=True)
LATER = format_datetime(NOW + timedelta(minutes=20), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache_control": "public"}, None),
        ({"cache_control": "max-age=300"}, 300),
        ({"cache_control": 'Public, MAX-AGE = "300", must-revalidate'}, 300),
        ({"cache_control": "max-age=300, max-age=900"}, 300),
        ({"cache_control": "s-maxage=900"}, None),
        ({"cache_control": "max-age=0"}, 0),
        ({"cache_control": "max-age=-5"}, 0),
        ({"cache_control": "max-age=soon"}, 0),
        ({"cache_control": "max-age"}, 0),
        ({"cache_control": "max-age=" + "9" * 5000}, LONGEST_FRESH),
        ({"cache_control": "max-age=300", "age": "120"}, 180),
        ({"cache_control": "max-age=300", "age": "120, 10"}, 180),
        ({"cache_control": "max-age=300", "age": "301"}, 0),
        ({"cache_control": "max-age=300", "age": "old"}, 300),
        ({"cache_control": "max-age=90000", "age": "3600"}, LONGEST_FRESH),
        ({"cache_control": "max-age=300, no-cache"}, 0),
        ({"cache_control": "no-cache"}, 0),
        ({"cache_control": "no-store, max-age=300"}, 0),
        ({"cache_control": 'no-cache="set-cookie", max-age=300'}, 300),
        ({"cache_control": "no-cache", "expires": LATER}, 0),
        ({"cache_control": "max-age=300", "expires": "0"}, 300),
        ({"expires": LATER, "date": DATE}, 1200),
        ({"expires": LATER}, 1200),
        ({"expires": LATER, "date": "today"}, 1200),
        ({"expires": LATER, "date": LATER}, 0),
        ({"expires": LATER, "date": DATE, "age": "200"}, 1000),
        ({"expires": DATE, "date": LATER}, 0),
        ({"expires": "0", "date": DATE}, 0),
        ({"expires": "-1"}, 0),
        ({"expires": "Sat, 01 Jan 2050 00:00:00 GMT", "date": DATE}, LONGEST_FRESH),
        ({"cache_control": "public", "expires": LATER, "date": DATE}, 1200),
    ],
)
def test_freshness_is_read_as_a_private_cache_reads_it(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert judged(200, RSS, headers=headers).fresh_for == seconds
    assert judged(304, headers=headers).fresh_for == seconds
    assert judged(503, headers=headers).fresh_for is None


def test_expiry_is_read_by_the_servers_own_clock() -> None:
    wrong = NOW - timedelta(days=365)
    found = judged(
        304,
        expires=format_datetime(wrong + timedelta(minutes=10), usegmt=True),
        date=format_datetime(wrong, usegmt=True),
    )
    assert found.fresh_for == 600


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
        (226, "http_2xx", "not the new items"),
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
        ("60, 60", 60),
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


@pytest.mark.parametrize(
    ("status", "retry_after", "is_limited"),
    [
        (429, "", True),
        (429, "120", True),
        (429, "-1", True),
        (420, "", True),
        (503, "", False),
        (503, "120", True),
        (503, "0", False),
        (403, "", False),
        (403, "120", True),
        (302, "120", True),
        (301, "", False),
        (404, "120", False),
        (500, "120", False),
    ],
)
def test_a_limit_is_the_servers_and_not_one_feeds(
    status: int, retry_after: str, *, is_limited: bool
) -> None:
    found = judged(status, retry_after=retry_after)
    assert found.is_failure
    assert found.is_limited == is_limited
    assert (found.state == "rate_limited") == is_limited


def test_cloudflares_word_for_too_many_requests_is_understood_behind_a_403() -> None:
    for body in (b"error code: 1015", b'<span class="cf-error-code">1015</span>'):
        found = judged(403, body)
        assert (found.state, found.is_limited) == ("rate_limited", True)
        assert "too often" in found.reason
        assert found.body_hash is None
    assert not judged(403, b"error code: 1020").is_limited
    assert not judged(403, b"ray 21015a").is_limited
    assert not judged(404, b"error code: 1015").is_limited


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("1", "in 1 second,"),
        ("119", "in 119 seconds,"),
        ("120", "in 2 minutes,"),
        ("5400", "in 90 minutes,"),
        ("86400", "in 24 hours,"),
    ],
)
def test_a_wait_is_told_in_words(raw: str, words: str) -> None:
    assert words in judged(429, retry_after=raw).reason


@pytest.mark.parametrize(
    ("retry_after", "date", "waits"),
    [
        ("", "", False),
        ("0", "", False),
        ("-5", "", False),
        ("soon", "", False),
        ("1", "", True),
        ("9" * 5000, "", True),
        (LATER, DATE, True),
        (LATER, "", True),
        (DATE, LATER, False),
        (DATE, DATE, False),
    ],
)
def test_an_answer_asks_to_wait_if_it_names_a_time_to_come(
    retry_after: str, date: str, *, waits: bool
) -> None:
    assert asks_to_wait({"retry-after": retry_after, "date": date}) == waits


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
    words = ("retry_after", "date", "etag", "content_type", "cache_control", "expires", "age", "im")
    found = judged(status, body, headers=dict.fromkeys(words, header))
    assert found.reason
    assert found.state
    assert not (found.is_fresh and found.is_failure)
    assert found.retry_after is None or 0 <= found.retry_after <= LONGEST_RETRY_AFTER
    assert found.fresh_for is None or 0 <= found.fresh_for <= LONGEST_FRESH


@given(
    parts=st.tuples(*[st.integers(min_value=-5, max_value=99999)] * 5),
    zone=st.sampled_from(["GMT", "+9999", "-0000", "+99999999999", ""]),
)
def test_no_date_breaks_a_verdict(parts: tuple[int, ...], zone: str) -> None:
    day, year, hour, minute, second = parts
    raw = f"Fri, {day} Mar {year} {hour}:{minute}:{second} {zone}"
    found = judged(503, retry_after=raw, date=raw)
    assert found.retry_after in {0, None}
