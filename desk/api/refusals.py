"""Refusals of the API as problem details (RFC 9457): one record, one answer."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

MEDIA = "application/problem+json"
_KINDS = {
    400: "unreadable",
    401: "no-token",
    403: "not-allowed",
    404: "not-found",
    405: "wrong-method",
    409: "conflict",
    413: "too-large",
    415: "not-json",
    422: "invalid",
    428: "version-needed",
    429: "too-often",
    500: "broken",
    503: "no-database",
}


class Refusal(Exception):
    """A call that is refused: status, words for whoever wrote the client, and facts beside them."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})
        self.facts = facts


def answer(refusal: Refusal) -> Response:
    """The refusal as it goes out."""
    told = {
        "type": f"tag:serieswatch,2026:{_KINDS.get(refusal.status, 'refused')}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": refusal.detail,
        **refusal.facts,
    }
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, refusal.status, media_type=MEDIA, headers=refusal.headers)
