"""Whatever is sent, the API answers as its description says and never breaks: schemathesis."""

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

from desk.api.operations import OPERATIONS
from desk.app import create_app
from tests.desk.client import Client, client
from tests.desk.house import House

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ALL = ("decide", "write", "step", "settle", "approve", "lift", "kill")


@pytest.fixture
def there(house: House) -> dict[str, Any]:
    """What addresses may name so that something is there."""
    item = house.item()
    shown = client(house).get(f"/items/{item}").body
    return {
        "series": "harbour-watch",
        "number": 7,
        "item": item,
        "story": shown["story"],
        "development": shown["development"],
        "alert": 1,
        "notice": 1,
        "form": "ninjs",
        "field": "lead",
    }


@pytest.mark.parametrize("name", [one.name for one in OPERATIONS])
def test_no_call_breaks_it_and_each_answer_is_as_described(
    house: House, there: dict[str, Any], name: str
) -> None:
    app = create_app(house.settings, house.engine)
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    operation = schema.find_operation_by_id(name)
    machine: Client = client(house, *ALL)
    headers = {"Authorization": f"Bearer {machine.token}"}

    @given(
        case=st.one_of(
            operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
            operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
        ),
        is_there=st.booleans(),
    )
    @settings(
        max_examples=16,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: Any, is_there: bool) -> None:  # noqa: ANN401  # schemathesis's own kind
        if is_there:
            case.path_parameters = {key: there[key] for key in case.path_parameters or {}}
        response = case.call(headers=headers)
        assert response.status_code < 500, response.text
        if response.status_code not in {404, 405}:  # an address that names nothing of ours
            case.validate_response(response, checks=CHECKS)

    answers()
