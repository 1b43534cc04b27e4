"""The door of every page: one request, one transaction, somebody who has signed in."""

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from config.settings import Settings
from desk import pages
from desk.safety import LARGEST_FORM, read_form
from store import assignments, clock, keys, rights, scopes, signingin, users
from store.rights import NotAllowed
from store.session import transaction
from store.signingin import Limits, OpenSession

_TAKEN = 8  # forms whose being carried out the browser may not have heard of yet

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page: what waits for its reader, and their keys."""

    awaiting: int
    keys: tuple[bool, Mapping[str, str]]  # whether they are on, and which does what


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of somebody who has signed in, inside its transaction."""

    request: Request
    session: Session
    who: OpenSession
    form: Mapping[str, str]  # empty unless one was sent; its token has been checked
    at: clock.Moment  # when it came in, by both clocks

    @property
    def now(self) -> datetime:
        """The product's time."""
        return self.at.product

    @property
    def is_fragment(self) -> bool:
        """Whether a script on our own page asks, and wants the piece that changed."""
        return self.request.headers.get("hx-request") == "true"

    def page(self, template: str, status: int = 200, **facts: object) -> Response:
        """A page of the desk, made of a template and the facts it shows."""
        user_id = self.who.person.id
        frame = Frame(
            awaiting=assignments.count_awaiting(self.session, user_id, now=self.now),
            keys=keys.of(self.session, user_id),
        )
        return pages.page(self.request, template, status, who=self.who, frame=frame, **facts)

    def key(self, name: str) -> str:
        """A key in the address. Raises HTTPException 404 for what cannot be one."""
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key := self.request.path_params[name]):
            raise HTTPException(404)
        return str(key)

    def number(self, name: str) -> int:
        """A number in the address. Raises HTTPException 404 for what cannot be one."""
        if (number := _number(self.request.path_params[name])) is None:
            raise HTTPException(404)
        return number

    def field(self, name: str) -> int:
        """A number in the form. Raises HTTPException 400 if our own page did not send it so."""
        if (number := _number(self.form.get(name, ""))) is None:
            raise HTTPException(400, "The form was incomplete. Go back and press the button again.")
        return number

    def asked(self, name: str, otherwise: int = 0) -> int:
        """A number asked for behind the address' question mark; `otherwise` if it is none."""
        number = _number(self.request.query_params.get(name, ""))
        return otherwise if number is None else number

    def back(self, otherwise: str = "/") -> str:
        """Where the form says to go on, if that is a page of this desk."""
        then = self.form.get("then")
        return inside(then) if then else otherwise

    def must(self, right: str, series: str | None = None) -> None:
        """Go on only if whoever asks may. Raises NotAllowed, which the door answers with 403."""
        if not self.who.may(right, series):
            raise not_allowed(self.session, right, series)

    def must_over(
        self, right: str, number: int, *, of: Callable[[Session, int], scopes.Scope]
    ) -> None:
        """The same of a thing that a form names, by the series in which it stands."""
        see_that_they_may_over(self.session, self.who.person, right, of(self.session, number))


def for_editors(
    page: Callable[[Visit], Response], may: str | None = None, *, largest: int = LARGEST_FORM
) -> Endpoint:
    """An endpoint that shows `page` to whoever may, and sends strangers to the sign-in.

    `may` is a right of store/rights.py; without one, `read`. What it is asked of is taken from
    the address: a series there, or the series of the item, alert, story there. A page that learns
    of its series only later asks with Visit.must. The page is made in a thread, since the database
    is asked there; what it writes is committed before the answer goes out, and rolled back if it
    raises.
    """
    right = "read" if may is None else may
    if right not in rights.RIGHTS:
        raise KeyError(right)

    async def endpoint(request: Request) -> Response:
        is_sent = request.method == "POST"
        if any("\0" in told for told in (*request.query_params.values(), request.url.path)):
            raise HTTPException(404)  # nothing of ours is called so
        form = await read_form(request, largest=largest) if is_sent else {}
        return await run_in_threadpool(_visit, page, request, form, right)

    endpoint.may = may  # type: ignore[attr-defined]  # for the tests that walk all routes
    return endpoint


def _visit(
    page: Callable[[Visit], Response], request: Request, form: Mapping[str, str], right: str
) -> Response:
    with transaction(request.app.state.engine) as session:
        at = clock.moment(session)
        who = signed_in(request, session, now=at.real)
        if who is None:
            return _to_sign_in(request, form)
        if request.method == "POST" and not is_same(form.get("token"), who.csrf_token):
            raise HTTPException(
                403,
                "This form did not come from a page of your present sign-in, so it was not "
                "carried out. Go back, load the page anew and press the button again.",
            )
        try:
            see_that_they_may(session, who.person, right, request.path_params)
            visit = Visit(request=request, session=session, who=who, form=form, at=at)
            answer = page(visit)
        except NotAllowed as problem:
            raise HTTPException(403, str(problem)) from problem
    _acknowledge(request, form, answer)  # only now that it is committed
    return answer


