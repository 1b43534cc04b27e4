"""`/metrics`: how the whole product fares, in Prometheus' text format, derived from rows.

Nothing is counted in processes: whatever a worker's end or a restart forgets, rows keep. Open to
whoever brings the token of the settings, or, where there is none, to this machine itself (or the
networks the settings name). A request that a proxy passed on is refused without the token: seen
from here every visitor of a proxy is a neighbour.
"""

import hmac
from ipaddress import ip_address, ip_network

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from config.settings import Settings
from store import gauges
from store.exposition import FORMAT, text_format
from store.session import transaction

_PASSED_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


async def metrics(request: Request) -> Response:
    """The figures for whoever may have them; 403 in plain words for others."""
    settings: Settings = request.app.state.settings
    if not may_read(request, settings):
        return PlainTextResponse(
            "These figures are for this machine and for whoever brings the token: set "
            "SERIESWATCH_METRICS_TOKEN_FILE, or name networks in SERIESWATCH_METRICS_FROM.\n",
            403,
        )
    return await run_in_threadpool(_answer, request)


def _answer(request: Request) -> Response:
    with transaction(request.app.state.engine) as session:
        return PlainTextResponse(text_format(gauges.families(session)), media_type=FORMAT)


def may_read(request: Request, settings: Settings) -> bool:
    """Whether this request may see the figures."""
    if settings.metrics_token:
        brought = request.headers.get("authorization", "")
        return hmac.compare_digest(brought.encode(), f"Bearer {settings.metrics_token}".encode())
    if any(name in request.headers for name in _PASSED_ON) or request.client is None:
        return False
    try:
        address = ip_address(request.client.host)
        return any(address in ip_network(network) for network in settings.metrics_from)
    except ValueError:  # a socket without an address, or a network nobody can read
        return False
