"""The way of an instalment: where it stands, what stands in its way, and the next step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import out, reopened, words, writing_quotes
from desk.door import Visit
from pipeline.errors import BadInput
from store import alerts, clock, decisions, drafts, embargoes, gates, houseform, steps
from store.drafts import InstalmentView
from store.gates import Objection
from store.steps import WAYS, Step, Way

_LONGEST = 500  # characters of a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An instalment as the page about its approval shows it."""

    view: InstalmentView
    zone: ZoneInfo
    now: datetime
    objections: list[Objection]
    ways: dict[str, Way]
    taken: list[Step]

    @property
    def path(self) -> str:
        """Where the instalment is shown."""
        return f"/instalments/{self.view.series}/{self.view.number}"


def approval(visit: Visit) -> Response:
    """Where an instalment stands, and why it cannot go on if it cannot."""
    return shown(visit)


def shown(visit: Visit, status: int = 200, *, refused: str = "") -> Response:
    """The page about an instalment's approval, with why a step was refused if one was."""
    found = _approval(visit)
    facts: dict[str, Any] = {
        "approval": found,
        "refused": refused,
        "out": out.shown(visit.session, found.view),
        **reopened.facts(visit, found.view),
    }
    return visit.page("approval.html", status, **facts)


def step(visit: Visit) -> Response:
    """Take the next step, and back to the page; 409 with the reasons where it is refused."""
    found, action = _approval(visit), visit.request.path_params["action"]
    if not any(action in ways for ways in WAYS.values()):
        raise HTTPException(404)
    if (way := found.ways.get(action)) is not None:
        visit.must(way.right, found.view.series)
    reason = visit.form.get("reason", "")[:_LONGEST]
    # What was never checked against its source as it is now is checked before it counts.
    writing_quotes.check_all(visit.session, found.view, at=found.now)
    try:
        steps.take(
            visit.session,
            found.view.id,
            visit.who.person,
            action,
            based_on=visit.field("version"),
            reason=reason,
            now=found.now,
        )
    except steps.Refused as why:
        return shown(visit, 409, refused=str(why))
    return RedirectResponse(f"{found.path}/approval", status_code=303)


def again(visit: Visit) -> Response:
    """Bring back in one press what a kill or a correction opened again; 409 where refused."""
    found = _approval(visit)
    try:
        reopened.carry_out(visit, found.view)
    except (steps.Refused, decisions.Conflict, decisions.Closed) as why:
        return shown(visit, 409, refused=words.sentence(str(why)))
    return RedirectResponse(f"{found.path}/approval", status_code=303)


def lift(visit: Visit) -> Response:
    """Take an editor's word that an embargo is over, with the reason."""
    reason = visit.form.get("reason", "").strip()[:_LONGEST]
    if not reason:
        raise HTTPException(
            400, "Say who lifted the embargo and how you know. Go back and try again."
        )
    story, who = visit.number("story"), visit.who.person.name
    now = clock.now(visit.session)
    embargoes.lift(visit.session, story, said=reason, by=who, at=now)
    return RedirectResponse(visit.back(), status_code=303)


def changed(visit: Visit) -> Response:
    """What a change changed, word by word, before the item it concerns."""
    found = alerts.compared(visit.session, visit.number("alert"))
    if found is None:
        raise HTTPException(404)
    key, number = found.instalment
    view = drafts.show(visit.session, key, number, only=())
    zone = words.zone("UTC" if view is None else view.time_zone)
    facts: dict[str, Any] = {"found": found, "zone": zone, "now": clock.now(visit.session)}
    return visit.page("changed.html", **facts)


def settle(visit: Visit) -> Response:
    """Note that somebody has seen to a change, and back to the item."""
    try:
        key, number = alerts.settle(
            visit.session, visit.number("alert"), visit.who.person, at=clock.now(visit.session)
        )
    except BadInput as problem:
        raise HTTPException(404) from problem
    return RedirectResponse(visit.back(f"/instalments/{key}/{number}"), status_code=303)


def _approval(visit: Visit) -> Approval:
    view = houseform.view(visit.session, visit.key("series"), visit.number("number"))
    if view is None:
        raise HTTPException(404)
    now = clock.now(visit.session)
    return Approval(
        view=view,
        zone=words.zone(view.time_zone),
        now=now,
        objections=gates.objections(visit.session, view.id, now=now),
        ways=dict(WAYS[view.state]),
        taken=steps.of(visit.session, view.id),
    )