def _acknowledge(request: Request, form: Mapping[str, str], answer: Response) -> None:
    """Tell the browser that a form was carried out, so that it need not keep its words any longer.

    The number in it is the browser's own (desk/static/unsent.js). A page that answers a form
    without leading on, as a check of a definition does, has carried out nothing, unless it says
    that something was made: a link or a token that is shown this once.
    """
    number = form.get("unsent", "")
    is_done = answer.status_code in {201, 303} or (
        answer.status_code == 200 and request.headers.get("hx-request") == "true"  # noqa: PLR2004  # its piece of the page
    )
    if not is_done or not re.fullmatch(r"[0-9a-f]{24}", number):
        return
    settings = request.app.state.settings
    name = cookie_name(settings, "taken")
    before = re.findall(r"[0-9a-f]{24}", request.cookies.get(name, ""))
    answer.set_cookie(
        name,
        ".".join([*before[-_TAKEN + 1 :], number]),
        max_age=600,
        secure=settings.desk_secure,
        httponly=False,  # it is for our script, and says nothing but that number
        samesite="lax",
    )


def see_that_they_may(
    session: Session, person: users.Person, right: str, named: Mapping[str, object]
) -> None:
    """Go on if somebody may use a right on what an address names. Raises NotAllowed."""
    is_of_none = right == "read" or rights.RIGHTS[right].over == "house"
    see_that_they_may_over(
        session, person, right, () if is_of_none else _series_named(session, named)
    )


def see_that_they_may_over(
    session: Session, person: users.Person, right: str, series: Sequence[str]
) -> None:
    """Go on if somebody may use a right on what stands in these series. Raises NotAllowed.

    Of several series one is enough: a story belongs to no series and stands in many.
    """
    asked: Sequence[str | None] = series or (None,)
    if not any(person.may(right, one) for one in asked):
        raise not_allowed(session, right, asked[0])


def _series_named(session: Session, named: Mapping[str, object]) -> Sequence[str]:
    """The series an address names, or the series of what it names; none for what is not there."""
    if "series" in named:
        return (str(named["series"]),)
    for name, of in scopes.OF.items():
        if (number := _number(str(named.get(name, "")))) is not None:
            return of(session, number)
    return ()


def not_allowed(session: Session, right: str, series: str | None) -> NotAllowed:
    """The refusal, with the names of some who may."""
    return NotAllowed(right, series, users.who_may(session, right, series))


def signed_in(
    request: Request, session: Session, *, now: datetime | None = None
) -> OpenSession | None:
    """Who made this request, by the cookie; None for nobody we know.

    `now`: the real time, if it was asked for already.
    """
    token = request.cookies.get(cookie_name(request.app.state.settings))
    if token is None:
        return None
    # Sessions run on the real clock, also while a recorded week is played.
    now, limits = now or clock.real_now(session), limits_of(request.app.state.settings)
    return signingin.signed_in(session, token, now=now, limits=limits)


def limits_of(settings: Settings) -> Limits:
    """How long sessions last and how often may be guessed, as the settings say."""
    return Limits(
        lasts=timedelta(minutes=settings.session_minutes),
        idle=timedelta(minutes=settings.session_idle_minutes),
        window=timedelta(minutes=settings.sign_in_window_minutes),
        per_name=settings.sign_in_most_per_name,
        per_address=settings.sign_in_most_per_address,
    )


def cookie_name(settings: Settings, purpose: str = "session") -> str:
    """The name of a cookie of ours. Over TLS its prefix keeps other hosts from setting it."""
    if settings.desk_secure:
        return f"__Host-serieswatch-{purpose}"
    # Browsers do not tell cookies apart by port, and two desks may run on one machine.
    return f"serieswatch-{purpose}-{settings.desk_port}"


def inside(path: str | None) -> str:
    """`path` if it leads to a page of this desk, else the first page: no other site, no trick.

    Browsers read a backslash as a slash and drop tabs and line ends, so none of these may stand in
    it; two slashes at the beginning would name another host.
    """
    if path is None or not re.fullmatch(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?", path):
        return "/"
    return path


def is_same(sent: str | None, expected: str) -> bool:
    """Whether a token is the expected one, without telling by the time how much of it is right."""
    return sent is not None and hmac.compare_digest(sent.encode(), expected.encode())


def _to_sign_in(request: Request, form: Mapping[str, str]) -> Response:
    if request.headers.get("hx-request") == "true":  # a piece of a page is no place to sign in
        asked = {"next": inside(form.get("then")), "ended": "yes"}
        return Response(status_code=401, headers={"HX-Redirect": f"/sign-in?{urlencode(asked)}"})
    if request.method == "POST":  # cannot be made up for after signing in: say so there
        asked = {"next": inside(form.get("then")), "ended": "yes"}
    else:
        asked = {"next": inside(request.url.path)}
    return RedirectResponse(f"/sign-in?{urlencode(asked)}", status_code=303)


def _number(text: str) -> int | None:
    """A number that fits into a column; None for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None
