"""The door of the API: token, limits, checks, one transaction, and each answer in one form.

No cookie is read here, so that no page of another site can make a browser act; no other site is
let in either (no CORS).
"""

import base64
import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from desk.api.checking import check, read_json
from desk.api.contract import LARGEST_BODY, Call, Made, Operation
from desk.api.refusals import Refusal, answer
from store import clock, rights, scopes, tokens, users
from store.models import ApiWriteRow
from store.session import transaction
from store.tokens import Bearer, Limited

log = logging.getLogger("desk.api")

KEPT = timedelta(days=1)  # how long an idempotency key is known
_KEYS = 7306  # advisory lock: two writes with one key take turns
_KEY = re.compile(r"[!-~]{1,100}")
_ETAG = re.compile(r'"([0-9]{1,18})(?:-[0-9a-f]{1,64})?"')  # the version, and what it looked like


async def serve(request: Request, operations: Mapping[str, Operation]) -> Response:
    """Answer one call at an address, by its method."""
    operation = operations["GET" if request.method == "HEAD" else request.method]
    try:
        body = b"" if operation.body is None else await _body(request)
        return await run_in_threadpool(_carried_out, request, operation, body)
    except Refusal as refusal:
        return answer(refusal)


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "Send JSON, and say so: Content-Type: application/json.")
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                raise Refusal(413, f"A body has at most {LARGEST_BODY} bytes.")
    except ClientDisconnect as problem:
        raise Refusal(400, "The body broke off.") from problem
    return bytes(body)


def _carried_out(request: Request, operation: Operation, body: bytes) -> Response:
    engine = request.app.state.engine
    with transaction(engine) as session:  # of its own: the use is counted whatever becomes of it
        bearer = _bearer(request, session)
    path, query = _path(request, operation), _query(request, operation)
    sent = read_json(body) if operation.body is not None else {}
    if operation.body is not None:
        check(sent, operation.body)
    with transaction(engine) as session:
        _see_that_it_may(session, bearer, operation, path)
        version = _version(request, sent) if operation.is_based_on else None
        call = Call(
            session=session, bearer=bearer, path=path, query=query, body=sent, version=version
        )
        key = request.headers.get("idempotency-key")
        if operation.method == "GET":
            return _unless_known(request, _answer(operation.do(call)))
        if key is None:
            return _answer(operation.do(call))
        return _once(request, operation, call, key, body)


def _bearer(request: Request, session: Session) -> Bearer:
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    found, most = None, request.app.state.settings.api_most_per_minute
    if scheme.lower() == "bearer" and told.strip().isascii():
        found = tokens.bearer(session, told.strip(), now=clock.real_now(session), most=most)
    if isinstance(found, Limited):
        raise _TooOften(most, found.seconds)
    if found is None:
        raise Refusal(
            401,
            "Send a token that is good: Authorization: Bearer sw_...",
            headers={"WWW-Authenticate": 'Bearer realm="serieswatch"'},
        )
    return found


class _TooOften(Refusal):
    """A token that is used too often; the use is counted all the same."""

    def __init__(self, most: int, seconds: int) -> None:
        super().__init__(
            429,
            f"A token may be used {most} times a minute.",
            headers={"Retry-After": str(seconds)},
        )


def _path(request: Request, operation: Operation) -> dict[str, Any]:
    """What the address names. What cannot be a name of ours is not there: 404."""
    found: dict[str, Any] = {}
    for name, schema in operation.parts.items():
        told: Any = request.path_params[name]
        if schema["type"] == "integer":
            if not re.fullmatch(r"[0-9]{1,18}", told):
                raise Refusal(404, "There is nothing at this address.")
            told = int(told)
        try:
            check(told, schema, name)
        except Refusal as problem:
            raise Refusal(404, "There is nothing at this address.") from problem
        found[name] = told
    return found


def _query(request: Request, operation: Operation) -> dict[str, Any]:
    found = {
        name: schema["default"] for name, schema in operation.query.items() if "default" in schema
    }
    for name, told in request.query_params.multi_items():
        schema = operation.query.get(name)
        if schema is None:
            raise Refusal(422, f"This address knows no parameter {name[:40]!r}.", field=name[:40])
        value: Any = told
        if schema["type"] == "integer":
            if not re.fullmatch(r"[0-9]{1,18}", told):
                raise Refusal(422, f"{name} must be a whole number.", field=name)
            value = int(told)
        check(value, schema, name)
        found[name] = value
    return found


def _see_that_it_may(
    session: Session, bearer: Bearer, operation: Operation, path: Mapping[str, Any]
) -> None:
    """Go on if the token and its owner may. What is of a series it is not for is not there."""
    is_read = operation.right == "read"
    series = _series(session, path, is_read=is_read)
    if series and not any(bearer.sees(one) for one in series):
        raise Refusal(404, "There is nothing at this address, or this token is not for its series.")
    if operation.of_all and not bearer.is_for_all:
        raise Refusal(403, "This belongs to no series: it takes a token for all series.")
    asked: Sequence[str | None] = series or (None,)
    if is_read or rights.RIGHTS[operation.right].over == "house":
        asked = (None,)
    if not any(bearer.may(operation.right, one) for one in asked):
        if operation.right not in bearer.token.rights:
            said = f"This token is not for that: it lacks the right {operation.right}."
        else:
            who = users.who_may(session, operation.right, asked[0])
            said = str(rights.NotAllowed(operation.right, asked[0], who))
        raise Refusal(403, said, right=operation.right)


