"""What a kill or a correction opened again, and the way back in one call."""

from collections.abc import Sequence
from typing import Any

from desk import audit_words, writing_quotes
from desk.api import deeds
from desk.api.contract import (
    NUMBER,
    VERSION,
    YES,
    Call,
    Made,
    Operation,
    body,
    does,
    reads,
)
from desk.api.reading import told, whole
from desk.api.refusals import Refusal
from desk.api.shapes import CLAIM, MOMENT, TEXT, Shape, listed, maybe, thing
from desk.api.shapes import NUMBER as A_NUMBER
from store import houseform, reopened, rights, steps, users
from store.drafts import InstalmentView
from store.reopened import Cause, Reopened


def again(call: Call) -> Made:
    """What opened an instalment again, which items it hit, and what people changed since."""
    view = whole(call, only=())
    found = reopened.of(call.session, view.id, now=deeds.now(call))
    if found is None:
        raise Refusal(404, "No machine has opened it again, or somebody has gone on with it.")
    value = {
        "reason": found.step.reason,
        "at": found.step.at,
        "state_before": found.step.state_before,
        "by_before": None if found.before is None else found.before.who,
        "causes": [_cause(one) for one in found.causes],
        "since": [
            {"who": who, "what": audit_words.done(action), "times": times}
            for who, action, times in found.since
        ],
        "stands_at": list(found.stands_at),
        "approves": _approves(call, found, view.series),
        "version": view.version,
    }
    return Made(value=value, version=view.version)


def bring_back(call: Call) -> Made:
    """Leave out or keep each item that was hit, settle what happened, and take the steps back.

    `items` names every item with its version, `alerts` every change, as they were read; all is done
    or nothing. Whoever may not approve calls it ready.
    """
    whole(call, only=())
    view = houseform.view(call.session, call.path["series"], call.path["number"])
    assert view is not None  # noqa: S101  # else `whole` had refused it
    now, based_on = deeds.now(call), deeds.based_on(call)
    person = call.bearer.person
    found = reopened.of(call.session, view.id, now=now)
    keeps = {one["item"] for one in call.body["items"] if one.get("keeps", False)}
    versions = {one["item"]: one["version"] for one in call.body["items"]}
    if found is None:
        if not any(
            reopened.is_back(
                *(call.session, view.id, person),
                keeps=keeps,
                versions=versions,
                based_on=based_on,
                approves=approves,
            )
            for approves in (True, False)
        ):
            raise Refusal(409, "Somebody has gone on with it. Look again.", state=view.state)
        return _moved(call)  # this very call, a second time
    _see_that_it_may(call, "decide", "settle")
    writing_quotes.check_all(call.session, view, at=now)
    try:
        with deeds.refusing(), call.session.begin_nested():
            reopened.bring_back(
                call.session,
                found,
                person,
                keeps=keeps,
                versions=versions,
                seen=set(call.body["alerts"]),
                based_on=based_on,
                approves=_approves(call, found, view.series),
                now=now,
            )
    except steps.Refused as why:
        raise _refused(view, why) from why
    deeds.note(call, "bring back")
    return _moved(call)


def _moved(call: Call) -> Made:
    after = whole(call, only=())
    return Made(value=told(after), version=after.version)


def _refused(view: InstalmentView, why: steps.Refused) -> Refusal:
    objections = [
        {"kind": one.kind, "said": one.said, "item": one.item_id, "story": one.story_id}
        for one in why.objections
    ]
    return Refusal(409, str(why), state=view.state, version=view.version, objections=objections)


def _see_that_it_may(call: Call, *needed: str) -> None:
    series = call.path["series"]
    for right in needed:
        if right not in call.bearer.token.rights:
            said = f"This token is not for that: it lacks the right {right}."
            raise Refusal(403, said, right=right)
        if not call.bearer.may(right, series):
            who = users.who_may(call.session, right, series)
            raise Refusal(403, str(rights.NotAllowed(right, series, who)), right=right)


def _approves(call: Call, found: Reopened, series: str) -> bool:
    return found.was_approved and call.bearer.may("approve", series)


def _cause(one: Cause) -> dict[str, Any]:
    return {
        "item": one.item_id,
        "version": one.version,
        "headline": one.headline,
        "taken_back": one.standing.taken_back,
        "is_embargoed": one.standing.embargo is not None,
        "must_go": one.must_go,
        "alerts": [
            {"id": each.id, "kind": each.kind, "bearing": each.bearing, "said": each.said}
            for each in one.alerts
        ],
    }


_ONE = "/series/{series}/instalments/{number}/reopened"
_OF_ITEM = body("item", "version", item=NUMBER, version=NUMBER, keeps=YES)
OPERATIONS: Sequence[Operation] = (
    reads("getReopened", _ONE, again, "Reopened", refuses=(404,)),
    does(
        "bringBack",
        _ONE,
        bring_back,
        "Moved",
        right="step",
        body=body(
            "items",
            "alerts",
            items={"type": "array", "items": _OF_ITEM, "maxItems": 500},
            alerts={"type": "array", "items": NUMBER, "maxItems": 500},
            version=VERSION,
        ),
        is_based_on=True,
        refuses=(404, 409),
    ),
)

SHAPES: dict[str, Shape] = {
    "Reopened": thing(
        reason=TEXT,
        at=MOMENT,
        state_before=TEXT,
        by_before=maybe(TEXT),
        causes=listed(
            thing(
                item=A_NUMBER,
                version=A_NUMBER,
                headline=TEXT,
                taken_back=TEXT,
                is_embargoed=CLAIM,
                must_go=CLAIM,
                alerts=listed(thing(id=A_NUMBER, kind=TEXT, bearing=TEXT, said=TEXT)),
            )
        ),
        since=listed(thing(who=TEXT, what=TEXT, times=A_NUMBER)),
        stands_at=listed(TEXT),
        approves=CLAIM,
        version=A_NUMBER,
    ),
}
