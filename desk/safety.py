"""What keeps the desk's pages and forms safe: headers, refusal of other sites, small bodies."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
LARGEST_FORM = 16_384  # bytes; the largest we send out is a name, a password and a token
LARGEST_TEXT = 1_500_000  # bytes of a form with what somebody writes, and what it was written upon
_MOST_FIELDS = 500  # a development has so many stories to tick


def headers(*, is_secure: bool) -> dict[str, str]:
    """The headers of every answer."""
    always = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Not no-referrer: browsers then send `Origin: null` with our own forms. Links to sources
        # say noreferrer themselves.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if is_secure:
        always["Strict-Transport-Security"] = "max-age=31536000"
    return always


class SafetyHeaders:
    """Puts the headers on every answer. Nothing is kept by browsers or proxies but static files."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self.app = app
        self.headers = headers(is_secure=is_secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its answer back with the headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                on_answer = MutableHeaders(scope=message)
                on_answer.update(self.headers)
                on_answer["Cache-Control"] = _keeping(scope["path"], message["status"])
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _keeping(path: str, status: int) -> str:
    """How long browsers may keep an answer: files for long, pages not at all."""
    if not path.startswith("/static/") or status >= 400:  # noqa: PLR2004  # where errors begin
        return "no-store"
    if re.match(r"/static/[0-9a-f]{12}/", path):  # another file would have another address
        return "public, max-age=31536000, immutable"
    return "public, max-age=86400"


async def read_form(request: Request, *, largest: int = LARGEST_FORM) -> Mapping[str, str]:
    """The fields of a small form sent by one of our own pages; of a doubled field the last value.

    Raises HTTPException in plain words: 403 from another site, 413 too large, 415 not a form.
    """
    if comes_from_elsewhere(request):
        raise HTTPException(
            403,
            "This request came from another site, so it was not carried out. "
            "If it was you, open the desk itself and press the button there.",
        )
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "The desk takes its own forms only.")
    body = await _small_body(request, largest)
    try:
        fields = parse_qsl(
            body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError as problem:
        raise HTTPException(400, "The form could not be read. Go back and send it again.") from (
            problem
        )
    if any("\0" in value or "\0" in name for name, value in fields):  # no column could hold it
        raise HTTPException(400, "The form held a character that is none. Go back and try again.")
    return dict(fields)


def comes_from_elsewhere(request: Request) -> bool:
    """Whether the browser says another site made this request; a form's token is checked beside it.

    `Sec-Fetch-Site` is sent over TLS and on loopback, `Origin` also on a plain address in the
    house. The port belongs to the origin: something else on the same machine is elsewhere.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower()


def client_address(request: Request) -> str:
    """The network address of whoever asks: behind a proxy of the settings, the one it names.

    Read from the end, as each proxy adds who asked it; what a stranger wrote before is not heard.
    """
    address = request.client.host if request.client else ""
    trusted = [ip_network(one) for one in request.app.state.settings.trusted_proxies]
    for named in reversed(", ".join(request.headers.getlist("x-forwarded-for")).split(",")):
        if not _is_among(address, trusted):
            break
        try:
            address = str(ip_address(named.strip()))
        except ValueError:
            break
    return address


def _is_among(address: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:  # a socket without an address
        return False


async def _small_body(request: Request, largest: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > largest:
            raise HTTPException(413, "That was more than the desk's forms can hold.")
    return bytes(body)
