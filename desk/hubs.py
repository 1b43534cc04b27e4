"""What hubs say to us: whether we asked to be told, and what is new. Nobody signs in here.

The address is the key: nobody can guess it. What comes is kept as it is and answered at once;
workers read it afterwards like anything that was polled.
"""

import hashlib
import logging
import re
import uuid
from collections.abc import Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from pipeline import websub
from pipeline.parse import gate
from pipeline.records import Answer, Gated, Memory
from store import clock, documents, memory, subscriptions
from store.session import transaction
from store.subscriptions import Subscription

log = logging.getLogger("desk")

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")
LONGEST_CHALLENGE = 2000  # characters; hubs send some dozens
_DELETED = b"deleted-entry"  # stands beside the items, so that known items say nothing of it
_KEPT_HEADERS = ("content-type", "content-language", "link")


async def callback(request: Request) -> Response:
    """The one endpoint of a subscription: GET is the hub's check, POST its push."""
    token = request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        return _said("there is no such subscription", 404)
    if request.method == "GET":
        return await run_in_threadpool(_check, request, token)
    if request.method == "POST":
        return await _push(request, token)
    return _said("hubs ask with GET and push with POST", 405)  # HEAD, which comes along with GET


def _check(request: Request, token: str) -> Response:
    """Echo the hub's challenge if it asks about what we asked for; 404 for all else."""
    told = request.query_params
    mode, topic = told.get("hub.mode", ""), told.get("hub.topic", "")
    challenge = told.get("hub.challenge", "")
    if not topic.isprintable():  # nor could a row hold all of it
        return _said("nothing of that kind was asked for", 404)
    with transaction(request.app.state.engine) as session:
        if mode == "denied":
            said = told.get("hub.reason", "no reason given")
            reason = " ".join("".join(c if c.isprintable() else " " for c in said).split())
            if subscriptions.deny(session, token, topic=topic, reason=reason):
                return _said("noted")
        elif 0 < len(challenge) <= LONGEST_CHALLENGE:
            lease = websub.lease(told.get("hub.lease_seconds"))
            if (
                mode == "subscribe"
                and subscriptions.confirm(session, token, topic=topic, lease_seconds=lease)
            ) or (mode == "unsubscribe" and subscriptions.leave(session, token, topic=topic)):
                return PlainTextResponse(challenge)
    return _said("nothing of that kind was asked for", 404)


async def _push(request: Request, token: str) -> Response:
    """Take what a hub pushes, if it is signed as agreed; what is not is thanked for and dropped."""
    found = await run_in_threadpool(_subscription, request, token)
    if found is None:
        return _said("there is no such subscription", 404)
    most = int(request.app.state.settings.body_cap_mb * 1024 * 1024)
    try:
        body = await _body(request, most=most)
    except ClientDisconnect:
        return _said("it broke off", 400)  # nobody is there to read this
    return await run_in_threadpool(_take, request, found, body)


def _subscription(request: Request, token: str) -> Subscription | None:
    with transaction(request.app.state.engine) as session:
        return subscriptions.of_callback(session, token)


async def _body(request: Request, *, most: int) -> bytes | None:
    """The body, or None for one of more than `most` bytes: the rest of it is not waited for."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told[:12]) > most:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most:
            return None
    return bytes(body)


def _take(request: Request, found: Subscription, body: bytes | None) -> Response:
    """Keep what was pushed, cut down to what is new in it, ready to be read."""
    signature = request.headers.get("x-hub-signature")
    with transaction(request.app.state.engine) as session:
        if body is None:
            subscriptions.note_too_big(session, found.id)
            return _said("that is more than we take at once", 413)
        if not websub.is_signed(signature, found.secret, body):
            # 2xx all the same, as the standard has it: whoever tries signatures learns nothing.
            subscriptions.note_unsigned(session, found.id)
            log.warning("a push without its signature", extra={"feed": found.feed_id})
            return _said("thanks", 202)
        if found.is_paused or not body.strip():
            return _said("thanks", 202)
        subscriptions.note_push(session, found.id)  # its row is ours now: no replay overtakes us
        body_hash = hashlib.sha256(body).hexdigest()
        if subscriptions.is_last_pushed(session, found.feed_id, body_hash=body_hash):
            return _said("thanks, that has come before", 202)
        headers = _headers(request)
        gated = _cut(body, headers, memory.load(session, [found.feed_id]).get(found.feed_id))
        if gated.hashes and gated.known == len(gated.hashes) and _DELETED not in body:
            return _said("thanks, all of that is known", 202)
        capture = documents.Capture(
            feed_id=found.feed_id,
            answer=Answer(url=found.topic, status=200, headers=headers, body=body),
            body_hash=body_hash,
            gated=gated,
            way="push",
        )
        token, now = uuid.uuid4(), clock.now(session)
        documents.keep_all(session, [capture], fetch_token=token, at=now)
    return _said("thanks", 202)


def _cut(body: bytes, headers: Mapping[str, str], remembered: Memory | None) -> Gated:
    """The document without the items that polls have read before, if hub and origin send alike.

    Else it is left whole and nothing of it is remembered: what polls know by its bytes stays known.
    """
    gated = gate(body, headers, remembered)
    if remembered is None or gated.frame != remembered.frame:
        return Gated(body=body, frame="")
    return gated


def _headers(request: Request) -> dict[str, str]:
    return {name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers}


def _said(words: str, status: int = 200) -> Response:
    return PlainTextResponse(words + "\n", status)
