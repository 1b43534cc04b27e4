"""Headers, refusal of other sites, small forms, and pages for everything that goes wrong."""

import logging
import re

import pytest
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from desk import safety
from desk.app import create_app
from store.models import DecisionRow
from store.session import make_engine, transaction
from tests.desk.browser import Answer, Browser
from tests.desk.house import SHEET, House

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def assert_is_safe(answer: Answer) -> None:
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"


def decided(house: House) -> bool:
    with transaction(house.engine) as session:
        return session.scalars(select(DecisionRow)).first() is not None


def accept(browser: Browser, item: int, headers: dict[str, str], **changed: str) -> Answer:
    """Accept an item with the page's own token unless it is changed."""
    page = browser.get(SHEET).page
    token = next(page.all("input", name="token")).attributes["value"]
    fields = {"token": token, "version": "1", "then": SHEET} | changed
    return browser.send(f"/items/{item}/accept", fields, headers)


@pytest.mark.parametrize(
    "path", ["/", SHEET, "/sign-in", "/nowhere", "/static/nothing", "/healthz", "/favicon.ico"]
)
def test_every_answer_has_the_headers_and_is_not_kept(house: House, path: str) -> None:
    for browser in (house.browser(), house.signed_in()):
        answer = browser.get(path)
        assert_is_safe(answer)
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers


def test_over_tls_browsers_are_told_to_stay_there(house: House) -> None:
    answer = house.browser(desk_secure=True).get("/sign-in")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_the_style_sheet_may_be_kept_and_its_address_changes_with_it(house: House) -> None:
    browser = house.browser()
    page = browser.get("/sign-in").page
    address = next(page.all("link", rel="stylesheet")).attributes["href"]
    answer = browser.get(address)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert_is_safe(answer)
    assert re.match(r"/static/[0-9a-f]{12}/", address)


def test_the_desk_has_a_sign_of_its_own(house: House) -> None:
    browser = house.browser()
    sign = browser.get("/sign-in").page.one("link", rel="icon").attributes["href"]
    answer = browser.get(sign)
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert browser.get("/favicon.ico").headers["location"] == sign


@pytest.mark.parametrize("path", ["/", SHEET, "/sign-in", "/nowhere"])
def test_no_page_holds_an_inline_script_or_style_or_anything_remote(
    house: House, path: str
) -> None:
    house.item()
    page = (
        house.signed_in().get(path).page if path != "/sign-in" else house.browser().get(path).page
    )
    for script in page.all("script"):
        assert script.attributes["src"].startswith("/static/")
        assert not script.text
    assert not list(page.all("style"))
    assert not list(page.all("img"))
    for name in ("a", "form", "input", "button", "article", "div", "p", "main", "section"):
        for element in page.all(name):
            assert not [a for a in element.attributes if a == "style" or a.startswith("on")]
    for link in page.all("link"):
        assert link.attributes["href"].startswith("/static/")


@pytest.mark.parametrize("token", ["", "wrong", "\u00fc"])
def test_a_form_without_the_right_token_changes_nothing(house: House, token: str) -> None:
    item = house.item()
    answer = accept(house.signed_in(), item, {}, token=token)
    assert answer.status == 403
    assert "did not come from a page of your present sign-in" in answer.page.one("main").text
    assert not decided(house)


def test_somebody_elses_token_is_no_token(house: House) -> None:
    item = house.item()
    theirs = next(house.signed_in("ben").get(SHEET).page.all("input", name="token"))
    answer = accept(house.signed_in("ann"), item, {}, token=theirs.attributes["value"])
    assert answer.status == 403
    assert not decided(house)


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "http://desk.example"},
    ],
)
def test_what_the_browser_says_came_from_another_site_is_refused_even_with_the_token(
    house: House, headers: dict[str, str]
) -> None:
    item = house.item()
    answer = accept(house.signed_in(), item, headers)
    assert answer.status == 403
    assert "another site" in answer.page.one("main").text
    assert not decided(house)


@pytest.mark.parametrize(
    ("origin", "is_refused"),
    [
        ("http://desk.example", False),
        ("https://desk.example", False),  # TLS ends before us
        ("http://DESK.example", False),
        ("http://desk.example:8080", True),
        ("http://elsewhere.example", True),
        ("http://desk.example.elsewhere.example", True),
        ("null", True),
    ],
)
def test_where_browsers_send_only_the_origin_that_decides(origin: str, is_refused: bool) -> None:
    request = Request(
        {
            "type": "http",
            "method": "POST",
            "headers": [(b"host", b"desk.example"), (b"origin", origin.encode())],
        }
    )
    assert safety.comes_from_elsewhere(request) is is_refused


