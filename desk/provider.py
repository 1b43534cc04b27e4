"""The pages of signing in with the newsroom's provider: the way there, and back."""

import logging
import re
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from config.settings import Settings
from desk import auth, oidc
from desk.door import cookie_name, inside, is_same, limits_of, signed_in
from desk.oidc import Client, Known, NotBelieved, Provider
from desk.safety import client_address
from pipeline.errors import BadInput
from store import clock, identities, signingin, users
from store.identities import VisitThere
from store.session import transaction
from store.signingin import OpenSession
from store.users import Person

log = logging.getLogger("desk")

BACK = "/sign-in/provider/back"
_LINK = "/me"  # whoever is signed in and goes there from here links the account
_AWAY = "Signing in there took too long, or was begun in another window. Please begin again."
_SILENT = "The sign-in there did not work. Please try again; if it fails again, tell an operator."
_UNKNOWN = (
    "That account is good, but nobody at this desk belongs to it. An operator must invite you "
    "first; "
    "if you have a password here, sign in with it and link the account on your own page."
)
_NO_ROLE = "That account is good, but it does not open this desk. Ask whoever keeps the accounts."
_OUT = "That account is good, but you have been shut out of this desk. Ask an operator."


def routes(settings: Settings, client: Client | None) -> list[Route]:
    """The addresses of these pages; none where no provider is set."""
    if not settings.oidc_issuer:
        return []
    if client is None:
        raise BadInput("a sign-in provider is set, and nothing that could ask it was handed over")
    return [Route("/sign-in/provider", go), Route(BACK, back)]


def of(settings: Settings, client: Client | None, engine: Engine) -> Provider | None:
    """The provider of the settings, if one is set."""
    if client is None or not settings.oidc_issuer:
        return None

    def now() -> datetime:
        with transaction(engine) as session:
            return clock.real_now(session)

    return Provider(settings=settings, client=client, now=now)


async def go(request: Request) -> Response:
    """Send a browser to the provider."""
    return await run_in_threadpool(_go, request)


def _go(request: Request) -> Response:
    after = inside(request.query_params.get("next"))
    if after == _LINK and request.headers.get("sec-fetch-site") != "same-origin":
        after = "/"  # nobody is led from elsewhere to link an account that is not theirs
    state, nonce, verifier = oidc.fresh()
    try:
        there = _provider(request).way_there(
            state=state, nonce=nonce, verifier=verifier, back=_back(request)
        )
    except NotBelieved as problem:
        log.warning("the sign-in provider: %s", problem)
        return auth.sign_in_form(request, 503, after=after, said=_SILENT)
    with transaction(request.app.state.engine) as session:
        now = clock.real_now(session)
        identities.send_off(
            session, state=state, nonce=nonce, verifier=verifier, after=after, now=now
        )
    response = RedirectResponse(there, status_code=303)
    auth.set_cookie(response, request, "provider", state)
    return response


async def back(request: Request) -> Response:
    """Take a browser that comes back from the provider."""
    return await run_in_threadpool(_came_back, request)


def _came_back(request: Request) -> Response:
    settings: Settings = request.app.state.settings
    told = request.query_params
    state, code = told.get("state", ""), told.get("code", "")
    ours = request.cookies.get(cookie_name(settings, "provider"), "")
    # The state is the browser's own: nobody can be made to come back with a code of somebody else.
    if not re.fullmatch(r"[A-Za-z0-9_-]{43}", state) or not is_same(state, ours):
        return auth.sign_in_form(request, 403, after="/", said=_AWAY)
    with transaction(request.app.state.engine) as session:
        now = clock.real_now(session)
        visit = identities.come_back(session, state, now=now)
        already = signed_in(request, session)
    if visit is None:
        return auth.sign_in_form(request, 403, after="/", said=_AWAY)
    if not code or told.get("iss", settings.oidc_issuer) != settings.oidc_issuer:
        log.warning(
            "the sign-in provider sent a browser back with %s", told.get("error", "no code")
        )
        return auth.sign_in_form(request, 403, after=visit.after, said=_SILENT)
    try:
        known = _provider(request).who(
            code, nonce=visit.nonce, verifier=visit.verifier, back=_back(request)
        )
    except NotBelieved as problem:
        log.warning("the sign-in provider: %s", problem)
        return auth.sign_in_form(request, 403, after=visit.after, said=_SILENT)
    return _let_in(request, visit, known, already)


