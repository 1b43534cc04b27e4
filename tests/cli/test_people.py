"""`users` and `tokens`: roles of series, passwords, and tokens told once."""

import pytest
from sqlalchemy import Engine, select

from store import clock, signingin, tokens
from store.models import AuditRow
from store.session import transaction
from tests.cli.console import Console

ADD = ("users", "add", "ann", "--password-stdin", "--json")
GOOD = b"three tidy herons\n"


def test_roles_are_given_and_taken_and_a_password_is_changed(
    serieswatch: Console, database: Engine
) -> None:
    assert serieswatch(*ADD, "--role", "reader", "--display", "Ann Reed", stdin=GOOD).code == 0
    assert serieswatch("users", "role", "ann", "chief").code == 0
    [line] = serieswatch("users", "list", "--json").lines
    assert (line["role"], line["of_series"]) == ("chief", {})
    assert serieswatch("users", "role", "ann", "editor", "--series", "nowhere").code == 1
    with transaction(database) as session:
        opened = signingin.sign_in(
            session,
            name="ann",
            password=GOOD.decode().strip(),
            address="",
            now=clock.real_now(session),
        )
        assert isinstance(opened, signingin.OpenSession)
    changed = serieswatch("users", "password", "ann", "--password-stdin", stdin=b"four wet otters")
    assert changed.code == 0
    with transaction(database) as session:
        assert signingin.signed_in(session, opened.token, now=clock.real_now(session)) is None
    for verb in ("disable", "enable", "sign-out"):
        assert serieswatch("users", verb, "ann").code == 0
        assert serieswatch("users", verb, "nobody").code == 1


def test_a_token_is_told_once_and_revoked_by_its_number(
    serieswatch: Console, database: Engine
) -> None:
    assert serieswatch("users", "add", "cms", "--no-password", "--role", "editor").code == 0
    add = ("tokens", "add", "push", "--owner", "cms", "--may", "decide", "--days", "5", "--json")
    made = serieswatch(*add).json
    assert made["token"].startswith("sw_")
    [line] = serieswatch("tokens", "list", "--json").lines
    assert made["token"] not in str(line)
    assert (line["rights"], line["series"], line["owner"]) == (["read", "decide"], ["*"], "cms")
    with transaction(database) as session:
        now = clock.real_now(session)
        assert isinstance(tokens.bearer(session, made["token"], now=now), tokens.Bearer)
    assert serieswatch("tokens", "revoke", str(line["id"])).code == 0
    with transaction(database) as session:
        now = clock.real_now(session)
        assert tokens.bearer(session, made["token"], now=now) is None
        actions = session.scalars(select(AuditRow.action)).all()
        assert {"token.add", "token.revoke"} <= set(actions)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("nobody called zoe", ("tokens", "add", "push", "--owner", "zoe")),
        ("may not approve", ("tokens", "add", "push", "--owner", "cms", "--may", "approve")),
        ("no series nowhere", ("tokens", "add", "push", "--owner", "cms", "--series", "nowhere")),
        ("no token of that number", ("tokens", "revoke", "999")),
    ],
)
def test_what_cannot_be_made_is_said_in_plain_words(
    serieswatch: Console, words: str, arguments: tuple[str, ...]
) -> None:
    assert serieswatch("users", "add", "cms", "--no-password").code == 0
    run = serieswatch(*arguments)
    assert (run.code, words in run.err) == (1, True), run.err
