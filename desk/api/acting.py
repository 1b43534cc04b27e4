"""What the API does: decisions, steps, settling, kills, embargoes; the desk's own functions."""

from datetime import datetime

from desk import export as handing
from desk.api.contract import Call, Made
from desk.api.reading import NOT_THERE, item_now, told, whole
from desk.api.refusals import Refusal
from pipeline.errors import BadInput
from pipeline.render import FORMS, render
from store import alerts, audit, clock, decisions, embargoes, notices, rights, steps, users
from store.decisions import Closed, Conflict, NothingToUndo, UnknownItem

MEDIA = {"newsml-g2": "application/xml", "nitf": "application/xml", "ninjs": "application/json"}


def decide(call: Call) -> Made:
    """Accept or reject an item, or take back one's own decision on it."""
    item_id, action, based_on = call.path["item"], call.body["action"], call.version
    assert based_on is not None  # noqa: S101  # the door has asked for it
    person, now = call.bearer.person, clock.now(call.session)
    try:
        if action == "undo":
            decisions.undo(call.session, item_id, person, based_on=based_on, now=now)
        else:
            decisions.decide(call.session, item_id, person, action, based_on=based_on, now=now)
    except UnknownItem as problem:
        raise Refusal(404, NOT_THERE) from problem
    except (Closed, NothingToUndo) as problem:
        raise Refusal(409, f"{problem}.", item=_brief(problem.item)) from problem
    except Conflict as problem:
        by = problem.decision
        raise Refusal(
            409,
            f"{problem}.",
            item=_brief(problem.item),
            decided_by=None if by is None else by.who,
            decided_at=None if by is None else by.decided_at.isoformat(),
        ) from problem
    _note(call, "decide")
    return item_now(call, item_id)


def step(call: Call) -> Made:
    """Move an instalment on, if nothing objects."""
    view, action, based_on = whole(call, only=()), call.body["action"], call.version
    assert based_on is not None  # noqa: S101  # the door has asked for it
    way = steps.WAYS[view.state].get(action)
    if way is not None and not call.bearer.may(way.right, view.series):
        who = users.who_may(call.session, way.right, view.series)
        said = str(rights.NotAllowed(way.right, view.series, who))
        raise Refusal(403, said, right=way.right)
    try:
        steps.take(
            call.session,
            view.id,
            call.bearer.person,
            action,
            based_on=based_on,
            reason=call.body.get("reason", ""),
            now=clock.now(call.session),
        )
    except steps.Refused as why:
        raise Refusal(
            409,
            str(why),
            state=view.state,
            version=view.version,
            objections=[
                {"kind": one.kind, "said": one.said, "item": one.item_id, "story": one.story_id}
                for one in why.objections
            ],
        ) from why
    _note(call, "step")
    after = whole(call, only=())
    return Made(value=told(after), version=after.version)


def export(call: Call) -> Made:
    """An approved instalment as a file, for a CMS."""
    view, form = whole(call), call.path["form"]
    try:
        made = render(handing.handed(call.session, view), form)
    except handing.NotToBeHandedOver as why:
        raise Refusal(409, f"{why}.") from why
    audit.note(
        call.session,
        actor=call.bearer.person.name,
        action="instalment.export",
        subject_kind="instalment",
        subject_id=view.id,
        detail={"form": form, "token": call.bearer.token.name},
    )
    return Made(file=made, media=MEDIA[form])


def settle(call: Call) -> Made:
    """Note that somebody has seen to a change of a source."""
    now = clock.now(call.session)
    try:
        key, number = alerts.settle(call.session, call.path["alert"], call.bearer.person, at=now)
    except BadInput as problem:
        raise Refusal(404, NOT_THERE) from problem
    _note(call, "settle")
    return Made(value={"alert": call.path["alert"], "series": key, "instalment": number})


def decide_kill(call: Call) -> Made:
    """Carry a notice out or refuse it."""
    try:
        notices.decide(
            call.session,
            call.path["notice"],
            call.bearer.person,
            is_so=call.body["decision"] == "confirm",
            story_id=call.body.get("story"),
            at=clock.now(call.session),
        )
    except BadInput as problem:
        status = 404 if str(problem).startswith("there is no notice") else 409
        raise Refusal(status, f"{problem}.") from problem
    _note(call, "kill")
    return Made(value={"notice": call.path["notice"], "decision": call.body["decision"]})


def lift(call: Call) -> Made:
    """Take somebody's word that an embargo is over."""
    now: datetime = clock.now(call.session)
    story = call.path["story"]
    by = call.bearer.person.name
    if not embargoes.lift(call.session, story, said=call.body["reason"], by=by, at=now):
        raise Refusal(409, "There is no such story, or it is under no embargo.")
    _note(call, "lift")
    return Made(value={"story": story, "lifted_at": now})


def _brief(item: decisions.ItemNow) -> dict[str, object]:
    return {"id": item.id, "state": item.state, "version": item.version}


def _note(call: Call, what: str) -> None:
    """Beside the line of the deed itself: with which token it was done."""
    audit.note(
        call.session,
        actor=call.bearer.person.name,
        action="token.use",
        subject_kind="token",
        subject_id=call.bearer.token.id,
        detail={
            "name": call.bearer.token.name,
            "did": what,
            **call.path,
        },
    )


FORM = {"type": "string", "enum": list(FORMS), "maxLength": 20}
