"""Whatever is sent, the API answers as its description says and never breaks: schemathesis."""

from collections.abc import Sequence
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine, select, update

from desk.api.contract import Operation
from desk.api.operations import OPERATIONS
from desk.app import create_app
from store import lookups, setaside
from store.models import FeedRow, SetAsideRow, TokenRow, UserRow
from store.session import transaction
from store.tokens import GRANTABLE
from tests.desk.client import Client, client
from tests.desk.house import House, new_house
from tests.desk.newsroom import FRIDAY

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 8  # of each of some ninety operations


@pytest.fixture
def there(house: House) -> dict[str, Any]:
    """What addresses may name so that something is there."""
    item = house.item()
    with transaction(house.engine) as session:
        session.execute(update(UserRow).values(role="operator"))
        lookup = lookups.ask(session, "https://meridian.example/", by="ann")
        feed = session.scalars(select(FeedRow.id)).first()
        assert feed is not None
        thing = setaside.SetAside(
            feed_id=feed, document_id=None, stage="item", state="", reason="", raw=b"<x"
        )
        setaside.keep(session, [thing], at=FRIDAY)
        aside = session.scalars(select(SetAsideRow.id)).one()
    shown = client(house).get(f"/items/{item}").body
    return {
        "feed": feed,
        "thing": aside,
        "lookup": lookup,
        "person": house.ben.id,
        "series": "harbour-watch",
        "number": 7,
        "item": item,
        "story": shown["story"],
        "development": shown["development"],
        "alert": 1,
        "notice": 1,
        "form": "ninjs",
        "field": "lead",
        "version": 1,
        "target": "wordpress",
    }


@pytest.fixture(scope="module")
def schema(desk_database: Engine) -> Any:  # noqa: ANN401  # schemathesis's own kind
    """The description as it is served, and the desk behind it; made once, since it is long."""
    app = create_app(new_house(desk_database).settings, desk_database)
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


GROUPS = [OPERATIONS[first::9] for first in range(9)]  # emptying the desk takes its time as well


@pytest.mark.parametrize("group", GROUPS, ids=[group[0].name for group in GROUPS])
def test_no_call_breaks_it_and_each_answer_is_as_described(
    house: House,
    there: dict[str, Any],
    schema: Any,  # noqa: ANN401  # schemathesis's own kind
    group: Sequence[Operation],
) -> None:
    machine: Client = client(house, *GRANTABLE)
    headers = {"Authorization": f"Bearer {machine.token}"}
    for one in group:
        with transaction(house.engine) as session:  # none of these calls is to be too many
            session.execute(update(TokenRow).values(used=0))
        try_out(schema.find_operation_by_id(one.name), there, headers)


def try_out(operation: Any, there: dict[str, Any], headers: dict[str, str]) -> None:  # noqa: ANN401  # schemathesis's own kind
    """Send an operation what its description says, and what it forbids."""

    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        is_there=st.booleans(),
    )
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: Any, is_there: bool) -> None:  # noqa: ANN401  # schemathesis's own kind
        if is_there:
            case.path_parameters = {key: there.get(key, 1) for key in case.path_parameters or {}}
        response = case.call(headers=headers, timeout=120)  # a crowded machine may take long
        assert response.status_code < 500, response.text
        if response.status_code != 405:  # an address that leads to another operation
            case.validate_response(response, checks=CHECKS)

    answers()
