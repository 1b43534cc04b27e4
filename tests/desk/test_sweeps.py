"""Every route of the desk against what must be refused: found by walking the application itself.

A new route is covered as it is; a new name in an address stands for 1 unless there() says better.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import insert, update
from starlette.routing import Route

from desk.app import create_app
from store import rights
from store.models import SeriesRoleRow, UserRow
from store.session import transaction
from tests.desk.browser import Answer, Browser
from tests.desk.house import House
from tests.desk.newsroom import FRIDAY
from tests.desk.test_safety import assert_is_safe

# What a form sends is looked at by tokens and keys of their own here.
OPEN = {"/sign-in", "/welcome/{link}", "/hubs/{token}", "/healthz", "/metrics", "/favicon.ico"}
HOSTILE = (
    *("\0", "a\0b", "9" * 18, "9" * 400, "-1", "1e9", "NaN", "\u0661", "\U0001f600" * 50),
    *(
        "' OR 1=1 --",
        "../../etc/passwd",
        "<script>alert(1)</script>",
        "[[[[]]]]",
        "%00",
        "\r\nX: y",
    ),
)
BROKEN = b"\xff\xfe%ff%c0%80\xed\xa0\x80"
FIELDS = (
    *("version", "based_on", "then", "reason", "headline", "text", "markdown", "section", "series"),
    *("before", "way", "name", "role", "story", "stories", "other", "target", "instalment", "item"),
    *("until", "to", "person", "comment", "body", "url", "link", "day", "number", "turn", "tab"),
    *(
        "field",
        "key",
        "value",
        "query",
        "title",
        "series_key",
        "q",
        "action",
        "old",
        "new",
        "again",
        "address",
    ),
)
# Payloads as a feed may bring them; window.broken tells a browser test that one has run.
PAYLOADS = (
    "<script>window.broken=1</script>",
    '"><script>window.broken=1</script>',
    "'><img src=x onerror=window.broken=1>",
    '" onmouseover="window.broken=1" autofocus onfocus="window.broken=1',
    "</title></style></textarea><svg onload=window.broken=1>",
    "<iframe srcdoc='<script>parent.broken=1</script>'></iframe>",
    "{{ 7*7 }}{% raw %}<x-probe>${7*7}",
    "<a href='javascript:window.broken=1'>press</a>",
    "<div hx-get='/sign-out' hx-trigger='load' hx-on::load='window.broken=1'>",
    "]]><!--<x-probe>--!><math><mtext></form><form><mglyph><style></math><img src onerror=1>",
)
HOSTILE_ROWS = (
    "UPDATE story_versions SET byline = title, text = title || summary, html = title",
    "UPDATE outlets SET name = name || '<x-probe>'",
    "UPDATE items SET attribution = headline",
    "UPDATE instalments SET title = (SELECT min(headline) FROM items), lead = '<x-probe>'",
    "UPDATE instalments SET subhead = '<script>window.broken=1</script>'",
    "UPDATE feeds SET title = '<x-probe>'",
    """INSERT INTO item_quotes (item_id, version_id, text, speaker, office, forum, day, position,
        is_proposed)
    SELECT id, version_id, headline, headline, headline, headline, '', 1, true FROM items""",
)
LINKS = (
    "javascript:window.broken=1",
    "JaVaScRiPt:window.broken=1",
    "data:text/html,<x-probe>",
    'https://x.example/"onmouseover="window.broken=1',
    "vbscript:x",
    "//x.example/<x-probe>",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route of the desk, and an address of it at which something is."""

    template: str
    path: str
    methods: frozenset[str]
    may: str | None
    is_ours: bool  # behind the door of desk/door.py


def there(house: House) -> dict[str, object]:
    """What each name in an address may stand for, so that something is there."""
    item = house.item()
    with house.newsroom() as room:
        development = room.development_of(item)
    with transaction(house.engine) as session:
        story = session.connection().exec_driver_sql("SELECT max(id) FROM stories").scalar()
    return {
        "series": "harbour-watch", "number": 7, "item": item, "story": story,
        "development": development, "person": house.ben.id, "form": "ninjs", "action": "accept",
        "decision": 1, "alert": 1, "notice": 1, "session": 1, "token": "1", "link": "x" * 43,
        "target": "wordpress", "field": "lead", "how": "undo", "change": 1, "offer": 1,
        "answer": "take", "pasted": 1, "quote": 1, "ruling": 1, "refused": 1, "search": 1,
        "feed": 1, "outlet": "meridian-wire", "document": 1, "id": 1, "version": 1, "definition": 1,
        "letter": 1, "figure": "coverage", "subscription": 1, "host": 1, "delivery": 1, "sample": 1,
        "instalment": house.instalment, "name": "coverage", "key": "harbour-watch", "kind": "day",
        "trouble": 1, "picture": "coverage", "replay": 1, "run": 1, "proposal": 1, "verdict": "yes",
        "status": "paused", "word": "yes", "lookup": 1, "thing": 1,
    }  # fmt: skip


