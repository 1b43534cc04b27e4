"""The sign-in and sign-out pages."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.settings import Settings
from desk import pages
from desk.door import Visit, cookie_name, inside, is_same, limits_of, signed_in
from desk.safety import client_address, read_form
from pipeline.errors import BadInput
from store import clock, people, signingin
from store.session import transaction
from store.signingin import OpenSession, Refused
from store.users import Person

_WRONG = "Name and password do not go together. Check both and try again."
_STALE = "The form had been open for too long, or cookies are off. Please try again."
_ENDED = "Your sign-in had ended, so the last button you pressed did not count. Sign in and go on."


def sign_in_page(request: Request) -> Response:
    """The form; whoever has signed in already is sent on."""
    with transaction(request.app.state.engine) as session:
        if signed_in(request, session) is not None:
            return RedirectResponse(inside(request.query_params.get("next")), status_code=303)
    said = _ENDED if "ended" in request.query_params else ""
    return sign_in_form(request, after=inside(request.query_params.get("next")), said=said)


async def sign_in(request: Request) -> Response:
    """Take the form, set the cookie and go to the page that was wanted; or the form again."""
    form = await read_form(request)
    return await run_in_threadpool(_sign_in, request, form)


def _sign_in(request: Request, form: Mapping[str, str]) -> Response:
    after, name = inside(form.get("next")), form.get("name", "")
    if not is_same(form.get("token"), _form_token(request) or secrets.token_urlsafe()):
        return sign_in_form(request, 403, after=after, name=name, said=_STALE)
    with transaction(request.app.state.engine) as session:
        answer = signingin.sign_in(
            session,
            name=name,
            password=form.get("password", ""),
            address=client_address(request),
            agent=request.headers.get("user-agent", ""),
            now=clock.real_now(session),
            limits=limits_of(request.app.state.settings),
        )
    if isinstance(answer, Refused):
        return _refused(request, answer, after=after, name=name)
    return _signed_in(request, answer, after=after)


def sign_out(visit: Visit) -> Response:
    """End this session, here and wherever its cookie was copied to."""
    settings: Settings = visit.request.app.state.settings
    signingin.sign_out(visit.session, visit.who.token, now=clock.real_now(visit.session))
    response = RedirectResponse("/sign-in", status_code=303)
    response.delete_cookie(
        cookie_name(settings), secure=settings.desk_secure, httponly=True, samesite="lax"
    )
    return response


def welcome_page(request: Request) -> Response:
    """Whoever was sent a link chooses a password here."""
    with transaction(request.app.state.engine) as session:
        now = clock.real_now(session)
        person = people.invited(session, request.path_params["link"], now=now)
    return _welcome(request, person)


async def welcome(request: Request) -> Response:
    """Take the password, sign its owner in and go to the desk."""
    form = await read_form(request)
    return await run_in_threadpool(_take_up, request, form)


def _take_up(request: Request, form: Mapping[str, str]) -> Response:
    link = request.path_params["link"]
    with transaction(request.app.state.engine) as session:
        now = clock.real_now(session)
        person = people.invited(session, link, now=now)
        if not is_same(form.get("token"), _form_token(request) or secrets.token_urlsafe()):
            return _welcome(request, person, 403, said=_STALE)
        if form.get("new", "") != form.get("again", ""):
            return _welcome(request, person, 409, said="The two are not the same. Type them again.")
        try:
            person = people.take_up(session, link, form.get("new", ""), now=now)
        except BadInput as problem:
            return _welcome(request, person, 409, said=f"{problem}.")
        if person is None:
            return _welcome(request, None)
        opened = signingin.open_session(
            session,
            person,
            address=client_address(request),
            agent=request.headers.get("user-agent", ""),
            way="invitation",
            now=now,
            limits=limits_of(request.app.state.settings),
        )
    return _signed_in(request, opened, after="/")


def _welcome(
    request: Request, person: Person | None, status: int = 200, *, said: str = ""
) -> Response:
    token = _form_token(request) or secrets.token_urlsafe(32)
    facts: dict[str, Any] = {
        "person": person,
        "token": token,
        "said": said,
        "here": request.url.path,
    }
    answer = pages.page(request, "welcome.html", 404 if person is None else status, **facts)
    set_cookie(answer, request, "form", token)
    return answer


def _signed_in(request: Request, opened: OpenSession, *, after: str) -> Response:
    response = RedirectResponse(after, status_code=303)
    set_cookie(response, request, "session", opened.token)
    return response


def _refused(request: Request, refused: Refused, *, after: str, name: str) -> Response:
    if refused.why == "wrong":
        return sign_in_form(request, 403, after=after, name=name, said=_WRONG)
    minutes = -(-refused.retry_after // 60)
    said = (
        "There were too many wrong attempts, so sign-ins wait for a while. "
        f"Try again in {minutes} minute{'' if minutes == 1 else 's'}."
    )
    response = sign_in_form(request, 429, after=after, name=name, said=said)
    response.headers["Retry-After"] = str(refused.retry_after)
    return response


def sign_in_form(
    request: Request, status: int = 200, *, after: str, name: str = "", said: str = ""
) -> Response:
    """The form with a token that the browser also holds as a cookie: no other site knows it."""
    token = _form_token(request) or secrets.token_urlsafe(32)
    settings: Settings = request.app.state.settings
    provider = settings.oidc_name if settings.oidc_issuer else ""
    facts = {"token": token, "after": after, "name": name, "said": said, "provider": provider}
    response = pages.page(request, "sign_in.html", status, who=None, **facts)
    set_cookie(response, request, "form", token)
    return response


def _form_token(request: Request) -> str | None:
    """The token this browser was given before; kept, so that a second tab does not void the first.

    None if it has none or the cookie is not one of ours.
    """
    token = request.cookies.get(cookie_name(request.app.state.settings, "form"), "")
    return token if re.fullmatch(r"[A-Za-z0-9_-]{43}", token) else None


def set_cookie(response: Response, request: Request, purpose: str, value: str) -> None:
    """Give a browser a cookie of ours."""
    settings: Settings = request.app.state.settings
    response.set_cookie(
        cookie_name(settings, purpose),
        value,
        max_age=60 * settings.session_minutes,
        httponly=True,
        samesite="lax",
        secure=settings.desk_secure,
    )
