"""What the API does: decisions, steps, settling, kills, embargoes; the desk's own functions."""

from datetime import datetime

from desk import writing_quotes
from desk.api import deeds, handing
from desk.api.contract import NOT_THERE, Call, Made
from desk.api.reading import item_now, told, whole
from desk.api.refusals import Refusal
from pipeline.errors import BadInput
from store import (
    alerts,
    clock,
    decisions,
    embargoes,
    houseform,
    notices,
    rights,
    steps,
    users,
)
from store.rejections import NOT_THIS_SERIES, TOLD_ALREADY

_REASONS = {"not-this-series": NOT_THIS_SERIES, "told-already": TOLD_ALREADY}


def decide(call: Call) -> Made:
    """Accept or reject an item, or take that back.

    Rejecting it as not of this series is what the matcher learns from; rejecting it as told already
    it does not, nor what is rejected while its source is killed, withheld or under embargo, or was
    corrected since it was accepted.
    """
    item_id, action, based_on = call.path["item"], call.body["action"], deeds.based_on(call)
    person, now = call.bearer.person, clock.now(call.session)
    with deeds.refusing():
        if action == "undo":
            decisions.undo(call.session, item_id, person, based_on=based_on, now=now)
        else:
            reason = _REASONS.get(action, "")
            what: decisions.Action = "reject" if reason else action
            decisions.decide(
                call.session, item_id, person, what, based_on=based_on, now=now, reason=reason
            )
    deeds.note(call, "decide")
    return item_now(call, item_id)


def step(call: Call) -> Made:
    """Move an instalment on: to review, ready, approved, out; or open it again."""
    whole(call, only=())
    view = houseform.view(call.session, call.path["series"], call.path["number"])
    assert view is not None  # noqa: S101  # see above
    action, based_on = call.body["action"], deeds.based_on(call)
    way = steps.WAYS[view.state].get(action)
    if way is not None and not call.bearer.may(way.right, view.series):
        who = users.who_may(call.session, way.right, view.series)
        said = str(rights.NotAllowed(way.right, view.series, who))
        raise Refusal(403, said, right=way.right)
    if action == "publish":  # with its title and its moment, as the other way of stating it
        return handing.say_out(call, "", None)
    # What was never checked against its source as it is now is checked before it counts.
    writing_quotes.check_all(call.session, view, at=deeds.now(call))
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
    deeds.note(call, "step")
    after = whole(call, only=())
    return Made(value=told(after), version=after.version)


def settle(call: Call) -> Made:
    """Note that somebody has seen to a change of a source."""
    now = clock.now(call.session)
    try:
        key, number = alerts.settle(call.session, call.path["alert"], call.bearer.person, at=now)
    except BadInput as problem:
        raise Refusal(404, NOT_THERE) from problem
    deeds.note(call, "settle")
    return Made(value={"alert": call.path["alert"], "series": key, "instalment": number})


def decide_kill(call: Call) -> Made:
    """Carry out what a wire says about another item, or refuse it."""
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
    deeds.note(call, "kill")
    return Made(value={"notice": call.path["notice"], "decision": call.body["decision"]})


def release(call: Call) -> Made:
    """Take somebody's word that a hold is over, and how they know."""
    with deeds.refusing():
        notices.release(
            call.session,
            call.path["notice"],
            call.bearer.person,
            said=call.body["reason"],
            at=deeds.now(call),
        )
    deeds.note(call, "release")
    return Made(value={"notice": call.path["notice"], "decision": "release"})


def lift(call: Call) -> Made:
    """Say that an embargo is over, and how one knows."""
    now: datetime = clock.now(call.session)
    story = call.path["story"]
    by = call.bearer.person.name
    if not embargoes.lift(call.session, story, said=call.body["reason"], by=by, at=now):
        raise Refusal(409, "There is no such story, or it is under no embargo.")
    deeds.note(call, "lift")
    return Made(value={"story": story, "lifted_at": now})
