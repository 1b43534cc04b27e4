"""What an editor writes into an item, as the item's page shows it."""

from typing import Any

from desk.door import Visit


def facts(_visit: Visit, _item_id: int) -> dict[str, Any]:
    """What the template `item_writing.html` shows of an item."""
    return {}
