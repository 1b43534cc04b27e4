"""Sessions: how long they last, how they are seen and ended; what guessing a password tells."""

import dataclasses
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from store import passwords, people
from store.models import SessionRow, UserRow
from store.session import transaction
from tests.desk.house import House
from tests.desk.newsroom import PASSWORD

PAGE = "/me"


def test_how_long_sessions_last_is_a_setting(house: House) -> None:
    browser = house.signed_in("ann", session_minutes=30, session_idle_minutes=10)
    with transaction(house.engine) as session:
        row = session.scalars(select(SessionRow)).one()
        assert row.expires_at - row.created_at == timedelta(minutes=30)
        ago = func.now() - func.make_interval(0, 0, 0, 0, 0, 11)
        session.execute(update(SessionRow).values(last_seen_at=ago, created_at=ago))
    assert browser.get(PAGE).status == 303
    longer = dataclasses.replace(browser.app.state.settings, session_idle_minutes=12)
    browser.app.state.settings = longer
    assert browser.get(PAGE).status == 200


def test_how_often_may_be_guessed_is_a_setting(house: House) -> None:
    told = {"sign_in_most_per_name": 2, "sign_in_window_minutes": 5}
    browser = house.browser(**told)
    assert [browser.sign_in("ann", "a wrong guess").status for _ in range(3)] == [403, 403, 429]
    answer = browser.sign_in("ann", PASSWORD)
    assert 4 * 60 < int(answer.headers["retry-after"]) <= 5 * 60 + 1
    other = house.browser(sign_in_most_per_address=2)  # Ben's name was never guessed at
    assert other.sign_in("ben", PASSWORD).status == 429


def test_a_session_that_is_ended_is_over_at_the_next_request(house: House) -> None:
    item = house.item()
    ann, at_home = house.signed_in("ann"), house.signed_in("ann")
    token = next(at_home.get("/").page.all("input", name="token")).attributes["value"]
    with transaction(house.engine) as session:
        numbers = session.scalars(select(SessionRow.id).order_by(SessionRow.id)).all()
    page = ann.get(PAGE).page
    sent = next(page.all("input", name="token")).attributes["value"]
    assert ann.send(f"/me/sessions/{numbers[1]}/end", {"token": sent}).status == 303
    assert at_home.get("/").status == 303
    late = at_home.send(f"/items/{item}/accept", {"token": token, "version": "1"})
    assert (late.status, late.headers["location"][:8]) == (303, "/sign-in")
    assert ann.get("/").status == 200
    with transaction(house.engine) as session:
        now = session.scalars(select(func.now())).one()
        people.sign_out_everywhere(session, house.ann.id, now=now)
    assert ann.get("/").status == 303


def test_a_list_of_sessions_says_with_what_and_when_last(house: House) -> None:
    browser = house.signed_in("ann")
    with transaction(house.engine) as session:
        agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
        session.execute(update(SessionRow).values(agent=agent))
    told = browser.get(PAGE).page.one("div", role="region", **{"aria-label": "Open sessions"}).text
    assert "Firefox" in told
    assert "Last seen" in told
    assert "192.0.2.7" in told


class Counting(PasswordHasher):
    """A hasher that counts what it is asked to check."""

    def __init__(self) -> None:
        super().__init__()
        self.checks = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # its name there
        self.checks += 1
        return super().verify(hash, password)


def test_whether_somebody_is_here_is_told_by_no_word_and_by_no_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.newsroom() as room:
        room.person("out")
        room.person("invited")
    with transaction(house.engine) as session:
        session.execute(update(UserRow).where(UserRow.name == "out").values(disabled_at=func.now()))
        without = update(UserRow).where(UserRow.name == "invited").values(password_hash=None)
        session.execute(without)
    told = set()
    for name in ("ann", "out", "invited", "nobody", "x" * 500, "\u202eann"):
        hasher = Counting()
        monkeypatch.setattr(passwords, "_HASHER", hasher)
        answer = house.browser().sign_in(name, "a wrong guess")
        said = answer.page.one("p", role="alert").text
        told.add((answer.status, said, hasher.checks))
    assert len(told) == 1
    assert {checks for *_, checks in told} == {1}


def test_the_limit_holds_for_names_nobody_has_as_for_others(house: House) -> None:
    for name in ("ann", "nobody"):
        browser = house.browser(sign_in_most_per_name=1)
        told = [browser.sign_in(name, "a wrong guess") for _ in range(2)]
        assert [one.status for one in told] == [403, 429]
        assert "nobody" not in told[1].page.one("p", role="alert").text
