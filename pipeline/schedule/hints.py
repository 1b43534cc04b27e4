"""What a publisher says about when to come back, as a feed's row keeps it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pipeline.records import Hints


def hints_to_json(hints: Hints) -> dict[str, Any]:
    """Return what a row keeps of hints: what the publisher did not say is left out."""
    return {name: value for name, value in asdict(hints).items() if value}


def hints_from_json(kept: Mapping[str, Any] | None) -> Hints | None:
    """Return the hints a row keeps; None where it keeps none."""
    if not kept:
        return None
    return Hints(
        ttl_minutes=kept.get("ttl_minutes"),
        skip_hours=tuple(kept.get("skip_hours", ())),
        skip_days=tuple(kept.get("skip_days", ())),
        update_seconds=kept.get("update_seconds"),
    )
