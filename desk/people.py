"""People: who is at the desk and as what, one's own account, sessions, invitations and tokens."""

from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from desk.door import Visit, for_editors, limits_of
from pipeline.errors import BadInput
from store import clock, digests, identities, people, tokens, users
from store.rights import EVERYWHERE, OF_SERIES, ROLES
from store.users import Person

_LONGEST = 100  # characters of a name in a form
_MADE = 201  # the page shows something that nobody sees again


def routes() -> list[Route]:
    """The addresses of these pages."""
    return [
        Route("/people", for_editors(everyone, may="people")),
        Route("/people", for_editors(invite, may="people"), methods=["POST"]),
        Route("/people/{person}", for_editors(one, may="people")),
        Route("/people/{person}/role", for_editors(give, may="people"), methods=["POST"]),
        Route("/people/{person}/tokens", for_editors(make_token, may="house"), methods=["POST"]),
        Route(
            "/people/{person}/sessions/{session}/end",
            for_editors(end_session, may="house"),
            methods=["POST"],
        ),
        Route("/people/{person}/{action}", for_editors(act, may="house"), methods=["POST"]),
        Route("/me", for_editors(me)),
        Route("/me/password", for_editors(change_password, may="read"), methods=["POST"]),
        Route("/me/letters", for_editors(choose_letters, may="read"), methods=["POST"]),
        Route("/me/tokens", for_editors(make_own_token, may="read"), methods=["POST"]),
        Route("/me/sessions/others", for_editors(end_others, may="read"), methods=["POST"]),
        Route("/me/sessions/{session}/end", for_editors(end_own, may="read"), methods=["POST"]),
        Route("/tokens/{token}/revoke", for_editors(revoke_token, may="read"), methods=["POST"]),
    ]


def everyone(visit: Visit) -> Response:
    """Who is at the desk."""
    return _everyone(visit)


def invite(visit: Visit) -> Response:
    """Add somebody and show the link for them, this once. A chief brings in editors of a series."""
    role, series = visit.form.get("role", ""), visit.form.get("series", EVERYWHERE)
    actor, now = visit.who.person.name, clock.real_now(visit.session)
    visit.must("house" if series == EVERYWHERE else "people", _named(series))
    try:
        with visit.session.begin_nested():  # who cannot be given the role is not there either
            person, token = people.invite(
                visit.session,
                name=visit.form.get("name", "")[:_LONGEST],
                display_name=visit.form.get("display_name", "")[:_LONGEST],
                role=role if series == EVERYWHERE else "reader",
                actor=actor,
                now=now,
            )
            if series != EVERYWHERE:
                people.give(visit.session, person.id, role, series=series, actor=actor)
    except BadInput as problem:
        return _everyone(visit, 409, refused=f"{problem}.")
    return _everyone(visit, _MADE, link=_link(visit, token), invited=person)


def one(visit: Visit) -> Response:
    """One of them: roles, and for operators sessions and tokens."""
    return _one(visit, _person(visit))


def give(visit: Visit) -> Response:
    """Make somebody editor or chief of a series, or for all of them."""
    person = _person(visit)
    series, role = visit.form.get("series", EVERYWHERE), visit.form.get("role", "")
    visit.must("house" if series == EVERYWHERE else "people", _named(series))
    try:
        people.give(visit.session, person.id, role, series=series, actor=visit.who.person.name)
    except BadInput as problem:
        return _one(visit, person, 409, refused=f"{problem}.")
    return RedirectResponse(f"/people/{person.id}", status_code=303)


