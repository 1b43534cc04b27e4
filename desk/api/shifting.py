"""What is done to an item beside deciding: another link, another series, offers, quotations."""

from collections.abc import Sequence
from dataclasses import asdict

from desk import item_deeds, writing_quotes
from desk.api import deeds
from desk.api.contract import (
    NOT_THERE,
    NUMBER,
    PAGING,
    REASON,
    SECTION,
    SLUG,
    VERSION,
    YES,
    Call,
    Made,
    Operation,
    body,
    choice,
    does,
    puts,
    reads,
)
from desk.api.reading import item_now, sliced
from desk.api.refusals import Refusal
from desk.api.shapes import CLAIM, FREE, TEXT, Shape, a_page, thing
from desk.api.shapes import MOMENT as A_MOMENT
from desk.api.shapes import NUMBER as A_NUMBER
from store import itemchanges, itemquotes, offers, series
from store.itemchanges import Change
from store.texts import SHUT


def link(call: Call) -> Made:
    """Let an item show the page of another story of its development or one it gathers."""
    here, story = deeds.here(call), call.body["story"]
    with deeds.refusing():
        itemchanges.choose_link(
            call.session,
            here.id,
            call.bearer.person,
            story,
            based_on=deeds.based_on(call),
            attribution=item_deeds.attribution(call.session, here, story),
            takes_headline=call.body.get("takes_headline", False),
            now=deeds.now(call),
        )
    deeds.note(call, "link")
    return item_now(call, here.id)


def move(call: Call) -> Made:
    """Move an item into the open instalment of another series; answers the item there."""
    here, key, section = deeds.here(call), call.body["series"], call.body["section"]
    target = next((one for one in series.running(call.session) if one.key == key), None)
    sections = [] if target is None else [str(one["key"]) for one in target.definition["sections"]]
    if target is None or key == here.series or section not in sections:
        raise Refusal(422, "Name a section of another running series.", field="body.section")
    if not call.bearer.may("decide", key):
        raise Refusal(403, f"This token may not decide in {key}.", right="decide")
    now = deeds.now(call)
    with deeds.refusing():
        made = itemchanges.move(
            call.session,
            here.id,
            call.bearer.person,
            item_deeds.open_instalment(call.session, target, now),
            section,
            based_on=deeds.based_on(call),
            now=now,
        )
    deeds.note(call, "move")
    return item_now(call, int(made.after["item"]))


def changes(call: Call) -> Made:
    """Links chosen and moves between series, the latest first."""
    here, mine = deeds.here(call), call.bearer.person.id

    def tell(one: Change) -> dict[str, object]:
        return {
            "id": one.id,
            "kind": one.kind,
            "who": one.who,
            "at": one.at,
            "is_undone": one.is_undone,
            "is_mine": one.user_id == mine,
        }

    found = itemchanges.of_item(call.session, here.id)
    return sliced(call, found, lambda one: (one.id,), int, falls=True, tell=tell)


def undo(call: Call) -> Made:
    """Take back the owner's own change of an item."""
    here, change = deeds.here(call), call.path["change"]
    if all(one.id != change for one in itemchanges.of_item(call.session, here.id)):
        raise Refusal(404, NOT_THERE)
    with deeds.refusing():
        itemchanges.undo(call.session, change, call.bearer.person, now=deeds.now(call))
    deeds.note(call, "undo")
    return item_now(call, here.id)


def not_copy(call: Call) -> Made:
    """Say that a story is no copy; with `splits` that it tells another development, too."""
    here, story, by = deeds.here(call), call.body["story"], call.bearer.person.name
    splits = call.body.get("splits", False)
    with deeds.refusing():
        item_deeds.keep_apart(call.session, here, story, splits=splits, by=by, at=deeds.now(call))
    deeds.note(call, "not a copy")
    return item_now(call, here.id)


def offered(call: Call) -> Made:
    """Changes that the machine offers for an item that somebody works on."""
    here = deeds.here(call)
    found = offers.of_items(call.session, [here.id]).get(here.id, [])
    return sliced(call, found, lambda one: (one["id"],), int)


def answer(call: Call) -> Made:
    """Take an offer, or turn it down for good."""
    here, number = deeds.here(call), call.path["offer"]
    if offers.item_of(call.session, number) != here.id:
        raise Refusal(404, NOT_THERE)
    act = offers.accept if call.body["answer"] == "accept" else offers.decline
    by, at = call.bearer.person.name, deeds.now(call)
    with deeds.refusing():
        act(call.session, number, by=by, at=at, based_on=deeds.based_on(call))
    deeds.note(call, "offer")
    return item_now(call, here.id)


