"""The HTTP client as this installation's settings have it."""

from config.settings import Settings
from workers.http import Http


def made(told: Settings, *, retry_wait: float = 1.0) -> Http:
    """A client with these settings. Raises BadInput for one it cannot read.

    It waits `retry_wait` seconds before it asks again after a blip.
    """
    return Http(
        retry_wait=retry_wait,
        deadline=told.fetch_deadline,
        body_cap=int(told.body_cap_mb * 1024 * 1024),
        allow_inside=told.allow_inside,
        connect_to=told.connect_to,
        credentials={
            origin: secret for origin, secret in told.opened_by.items() if origin.startswith("http")
        },
    )
