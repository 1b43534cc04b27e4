"""Links in the description: what one answer names, the addresses of others take (OpenAPI links)."""

from collections.abc import Mapping
from typing import Any

from desk.api.contract import Operation
from desk.api.operations import OPERATIONS

# Where an answer names what stands in addresses: operation, part of an address, place in there.
GIVES: Mapping[str, Mapping[str, str]] = {
    "listSeries": {"series": "items/0/series"},
    "listInstalments": {"number": "items/0/number"},
    "listItems": {"item": "items/0/id"},
    "searchQueue": {"item": "items/0/id"},
    "listStories": {"story": "items/0/id"},
    "listDevelopments": {"development": "items/0/id"},
    "getDevelopment": {"ruling": "rulings/0/id"},
    "listRefusedSuggestions": {"refused": "items/0/id"},
    "listAlerts": {"alert": "items/0/id"},
    "listKills": {"notice": "items/0/id"},
    "listSearches": {"search": "items/0/id"},
    "listDecisions": {"decision": "items/0/id"},
    "listChanges": {"change": "items/0/id"},
    "listOffers": {"offer": "items/0/id"},
    "listQuotes": {"quote": "standing/0/id"},
    "listPasted": {"pasted": "items/0/id"},
    "listDeliveries": {"target": "items/0/target"},
    "listDefinitions": {"version": "items/0/version"},
    "tryDefinition": {"replay": "id"},
    "listNearMisses": {"story": "items/0/story"},
    "listSources": {"feed": "items/0/id"},
    "lookUp": {"lookup": "id"},
    "listSetAside": {"thing": "items/0/id"},
    "listPeople": {"person": "items/0/id"},
}
_CHOSEN = {"form", "field"}  # no answer names these: the description lists them
_HOUSES_TOO = {"person": "series"}  # a role is given in a series, to somebody of the house's list


def of(one: Operation) -> dict[str, Any]:
    """The links of an operation's answer, by the names of the operations they lead to."""
    gives = GIVES.get(one.name, {})
    known = {name: f"$request.path.{name}" for name in one.parts}
    known |= {name: f"$response.body#/{place}" for name, place in gives.items()}
    found = {}
    for other in OPERATIONS:
        asked = other.parts.keys()
        unknown = asked - known.keys() - _CHOSEN
        if not gives.keys() & asked or unknown - {_HOUSES_TOO.get(name) for name in gives}:
            continue
        parameters = {name: known[name] for name in asked if name in known}
        found[other.name] = {"operationId": other.name, "parameters": parameters}
    return found