def quotes(call: Call) -> Made:
    """The quotations of an item with how they stand to their sources."""
    here = deeds.here(call)
    standing = itemquotes.of_items(call.session, [here.id])
    chosen = [one.quote_id for one in standing if one.quote_id is not None]
    found = itemquotes.in_source(call.session, here.version_id, besides=chosen)
    return Made(
        value={
            "standing": [{**asdict(one), "blocks": one.blocks} for one in standing],
            "in_source": [
                {"id": one.id, "text": one.text, "speaker": one.speaker, "office": one.office}
                for one in found
            ],
        }
    )


def arrange(call: Call) -> Made:
    """Choose a quotation of the source (by its number there); drop, word or move one."""
    here, person, now = deeds.here(call), call.bearer.person, deeds.now(call)
    session, number = call.session, call.body["quote"]
    if here.instalment_state in SHUT:
        raise Refusal(409, "The instalment is approved or withdrawn: open it again first.")
    match call.body["action"]:
        case "choose":
            if not itemquotes.choose(session, here.id, number, user=person, at=now):
                said = "That quotation is of none of this item's sources."
                raise Refusal(422, said, field="body.quote")
        case "drop":
            itemquotes.drop(session, here.id, number, user=person, at=now)
        case "word":
            if not (text := call.body.get("text", "").strip()):
                raise Refusal(422, "Say how it is worded: body.text.", field="body.text")
            itemquotes.word(session, here.id, {number: text}, user=person, at=now)
        case way:
            by = -1 if way == "raise" else 1
            itemquotes.move(session, here.id, number, by, user=person, at=now)
    writing_quotes.check(session, here.instalment, at=now)
    deeds.note(call, "quote")
    return quotes(call)


def vouch(call: Call) -> Made:
    """Take somebody's word, with the reason, for a quotation whose source is unavailable."""
    here = deeds.here(call)
    if not itemquotes.vouch(
        *(call.session, here.id, call.path["quote"]),
        why=call.body["reason"],
        user=call.bearer.person,
        at=deeds.now(call),
    ):
        raise Refusal(
            409,
            "Only a quotation whose source is unavailable can be vouched for. One that differs "
            "or is not found must be put right.",
        )
    deeds.note(call, "vouch")
    return quotes(call)


_ITEM = "/items/{item}"
OPERATIONS: Sequence[Operation] = (
    puts(
        "chooseLink",
        f"{_ITEM}/link",
        link,
        "Item",
        right="decide",
        body=body("story", story=NUMBER, takes_headline=YES, version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    does(
        "moveItem",
        f"{_ITEM}/move",
        move,
        "Item",
        right="decide",
        body=body("series", "section", series=SLUG, section=SECTION, version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    reads("listChanges", f"{_ITEM}/changes", changes, "ChangePage", query=PAGING, refuses=(404,)),
    does(
        "undoChange",
        f"{_ITEM}/changes/{{change}}/undo",
        undo,
        "Item",
        right="decide",
        body=body(),
        refuses=(404, 409),
    ),
    does(
        "keepApart",
        f"{_ITEM}/not-a-copy",
        not_copy,
        "Item",
        right="judge",
        body=body("story", story=NUMBER, splits=YES),
        refuses=(404, 409),
    ),
    reads("listOffers", f"{_ITEM}/offers", offered, "OfferPage", query=PAGING, refuses=(404,)),
    does(
        "answerOffer",
        f"{_ITEM}/offers/{{offer}}",
        answer,
        "Item",
        right="decide",
        body=body("answer", answer=choice("accept", "decline"), version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    reads("listQuotes", f"{_ITEM}/quotes", quotes, "Quotes", refuses=(404,)),
    does(
        "arrangeQuote",
        f"{_ITEM}/quotes",
        arrange,
        "Quotes",
        right="write",
        body=body(
            "action",
            "quote",
            action=choice("choose", "drop", "word", "raise", "lower"),
            quote=NUMBER,
            text={"type": "string", "maxLength": 4000},
        ),
        refuses=(404, 409),
    ),
    does(
        "vouchForQuote",
        f"{_ITEM}/quotes/{{quote}}/vouch",
        vouch,
        "Quotes",
        right="override",
        body=body("reason", reason={**REASON, "minLength": 1}),
        refuses=(404, 409),
    ),
)

SHAPES: dict[str, Shape] = {
    "Change": thing(id=A_NUMBER, kind=TEXT, who=TEXT, at=A_MOMENT, is_undone=CLAIM, is_mine=CLAIM),
    "ChangePage": a_page("Change"),
    "Offer": thing(id=A_NUMBER, kind=TEXT, why=TEXT, offered_at=A_MOMENT),
    "OfferPage": a_page("Offer"),
    "Quotes": thing(
        standing={"type": "array", "items": FREE}, in_source={"type": "array", "items": FREE}
    ),
}