def ways(house: House) -> list[Way]:
    """Every route of the desk outside the API, which tests of its own walk."""
    known = there(house)
    found = []
    for route in create_app(house.settings, house.engine).routes:
        if not isinstance(route, Route) or route.path.startswith(("/api/", "/static/")):
            continue
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda name: str(known.get(name[1], 1)), route.path)
        found.append(
            Way(
                template=route.path,
                path=path,
                methods=frozenset(route.methods or {"GET", "POST"}),
                may=getattr(route.endpoint, "may", None),
                is_ours=hasattr(route.endpoint, "may"),
            )
        )
    return found


def posts(house: House) -> list[Way]:
    return [way for way in ways(house) if "POST" in way.methods and way.is_ours]


def pages(house: House) -> list[Way]:
    return [way for way in ways(house) if "GET" in way.methods and way.is_ours]


def token_of(browser: Browser) -> str:
    return next(browser.get("/").page.all("input", name="token")).attributes["value"]


def make(house: House, name: str, role: str, of_series: Mapping[int, str] | None = None) -> None:
    with transaction(house.engine) as session:
        session.execute(update(UserRow).where(UserRow.name == name).values(role=role))
        user = house.ann.id if name == "ann" else house.ben.id
        for series, is_a in (of_series or {}).items():
            session.execute(
                insert(SeriesRoleRow).values(
                    user_id=user, series_id=series, role=is_a, given_by="tests"
                )
            )


def test_every_route_is_behind_the_door_or_named_here(house: House) -> None:
    for way in ways(house):
        assert way.is_ours or way.template in OPEN, way.template


def test_every_form_is_refused_from_elsewhere_without_token_and_signed_out(house: House) -> None:
    mine, theirs, stranger = house.signed_in("ann"), house.signed_in("ben"), house.browser()
    own, foreign = token_of(mine), token_of(theirs)
    for way in posts(house):
        if way.template == "/sign-out":
            continue  # is tried last of all, below
        for token in ({}, {"token": ""}, {"token": foreign}):
            answer = mine.send(way.path, {**token, "version": "1"})
            assert answer.status == 403, (way.template, answer.status)
            assert_is_safe(answer)
        for site in ("cross-site", "same-site"):
            answer = mine.send(way.path, {"token": own}, {"sec-fetch-site": site})
            assert answer.status == 403, (way.template, answer.status)
        signed_out = stranger.send(way.path, {"token": own})
        assert (signed_out.status, signed_out.headers["location"][:8]) == (303, "/sign-in"), way
    assert mine.send("/sign-out", {"token": foreign}).status == 403
    assert mine.get("/").status == 200


def test_every_page_sends_strangers_to_the_sign_in(house: House) -> None:
    stranger = house.browser()
    for way in pages(house):
        answer = stranger.get(way.path)
        assert answer.status == 303, (way.template, answer.status)
        assert answer.headers["location"].startswith("/sign-in")
        assert_is_safe(answer)


def test_every_form_is_refused_to_whoever_may_not(house: House) -> None:
    make(house, "ben", "reader")
    browser = house.signed_in("ben")
    token = token_of(browser)
    for way in posts(house):
        if way.may is None or way.may == "read":
            continue
        answer = browser.send(way.path, {"token": token, "version": "1"})
        assert answer.status == 403, (way.template, answer.status)
        assert "one must be" in answer.body or "may" in answer.body
        assert_is_safe(answer)


def test_no_form_of_a_series_serves_a_chief_of_another(house: House) -> None:
    with house.newsroom() as room:
        other = room.series("river-notes", title="River Notes")
    make(house, "ben", "reader", {other: "chief"})
    browser = house.signed_in("ben")
    token = token_of(browser)
    tried = 0
    for way in posts(house):
        of_one = re.search(r"{(series|item|alert)}", way.template)
        if way.may in {None, "read"} or of_one is None or of_one[1] == "alert":
            continue
        tried += 1
        answer = browser.send(way.path, {"token": token, "version": "1"})
        assert answer.status == 403, (way.template, answer.status, way.may)
    assert tried > 5


def test_no_method_but_its_own_opens_a_route(house: House) -> None:
    browser = house.signed_in("ann")
    by_path: dict[str, set[str]] = {}
    for way in ways(house):
        by_path.setdefault(way.path, set()).update(way.methods)
    for path, methods in by_path.items():
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            if method in methods:
                continue
            answer = browser.raw(method, path, {})
            # Another route may have the same shape: it finds nothing there, or no form of ours.
            expected = {404, 405, 415} if method == "POST" else {404, 405}
            assert answer.status in expected, (method, path, answer.status)
            assert_is_safe(answer)


