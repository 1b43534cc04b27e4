"""What an editor does on the item's page: another link, another series, no copy, back again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import item, item_words, words
from desk.door import Visit
from pipeline import draft
from pipeline.definition import series_from_json
from pipeline.errors import BadInput
from pipeline.window import window
from store import (
    clock,
    crediting,
    decisions,
    drafts,
    itemchanges,
    judging,
    offers,
    planned,
    regroup,
    series,
    sources,
    stories,
)
from store.items import Here
from store.rejections import NOT_THIS_SERIES, TOLD_ALREADY


def link(visit: Visit) -> Response:
    """Let the item show the page of another story that tells what it tells."""
    here, now = item.asked_for(visit), clock.now(visit.session)
    story = visit.field("story")

    def choose() -> None:
        itemchanges.choose_link(
            visit.session,
            here.id,
            visit.who.person,
            story,
            based_on=visit.field("version"),
            attribution=attribution(visit.session, here, story),
            takes_headline="headline" in visit.form,
            now=now,
        )

    return _done(visit, here, choose)


def not_this_series(visit: Visit) -> Response:
    """Reject the item because it does not belong here, and go back to the instalment."""
    return _rejected(visit, NOT_THIS_SERIES)


def told_already(visit: Visit) -> Response:
    """Reject the item because another one tells it: it belongs, and nothing is learnt from it."""
    return _rejected(visit, TOLD_ALREADY)


def _rejected(visit: Visit, reason: str) -> Response:
    here, now = item.asked_for(visit), clock.now(visit.session)
    who, based_on = visit.who.person, visit.field("version")

    def reject() -> None:
        decisions.decide(
            visit.session, here.id, who, "reject", based_on=based_on, now=now, reason=reason
        )

    return _done(visit, here, reject)


def move(visit: Visit) -> Response:
    """Move the item into the open instalment of another series, and show it there."""
    here, now = item.asked_for(visit), clock.now(visit.session)
    key, _, section = visit.form.get("to", "").partition(" ")
    target = next((one for one in series.running(visit.session) if one.key == key), None)
    sections = () if target is None else [part["key"] for part in target.definition["sections"]]
    if target is None or key == here.series or section not in sections:
        raise HTTPException(400, "Choose a section of another series. Go back and try again.")
    visit.must("decide", key)

    def carry() -> None:
        into = open_instalment(visit.session, target, now)
        itemchanges.move(
            visit.session,
            here.id,
            visit.who.person,
            into,
            section,
            based_on=visit.field("version"),
            now=now,
        )

    return _done(visit, here, carry)


def undo(visit: Visit) -> Response:
    """Take back one's own last change of the item."""
    here, now = item.asked_for(visit), clock.now(visit.session)
    change = visit.number("change")
    if all(one.id != change for one in itemchanges.of_item(visit.session, here.id)):
        raise HTTPException(404)
    return _done(
        visit, here, lambda: itemchanges.undo(visit.session, change, visit.who.person, now=now)
    )


def not_copy(visit: Visit) -> Response:
    """Keep a story apart from the one whose copy it was taken for; split it off where asked to."""
    here, now = item.asked_for(visit), clock.now(visit.session)
    # Of the button that was pressed: "apart 12" or "split 12".
    what, _, number = visit.form.get("story", "").partition(" ")
    if what not in {"apart", "split"} or not number.isdecimal() or len(number) > 18:  # noqa: PLR2004  # what fits a column
        raise HTTPException(400, "The form was incomplete. Go back and press the button again.")
    story, by = int(number), visit.who.person.name

    def part() -> None:
        keep_apart(visit.session, here, story, splits=what == "split", by=by, at=now)

    return _done(visit, here, part)


def keep_apart(  # noqa: PLR0913  # which of what, how, by whom and when
    session: Session, here: Here, story: int, *, splits: bool, by: str, at: datetime
) -> None:
    """Say that a story told beside an item's is no copy; split it off, too, where asked to.

    Raises BadInput for a story of some other development: whoever may judge this item's may not
    judge every other one.
    """
    if all(one.story != story for one in sources.tellers(session, [here.development])):
        raise BadInput("that story does not tell this development any more; load the page anew")
    judging.keep_apart(session, story, of=None, by=by, at=at)
    if splits:
        regroup.split(session, here.development, [story], by=by, at=at, reason="another text")