def act(visit: Visit) -> Response:
    """Shut somebody out, let them in, sign them out everywhere, or make a link for a password."""
    person, actor = _person(visit), visit.who.person.name
    now = clock.real_now(visit.session)
    try:
        match visit.request.path_params["action"]:
            case "disable":
                people.disable(visit.session, person.id, actor=actor, now=now)
            case "enable":
                people.enable(visit.session, person.id, actor=actor)
            case "sign-out":
                people.sign_out_everywhere(visit.session, person.id, now=now)
            case "link":
                token = people.new_link(visit.session, person.id, actor=actor, now=now)
                return _one(visit, person, link=_link(visit, token))
            case _:
                raise HTTPException(404)
    except BadInput as problem:
        return _one(visit, person, 409, refused=f"{problem}.")
    return RedirectResponse(f"/people/{person.id}", status_code=303)


def end_session(visit: Visit) -> Response:
    """End one session of somebody, wherever its cookie is."""
    person = _person(visit)
    _end(visit, person.id)
    return RedirectResponse(f"/people/{person.id}", status_code=303)


def me(visit: Visit) -> Response:
    """One's own account."""
    return _me(visit)


def change_password(visit: Visit) -> Response:
    """Change one's own password; other browsers are signed out."""
    if visit.form.get("new", "") != visit.form.get("again", ""):
        return _me(visit, 409, refused="The new password was typed in two ways. Type it again.")
    try:
        people.change_password(
            visit.session,
            visit.who.person,
            old=visit.form.get("old", ""),
            new=visit.form.get("new", ""),
            now=clock.real_now(visit.session),
            keep=visit.who.id,
            limits=limits_of(visit.request.app.state.settings),
        )
    except BadInput as problem:
        return _me(visit, 409, refused=f"{problem}.")
    return _me(visit, said="Your password is changed; all other browsers are signed out.")


def end_own(visit: Visit) -> Response:
    """End one of one's own sessions."""
    _end(visit, visit.who.person.id)
    return RedirectResponse("/me", status_code=303)


def choose_letters(visit: Visit) -> Response:
    """Have letters written to an address of one's own, or none any more."""
    who, address = visit.who.person, visit.form.get("address", "").strip()
    try:
        now = clock.now(visit.session)
        digests.write_to(visit.session, who.name, address, by=who.name, now=now)
    except BadInput as problem:
        return _me(visit, 409, refused=f"{problem}.")
    return RedirectResponse("/me#letters", status_code=303)


def end_others(visit: Visit) -> Response:
    """End all of one's own sessions but this."""
    now = clock.real_now(visit.session)
    people.sign_out_everywhere(visit.session, visit.who.person.id, now=now, keep=visit.who.id)
    return RedirectResponse("/me", status_code=303)


def make_own_token(visit: Visit) -> Response:
    """Make a token for oneself and show it, this once."""
    try:
        token, told = _make(visit, visit.who.person)
    except BadInput as problem:
        return _me(visit, 409, refused=f"{problem}.")
    return _me(visit, _MADE, token=token, told=told)


def make_token(visit: Visit) -> Response:
    """Make a token that acts for somebody, for example a machine that was added as a person."""
    person = _person(visit)
    try:
        token, told = _make(visit, person)
    except BadInput as problem:
        return _one(visit, person, 409, refused=f"{problem}.")
    return _one(visit, person, _MADE, token=token, told=told)


def revoke_token(visit: Visit) -> Response:
    """End a token: one's own, or as an operator anybody's."""
    found = tokens.find(visit.session, visit.number("token"))
    if found is None:
        raise HTTPException(404)
    if found.owner != visit.who.person.name:
        visit.must("house")
    now = clock.real_now(visit.session)
    tokens.revoke(visit.session, found.id, actor=visit.who.person.name, now=now)
    return RedirectResponse(visit.back("/me"), status_code=303)


def _make(visit: Visit, owner: Person) -> tuple[tokens.Token, str]:
    wanted = [right for right in tokens.GRANTABLE if visit.form.get(f"may-{right}")]
    chosen = visit.form.get("series", "")
    days = visit.form.get("days", "")
    lasts = timedelta(days=int(days[:4])) if days.isascii() and days.isdecimal() else timedelta(0)
    return tokens.add(
        visit.session,
        owner,
        name=visit.form.get("name", ""),
        rights=wanted,
        series=[chosen] if chosen else [],
        lasts=lasts,
        actor=visit.who.person.name,
        now=clock.real_now(visit.session),
    )