def _series(session: Session, path: Mapping[str, Any], *, is_read: bool) -> Sequence[str]:
    if "series" in path:
        return (path["series"],)
    for name, of in scopes.OF.items():
        # A story or a development belongs to no series: whoever reads may read it. Who acts on one
        # acts on every series in which it stands.
        if name in path and not (is_read and name in {"story", "development"}):
            return of(session, path[name])
    return ()


def _version(request: Request, sent: Mapping[str, Any]) -> int:
    """The version a write is based on: of If-Match, of the body, or of both if they agree."""
    told = request.headers.get("if-match")
    of_body: int | None = sent.get("version")
    if told is None and of_body is None:
        raise Refusal(428, 'Say what you have seen: If-Match: "VERSION", or version in the body.')
    if told is None:
        assert of_body is not None  # noqa: S101  # see above
        return of_body
    found = _ETAG.fullmatch(told.strip())
    if found is None:
        raise Refusal(400, 'If-Match names one version, as the ETag did: "3".')
    if of_body is not None and of_body != int(found[1]):
        raise Refusal(400, "If-Match and version name two versions.")
    return int(found[1])


def _once(request: Request, operation: Operation, call: Call, key: str, body: bytes) -> Response:
    """Carry a write out once for its key; again, the same answer comes back and nothing is done."""
    if not _KEY.fullmatch(key):
        raise Refusal(400, "Idempotency-Key has 1 to 100 visible ASCII characters.")
    session, token_id = call.session, call.bearer.token.id
    asked = [request.method, request.url.path, request.headers.get("if-match", "")]
    asked_hash = hashlib.sha256("\n".join(asked).encode() + b"\n" + body).digest()
    now = clock.real_now(session)
    session.execute(select(func.pg_advisory_xact_lock(_KEYS, func.hashtext(f"{token_id} {key}"))))
    row = session.scalars(
        select(ApiWriteRow).where(
            ApiWriteRow.token_id == token_id, ApiWriteRow.key == key, ApiWriteRow.at > now - KEPT
        )
    ).one_or_none()
    if row is not None:
        if row.asked_hash != asked_hash:
            raise Refusal(422, "This Idempotency-Key was used for another request.")
        headers = {**row.headers, "Idempotency-Replayed": "true"}
        return Response(row.body.encode(), row.status, headers, "application/json")
    response = _answer(operation.do(call))
    session.execute(delete(ApiWriteRow).where(ApiWriteRow.at <= now - KEPT))
    kept = {name: told for name, told in response.headers.items() if name == "etag"}
    session.execute(
        insert(ApiWriteRow).values(
            token_id=token_id,
            key=key,
            asked_hash=asked_hash,
            status=response.status_code,
            headers=kept,
            body=bytes(response.body).decode(),
            at=now,
        )
    )
    return response


def _answer(made: Made) -> Response:
    if made.file is not None:
        return Response(made.file, 200, {"ETag": _tag(made.file, None)}, made.media)
    text = json.dumps(made.value, ensure_ascii=False, default=plain)
    # Half a character cannot be sent; as \udxxx it can, and is JSON still.
    sent = text.encode("utf-8", "backslashreplace")
    return Response(sent, 200, {"ETag": _tag(sent, made.version)}, "application/json")


def _tag(sent: bytes, version: int | None) -> str:
    """What an answer is known by: its version, which writes name, and how it looked."""
    looked = hashlib.sha256(sent).hexdigest()[:16]
    return f'"{looked}"' if version is None else f'"{version}-{looked}"'


def _unless_known(request: Request, response: Response) -> Response:
    """The answer; 304 without it where the client says that it has the very same."""
    known = request.headers.get("if-none-match", "")
    tag = response.headers["etag"]
    if any(one.strip().removeprefix("W/") == tag for one in known.split(",")):
        return Response(status_code=304, headers={"ETag": tag})
    return response


def plain(value: object) -> object:
    """A record as an object, a time in ISO 8601 with its zone."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value))


def cursor(*keys: object) -> str:
    """Where a page ended, for the client to send back as it is."""
    text = json.dumps(keys, default=plain, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def after(told: str | None, *kinds: type) -> tuple[Any, ...] | None:
    """The keys in a cursor. Raises Refusal 422 for one that we did not give."""
    if told is None:
        return None
    try:
        keys = json.loads(base64.urlsafe_b64decode(told.encode() + b"=" * (-len(told) % 4)))
        assert isinstance(keys, list)  # noqa: S101  # caught below
        assert len(keys) == len(kinds)  # noqa: S101  # as above
        return tuple(_key(key, kind) for key, kind in zip(keys, kinds, strict=True))
    except (ValueError, TypeError, AssertionError, RecursionError) as problem:
        raise Refusal(422, "cursor is none that we gave.", field="cursor") from problem


def _key(key: object, kind: type) -> object:
    if kind is datetime and isinstance(key, str):
        moment = datetime.fromisoformat(key)
        if moment.tzinfo is None:
            raise ValueError(key)
        return moment
    if kind is float and isinstance(key, int | float) and not isinstance(key, bool):
        return float(key)
    if type(key) is not kind or (isinstance(key, int) and not 0 <= key < 2**63):
        raise ValueError(key)
    return key