def _let_in(
    request: Request, visit: VisitThere, known: Known, already: OpenSession | None
) -> Response:
    settings: Settings = request.app.state.settings
    roles = None
    if settings.oidc_roles:
        groups = known.several(settings.oidc_role_claim)
        roles = identities.roles_told(groups, settings.oidc_roles)
        if roles is None:
            return auth.sign_in_form(request, 403, after=visit.after, said=_NO_ROLE)
    with transaction(request.app.state.engine) as session:
        now = clock.real_now(session)
        linking = already.person if already is not None and visit.after == _LINK else None
        try:
            person = _whose(session, settings, known, linking)
        except BadInput as problem:
            return auth.sign_in_form(request, 403, after=visit.after, said=f"{problem}.")
        if person is None:
            return auth.sign_in_form(request, 403, after=visit.after, said=_UNKNOWN)
        if person.disabled_at is not None:
            return auth.sign_in_form(request, 403, after=visit.after, said=_OUT)
        if roles is not None:
            try:
                with session.begin_nested():
                    identities.take_roles(session, person, roles, actor="machine:oidc")
            except BadInput as problem:  # the last operator stays one, whatever the groups say
                log.warning("roles of %s were not taken over: %s", person.name, problem)
        if linking is not None:
            return RedirectResponse(visit.after, status_code=303)
        opened = signingin.open_session(
            session,
            person,
            address=client_address(request),
            agent=request.headers.get("user-agent", ""),
            way="oidc",
            now=now,
            limits=limits_of(settings),
        )
    response = RedirectResponse(visit.after, status_code=303)
    auth.set_cookie(response, request, "session", opened.token)
    response.delete_cookie(
        cookie_name(settings, "provider"),
        secure=settings.desk_secure,
        httponly=True,
        samesite="lax",
    )
    return response


def _whose(
    session: Session, settings: Settings, known: Known, linking: Person | None
) -> Person | None:
    """Who of the desk an account belongs to; a first visit is linked as the settings say."""
    now = clock.real_now(session)
    person = identities.of(session, known.issuer, known.subject, now=now)
    if person is not None:
        if linking is not None and person.id != linking.id:
            raise BadInput("That account belongs to somebody else here")
        return person
    how = "by its owner"
    if linking is None:
        name = known.name(settings.oidc_link_by) if settings.oidc_link_by else None
        linking = users.find(session, name) if name else None
        how = settings.oidc_link_by
        if linking is None and settings.oidc_create:
            linking, how = _added(session, settings, known), "added"
    if linking is not None and linking.disabled_at is None:
        identities.link(
            session, linking, issuer=known.issuer, subject=known.subject, how=how, now=now
        )
    return linking


def _added(session: Session, settings: Settings, known: Known) -> Person | None:
    """Somebody new, under the name the provider gives; nobody where it gives none."""
    claims = [settings.oidc_link_by or "preferred_username", "preferred_username", "email"]
    name = next((told for claim in claims if (told := known.name(claim))), None)
    if name is None or users.find(session, name) is not None:  # never somebody who is here already
        return None
    return users.add_without_password(
        session,
        name=name,
        display_name=known.name("name") or "",
        role="reader",
        actor="machine:oidc",
    )


def _provider(request: Request) -> Provider:
    provider: Provider = request.app.state.provider
    return provider


def _back(request: Request) -> str:
    """Where the provider sends browsers back to: it must be told this address beforehand."""
    settings: Settings = request.app.state.settings
    if settings.public_url:
        return settings.public_url + BACK
    scheme = "https" if settings.desk_secure else "http"
    return f"{scheme}://{request.headers.get('host', 'localhost')}{BACK}"
