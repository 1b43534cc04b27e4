"""A machine at the API: a token, JSON in and out, over the small browser's wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desk.app import create_app
from store import clock, tokens, users
from store.session import transaction
from tests.desk.browser import Answer, Browser
from tests.desk.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


class Client:
    """Sends what it is told with its token."""

    def __init__(self, house: House, token: str = "") -> None:
        self.browser = Browser(create_app(house.settings, house.engine))
        self.token = token

    def get(self, path: str, **headers: str) -> Reply:
        return self.raw("GET", path, b"", headers)

    def post(self, path: str, body: object, **headers: str) -> Reply:
        told = {"content-type": "application/json"} | headers
        return self.raw("POST", path, json.dumps(body).encode(), told)

    def raw(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        told = {name.replace("_", "-"): said for name, said in headers.items()}
        if self.token:
            told.setdefault("authorization", f"Bearer {self.token}")
        answer: Answer = self.browser.raw(method, f"/api/v1{path}", told, body)
        assert not answer.cookies
        value = json.loads(answer.body) if "json" in answer.headers["content-type"] else answer.body
        return Reply(status=answer.status, headers=answer.headers, body=value)


def client(
    house: House, *rights: str, name: str = "ann", series: tuple[str, ...] = ("*",), days: int = 30
) -> Client:
    """A client with a token of somebody for these rights and series."""
    with transaction(house.engine) as session:
        owner = users.find(session, name)
        assert owner is not None
        _, told = tokens.add(
            session,
            owner,
            name="tests",
            rights=rights,
            series=series,
            lasts=timedelta(days=days),
            actor="tests",
            now=clock.real_now(session),
        )
    return Client(house, told)
