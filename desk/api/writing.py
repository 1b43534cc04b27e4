"""What the API writes: an item's text, an instalment's title, subhead and lead, and the order."""

from desk import words, writing_quotes
from desk.api import deeds
from desk.api.contract import NOT_THERE, Call, Made
from desk.api.reading import item_now, numbered, whole
from desk.api.refusals import Refusal
from store import order, texts
from store.drafts import InstalmentView
from store.texts import Version, Wish

# As at the desk; a section's text is called section:KEY.
FIELD = {
    "type": "string",
    "pattern": "^(title|subhead|kicker|lead|previous|section:[a-z0-9]+([-_][a-z0-9]+)*)$",
    "maxLength": 100,
}
_ONE_LINE = ("title", "subhead", "kicker")


def text(call: Call) -> Made:
    """An item's text in Markdown as it stands; its version is the ETag."""
    return _told(texts.of_item(call.session, deeds.here(call).id))


def save(call: Call) -> Made:
    """Keep an item's text, upon the version it was written on."""
    here, now, based_on = deeds.here(call), deeds.now(call), deeds.based_on(call)
    stands = texts.of_item(call.session, here.id)
    given = {name: " ".join(call.body[name].split()) for name in texts.OF_ITEM if name in call.body}
    if (link := given.get("link")) and not words.safe_link(link):
        raise Refusal(422, "The link is no address of the web.", field="body.link")
    if not all(given.get(name, "-") for name in ("headline", "attribution")):
        raise Refusal(422, "An item needs its headline and its credit line.", field="body.headline")
    wish = Wish(
        markdown=call.body["markdown"], fields={**stands.fields, **given}, based_on=based_on
    )
    with deeds.refusing():
        saved = texts.save_item(call.session, here.id, call.bearer.person, wish, now=now)
    writing_quotes.read_item(call.session, here.id, saved.markdown, at=now)
    writing_quotes.check(call.session, here.instalment, at=now)
    deeds.note(call, "write")
    return _told(saved)


def versions(call: Call) -> Made:
    """Every version of an item's text, the latest first."""
    here = deeds.here(call).id
    return numbered(
        call,
        lambda before, limit: texts.history_of_item(call.session, here, before=before, most=limit),
        lambda one: one.number,
        tell=_line,
    )


def instalment_text(call: Call) -> Made:
    """A text of an instalment as it stands: its lead, title, or section:KEY."""
    view, name = _of_instalment(call)
    return _told(texts.fields_of(call.session, view.id).get(name, Version()))


def instalment_versions(call: Call) -> Made:
    """Every version of one of an instalment's texts, the latest first."""
    view, name = _of_instalment(call)
    return numbered(
        call,
        lambda before, limit: texts.history_of(
            call.session, view.id, name, before=before, most=limit
        ),
        lambda one: one.number,
        tell=_line,
    )


def save_instalment_text(call: Call) -> Made:
    """Keep a text of an instalment: title, subhead, kicker, lead, previous, section:KEY."""
    view, name = _of_instalment(call)
    now, markdown = deeds.now(call), call.body["markdown"]
    if name in _ONE_LINE:
        markdown = " ".join(markdown.split())[:300]
    wish = Wish(markdown=markdown, based_on=deeds.based_on(call))
    with deeds.refusing():
        saved = texts.save_text(call.session, view.id, name, call.bearer.person, wish, now=now)
    if name != "previous":
        writing_quotes.read_lead(call.session, whole(call), at=now)
    deeds.note(call, "write")
    return _told(saved)


def _of_instalment(call: Call) -> tuple[InstalmentView, str]:
    """The instalment and the text that an address names. Raises Refusal 404."""
    view, name = whole(call, only=()), str(call.path["field"])
    section = name.partition(":")[2]
    if section and all(part.key != section for part in view.sections):
        raise Refusal(404, NOT_THERE)
    return view, name


def place(call: Call) -> Made:
    """Move an accepted item up or down, or to a section, before another item."""
    here = deeds.here(call)
    with deeds.refusing():
        order.move(
            call.session,
            here.id,
            call.bearer.person,
            sections=[str(one["key"]) for one in here.definition["sections"]],
            way=call.body.get("way", ""),
            section=call.body.get("section", ""),
            before=call.body.get("before"),
            based_on=deeds.based_on(call),
            now=deeds.now(call),
        )
    deeds.note(call, "place")
    return item_now(call, here.id)


def _told(one: Version) -> Made:
    value = {
        "markdown": one.markdown,
        "fields": dict(one.fields),
        "version": one.made,
        "who": one.who,
        "at": one.at,
    }
    return Made(value=value, version=one.made)


def _line(one: Version) -> dict[str, object]:
    return {
        "number": one.number,
        "markdown": one.markdown,
        "fields": dict(one.fields),
        "who": one.who,
        "at": one.at,
    }
