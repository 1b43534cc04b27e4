"""Answers for when something is wrong: plain words in the desk's own form, never a traceback."""

import logging
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from desk import pages, safety
from desk.api import refusals
from desk.api.refusals import Refusal

log = logging.getLogger("desk")

# What happened; why and what to do next, where the place that raised it did not say better.
_WORDS = {
    400: ("That could not be read", "Go back and try again."),
    403: ("That is not allowed", "Go back to the desk and try from there."),
    404: (
        "There is no such page",
        "The address may be mistyped, or the instalment may not have been opened yet.",
    ),
    405: (
        "That address takes no visits",
        "It only carries out what a button of the desk asks for. Go back to the desk.",
    ),
    409: ("It cannot be done as things stand", "Go back, load the page anew and decide again."),
    413: ("That was too large", "Send less at once."),
    415: ("That could not be read", "Go back to the desk and try from there."),
    500: (
        "Something is broken on our side",
        (
            "Nothing was changed. Try again in a moment; if it happens again, tell whoever runs "
            "the desk at what time you saw this."
        ),
    ),
    503: (
        "The desk cannot reach its database",
        (
            "Nothing was changed. Try again in a moment; whoever runs the desk sees the reason "
            "with “serieswatch doctor”."
        ),
    ),
}


_API_WORDS = {
    404: "There is nothing at this address.",
    405: "This address takes other methods: see Allow, or /api/v1/openapi.json.",
    500: "Something is broken on our side; nothing was changed.",
    503: "The desk cannot reach its database; nothing was changed.",
}


def refused(request: Request, problem: Exception) -> Response:
    """The page for an HTTPException: its own words if it brought any."""
    assert isinstance(problem, HTTPException)  # noqa: S101  # registered for these alone
    status = problem.status_code
    if _is_of_api(request):
        headers = dict(problem.headers or {})
        return refusals.answer(Refusal(status, _API_WORDS.get(status, ""), headers=headers))
    said = "" if problem.detail == HTTPStatus(status).phrase else problem.detail
    response = _page(request, status, said)
    response.headers.update(problem.headers or {})
    return response


def unreachable(request: Request, problem: Exception) -> Response:
    """The page for a database that does not answer."""
    log.warning("the database did not answer at %s: %s", request.url.path, problem)
    if _is_of_api(request):
        return refusals.answer(Refusal(503, _API_WORDS[503], headers={"Retry-After": "5"}))
    return _page(request, 503)


def broken(request: Request, _problem: Exception) -> Response:
    """The page for a defect. The server logs its traceback."""
    if _is_of_api(request):
        response = refusals.answer(Refusal(500, _API_WORDS[500]))
    else:
        response = _page(request, 500)
    # This answer is made outside all else, so the headers that others get are not put on it.
    response.headers.update(safety.headers(is_secure=request.app.state.settings.desk_secure))
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_of_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _page(request: Request, status: int, said: str = "") -> Response:
    heading, otherwise = _WORDS.get(status, (HTTPStatus(status).phrase, "Go back to the desk."))
    return pages.page(request, "problem.html", status, heading=heading, said=said or otherwise)
