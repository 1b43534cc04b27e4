"""Signing in and out, and what keeps others out."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from sqlalchemy import func, insert, select, update

from store import signingin, users
from store.models import SessionRow, SignInAttemptRow
from store.session import transaction
from tests.desk.browser import Browser
from tests.desk.house import SHEET, House
from tests.desk.newsroom import PASSWORD


def test_every_page_sends_strangers_to_the_sign_in_and_then_where_they_wanted(
    house: House,
) -> None:
    browser = house.browser()
    for path in ("/", SHEET):
        answer = browser.get(path)
        assert answer.status == 303
        assert answer.headers["location"].startswith("/sign-in?next=%2F")
    answer = browser.sign_in("ann", PASSWORD, SHEET)
    assert answer.status == 200
    assert browser.at == SHEET
    assert answer.page.one("h1").text == "Harbour Watch No. 7"


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    browser = house.browser()
    form = browser.get("/sign-in").page
    (cookie,) = browser.press("Sign in", on=form, name="ann", password=PASSWORD).cookies
    name, _, attributes = cookie.partition("=")
    assert name == f"serieswatch-session-{house.settings.desk_port}"
    told = {part.strip().lower() for part in attributes.split(";")[1:]}
    assert told == {"httponly", "samesite=lax", "path=/", "max-age=43200"}


def test_over_tls_the_cookies_are_secure_and_bound_to_the_host(house: House) -> None:
    browser = house.browser(desk_secure=True)
    answer = browser.get("/sign-in")
    signed = browser.press("Sign in", on=answer.page, name="ann", password=PASSWORD)
    for cookie in (*answer.cookies, *signed.cookies):
        assert cookie.startswith("__Host-serieswatch-")
        assert "Secure" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_a_wrong_password_says_so_and_keeps_the_name_but_not_the_password(house: House) -> None:
    browser = house.browser()
    answer = browser.sign_in("ann", "not the password")
    assert answer.status == 403
    page = answer.page
    assert page.one("p", role="alert").text.startswith("Name and password do not go together")
    assert page.one("input", id="name").attributes["value"] == "ann"
    assert "not the password" not in answer.body
    assert browser.get("/").status == 303


def test_an_unknown_name_is_answered_in_the_same_words_as_a_wrong_password(house: House) -> None:
    known = house.browser().sign_in("ann", "not the password")
    unknown = house.browser().sign_in("zoe", "not the password")
    assert known.status == unknown.status
    said = [answer.page.one("p", role="alert").text for answer in (known, unknown)]
    assert said[0] == said[1]


def test_too_many_guesses_are_told_to_wait_and_for_how_long(house: House) -> None:
    with transaction(house.engine) as session:
        guess = {"name": "ann", "address": "198.51.100.9"}
        session.execute(insert(SignInAttemptRow), [guess] * signingin.LIMITS.per_name)
    answer = house.browser().sign_in("ann", PASSWORD)
    assert answer.status == 429
    assert 14 * 60 < int(answer.headers["retry-after"]) <= 15 * 60 + 1
    assert "Try again in 15 minutes." in answer.page.one("p", role="alert").text


def test_failed_attempts_are_kept_with_their_address(house: House) -> None:
    house.browser().sign_in("Ann", "a wrong guess")
    with transaction(house.engine) as session:
        attempt = session.scalars(select(SignInAttemptRow)).one()
        assert (attempt.name, attempt.address) == ("ann", "192.0.2.7")


def test_after_twelve_hours_the_session_has_ended(house: House) -> None:
    browser = house.signed_in()
    with transaction(house.engine) as session:
        row = session.scalars(select(SessionRow)).one()
        assert row.expires_at - row.created_at == timedelta(hours=12)
        session.execute(update(SessionRow).values(expires_at=func.now()))
    assert browser.get("/").status == 303


def test_a_button_pressed_after_the_end_of_a_session_says_that_it_did_not_count(
    house: House,
) -> None:
    item = house.item()
    browser = house.signed_in()
    page = browser.get(SHEET).page
    with transaction(house.engine) as session:
        session.execute(update(SessionRow).values(revoked_at=func.now()))
    answer = browser.follow(browser.press("Accept", on=page))
    assert "did not count" in answer.page.one("p", role="alert").text
    back = browser.press("Sign in", on=answer.page, name="ann", password=PASSWORD)
    assert back.headers["location"] == f"{SHEET}#item-{item}"


def test_signing_out_ends_the_session_also_for_a_copied_cookie(house: House) -> None:
    browser = house.signed_in()
    thief = house.browser()
    thief.cookies = dict(browser.cookies)
    assert thief.get("/").status == 200
    answer = browser.press("Sign out", on=browser.get("/").page)
    assert answer.headers["location"] == "/sign-in"
    assert f"serieswatch-session-{house.settings.desk_port}" not in browser.cookies
    assert thief.get("/").status == 303


def test_a_disabled_person_is_out_at_once(house: House) -> None:
    browser = house.signed_in("ben")
    with transaction(house.engine) as session:
        users.disable(session, "ben", actor="tests", now=house.ben.created_at)
    assert browser.get("/").status == 303
    assert house.browser().sign_in("ben", PASSWORD).status == 403


def test_a_made_up_cookie_opens_nothing(house: House) -> None:
    browser = house.browser()
    for token in ("", "guess", "\u00fc" * 43, "x" * 5000):
        browser.cookies = {f"serieswatch-session-{house.settings.desk_port}": token}
        assert browser.get("/").status == 303


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(house: House) -> None:
    name = f"serieswatch-session-{house.settings.desk_port}"
    other = house.signed_in("ben").cookies[name]
    for planted in ("x" * 43, other):
        browser = house.browser()
        form = browser.get("/sign-in").page
        browser.cookies[name] = planted  # by another page of the same host, say
        browser.press("Sign in", on=form, name="ann", password=PASSWORD)
        assert browser.cookies[name] not in {planted, other}
        assert "Ann" in browser.get("/me").body
        thief = house.browser()
        thief.cookies[name] = "x" * 43
        assert thief.get("/").status == 303
    mine = house.browser()
    mine.cookies[name] = other  # and what was planted is still its owner's alone
    assert "Ben" in mine.get("/me").body


def test_whoever_has_signed_in_is_sent_on_from_the_sign_in_page(house: House) -> None:
    browser = house.signed_in()
    assert browser.get(f"/sign-in?next={SHEET}").headers["location"] == SHEET


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "/%09/elsewhere.example/",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "/a%0d%0aSet-Cookie:x=1",
        "elsewhere",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(house: House, wanted: str) -> None:
    browser = house.browser()
    form = browser.get(f"/sign-in?next={wanted}").page
    assert form.one("input", name="next").attributes["value"] == "/"
    answer = browser.press("Sign in", on=form, name="ann", password=PASSWORD, next=unquote(wanted))
    assert answer.headers["location"] == "/"


def test_the_sign_in_form_needs_the_token_its_browser_was_given(house: House) -> None:
    browser = house.browser()
    form = browser.get("/sign-in").page
    answer = browser.press("Sign in", on=form, name="ann", password=PASSWORD, token="x" * 43)
    assert answer.status == 403
    assert "open for too long" in answer.page.one("p", role="alert").text
    # and again with the form that came back
    assert browser.press("Sign in", on=answer.page, name="ann", password=PASSWORD).status == 303


def test_the_sign_in_form_is_void_in_a_browser_without_its_cookie(house: House) -> None:
    form = house.browser().get("/sign-in").page
    other = house.browser()
    assert other.press("Sign in", on=form, name="ann", password=PASSWORD).status == 403
    empty = {"name": "ann", "password": PASSWORD, "token": ""}
    assert house.browser().send("/sign-in", empty).status == 403


def test_a_second_tab_does_not_void_the_form_in_the_first(house: House) -> None:
    browser = house.browser()
    first = browser.get("/sign-in").page
    browser.get("/sign-in")
    assert browser.press("Sign in", on=first, name="ann", password=PASSWORD).status == 303


def test_another_site_cannot_sign_a_browser_in(house: House) -> None:
    browser = house.browser()
    form = browser.get("/sign-in").page
    fields = {
        "token": form.one("input", name="token").attributes["value"],
        "name": "ann",
        "password": PASSWORD,
    }
    answer = browser.send("/sign-in", fields, {"sec-fetch-site": "cross-site"})
    assert answer.status == 403
    assert "another site" in answer.page.one("main").text


def test_two_desks_on_one_machine_keep_their_cookies_apart(house: House) -> None:
    one = house.signed_in(desk_port=8081)
    two = house.browser(desk_port=8082)
    two.cookies = one.cookies
    assert two.sign_in("ben", PASSWORD).status == 200
    assert "Ann Reed" in one.get("/").body


def test_nobody_is_asked_to_sign_in_for_the_health_page(house: House) -> None:
    browser: Browser = house.browser()
    answer = browser.get("/healthz")
    assert (answer.status, answer.body) == (200, "ok\n")
    assert answer.headers["content-type"].startswith("text/plain")