def offer(visit: Visit) -> Response:
    """Take a change that the machine offers, or turn it down for good."""
    here, now = item.asked_for(visit), clock.now(visit.session)
    number, answer = visit.number("offer"), visit.request.path_params["answer"]
    act = {"accept": offers.accept, "decline": offers.decline}.get(answer)
    if act is None or offers.item_of(visit.session, number) != here.id:
        raise HTTPException(404)
    by, based_on = visit.who.person.name, visit.field("version")
    return _done(visit, here, lambda: act(visit.session, number, by=by, at=now, based_on=based_on))


def take_apart(visit: Visit) -> Response:
    """Let a development that the item tells besides its own have an item of its own again."""
    here, now = item.asked_for(visit), clock.now(visit.session)
    development, by = visit.field("development"), visit.who.person.name

    def part() -> None:
        if here.instalment_state not in drafts.OPEN_STATES:
            raise decisions.Closed(decisions.find(visit.session, here.id))
        if here.version != visit.field("version"):
            raise decisions.Conflict(decisions.find(visit.session, here.id), None)
        if not planned.take_apart(visit.session, here.id, development, by=by, at=now):
            raise BadInput("it tells that no more; load the page anew")

    return _done(visit, here, part)


def _done(visit: Visit, here: Here, act: Callable[[], object]) -> Response:
    """Do it and show the item again; 409 with who did what when where somebody was faster."""
    try:
        with visit.session.begin_nested():
            act()
    except decisions.UnknownItem as problem:
        raise HTTPException(404) from problem
    except decisions.Closed as problem:
        raise HTTPException(409, f"{problem}.") from problem
    except decisions.Conflict as problem:
        events = itemchanges.events_since(visit.session, here.id, visit.field("version"))
        return _overtaken(visit, here, itemchanges.Overtaken(problem.item, events))
    except itemchanges.Overtaken as problem:
        return _overtaken(visit, here, problem)
    except BadInput as problem:
        return item.shown(visit, here, 409, refused=words.sentence(str(problem)))
    return RedirectResponse(visit.back(f"/items/{here.id}"), status_code=303)


def _overtaken(visit: Visit, here: Here, problem: itemchanges.Overtaken) -> Response:
    facts: dict[str, Any] = {
        "item": problem.item,
        "events": problem.events,
        "zone": item.zone(here),
        "said": item_words,
        "now": clock.now(visit.session),
    }
    return visit.page("item_page_overtaken.html", 409, here=here, **facts)


def attribution(session: Session, here: Here, story_id: int) -> str | None:
    """The credit that goes with another link, None where a person has worded it.

    Credit goes to who broke it, whosever page the item links to; where none is named, to that page.
    """
    try:
        definition = series_from_json(here.definition)
    except BadInput:  # one of long ago, perhaps; then the credit stays as it is
        return None
    kept = {one.id: one for one in stories.current(session, [here.story, story_id])}
    if story_id not in kept:
        return None
    tellers = sources.tellers(session, [here.development, *planned.told(session, here.id)])
    found = crediting.origins(session, [one.version for one in tellers])
    named = {
        one.story: [(origin.outlet, origin.name) for origin in found.get(one.version, ())]
        for one in tellers
    }
    names = {one.story: one.outlet_name for one in tellers}
    reports = [one for one in tellers if draft.voice_of(one.title, one.url).kind == "news"]
    told = [(one.outlet, named[one.story]) for one in reports or tellers]

    def made(one: int, around: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str:
        origins = draft.credited(named.get(one, ()), around)
        is_to_origin = definition.credit_rule == "origin" and bool(origins)
        credited = origins[0][1] if is_to_origin else names.get(one, here.outlet_name)
        return draft.attribution(definition, credited, kept[one].story.published)

    # By the story alone, before others were known to tell it.
    was_made = here.attribution in {"", made(here.story, told), made(here.story, ())}
    return made(story_id, told) if was_made else None


def open_instalment(session: Session, target: series.Running, now: datetime) -> drafts.Opening:
    """The instalment of a series that takes what comes now, opened if nobody has opened it yet."""
    read = series_from_json(target.definition)
    instalment = drafts.open_instalment(session, target.id, window(read, now), at=now)
    while instalment.state not in drafts.OPEN_STATES:
        following = window(read, instalment.cut_off + timedelta(microseconds=1))
        instalment = drafts.open_instalment(session, target.id, following, at=now)
    return instalment
