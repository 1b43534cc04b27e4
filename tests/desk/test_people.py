"""People, their roles, invitations, sessions, passwords and tokens, as the pages change them."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from pipeline.errors import BadInput
from store import digests, people, signingin, users
from store.models import AuditRow, InvitationRow, SessionRow, SignInAttemptRow, TokenRow, UserRow
from store.session import transaction
from tests.desk.browser import Answer, Browser, Element
from tests.desk.client import client
from tests.desk.house import SHEET, House
from tests.desk.newsroom import PASSWORD


def as_operator(house: House) -> Browser:
    """Ann, made operator, at her browser."""
    with transaction(house.engine) as session:
        session.execute(update(UserRow).where(UserRow.name == "ann").values(role="operator"))
    return house.signed_in("ann")


def fill(browser: Browser, page: Element, action: str, **fields: str) -> Answer:
    """Send the form of that action with the token that stands in it."""
    form = next(one for one in page.all("form") if one.attributes["action"] == action)
    token = next(form.all("input", name="token")).attributes["value"]
    return browser.send(action, {"token": token} | fields)


def taken(answer: Answer) -> str:
    """The numbers of forms that the desk tells the browser it has carried out."""
    return next((one for one in answer.cookies if "-taken" in one), "")


def test_an_operator_invites_somebody_who_chooses_their_own_password(house: House) -> None:
    browser = as_operator(house)
    answer = fill(
        browser, browser.get("/people").page, "/people",
        name="Cleo", display_name="Cleo Marsh", role="editor", series="*", unsent="a1" * 12,
    )  # fmt: skip
    assert "a1" * 12 in taken(answer)  # her browser need not keep the name as unsent
    link = answer.page.one("div", class_="once").one("code").text
    assert link.startswith("http://desk.example/welcome/")
    path = link.removeprefix("http://desk.example")
    assert link not in browser.get("/people").body
    guest = house.browser()
    form = guest.get(path).page
    short = guest.press("Save it", on=form, new="short", again="short")
    assert (short.status, "too short" in short.body) == (409, True)
    other = guest.press("Save it", on=form, new="four wet otters", again="five wet otters")
    assert (other.status, "not the same" in other.body) == (409, True)
    assert guest.press("Save it", on=form, new="four wet otters", again="four wet otters").status
    assert guest.get(SHEET).status == 200
    assert house.browser().sign_in("cleo", "four wet otters").status == 200
    again = house.browser().get(path)
    assert (again.status, again.page.one("h1").text) == (404, "This link is over")


def test_a_link_ends_after_three_days_and_when_its_owner_is_shut_out(house: House) -> None:
    browser = as_operator(house)
    page = browser.get(f"/people/{house.ben.id}").page
    link = fill(browser, page, f"/people/{house.ben.id}/link").page.one("code").text
    path = link.removeprefix("http://desk.example")
    assert house.browser().get(path).status == 200
    fill(browser, page, f"/people/{house.ben.id}/disable")
    assert house.browser().get(path).status == 404
    with transaction(house.engine) as session:
        session.execute(update(UserRow).values(disabled_at=None))
        session.execute(update(InvitationRow).values(expires_at=func.now() - timedelta(seconds=1)))
    assert house.browser().get(path).status == 404


def test_whoever_is_shut_out_loses_their_sessions_at_once(house: House) -> None:
    ben = house.signed_in("ben")
    browser = as_operator(house)
    page = browser.get(f"/people/{house.ben.id}").page
    assert fill(browser, page, f"/people/{house.ben.id}/disable").status == 303
    assert ben.get(SHEET).status == 303
    assert house.browser().sign_in("ben", PASSWORD).status == 403
    page = browser.get(f"/people/{house.ben.id}").page
    assert fill(browser, page, f"/people/{house.ben.id}/enable").status == 303
    assert ben.get(SHEET).status == 303  # what was ended stays so
    assert house.browser().sign_in("ben", PASSWORD).status == 200


def test_the_last_operator_stays_one(house: House) -> None:
    browser = as_operator(house)
    here = f"/people/{house.ann.id}"
    page = browser.get(here).page
    for action, fields in (("role", {"series": "*", "role": "reader"}), ("disable", {})):
        answer = fill(browser, page, f"{here}/{action}", **fields)
        assert answer.status == 409
        assert "Somebody must stay operator" in answer.page.one("p", role="alert").text
    assert browser.get("/people").status == 200


def test_who_alone_may_approve_for_a_series_stays_its_chief(house: House) -> None:
    with house.newsroom() as room:
        dora = room.person("dora", "Dora Lund", "reader")
    with transaction(house.engine) as session:
        now = session.scalars(select(func.now())).one()
        with pytest.raises(BadInput, match="who may approve Harbour Watch"):
            people.give(session, house.ann.id, "editor", actor="tests")
        with pytest.raises(BadInput, match="who may approve Harbour Watch"):
            people.disable(session, house.ann.id, actor="tests", now=now)
        people.give(session, dora.id, "chief", series="harbour-watch", actor="tests")
        people.give(session, house.ann.id, "editor", actor="tests")
        with pytest.raises(BadInput, match="who may approve Harbour Watch"):
            people.give(session, dora.id, "", series="harbour-watch", actor="tests")


def test_whoever_is_shut_out_loses_tokens_too_and_what_they_wrote_stays_theirs(
    house: House,
) -> None:
    item, machine = house.item(), client(house, "decide", "write", name="ben")
    words = {"markdown": "Two envoys met.", "version": 0}
    kind = {"content-type": "application/json"}
    assert machine.raw("PUT", f"/items/{item}/text", json.dumps(words).encode(), kind).status == 200
    assert machine.post(f"/items/{item}/decision", {"action": "accept", "version": 1}).status == 200
    browser = as_operator(house)
    here = f"/people/{house.ben.id}"
    assert fill(browser, browser.get(here).page, f"{here}/disable").status == 303
    assert machine.get("/me").status == 401
    assert "Ben Okoro" in browser.get(f"/items/{item}").body
    reader = client(house)
    [told] = reader.get(f"/items/{item}/text/versions").body["items"]
    assert told["who"] == "Ben Okoro"
    [decided] = reader.get(f"/items/{item}/decisions").body["items"]
    assert (decided["who"], decided["is_mine"]) == ("Ben Okoro", False)


def test_a_chief_of_a_series_gives_roles_there_and_nowhere_else(house: House) -> None:
    with house.newsroom() as room:
        room.series("river-notes", title="River Notes")
    operator = as_operator(house)
    here = f"/people/{house.ben.id}"
    page = operator.get(here).page
    fill(operator, page, f"{here}/role", series="*", role="reader")
    fill(operator, page, f"{here}/role", series="harbour-watch", role="chief")
    with house.newsroom() as room:
        cleo = room.person("cleo", role="reader")
    ben, of_cleo = house.signed_in("ben"), f"/people/{cleo.id}"
    page = ben.get(of_cleo).page
    assert len([one for one in page.all("form") if one.attributes["action"].endswith("role")]) == 1
    given = fill(ben, page, f"{of_cleo}/role", series="harbour-watch", role="editor")
    assert given.status == 303
    for series, role in (("river-notes", "editor"), ("*", "editor")):
        assert fill(ben, page, f"{of_cleo}/role", series=series, role=role).status == 403
    assert fill(ben, page, f"{of_cleo}/role", series="harbour-watch", role="king").status == 409
    token = next(page.all("input", name="token")).attributes["value"]
    for action in ("disable", "link", "sign-out"):
        assert ben.send(f"{of_cleo}/{action}", {"token": token}).status == 403
    with transaction(house.engine) as session:
        found = users.find(session, "cleo")
        assert found is not None
        assert (found.role, found.of_series) == ("reader", {"harbour-watch": "editor"})


def test_changing_ones_password_needs_the_present_one_and_signs_out_the_others(
    house: House,
) -> None:
    here, there = house.signed_in("ben"), house.signed_in("ben")
    page = here.get("/me").page
    new = {"new": "four wet otters", "again": "four wet otters"}
    wrong = fill(here, page, "/me/password", old="not it", **new)
    assert (wrong.status, "not right" in wrong.page.one("p", role="alert").text) == (409, True)
    assert there.get("/me").status == 200
    assert fill(here, page, "/me/password", old=PASSWORD, **new).status == 200
    assert here.get("/me").status == 200
    assert there.get("/me").status == 303
    assert house.browser().sign_in("ben", PASSWORD).status == 403
    with transaction(house.engine) as session:
        asked = select(AuditRow.actor).where(AuditRow.action == "user.password")
        assert session.scalars(asked).one() == "ben"


def test_guesses_at_the_present_password_are_limited_like_guesses_at_the_sign_in(
    house: House,
) -> None:
    browser = house.signed_in("ben")
    page = browser.get("/me").page
    new = {"new": "four wet otters", "again": "four wet otters"}
    for _ in range(signingin.LIMITS.per_name):
        fill(browser, page, "/me/password", old="a guess", **new)
    answer = fill(browser, page, "/me/password", old=PASSWORD, **new)
    assert "too many" in answer.page.one("p", role="alert").text


def test_ones_own_sessions_are_listed_and_ended_one_by_one(house: House) -> None:
    here = house.signed_in("ben")
    there = house.signed_in("ben")
    mine = house.signed_in("ann")
    page = here.get("/me").page
    rows = list(page.one("section", **{"aria-labelledby": "sessions"}).one("tbody").all("tr"))
    assert len(rows) == 2
    assert "192.0.2.7" in rows[0].text
    with transaction(house.engine) as session:
        of_ann = session.scalars(
            select(SessionRow.id).where(SessionRow.user_id == house.ann.id)
        ).one()
    token = next(page.all("input", name="token")).attributes["value"]
    assert here.send(f"/me/sessions/{of_ann}/end", {"token": token}).status == 404
    assert mine.get("/").status == 200
    (end,) = [form for form in page.all("form") if form.attributes["action"].endswith("/end")]
    assert here.send(end.attributes["action"], {"token": token}).status == 303
    assert there.get("/").status == 303
    assert here.get("/").status == 200


def test_a_token_is_shown_once_and_revoked_by_its_owner(house: House) -> None:
    browser = house.signed_in("ben")
    page = browser.get("/me").page
    answer = fill(
        browser, page, "/me/tokens",
        **{"name": "cms", "series": "harbour-watch", "days": "30", "may-decide": "yes"},
        unsent="b2" * 12,
    )  # fmt: skip
    assert "b2" * 12 in taken(answer)
    told = answer.page.one("div", class_="once").one("code").text
    assert told.startswith("sw_")
    assert told not in browser.get("/me").body
    with transaction(house.engine) as session:
        row = session.execute(select(TokenRow)).scalars().one()
        assert told.encode() not in row.token_hash
        assert (row.rights, row.series) == (["read", "decide"], ["harbour-watch"])
    (form,) = [one for one in answer.page.all("form") if "revoke" in one.attributes["action"]]
    other = house.signed_in("ann")
    token = next(other.get("/me").page.all("input", name="token")).attributes["value"]
    assert other.send(form.attributes["action"], {"token": token}).status == 403
    assert browser.press("Revoke", on=answer.page).status == 303
    assert "revoked" in browser.get("/me").page.one("main").text


def test_no_token_may_more_than_its_owner(house: House) -> None:
    browser = house.signed_in("ben")
    answer = fill(
        browser, browser.get("/me").page, "/me/tokens",
        **{"name": "cms", "series": "*", "days": "30", "may-approve": "yes"},
    )  # fmt: skip
    assert (answer.status, taken(answer)) == (409, "")
    assert "may not approve" in answer.page.one("p", role="alert").text


@pytest.mark.parametrize(
    ("proxies", "sent", "counted"),
    [
        ((), "198.51.100.9", "192.0.2.7"),
        (("192.0.2.0/24",), "198.51.100.9", "198.51.100.9"),
        (("192.0.2.0/24",), "203.0.113.4, 198.51.100.9", "198.51.100.9"),
        (("192.0.2.0/24",), "198.51.100.9, 192.0.2.8", "198.51.100.9"),
        (("192.0.2.0/24",), "nonsense", "192.0.2.7"),
        (("192.0.2.0/24",), "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        (("10.0.0.0/8",), "198.51.100.9", "192.0.2.7"),
    ],
)
def test_guesses_behind_a_proxy_count_by_whom_it_names_if_it_is_trusted(
    house: House, proxies: tuple[str, ...], sent: str, counted: str
) -> None:
    browser = house.browser(trusted_proxies=proxies)
    form = browser.get("/sign-in").page
    token = next(form.all("input", name="token")).attributes["value"]
    fields = {"token": token, "name": "ann", "password": "a wrong guess"}
    assert browser.send("/sign-in", fields, {"x-forwarded-for": sent}).status == 403
    with transaction(house.engine) as session:
        assert session.scalars(select(SignInAttemptRow.address)).one() == counted


def test_one_says_oneself_whether_letters_come_and_where_to(house: House) -> None:
    ben = house.signed_in("ben", mail_server="smtp://mail.example")
    page = ben.get("/me").page
    assert page.one("input", id="address").attributes["value"] == ""
    for given, kept, status in (
        ("ben@newsroom.example", "ben@newsroom.example", 303),
        ("ben@newsroom.example\r\nBcc: x@y.example", "ben@newsroom.example", 409),
        ("", "", 303),
    ):
        assert fill(ben, page, "/me/letters", address=given).status == status
        with transaction(house.engine) as session:
            assert digests.address_of(session, house.ben.id) == kept
