"""What the API writes: an item's text, an instalment's title, subhead and lead, and the order."""

from desk import writing_quotes
from desk.api.contract import Call, Made
from desk.api.reading import NOT_THERE, item_now, whole
from desk.api.refusals import Refusal
from pipeline.errors import BadInput
from store import audit, clock, items, order, texts
from store.decisions import Conflict
from store.items import Here
from store.texts import Version, Wish

TEXTS = ("title", "subhead", "lead")


def text(call: Call) -> Made:
    """An item's text as it stands; its version is what the next save is based on."""
    return _told(texts.of_item(call.session, _here(call).id))


def save(call: Call) -> Made:
    """Keep an item's text. The fields beside it stay as they are."""
    here, now, based_on = _here(call), clock.now(call.session), call.version
    assert based_on is not None  # noqa: S101  # the door has asked for it
    stands = texts.of_item(call.session, here.id)
    wish = Wish(markdown=call.body["markdown"], fields=dict(stands.fields), based_on=based_on)
    try:
        saved = texts.save_item(call.session, here.id, call.bearer.person, wish, now=now)
    except texts.Shut as why:
        raise Refusal(409, f"{why}.") from why
    except texts.Overtaken as other:
        raise _overtaken(other) from other
    writing_quotes.read_item(call.session, here.id, saved.markdown, at=now)
    writing_quotes.check(call.session, here.instalment, at=now)
    _note(call, "write")
    return _told(saved)


def instalment_text(call: Call) -> Made:
    """One of an instalment's texts as it stands."""
    view = whole(call, only=())
    return _told(texts.fields_of(call.session, view.id).get(call.path["field"], Version()))


def save_instalment_text(call: Call) -> Made:
    """Keep an instalment's title, subhead or lead."""
    view, now, name, based_on = (
        whole(call),
        clock.now(call.session),
        call.path["field"],
        call.version,
    )
    assert based_on is not None  # noqa: S101  # the door has asked for it
    markdown = call.body["markdown"]
    if name != "lead":  # of one line, as at the desk
        markdown = " ".join(markdown.split())[:300]
    wish = Wish(markdown=markdown, based_on=based_on)
    try:
        saved = texts.save_text(call.session, view.id, name, call.bearer.person, wish, now=now)
    except texts.Shut as why:
        raise Refusal(409, f"{why}.") from why
    except texts.Overtaken as other:
        raise _overtaken(other) from other
    writing_quotes.read_lead(call.session, view, at=now)
    _note(call, "write")
    return _told(saved)


def place(call: Call) -> Made:
    """Move an accepted item up or down, or to a section, before another item."""
    here, based_on = _here(call), call.version
    assert based_on is not None  # noqa: S101  # the door has asked for it
    try:
        order.move(
            call.session,
            here.id,
            call.bearer.person,
            sections=[str(one["key"]) for one in here.definition["sections"]],
            way=call.body.get("way", ""),
            section=call.body.get("section", ""),
            before=call.body.get("before"),
            based_on=based_on,
            now=clock.now(call.session),
        )
    except Conflict as why:
        now = {"id": why.item.id, "state": why.item.state, "version": why.item.version}
        raise Refusal(409, f"{why}.", item=now) from why
    except (BadInput, texts.Shut) as why:
        raise Refusal(409, f"{why}.") from why
    _note(call, "place")
    return item_now(call, here.id)


def _here(call: Call) -> Here:
    here = items.find(call.session, call.path["item"])
    if here is None or here.merged_into is not None:
        raise Refusal(404, NOT_THERE)
    return here


def _told(one: Version) -> Made:
    value = {"markdown": one.markdown, "version": one.made, "who": one.who, "at": one.at}
    return Made(value=value, version=one.made)


def _overtaken(other: texts.Overtaken) -> Refusal:
    now = {"markdown": other.now.markdown, "version": other.now.made, "who": other.now.who}
    return Refusal(409, f"{other}.", now=now)


def _note(call: Call, what: str) -> None:
    audit.note(
        call.session,
        actor=call.bearer.person.name,
        action="token.use",
        subject_kind="token",
        subject_id=call.bearer.token.id,
        detail={"name": call.bearer.token.name, "did": what, **call.path},
    )
