"""The item's page: what an editor writes, and beside it the source it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import item_words, words, writing
from desk.door import Visit
from pipeline import match
from pipeline.records import Story
from store import (
    alerts,
    beside,
    comments,
    crediting,
    decisions,
    itemchanges,
    items,
    offers,
    outlines,
    planned,
    quotes,
    rulings,
    series,
    sources,
)
from store.items import Here
from store.sources import Teller, Version

FOLDED = 8  # families of stories shown at once; the others are a press away


@dataclass(frozen=True, slots=True)
class Family:
    """A story with the copies of its text, as one of those that tell a development."""

    first: Teller
    copies: Sequence[Teller]


@dataclass(frozen=True, slots=True)
class Around:
    """The items beside one in its instalment, by their numbers; None where there is none."""

    before: int | None
    after: int | None
    waits: int | None  # the next one to decide


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of the source, to be shown as one."""

    old: Version
    new: Version
    before: Story
    after: Story


def page(visit: Visit) -> Response:
    """One item: the draft on the left, its source on the right."""
    here = asked_for(visit)
    if here.merged_into is not None:  # it stands aside for the one it became one with
        return RedirectResponse(f"/items/{here.merged_into}", status_code=303)
    return shown(visit, here)


def asked_for(visit: Visit) -> Here:
    """The item that the address names. Raises HTTPException 404."""
    here = items.find(visit.session, visit.number("item"))
    if here is None:
        raise HTTPException(404)
    return here


def shown(visit: Visit, here: Here, status: int = 200, *, refused: str = "") -> Response:
    """The page of an item, with the reason why something was refused if anything was."""
    session, now = visit.session, visit.now
    gathered = planned.gathered(session, [here.id]).get(here.id, [])
    numbers = [here.development, *(one["development"] for one in gathered)]
    everybody = sources.tellers(session, numbers)
    tellers = [one for one in everybody if one.development == here.development]
    versions = sources.versions(session, here.story)
    used = sources.used(session, here.development, besides=here.id)
    changes = itemchanges.of_item(session, here.id)
    links = sources.pasted(session, here.id, here.instalment)
    standing = decisions.of_items(session, [here.id]).get(here.id)
    facts: dict[str, Any] = {
        "here": here,
        "around": _around(visit, here),
        "zone": zone(here),
        "now": now,
        "said": item_words,
        "refused": refused,
        "writing": writing.facts(visit, here),
        "standing": alerts.standing(session, [here.id], now=now)[here.id],
        "decision": standing,
        "moves": decisions.MOVES.get(here.state, {}),
        "families": _families(tellers, here.story),
        "headed": item_words.headed(everybody, here.story),
        "tellers": len(tellers),
        "folded": FOLDED,
        "teller": next((one for one in everybody if one.story == here.story), None),
        "versions": versions,
        "compared": _compared(visit, here, versions),
        "happened": sources.happened(session, here.story),
        "notices": sources.noticed(session, here.story),
        "credits": crediting.shown(session, here.version_id),
        "found": quotes.shown(session, here.version_id),
        "tags": _by_scheme(sources.tags(session, here.version_id)),
        "matched": sources.matched(session, here.series_id, here.story),
        "near": _near(visit, here),
        "covered": [one for one in used if _is_covered(one, here)],
        "elsewhere": [one for one in used if not _is_covered(one, here)],
        "pasted_by": links.by,
        "pasted": links.are_there,
        "undoable": _undoable(changes, visit),
        "changes": changes,
        "ruled": rulings.last_of(session, here.development),
        "targets": _targets(visit, here),
        "offers": offers.of_items(session, [here.id]).get(here.id, []),
        "gathered": [
            one | {"told": [each for each in everybody if each.development == one["development"]]}
            for one in gathered
        ],
        "beside": beside.of_item(session, here.id, visit.who.person),
        "comments": comments.of_item(session, here.id),
        "may_decide": visit.who.may("decide", here.series),
    }
    return visit.page("item_page.html", status, **facts)


def _around(visit: Visit, here: Here) -> Around:
    """Its neighbours in the instalment, section by section, and the next one that waits."""
    order = [part["key"] for part in here.definition.get("sections", ())]
    stubs = sorted(  # within its section each stands in its place already
        outlines.of_instalment(visit.session, here.series, here.number),
        key=lambda one: order.index(one.section) if one.section in order else len(order),
    )
    at = next((n for n, one in enumerate(stubs) if one.id == here.id), None)
    if at is None:
        return Around(None, None, None)
    waits = [one.id for one in (*stubs[at + 1 :], *stubs[:at]) if one.state == "queued"]
    return Around(
        before=stubs[at - 1].id if at else None,
        after=stubs[at + 1].id if at + 1 < len(stubs) else None,
        waits=next(iter(waits), None),
    )


def zone(here: Here) -> ZoneInfo:
    """The time zone of the item's series."""
    return words.zone(here.definition.get("time_zone", "UTC"))


def _families(tellers: Sequence[Teller], chosen: int) -> list[Family]:
    """The stories with their copies beside them; the family of the chosen one first."""
    copies: dict[int, list[Teller]] = {}
    roots = {one.story for one in tellers}
    for one in tellers:
        if one.root in roots:
            copies.setdefault(one.root, []).append(one)
    found = [Family(one, copies.get(one.story, ())) for one in tellers if one.root not in roots]
    return sorted(
        found,
        key=lambda family: chosen not in {family.first.story, *(c.story for c in family.copies)},
    )


def _compared(visit: Visit, here: Here, versions: Sequence[Version]) -> Compared | None:
    """The two versions asked for; else the one the item was made from and today's, if they differ.

    Where the item shows today's already, what the last open change of its own story changed.
    """
    by_number = {one.number: one for one in versions}
    asked = visit.request.query_params
    old, new = (_as_number(asked.get(name, "")) for name in ("old", "new"))
    if old is None or new is None:
        old, new = here.shown, here.current
    if old == new or old not in by_number or new not in by_number:
        return None
    said = sources.words(visit.session, here.story, [old, new])
    return Compared(by_number[old], by_number[new], said[old], said[new])


def _as_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004  # no story has so many versions


def _by_scheme(found: Sequence[Any]) -> Mapping[str, list[Any]]:
    by_scheme: dict[str, list[Any]] = {}
    for tag in found:
        by_scheme.setdefault(tag.scheme, []).append(tag)
    return by_scheme


def _near(visit: Visit, here: Here) -> dict[str, Any] | None:
    """The accepted item of an earlier instalment that the story comes nearest to."""
    past = sources.past(visit.session, here.series_id, before=here.cut_off)
    near = match.nearest_to(here.words, past)
    if near is None:
        return None
    number, item_id = past[near.title]
    return {"near": near, "number": number, "item": item_id}


def _is_covered(one: sources.Used, here: Here) -> bool:
    is_before = one.series == here.series and one.cut_off < here.cut_off
    return is_before and one.state != "rejected"


def _undoable(changes: Sequence[itemchanges.Change], visit: Visit) -> itemchanges.Change | None:
    """The last change of this editor's that was not taken back."""
    mine = (one for one in changes if one.user_id == visit.who.person.id and not one.is_undone)
    return next(mine, None)


def _targets(visit: Visit, here: Here) -> list[dict[str, Any]]:
    """The other running series with their sections: where the item may be moved."""
    return [
        {
            "key": one.key,
            "title": one.definition["title"],
            "sections": [
                (part["key"], part.get("heading") or part["key"].replace("_", " ").capitalize())
                for part in one.definition["sections"]
            ],
        }
        for one in series.running(visit.session)
        if one.key != here.series
    ]
