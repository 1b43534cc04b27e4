"""What WordPress is asked, what its answers mean, and what comes next."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.deliver import plan, wordpress
from pipeline.deliver.plan import Known, Next
from pipeline.deliver.wordpress import Draft, Post, Trouble
from pipeline.records import Request
from tests.builders import an_answer

DRAFT = Draft(title="A title", html="<p>Words.</p>", excerpt="Below it", slug="watch-7-ab12")
BASE = wordpress.base(
    Request(
        url="https://cms.example/wp-json/wp/v2",
        headers={"User-Agent": "us", "Accept": "application/rss+xml"},
        own_port=8443,
    )
)
POST = Post(
    id=41,
    link="https://cms.example/?p=41",
    status="draft",
    mark="2026-01-01T00:00:00",
    title="A title",
    html="<p>Words.</p>",
)
TOLD: dict[str, Any] = {
    "id": 41,
    "link": "https://cms.example/?p=41",
    "status": "draft",
    "modified_gmt": "2026-01-01T00:00:00",
    "title": {"raw": "A title"},
    "content": {"raw": "<p>Words.</p>"},
}


def test_a_title_is_the_same_with_its_marks_written_out() -> None:
    assert replace(POST, title="Fish &amp; chips ").says("Fish & chips", "<p>Words.</p>")
    assert not POST.says("A title", "<p>Other words.</p>")


def test_questions_say_who_asks_and_go_nowhere_else() -> None:
    asked = wordpress.find(BASE, "watch-7-ab12")
    assert asked.url == (
        "https://cms.example/wp-json/wp/v2/posts?slug=watch-7-ab12"
        "&status=draft%2Cpending%2Cpublish%2Cfuture&context=edit&per_page=1"
    )
    assert asked.headers == {"User-Agent": "us", "Accept": "application/json"}
    assert (asked.own_port, asked.stays) == (8443, True)
    assert wordpress.look(BASE, 41).url.endswith("/posts/41?context=edit")
    assert wordpress.whoami(BASE).url.endswith("/users/me?context=edit")


def test_a_draft_is_made_with_its_slug_and_written_over_without() -> None:
    asked, body = wordpress.write(BASE, DRAFT)
    assert asked.url.endswith("/posts")
    assert asked.headers["Content-Type"] == "application/json"
    words = {"title": "A title", "content": "<p>Words.</p>", "excerpt": "Below it"}
    assert json.loads(body) == {**words, "slug": "watch-7-ab12", "status": "draft"}
    asked, body = wordpress.write(BASE, DRAFT, post_id=41)
    assert asked.url.endswith("/posts/41")
    assert json.loads(body) == words


def test_an_answer_is_a_post_or_none() -> None:
    assert wordpress.read(an_answer(json.dumps(TOLD), status=201)) == POST
    assert wordpress.read(an_answer(json.dumps([TOLD]))) == POST
    assert wordpress.read(an_answer("[]")) is None


@pytest.mark.parametrize(
    ("status", "date", "since"),
    [
        ("publish", "2026-01-02T09:30:00", datetime(2026, 1, 2, 9, 30, tzinfo=UTC)),
        ("publish", "0000-00-00T00:00:00", None),
        ("draft", "2026-01-02T09:30:00", None),
    ],
)
def test_since_when_it_is_published_says_the_cms(
    status: str, date: str, since: datetime | None
) -> None:
    told = json.dumps({**TOLD, "status": status, "date_gmt": date})
    found = wordpress.read(an_answer(told))
    assert isinstance(found, Post)
    assert found.published == since


@pytest.mark.parametrize(
    "body", ["<html>", "{}", "7", json.dumps({**TOLD, "title": "bare"}), '[{"id":1}]']
)
def test_what_is_no_wordpress_is_told_so(body: str) -> None:
    found = wordpress.read(an_answer(body))
    assert isinstance(found, Trouble)
    assert (found.is_passing, "no WordPress we know" in found.said) == (False, True)
    who = wordpress.may(an_answer(body))
    assert isinstance(who, Trouble)


@pytest.mark.parametrize(
    ("status", "is_passing", "is_gone"),
    [
        (400, False, False),
        (401, False, False),
        (403, False, False),
        (404, False, True),
        (410, False, True),
        (429, True, False),
        (500, True, False),
        (503, True, False),
    ],
)
def test_refusals_say_whether_trying_again_helps(
    status: int, *, is_passing: bool, is_gone: bool
) -> None:
    found = wordpress.read(an_answer('{"message": "So\\n it is."}', status=status))
    assert isinstance(found, Trouble)
    assert (found.is_passing, found.is_gone) == (is_passing, is_gone)
    assert f"({status}: So it is.)" in found.said
    bare = wordpress.may(an_answer("no JSON", status=status))
    assert isinstance(bare, Trouble)
    assert f"({status})" in bare.said


@pytest.mark.parametrize(
    ("told", "seconds"), [("120", 120), ("9999999", None), ("999999", 86_400), ("soon", None)]
)
def test_a_server_may_say_when(told: str, seconds: int | None) -> None:
    answer = an_answer("", status=503, headers={"retry-after": told})
    found = wordpress.read(answer)
    assert isinstance(found, Trouble)
    assert found.retry_after == seconds


def test_no_answer_is_a_reason_to_try_again() -> None:
    found = wordpress.read(an_answer(status=None, problem="dns", detail="no such name"))
    assert found == Trouble(said="it cannot be reached: no such name", is_passing=True)


def test_who_we_are_and_may() -> None:
    told = json.dumps({"name": "desk", "capabilities": {"edit_posts": True}})
    assert wordpress.may(an_answer(told)) == ("desk", True, False)


@pytest.mark.parametrize(
    ("there", "known", "forced", "shown", "step"),
    [
        (None, None, False, None, "make"),
        (None, Known(mark="1", title="A", html="B"), False, None, "stop"),
        (None, Known(mark="1", title="A", html="B"), True, None, "make"),
        ("same", None, False, None, "leave"),
        ("as left", Known(mark="2", title="Old", html="<p>Old.</p>"), False, None, "write"),
        ("as left", Known(mark="1", title="Old", html="<p>Old.</p>"), False, None, "stop"),
        ("as left", None, False, None, "stop"),
        ("as left", None, True, ("Old", "<p>Old.</p>"), "write"),
        ("as left", None, True, ("Old", "<p>Older.</p>"), "stop"),
        ("as left", None, True, None, "stop"),
        ("out", Known(mark="2", title="Old", html="<p>Old.</p>"), True, None, "stop"),
    ],
)
def test_what_comes_next(
    there: str | None,
    known: Known | None,
    shown: tuple[str, str] | None,
    step: str,
    *,
    forced: bool,
) -> None:
    post = {
        None: None,
        "same": POST,
        "as left": Post(id=1, link="", status="draft", mark="2", title="Old", html="<p>Old.</p>"),
        "out": Post(id=1, link="", status="publish", mark="2", title="Old", html="<p>Old.</p>"),
    }[there]
    found = plan.next_step(post, DRAFT, known=known, is_forced=forced, shown=shown)
    assert found.step == step
    assert bool(found.why) == (step == "stop")
    assert found.is_edited == (step == "stop" and there == "as left")


def test_a_scheduled_post_is_called_so() -> None:
    post = Post(id=1, link="", status="future", mark="", title="", html="")
    assert plan.next_step(post, DRAFT, known=None) == Next(
        "stop", "it is scheduled there: what is out is changed there, by a person"
    )


def test_waits_grow_and_end_and_heed_the_server() -> None:
    waits = [plan.wait(tries, jitter=0.5) for tries in range(1, plan.MOST_TRIES + 1)]
    assert waits[:3] == [60.0, 120.0, 240.0]
    assert max(waits) == 7200.0
    assert sum(waits) > 12 * 3600
    assert plan.wait(1, jitter=0.0) == 48.0
    assert plan.wait(1, jitter=0.5, asked=600) == 600.0
