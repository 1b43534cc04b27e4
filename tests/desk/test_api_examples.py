"""The examples of docs/reference/api.md run as they stand, and answer what stands below them."""

import json
import re
import shlex
from pathlib import Path
from string import Template
from typing import Any

from sqlalchemy import text, update

from desk.api.operations import OPERATIONS
from store.models import UserRow
from store.session import transaction
from store.tokens import GRANTABLE
from tests.desk.client import Client, Reply, client
from tests.desk.house import House

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "api.md"
_EXAMPLE = re.compile(r"```\n(curl .*?)\n```\n\n```json\n(.*?)\n```", re.DOTALL)


def carried_out(machine: Client, command: str, facts: dict[str, str]) -> Reply:
    """What the API answers to a line for curl, of the words that the document uses."""
    words = shlex.split(Template(command.replace("\\\n", " ")).substitute(facts))
    assert words.pop(0) == "curl"
    method, headers, body, url = "", {}, b"", ""
    while words:
        match words.pop(0):
            case "-s":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, told = words.pop(0).partition(": ")
                headers[name.lower()] = told
            case "-d":
                body = words.pop(0).encode()
            case address:
                url = address
    prefix = f"{facts['DESK']}/api/v1"
    assert url.startswith(prefix)
    assert headers.get("authorization") == f"Bearer {facts['TOKEN']}"
    return machine.raw(
        method or ("POST" if body else "GET"), url.removeprefix(prefix), body, headers
    )


def assert_tells(answer: Any, promised: Any, where: str) -> None:  # noqa: ANN401  # any JSON value
    """Whether all that the document shows stands in the answer; there may be more beside it."""
    if isinstance(promised, dict):
        for name, value in promised.items():
            assert name in answer, (where, name)
            assert_tells(answer[name], value, f"{where}.{name}")
    elif isinstance(promised, list):
        assert len(answer) == len(promised), (where, answer)
        for at, value in enumerate(promised):
            assert_tells(answer[at], value, f"{where}[{at}]")
    else:
        assert answer == promised, (where, answer)


def test_every_example_answers_what_the_document_shows(house: House) -> None:
    with transaction(house.engine) as session:
        session.execute(text("ALTER SEQUENCE items_id_seq RESTART"))
        session.execute(update(UserRow).where(UserRow.name == "ann").values(role="operator"))
    assert house.item() == 1
    machine = client(house, *GRANTABLE)
    facts = {"DESK": "https://desk.example", "TOKEN": machine.token, "BEN": str(house.ben.id)}
    examples = _EXAMPLE.findall(DOCUMENT.read_text(encoding="utf-8"))
    assert len(examples) == DOCUMENT.read_text(encoding="utf-8").count("\ncurl ") > 10
    for command, promised in examples:
        answer = carried_out(machine, command, facts)
        assert_tells(answer.body, json.loads(promised), command)


def test_the_table_names_no_address_that_is_none() -> None:
    table = DOCUMENT.read_text(encoding="utf-8").partition("## Page by page")[2]
    known = {re.sub(r"{\w+}", "*", one.path) for one in OPERATIONS}
    tails = {path[at:] for path in known for at in range(len(path)) if path[at] == "/"}
    for named in re.findall(r"`(…?/[^`]*)`", table):
        path = re.sub(r"\b(?:ID|KEY|N|FORM|FIELD)\b", "*", named)
        assert path in known or path.removeprefix("…") in tails, named