def test_a_client_that_names_no_origin_still_needs_the_token(house: House) -> None:
    item = house.item()
    browser = house.signed_in()
    page = browser.get(SHEET).page
    token = next(page.all("input", name="token")).attributes["value"]
    kind = {"content-type": "application/x-www-form-urlencoded"}
    body = f"token={token}&version=1&then=/".encode()
    assert browser.raw("POST", f"/items/{item}/accept", kind, b"version=1").status == 403
    assert browser.raw("POST", f"/items/{item}/accept", kind, body).status == 303


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/items/1/accept"])
def test_a_form_that_is_too_large_is_refused_while_it_comes_in(house: House, path: str) -> None:
    browser = house.signed_in()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = browser.raw("POST", path, kind, *[b"a" * 8000] * 3)
    assert answer.status == 413
    assert answer.page.one("h1").text == "That was too large"
    assert_is_safe(answer)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", ""])
def test_only_plain_forms_are_taken(house: House, kind: str) -> None:
    answer = house.signed_in().raw("POST", "/sign-out", {"content-type": kind}, b"{}")
    assert answer.status == 415


def test_a_form_of_very_many_fields_is_refused(house: House) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = house.browser().raw("POST", "/sign-in", kind, b"a=1&" * 1000)
    assert answer.status == 400


def test_bytes_that_are_no_text_are_only_a_wrong_form(house: House) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = house.browser().raw("POST", "/sign-in", kind, b"token=%ff%00\xff&name=%00")
    assert answer.status == 400


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/../app.py", 404),
        ("GET", "/instalments/harbour-watch/8", 404),
        ("GET", "/instalments/nothing/1", 404),
        ("GET", "/instalments/harbour-watch/" + "9" * 18, 404),
        ("GET", "/instalments/harbour-watch/" + "9" * 5000, 404),
        ("GET", "/instalments/harbour-watch/-1", 404),
        ("GET", "/instalments/harbour-watch/\u0661", 404),
        ("GET", "/instalments/a\0b/1", 404),
        ("GET", "/items/1/accept", 405),
        ("PUT", "/", 405),
    ],
)
def test_what_is_not_there_is_answered_with_a_page_in_plain_words(
    house: House, method: str, path: str, status: int
) -> None:
    answer = house.signed_in().raw(method, path, {})
    assert answer.status == status
    page = answer.page
    assert len(list(page.all("h1"))) == 1
    assert page.one("main").one("a").attributes["href"] == "/"
    assert "Traceback" not in answer.body
    assert_is_safe(answer)


@pytest.mark.parametrize("path", ["/items/999999/accept", "/items/1/publish", "/items/x/accept"])
def test_what_cannot_be_decided_is_not_found(house: House, path: str) -> None:
    browser = house.signed_in()
    token = next(browser.get("/").page.all("input", name="token")).attributes["value"]
    assert browser.send(path, {"token": token, "version": "1"}).status == 404


@pytest.mark.parametrize("version", ["", "x", "-1", "1.5", "9" * 50])
def test_a_form_that_is_not_ours_is_refused_in_plain_words(house: House, version: str) -> None:
    item = house.item()
    answer = accept(house.signed_in(), item, {}, version=version)
    assert answer.status == 400
    assert "press the button again" in answer.page.one("main").text
    assert not decided(house)


def test_a_defect_is_a_page_without_traceback_and_with_all_headers(house: House) -> None:
    app = create_app(house.settings, house.engine)

    def broken(_request: Request) -> Response:
        raise RuntimeError("a secret of ours")

    app.add_route("/broken", broken)
    answer = Browser(app).get("/broken")
    assert answer.status == 500
    assert answer.page.one("h1").text == "Something is broken on our side"
    assert "secret" not in answer.body
    assert_is_safe(answer)
    assert answer.headers["cache-control"] == "no-store"


def test_a_database_that_is_away_is_said_so_and_the_health_page_tells(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    away = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    browser = Browser(create_app(house.settings, away))
    browser.cookies = {f"serieswatch-session-{house.settings.desk_port}": "anything"}
    with caplog.at_level(logging.WARNING, "desk"):
        answer = browser.get("/")
    assert answer.status == 503
    assert "cannot reach its database" in answer.page.one("h1").text
    assert "did not answer" in caplog.text
    assert_is_safe(answer)
    health = browser.get("/healthz")
    assert (health.status, health.body) == (503, "the database does not answer\n")
    assert_is_safe(health)


def test_the_desk_connects_to_the_database_of_its_settings(house: House) -> None:
    app = create_app(house.settings)
    assert Browser(app).get("/healthz").status == 200
    app.state.engine.dispose()