def test_hostile_words_break_no_form(house: House) -> None:
    make(house, "ann", "operator")
    browser = house.signed_in("ann")
    token = token_of(browser)
    for way in posts(house):
        if way.template in {"/sign-out", "/me/sessions/others"} or way.template.startswith("/me/p"):
            continue
        if way.template.startswith("/people/"):
            continue  # would shut Ann out; test_people.py has them
        for hostile in HOSTILE:
            fields = dict.fromkeys(FIELDS, hostile) | {"token": token}
            answer = browser.send(way.path, fields)
            assert answer.status < 500, (way.template, hostile, answer.status)
            assert_is_safe(answer)
            assert browser.send(way.path, {"token": token, "version": "1", "text": hostile}).status
        kind = {"content-type": "application/x-www-form-urlencoded"}
        answer = browser.raw(
            "POST", way.path, kind, f"token={token}&version=1&text=".encode(), BROKEN
        )
        assert answer.status < 500, way.template
        for sort in ("application/json", "multipart/form-data; boundary=x", ""):
            answer = browser.raw("POST", way.path, {"content-type": sort}, b"{}")
            assert answer.status == 415, (way.template, sort, answer.status)


def test_hostile_words_break_no_page(house: House) -> None:
    make(house, "ann", "operator")
    browser = house.signed_in("ann")
    names = (
        *("next", "after", "before", "q", "page", "state", "section", "outlet", "who", "since"),
        *("until", "action", "series", "sort", "at", "kind", "old", "new", "number", "cursor"),
    )
    for way in pages(house):
        for hostile in HOSTILE:
            told = quote(hostile.encode("utf-8", "surrogatepass"))
            asked = "&".join(f"{name}={told}" for name in names)
            answer = browser.get(f"{way.path}?{asked}")
            assert answer.status < 500, (way.template, hostile, answer.status)
            assert_is_safe(answer)
        for name in re.findall(r"{(\w+)}", way.template):
            for hostile in (*HOSTILE[:8], "a" * 3000):
                path = way.template.replace("{" + name + "}", hostile)
                path = re.sub(r"{\w+}", "1", path)
                answer = browser.get(path.replace("\r\n", ""))
                assert answer.status < 500, (path[:80], answer.status)


class Markup(HTMLParser):
    """Fails on whatever could run: our pages have only scripts and styles of their own files."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        at = f"{self.where}: <{tag} {told}>"
        assert tag not in {"iframe", "object", "embed", "base", "math", "x-probe", "style"}, at
        assert tag != "img" or told.get("src", "").startswith("/"), at
        if tag == "script":
            assert told.get("src", "").startswith("/static/"), at
        for name, value in told.items():
            assert not name.startswith(("on", "hx-on")), at
            assert name not in {"style", "srcdoc"}, at
            if name in {"href", "src", "action", "formaction", "hx-get", "hx-post", "xlink:href"}:
                assert re.match(r"(?:https?://|/(?!/)|#|\?|mailto:|$)", value), at


def hostile_house(house: House) -> None:
    """Stories whose every word wants to be run."""
    with house.newsroom() as room:
        for at, payload in enumerate(PAYLOADS):
            why = ({"reason": payload, "text": payload, "weight": 1.0, "spans": []},)
            item = room.item(
                house.instalment,
                f"{payload} {at}",
                summary=payload,
                outlet=f"Meridian {at} {payload}",
                url=LINKS[at % len(LINKS)],
                why=why,
                flags=(payload,),
                published=FRIDAY,
            )
            room.carrier(item, f"Copper {at} {payload}", LINKS[(at + 1) % len(LINKS)])
    with transaction(house.engine) as session:
        for statement in HOSTILE_ROWS:
            session.connection().exec_driver_sql(statement)


def every_page(house: House, browser: Browser) -> Iterator[tuple[str, Answer]]:
    """Each page that shows something, with what it showed."""
    for way in pages(house):
        answer = browser.get(way.path)
        if answer.status == 200 and answer.headers["content-type"].startswith("text/html"):
            yield way.path, answer


def test_nothing_a_feed_says_is_markup_on_any_page(house: House) -> None:
    hostile_house(house)
    make(house, "ann", "operator")
    seen = 0
    for path, answer in every_page(house, house.signed_in("ann")):
        Markup(path).feed(answer.body)
        assert "49<x-probe>" not in answer.body
        seen += 1
    assert seen > 8


@pytest.mark.parametrize("name", sorted(rights.RIGHTS))
def test_each_right_is_one_of_the_table(name: str) -> None:
    right: Any = rights.RIGHTS[name]
    assert right.least in rights.ROLES
    assert not right.what.endswith(".")
