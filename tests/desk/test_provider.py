"""Signing in with the newsroom's provider: the good way, and every way of being lied to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwk import RSAKey
from sqlalchemy import func, select, update

from desk.app import create_app
from store import clock, users
from store.models import AuditRow, IdentityRow, ProviderVisitRow, SessionRow, UserRow
from store.session import transaction
from tests.desk.browser import Answer, Browser
from tests.desk.fake_provider import FakeProvider, provider
from tests.desk.house import House
from tests.desk.newsroom import PASSWORD
from workers.http import Http

BACK = "/sign-in/provider/back"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProvider]:
    with provider() as fake:
        yield fake


@pytest.fixture
def theirs(running: FakeProvider, house: House) -> FakeProvider:
    """The provider, honest again, with the clock of the house."""
    with transaction(house.engine) as session:
        running.now = int(clock.real_now(session).timestamp())
    running.claims, running.userinfo, running.lie = {}, {}, {}
    running.algorithm, running.signs_with = "RS256", None
    running.codes.clear()
    running.asked.clear()
    return running


def browser(house: House, theirs: FakeProvider, **changed: Any) -> Browser:  # noqa: ANN401  # settings
    port = theirs.address.rpartition(":")[2]
    settings = replace(
        house.settings,
        oidc_issuer=theirs.address,
        oidc_client_id="desk",
        **{"oidc_link_by": "preferred_username", **changed},
    )
    client = Http(deadline=60, allow_inside=(f"127.0.0.1/32:{port}",), retry_wait=0)
    return Browser(create_app(settings, house.engine, client))


def there_and_back(visitor: Browser, theirs: FakeProvider, **changed: str) -> Answer:
    """Go to the provider, sign in there, and come back with what it gives."""
    sent = visitor.get("/sign-in/provider?next=/kills")
    assert sent.status == 303, sent.body
    brought = theirs.authorise(sent.headers["location"]) | changed
    return visitor.get(f"{BACK}?{urlencode(brought)}", {"sec-fetch-site": "cross-site"})


def test_whoever_the_provider_knows_by_the_name_here_is_let_in_and_linked(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "Ben"}
    visitor = browser(house, theirs)
    assert "/sign-in/provider?next=" in visitor.get("/sign-in").body
    answer = there_and_back(visitor, theirs)
    assert (answer.status, answer.headers["location"]) == (303, "/kills")
    assert "Ben Okoro" in visitor.get("/kills").body
    with transaction(house.engine) as session:
        row = session.scalars(select(IdentityRow)).one()
        assert (row.subject, row.user_id) == ("person-1", house.ben.id)
        assert session.scalars(select(SessionRow.way)).one() == "oidc"
        actions = session.scalars(select(AuditRow.action)).all()
    assert {"user.link", "session.open"} <= set(actions)
    # From now on the subject counts, whatever the name has become.
    theirs.claims = {"preferred_username": "ann"}
    again = browser(house, theirs)
    there_and_back(again, theirs)
    assert "Ben Okoro" in again.get("/kills").body


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["desk", "another"], "azp": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1_000},
        {"exp": None},
        {"iat": 9_999_999_999},
        {"nbf": 9_999_999_999},
        {"sub": ""},
        {"sub": 7},
        {"at_hash": "wrong"},
    ],
)
def test_a_token_that_is_not_for_us_now_is_not_believed(
    house: House, theirs: FakeProvider, lie: dict[str, Any]
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    theirs.lie = lie
    visitor = browser(house, theirs)
    answer = there_and_back(visitor, theirs)
    assert answer.status == 403
    assert "did not work" in answer.page.one("p", role="alert").text
    assert visitor.get("/kills").status == 303


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_the_providers_signature_is_not_believed(
    house: House, theirs: FakeProvider, algorithm: str
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    theirs.algorithm = algorithm
    visitor = browser(house, theirs)
    assert there_and_back(visitor, theirs).status == 403
    assert visitor.get("/kills").status == 303


def test_a_token_signed_with_another_key_is_not_believed(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    theirs.signs_with = RSAKey.generate_key(2048)
    visitor = browser(house, theirs)
    assert there_and_back(visitor, theirs).status == 403
    assert visitor.get("/kills").status == 303


def test_a_new_key_of_the_provider_is_asked_for_once_and_the_old_one_opens_nothing_more(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    visitor, before = browser(house, theirs), theirs.key
    assert there_and_back(visitor, theirs).status == 303  # the old keys are known now
    try:
        theirs.key = RSAKey.generate_key(2048, {"kid": "k2"})
        theirs.asked.clear()
        assert there_and_back(visitor, theirs).status == 303
        assert theirs.asked.count("/keys") == 1
        theirs.asked.clear()
        theirs.signs_with = before
        other = Browser(visitor.app)
        assert there_and_back(other, theirs).status == 403
        assert theirs.asked.count("/keys") == 1  # looked once more, and no further
        assert other.get("/kills").status == 303
    finally:
        theirs.key = before


@pytest.mark.parametrize(
    ("claim", "seconds", "status"),
    [("exp", -30, 303), ("exp", -90, 403), ("iat", 30, 303), ("iat", 90, 403), ("nbf", 30, 303)],
)
def test_clocks_may_differ_by_a_minute_and_no_more(
    house: House, theirs: FakeProvider, claim: str, seconds: int, status: int
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    theirs.lie = {claim: theirs.now + seconds}
    assert there_and_back(browser(house, theirs), theirs).status == status


def test_a_token_of_an_earlier_visit_is_not_believed_again(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    visitor = browser(house, theirs)
    theirs.authorise(visitor.get("/sign-in/provider").headers["location"])
    [earlier] = theirs.codes.values()
    theirs.lie = {"nonce": earlier["nonce"]}
    assert there_and_back(browser(house, theirs), theirs).status == 403


def test_another_state_or_one_of_another_browser_is_refused_before_the_provider_is_asked(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    visitor = browser(house, theirs)
    for state in ("x" * 43, "", "short", "\u00e9" * 43):
        assert there_and_back(visitor, theirs, state=state).status == 403
    other = browser(house, theirs)
    brought = theirs.authorise(other.get("/sign-in/provider").headers["location"])
    assert visitor.get(f"{BACK}?{urlencode(brought)}").status == 403
    assert "/token" not in theirs.asked
    assert visitor.get("/kills").status == 303


def test_the_same_answer_brought_twice_counts_once(house: House, theirs: FakeProvider) -> None:
    theirs.claims = {"preferred_username": "ben"}
    visitor = browser(house, theirs)
    sent = visitor.get("/sign-in/provider")
    address = f"{BACK}?{urlencode(theirs.authorise(sent.headers['location']))}"
    cookies = dict(visitor.cookies)
    assert visitor.get(address).status == 303
    visitor.cookies = cookies
    assert visitor.get(address).status == 403


def test_a_code_that_the_provider_has_taken_already_is_refused(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    visitor = browser(house, theirs)
    brought = theirs.authorise(visitor.get("/sign-in/provider").headers["location"])
    theirs.codes.clear()
    assert visitor.get(f"{BACK}?{urlencode(brought)}").status == 403


def test_whoever_takes_longer_than_ten_minutes_begins_again(
    house: House, theirs: FakeProvider
) -> None:
    visitor = browser(house, theirs)
    brought = theirs.authorise(visitor.get("/sign-in/provider").headers["location"])
    with transaction(house.engine) as session:
        past = func.now() - func.make_interval(0, 0, 0, 0, 0, 11)
        session.execute(update(ProviderVisitRow).values(at=past))
    answer = visitor.get(f"{BACK}?{urlencode(brought)}")
    assert (answer.status, "too long" in answer.body) == (403, True)


def test_nobody_is_added_unless_the_settings_say_so(house: House, theirs: FakeProvider) -> None:
    theirs.claims = {"preferred_username": "cleo", "name": "Cleo Marsh"}
    visitor = browser(house, theirs)
    answer = there_and_back(visitor, theirs)
    assert (answer.status, "must invite you" in answer.body) == (403, True)
    visitor = browser(house, theirs, oidc_create=True)
    assert there_and_back(visitor, theirs).status == 303
    with transaction(house.engine) as session:
        cleo = users.find(session, "cleo")
        assert cleo is not None
        assert (cleo.display_name, cleo.role, cleo.has_password) == ("Cleo Marsh", "reader", False)
    assert house.browser().sign_in("cleo", "").status == 403


def test_an_address_for_mail_links_only_if_it_is_verified(
    house: House, theirs: FakeProvider
) -> None:
    with transaction(house.engine) as session:
        session.execute(
            update(UserRow).where(UserRow.name == "ben").values(name="ben@newsroom.example")
        )
    theirs.claims = {"email": "ben@newsroom.example"}
    assert there_and_back(browser(house, theirs, oidc_link_by="email"), theirs).status == 403
    for told in (False, "true", 1, None):  # the provider proves it, or does not
        theirs.claims["email_verified"] = told
        assert there_and_back(browser(house, theirs, oidc_link_by="email"), theirs).status == 403
    theirs.claims["email_verified"] = True
    assert there_and_back(browser(house, theirs, oidc_link_by="email"), theirs).status == 303


def test_groups_become_roles_and_none_that_counts_keeps_the_desk_shut(
    house: House, theirs: FakeProvider
) -> None:
    told = {
        "oidc_role_claim": "groups",
        "oidc_roles": ("desk=editor", "harbour=chief@harbour-watch", "other=chief@no-series"),
    }
    theirs.claims = {"preferred_username": "ben"}
    theirs.userinfo = {"sub": "person-1", "groups": ["harbour", "other"]}
    assert there_and_back(browser(house, theirs, **told), theirs).status == 303
    with transaction(house.engine) as session:
        ben = users.find(session, "ben")
        assert ben is not None
        assert (ben.role, ben.of_series) == ("reader", {"harbour-watch": "chief"})
    theirs.userinfo["groups"] = ["desk"]
    assert there_and_back(browser(house, theirs, **told), theirs).status == 303
    with transaction(house.engine) as session:
        ben = users.find(session, "ben")
        assert ben is not None
        assert (ben.role, ben.of_series) == ("editor", {})
    theirs.userinfo["groups"] = ["strangers"]
    answer = there_and_back(browser(house, theirs, **told), theirs)
    assert (answer.status, "does not open this desk" in answer.body) == (403, True)
    theirs.userinfo = {"sub": "somebody-else", "groups": ["desk"]}
    assert there_and_back(browser(house, theirs, **told), theirs).status == 403


def test_whoever_is_shut_out_here_is_so_with_any_account(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "ben"}
    assert there_and_back(browser(house, theirs), theirs).status == 303
    with transaction(house.engine) as session:
        session.execute(update(UserRow).where(UserRow.name == "ben").values(disabled_at=func.now()))
    answer = there_and_back(browser(house, theirs), theirs)
    assert (answer.status, "shut out" in answer.body) == (403, True)


def test_somebody_signed_in_links_an_account_of_theirs_from_their_own_page_only(
    house: House, theirs: FakeProvider
) -> None:
    theirs.claims = {"preferred_username": "somebody.else"}
    visitor = browser(house, theirs)
    assert visitor.sign_in("ben", PASSWORD).status == 200
    for site, linked in (("cross-site", 0), ("same-origin", 1)):
        sent = visitor.get("/sign-in/provider?next=/me", {"sec-fetch-site": site})
        brought = theirs.authorise(sent.headers["location"])
        visitor.get(f"{BACK}?{urlencode(brought)}")
        with transaction(house.engine) as session:
            assert len(session.scalars(select(IdentityRow)).all()) == linked


def test_a_provider_that_is_away_is_said_so_and_passwords_still_open(
    house: House, theirs: FakeProvider
) -> None:
    settings = replace(house.settings, oidc_issuer="http://127.0.0.1:1", oidc_client_id="desk")
    visitor = Browser(create_app(settings, house.engine, Http(deadline=60, retry_wait=0)))
    assert theirs.address
    assert visitor.get("/sign-in/provider").status == 503
    assert visitor.sign_in("ben", PASSWORD).status == 200


def test_without_a_provider_there_is_no_such_page(house: House) -> None:
    assert house.browser().get("/sign-in/provider").status == 404
    assert "provider" not in house.browser().get("/sign-in").body
