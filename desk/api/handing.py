"""An instalment on its way out: preview, export, and handing over to where it is printed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from desk import audit_words
from desk import deliveries as ways
from desk import export as handing
from desk.api import deeds
from desk.api.contract import (
    MOMENT,
    NOT_THERE,
    PAGING,
    VERSION,
    YES,
    Call,
    Made,
    Operation,
    body,
    choice,
    does,
    reads,
)
from desk.api.reading import moment, page, sliced, told, whole
from desk.api.refusals import Refusal
from desk.api.shapes import CLAIM, FREE, TEXT, Shape, a_page, maybe, thing
from desk.api.shapes import MOMENT as A_MOMENT
from pipeline.deliver import Draft
from pipeline.errors import BadInput
from pipeline.pasted import address
from pipeline.render import FORMS, house_html, house_markdown, render
from store import audit, deliveries, gates, houseform, published, series, steps, targets, trail
from store.drafts import InstalmentView

MEDIA = {
    "newsml-g2": "application/xml",
    "nitf": "application/xml",
    "ninjs": "application/json",
    "html": "text/html; charset=utf-8",
    "markdown": "text/markdown; charset=utf-8",
}


def preview(call: Call) -> Made:
    """The piece in its house form as it stands, as HTML and as Markdown."""
    view = _view(call)
    piece, why_not = houseform.house(call.session, view), ""
    try:
        handing.see_that_it_may_leave(call.session, view)
    except handing.NotToBeHandedOver as why:
        why_not = f"{why}."
    value = {
        "title": piece.title,
        "subhead": piece.subhead,
        "kicker": piece.kicker,
        "html": house_html(piece),
        "markdown": house_markdown(piece),
        "is_proposal": piece.is_proposal,
        "state": view.state,
        "may_leave": not why_not,
        "why_not": why_not,
    }
    return Made(value=value, version=view.version)


def export(call: Call) -> Made:
    """An approved instalment as a file; the way out is noted in the audit log."""
    view, form = _view(call), call.path["form"]
    try:
        if form in handing.PIECE:
            made = handing.piece(call.session, view, form).encode()
        else:
            made = render(handing.handed(call.session, view), form)
    except handing.NotToBeHandedOver as why:
        objections = [_objection(one) for one in why.objections]
        raise Refusal(409, f"{why}.", objections=objections) from why
    audit.note(
        call.session,
        actor=call.bearer.person.name,
        action="instalment.export",
        subject_kind="instalment",
        subject_id=view.id,
        detail={"form": form, "token": call.bearer.token.name},
    )
    return Made(file=made, media=MEDIA[form])


def out(call: Call) -> Made:
    """State that it is out: where (without an address none is linked) and since when."""
    where = call.body.get("address", "")
    if where:
        where, why_not = address(where)
        if why_not:
            raise Refusal(422, f"{why_not}.", field="body.address")
    return say_out(call, where, moment(call.body, "since"))


def say_out(call: Call, where: str, since: datetime | None) -> Made:
    """Note that it is out; without an address the next instalments list it without a link."""
    view, now = _view(call), deeds.now(call)
    try:
        published.state(
            call.session,
            view.id,
            call.bearer.person,
            address=where,
            since=since or now,
            title=houseform.house(call.session, view).title,
            based_on=deeds.based_on(call),
            now=now,
        )
    except BadInput as problem:
        raise Refusal(422, deeds.sentence(problem), field="body.since") from problem
    except steps.Refused as why:
        objections = [_objection(one) for one in why.objections]
        raise Refusal(
            409, str(why), state=view.state, version=view.version, objections=objections
        ) from why
    deeds.note(call, "publish")
    after = whole(call, only=())
    return Made(value=told(after), version=after.version)


def taken(call: Call) -> Made:
    """The steps an instalment has taken, the latest first: who, when, why."""
    found = steps.of(call.session, whole(call, only=()).id)
    return sliced(call, found, lambda one: (one.id,), int, falls=True)


def listed_ways(call: Call) -> Made:
    """Where it may be handed over to, what stands there, what became of the last wish."""
    view = whole(call, only=())
    wishes = deliveries.of_instalment(call.session, view.id)
    standing = deliveries.standing(call.session, view.id)
    return page(
        [
            _way(place, wishes.get(place.key), standing.get(place.key))
            for place in _places(call, view)
        ]
    )


def deliver(call: Call) -> Made:
    """Wish that it be handed over, for the first time or again; a draft, never published."""
    view, key = _view(call), call.path["target"]
    if all(place.key != key for place in _places(call, view)):
        raise Refusal(404, NOT_THERE)
    now = deeds.now(call)
    if deeds.based_on(call) != view.version:
        last = trail.last_of_instalment(call.session, view.id)
        raise Refusal(
            409,
            "The instalment has changed meanwhile.",
            state=view.state,
            version=view.version,
            decided_by=None if last is None else last.who,
            decided_at=None if last is None else last.at.isoformat(),
            did=None if last is None else audit_words.done(last.action),
        )
    objections = gates.objections(call.session, view.id, now=now)
    piece = houseform.rendered(call.session, view.series, view.number)
    if view.state not in ways.OPEN_TO or objections or piece is None:
        said = "It cannot go out as it stands." if objections else "Approve it first."
        raise Refusal(
            409, said, state=view.state, objections=[_objection(one) for one in objections]
        )
    draft = Draft(
        title=piece.title,
        html=piece.html,
        excerpt=piece.subhead,
        slug=ways.slug(view),
        status=series.targets_of(call.session, view.series)[key],
    )
    deliveries.wish(
        call.session,
        view.id,
        key,
        draft,
        user=call.bearer.person,
        is_forced=call.body.get("is_forced", False),
        now=now,
    )
    deeds.note(call, "deliver")
    return listed_ways(call)


def _places(call: Call, view: InstalmentView) -> list[targets.Place]:
    return targets.known(call.session, list(series.targets_of(call.session, view.series)))


def _way(
    place: targets.Place, told: deliveries.Told | None, standing: deliveries.Standing | None
) -> dict[str, Any]:
    wish = None
    if told is not None:
        wish = {
            "state": told.outcome or "waiting",
            "said": told.said,
            "who": told.who,
            "wished_at": told.wished_at,
            "ended_at": told.ended_at,
            "tries": told.tries,
            "next_try": told.next_try,
            "changed_there": told.found,
        }
    stands = None
    if standing is not None:
        stands = {
            "link": standing.link,
            "status": standing.status,
            "title": standing.title,
            "seen_at": standing.seen_at,
        }
    return {
        "target": place.key,
        "title": place.title,
        "kind": place.kind,
        "wish": wish,
        "standing": stands,
    }


def _objection(one: gates.Objection) -> dict[str, object]:
    return {"kind": one.kind, "said": one.said, "item": one.item_id, "story": one.story_id}


def _view(call: Call) -> InstalmentView:
    view = houseform.view(call.session, call.path["series"], call.path["number"])
    if view is None:
        raise Refusal(404, NOT_THERE)
    return view


_ONE = "/series/{series}/instalments/{number}"
OPERATIONS: Sequence[Operation] = (
    reads("previewInstalment", f"{_ONE}/preview", preview, "Preview", refuses=(404,)),
    reads(
        "exportInstalment",
        f"{_ONE}/export/{{form}}",
        export,
        media=("application/xml", "application/json", "text/html", "text/markdown"),
        path_schemas={"form": choice(*FORMS, *handing.PIECE)},
        refuses=(404, 409),
    ),
    does(
        "stateOut",
        f"{_ONE}/published",
        out,
        "Moved",
        right="approve",
        body=body(address={"type": "string", "maxLength": 4000}, since=MOMENT, version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    reads("listSteps", f"{_ONE}/steps", taken, "StepPage", query=PAGING, refuses=(404,)),
    reads("listDeliveries", f"{_ONE}/deliveries", listed_ways, "DeliveryPage", refuses=(404,)),
    does(
        "deliverInstalment",
        f"{_ONE}/deliveries/{{target}}",
        deliver,
        "DeliveryPage",
        right="deliver",
        body=body(
            version=VERSION,
            is_forced={**YES, "description": "Over what somebody changed there."},
        ),
        is_based_on=True,
        refuses=(404, 409),
    ),
)

SHAPES: dict[str, Shape] = {
    "Preview": thing(
        title=TEXT,
        subhead=TEXT,
        kicker=TEXT,
        html=TEXT,
        markdown=TEXT,
        is_proposal=CLAIM,
        state=TEXT,
        may_leave=CLAIM,
        why_not=TEXT,
    ),
    "Step": thing(
        action=TEXT, state_before=TEXT, state_after=TEXT, who=TEXT, reason=TEXT, at=A_MOMENT
    ),
    "StepPage": a_page("Step"),
    "Delivery": thing(target=TEXT, title=TEXT, kind=TEXT, wish=maybe(FREE), standing=maybe(FREE)),
    "DeliveryPage": a_page("Delivery"),
}
