"""Two processes of the desk on one database: whichever is asked, it is one desk."""

import http.client  # noqa: TID251  # a real connection to a process of ours
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette

from store import clock, signingin
from store.models import ItemRow
from store.session import transaction
from tests.desk.browser import Answer, Browser
from tests.desk.client import client
from tests.desk.fake_provider import FakeProvider, provider
from tests.desk.house import SHEET, House
from tests.desk.newsroom import PASSWORD


@dataclass
class Desks:
    """The ports of the processes, and the provider that they ask."""

    ports: list[int]
    provider: FakeProvider


class Alternating(Browser):
    """A browser whose every request goes to the other process than the one before."""

    def __init__(self, desks: Desks) -> None:
        super().__init__(Starlette())  # nobody asks it
        self.turns = itertools.cycle(desks.ports)

    def _ask(self, method: str, path: str, headers: Mapping[str, str], *body: bytes) -> Answer:
        connection = http.client.HTTPConnection(  # noqa: TID251  # as above
            "127.0.0.1", next(self.turns), timeout=120
        )
        told = {"Host": self.host} | dict(headers)
        if self.cookies:
            told["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request(method, path, b"".join(body), told)
        came = connection.getresponse()
        read = came.read().decode()
        answer = Answer(
            status=came.status,
            headers={name.lower(): value for name, value in came.getheaders()},
            cookies=tuple(came.headers.get_all("set-cookie") or ()),
            body=read,
        )
        connection.close()
        self._keep(answer.cookies)
        return answer


@pytest.fixture(scope="module")
def desks(desk_database: Engine) -> Iterator[Desks]:
    with provider() as fake:
        told = {
            "DATABASE_URL": desk_database.url.render_as_string(hide_password=False),
            "ALLOW_INSIDE": f"127.0.0.1/32:{fake.address.rpartition(':')[2]}",
            "OIDC_ISSUER": fake.address,
            "OIDC_CLIENT_ID": "desk",
            "OIDC_LINK_BY": "preferred_username",
            "SIGN_IN_MOST_PER_NAME": "3",
        }
        environment = {f"SERIESWATCH_{name}": value for name, value in told.items()}
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.desk.served"],
                env=os.environ | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        try:
            yield Desks([int(one.stdout.readline()) for one in started if one.stdout], fake)
        finally:
            for one in started:
                one.communicate(timeout=120)


def test_signing_in_working_and_being_signed_out_is_one_desk_of_two(
    house: House, desks: Desks
) -> None:
    item = house.item()
    ann, ben = Alternating(desks), Alternating(desks)
    assert ann.sign_in("ann", PASSWORD, SHEET).status == 200  # form of one, answer of the other
    assert ben.sign_in("ben", PASSWORD).status == 200
    token = {"token": next(ann.get(SHEET).page.all("input", name="token")).attributes["value"]}
    theirs = {"token": next(ben.get(SHEET).page.all("input", name="token")).attributes["value"]}
    for _ in range(2):  # both processes have seen Ann write, whichever Ben asks
        ann.send(f"/items/{item}/presence", token)
        seen = json.loads(ben.send(f"/items/{item}/presence", theirs).body)
        assert seen["others"] == ["Ann Reed"]
    assert ann.send(f"/items/{item}/accept", {**token, "version": "1"}).status == 303
    assert ann.send(f"/items/{item}/undo", {**token, "version": "2"}).status == 303
    late = ben.send(f"/items/{item}/reject", {**theirs, "version": "1"})
    assert late.status == 409
    with transaction(house.engine) as session:
        assert session.scalars(select(ItemRow.state)).one() == "queued"
    assert ann.send("/sign-out", token).status == 303
    for _ in range(2):
        assert ann.get(SHEET).status == 303


def test_guesses_at_both_are_counted_together(house: House, desks: Desks) -> None:
    assert house.ann.name == "ann"
    guesser = Alternating(desks)
    told = [guesser.sign_in("ann", f"a wrong guess {number}").status for number in range(5)]
    assert told == [403, 403, 403, 429, 429]
    assert guesser.sign_in("ann", PASSWORD).status == 429
    assert signingin.LIMITS.per_name > 3  # it is the setting that counts


def test_whoever_was_sent_to_the_provider_by_one_may_come_back_to_the_other(
    house: House, desks: Desks
) -> None:
    desks.provider.claims = {"preferred_username": "ben"}
    with transaction(house.engine) as session:
        desks.provider.now = int(clock.real_now(session).timestamp())
    visitor = Alternating(desks)
    brought = desks.provider.authorise(visitor.get("/sign-in/provider").headers["location"])
    assert visitor.get(f"/sign-in/provider/back?{urlencode(brought)}").status == 303
    assert "Ben Okoro" in visitor.get("/me").body
    assert "Ben Okoro" in visitor.get("/me").body


def test_a_write_with_a_key_is_done_once_by_both_together(house: House, desks: Desks) -> None:
    item = house.item()
    machine, wire = client(house, "decide"), Alternating(desks)
    headers = {
        "authorization": f"Bearer {machine.token}",
        "content-type": "application/json",
        "idempotency-key": "k1",
    }
    body = json.dumps({"action": "accept", "version": 1}).encode()
    path = f"/api/v1/items/{item}/decision"
    first, again = (wire.raw("POST", path, headers, body) for _ in range(2))
    assert (first.status, again.status, again.body) == (200, 200, first.body)
    assert again.headers["idempotency-replayed"] == "true"
