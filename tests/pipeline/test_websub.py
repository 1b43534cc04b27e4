"""WebSub: the hub that is found, the question it is asked, and what it may answer."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from pipeline import websub
from pipeline.records import Ways
from pipeline.websub import Standing, Step

NOW = datetime(2024, 5, 31, 12, 0, tzinfo=UTC)
FEED = "https://harbour-post.example/feeds/world.xml"
HUB = "https://hub.example/"
NONE = Ways()


# --- which hub, which topic


@pytest.mark.parametrize(
    ("link", "document", "found"),
    [
        ("", NONE, None),
        (f'<{HUB}>; rel="hub", <{FEED}>; rel="self"', NONE, (HUB, FEED)),
        (f"<{HUB}>;rel=hub,<{FEED}>;rel=self", NONE, (HUB, FEED)),
        (f'<{HUB}>; title="a, b"; REL="Hub", </feeds/world.xml>; rel=self', NONE, (HUB, FEED)),
        (f'<{HUB}>; rel="hub self"', NONE, (HUB, HUB)),
        ("", Ways(hub=HUB, topic=FEED), (HUB, FEED)),
        ("", Ways(hub="/hub", topic=FEED), ("https://harbour-post.example/hub", FEED)),
        # the header speaks before the document, each for what it names
        (f"<{HUB}>; rel=hub", Ways(hub="https://other.example/", topic=FEED), (HUB, FEED)),
        (f"<{FEED}>; rel=self", Ways(hub=HUB, topic="https://x.example/"), (HUB, FEED)),
        # of two hubs the first
        (f"<{HUB}>; rel=hub, <https://two.example/>; rel=hub", Ways(topic=FEED), (HUB, FEED)),
        # nothing to subscribe to, or nobody
        (f"<{HUB}>; rel=hub", NONE, None),
        ("", Ways(topic=FEED), None),
        (f"<{HUB}>", Ways(topic=FEED), None),
        # not of the web
        ("<javascript:alert(1)>; rel=hub", Ways(topic=FEED), None),
        ("<https://[oops>; rel=hub", Ways(topic=FEED), None),
        ("<https://a b.example/>; rel=hub", Ways(topic=FEED), None),
        (f"<https://hub.example/{'a' * 2000}>; rel=hub", Ways(topic=FEED), None),
    ],
)
def test_hub_and_topic_are_found(link: str, document: Ways, found: tuple[str, str] | None) -> None:
    assert websub.hub_and_topic({"link": link} if link else {}, document, FEED) == found


# --- the question


def test_the_question_is_a_form_with_a_secret() -> None:
    request, body = websub.subscription(
        hub=HUB,
        topic=FEED + "?a=1&b=ä",
        callback="https://desk.example/hubs/abc",
        secret="hush",  # noqa: S106  # invented
        user_agent="serieswatch/1",
    )
    assert request.url == HUB
    assert request.headers == {
        "User-Agent": "serieswatch/1",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert parse_qs(body.decode("ascii"), strict_parsing=True) == {
        "hub.callback": ["https://desk.example/hubs/abc"],
        "hub.mode": ["subscribe"],
        "hub.topic": [FEED + "?a=1&b=ä"],
        "hub.lease_seconds": [str(websub.WANTED_LEASE)],
        "hub.secret": ["hush"],
    }


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (None, websub.WANTED_LEASE),
        ("soon", websub.WANTED_LEASE),
        ("-1", websub.WANTED_LEASE),
        ("86400", 86_400),
        ("0", websub.SHORTEST_LEASE),
        ("999999999999", websub.LONGEST_LEASE),
    ],
)
def test_a_lease_is_what_the_hub_says_within_reason(told: str | None, seconds: int) -> None:
    assert websub.lease(told) == seconds


# --- signatures


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_right_signature_is_known_in_every_method(method: str) -> None:
    digest = hmac.new(b"hush", b"body", getattr(hashlib, method)).hexdigest()
    assert websub.is_signed(f"{method}={digest}", "hush", b"body")
    assert websub.is_signed(f" {method} = {digest.upper()} ", "hush", b"body")
    assert not websub.is_signed(f"{method}={digest}", "hush", b"body.")
    assert not websub.is_signed(f"{method}={digest}", "hush hush", b"body")
    assert not websub.is_signed(f"{method}={digest[:-1]}", "hush", b"body")


@pytest.mark.parametrize(
    "header", [None, "", "sha256=", "sha256", "md5=" + "0" * 32, "none=00", "sha256=zz", "=00"]
)
def test_what_is_no_signature_is_none(header: str | None) -> None:
    assert not websub.is_signed(header, "hush", b"body")


# --- what next


def standing(state: str, **told: Any) -> Standing:  # noqa: ANN401  # fields of the record
    usual: dict[str, Any] = {
        "is_asked": False,
        "asked_at": None,
        "verified_at": None,
        "expires_at": None,
        "failures": 0,
    }
    return Standing(state=state, **(usual | told))


def step(of: Standing, *, jitter: float = 0.5) -> Step:
    return websub.next_step(of, now=NOW, jitter=jitter)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize("state", ["wanted", "expired"])
def test_a_hub_that_was_never_asked_or_ran_out_is_asked_now(state: str) -> None:
    assert step(standing(state, asked_at=ago(days=1))) == Step(is_due=True)


def test_a_hub_that_was_asked_is_given_time_to_check_back() -> None:
    waiting = standing("asked", is_asked=True, asked_at=ago(minutes=10))
    assert step(waiting) == Step(is_due=False, again_in=websub.LOOK_AGAIN)
    late = standing("asked", is_asked=True, asked_at=ago(hours=2))
    assert step(late) == Step(is_due=True, is_overdue=True)


@pytest.mark.parametrize("state", ["denied", "broken"])
def test_a_hub_that_refused_or_failed_is_tried_again_after_a_week(state: str) -> None:
    fresh = step(standing(state, asked_at=ago(days=1)), jitter=0)
    assert (fresh.is_due, fresh.again_in) == (False, 6 * 86_400)
    assert step(standing(state, asked_at=ago(days=8))).is_due
    assert step(standing(state)).is_due


def test_a_lease_is_renewed_before_its_end_at_a_time_that_is_drawn() -> None:
    fresh = standing("active", verified_at=ago(days=1), expires_at=ago(days=-9))
    moments = [step(fresh, jitter=jitter) for jitter in (0.0, 0.5, 1.0)]
    assert not any(moment.is_due for moment in moments)
    days = [moment.again_in / 86_400 for moment in moments]
    assert days == pytest.approx([4, 6, 8])  # of ten days one has passed; five to nine are drawn
    half = standing("active", verified_at=ago(days=5), expires_at=ago(days=-5))
    assert step(half).is_due


def test_one_that_counts_as_active_without_a_lease_is_asked() -> None:
    assert step(standing("active")).is_due


def test_patience_grows_until_the_hub_counts_as_dead() -> None:
    waits = [websub.patience(failures, 0) for failures in range(6)]
    assert waits == [3600, 3600, 7200, 14_400, 7 * 86_400, 7 * 86_400]
    assert websub.patience(1, 1) == pytest.approx(3960)