def _end(visit: Visit, user_id: int) -> None:
    now = clock.real_now(visit.session)
    actor = visit.who.person.name
    if not people.revoke(visit.session, user_id, visit.number("session"), actor=actor, now=now):
        raise HTTPException(404)


def _everyone(visit: Visit, status: int = 200, **said: Any) -> Response:  # noqa: ANN401  # facts of a template
    facts = {
        "everybody": users.everyone(visit.session),
        "titles": _titles(visit),
        "roles": ROLES,
        "of_series": OF_SERIES,
        "refused": "",
        "link": "",
        "invited": None,
        "form": visit.form if status >= 400 else {},  # noqa: PLR2004  # what was typed comes back
    }
    return visit.page("people.html", status, **(facts | said))


def _one(visit: Visit, person: Person, status: int = 200, **said: Any) -> Response:  # noqa: ANN401  # as above
    now = clock.real_now(visit.session)
    may_all = visit.who.may("house")
    facts = {
        "person": users.by_id(visit.session, person.id),
        "titles": _titles(visit),
        "all_titles": people.series_titles(visit.session),
        "roles": ROLES,
        "of_series": OF_SERIES,
        "sessions": _sessions(visit, person.id) if may_all else [],
        "tokens": tokens.lines(visit.session, owner=person.id, now=now) if may_all else [],
        "here": f"/people/{person.id}",
        "now": now,
        "refused": "",
        "link": "",
        "token": None,
        "told": "",
        "grantable": tokens.GRANTABLE,
    }
    return visit.page("person.html", status, **(facts | said))


def _me(visit: Visit, status: int = 200, **said: Any) -> Response:  # noqa: ANN401  # as above
    now, person = clock.real_now(visit.session), visit.who.person
    settings = visit.request.app.state.settings
    facts = {
        "person": person,
        "all_titles": people.series_titles(visit.session),
        "sessions": _sessions(visit, person.id),
        "tokens": tokens.lines(visit.session, owner=person.id, now=now),
        "here": "/me",
        "now": now,
        "refused": "",
        "said": "",
        "token": None,
        "told": "",
        "writes_letters": bool(settings.mail_server),
        "writes_to": digests.address_of(visit.session, person.id),
        "provider": settings.oidc_name if settings.oidc_issuer else "",
        "is_linked": identities.has_one(visit.session, person.id, settings.oidc_issuer),
        "grantable": [right for right in tokens.GRANTABLE if person.may(right)],
    }
    return visit.page("me.html", status, **(facts | said))


def _sessions(visit: Visit, user_id: int) -> list[people.SessionLine]:
    limits = limits_of(visit.request.app.state.settings)
    now = clock.real_now(visit.session)
    return people.sessions(visit.session, user_id, now=now, limits=limits)


def _titles(visit: Visit) -> dict[str, str]:
    """The series for which whoever asks may say who is what."""
    titles = people.series_titles(visit.session)
    return {key: title for key, title in titles.items() if visit.who.may("people", key)}


def _named(series: str) -> str | None:
    return None if series == EVERYWHERE else series


def _person(visit: Visit) -> Person:
    person = users.by_id(visit.session, visit.number("person"))
    if person is None:
        raise HTTPException(404)
    return person


def _link(visit: Visit, token: str) -> str:
    """The link for whoever is invited. The address of the desk is as this browser reached it."""
    settings = visit.request.app.state.settings
    own = settings.public_url
    if not own:
        scheme = "https" if settings.desk_secure else "http"
        own = f"{scheme}://{visit.request.headers.get('host', 'localhost')}"
    return f"{own}/welcome/{token}"
