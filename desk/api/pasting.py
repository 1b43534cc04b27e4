"""Links that somebody pastes: fetched by a worker, and what becomes of each."""

from desk.api import deeds
from desk.api.contract import NOT_THERE, Call, Made
from desk.api.reading import numbered, whole
from desk.api.refusals import Refusal
from pipeline.pasted import address
from store import pasted


def paste(call: Call) -> Made:
    """Wish that a page nobody has ingested be fetched and become an item."""
    view = whole(call, only=())
    url, why_not = address(call.body["url"])
    if why_not:
        raise Refusal(422, f"{why_not}.", field="body.url")
    sections = [part.key for part in view.sections]
    section = call.body.get("section") or (sections[1:] or sections or [""])[0]
    if section not in sections:
        raise Refusal(422, f"There is no section {section!r}.", field="body.section")
    with deeds.refusing():
        pasted.add(
            call.session,
            view.id,
            given=url,
            url=url,
            section=section,
            user=call.bearer.person,
            at=deeds.now(call),
        )
    deeds.note(call, "paste")
    return listed(call)


def listed(call: Call) -> Made:
    """What became of the links pasted for an instalment."""
    number = whole(call, only=()).id
    return numbered(
        call,
        lambda before, limit: pasted.of_instalment(call.session, number, before=before, most=limit),
        lambda one: one.id,
    )


def again(call: Call) -> Made:
    """Try a pasted link once more."""
    number = call.path["pasted"]
    if pasted.series_of(call.session, number) != (call.path["series"], call.path["number"]):
        raise Refusal(404, NOT_THERE)
    with deeds.refusing():
        pasted.again(call.session, number, call.bearer.person)
    deeds.note(call, "paste again")
    return listed(call)
