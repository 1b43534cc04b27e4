"""What an editor writes around the items of an instalment, and their order."""

import re
import secrets
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from desk import words, writing_answers, writing_quotes
from desk.door import Visit
from pipeline.errors import BadInput
from pipeline.render import house_html
from store import (
    clock,
    drafts,
    handovers,
    houseform,
    itemquotes,
    items,
    order,
    presences,
    texts,
)
from store.decisions import Conflict
from store.drafts import InstalmentView
from store.texts import SHUT, Version, Wish

# What is written around the items, in the order of the page: its name, how many lines it takes,
# and what is said about it.
FIELDS = {
    "title": ("Title", 1, "Empty: the series' template makes it of the lead's headline."),
    "subhead": ("Subhead", 1, "One line on the next-best story."),
    "kicker": ("Kicker", 1, ""),
    "lead": ("Lead", 14, "The week's main story in prose. Markdown."),
}
PREVIOUS = ("Previous instalments", 3, "A line each, the newest first: title | address")
_SECTION = re.compile(r"section:[a-z0-9]+(?:[-_][a-z0-9]+)*\Z")
_ONE_LINE = 300  # characters of a title, subhead or kicker


def page(visit: Visit) -> Response:
    """Everything that is written of an instalment beside its items, and these in their order."""
    return visit.page("writing_instalment.html", **_facts(visit, _view(visit)))


def save(visit: Visit) -> Response:
    """Keep one text of an instalment."""
    view, name = _view(visit), visit.form.get("field", "")
    keys = {part.key for part in view.sections}
    if name not in {*FIELDS, "previous"} and not (
        _SECTION.match(name) and name.removeprefix("section:") in keys
    ):
        raise HTTPException(404)
    markdown = writing_answers.text_of(visit)
    if name in FIELDS and FIELDS[name][1] == 1:
        markdown = " ".join(markdown.split())[:_ONE_LINE]
    wish = Wish(
        markdown=markdown,
        based_on=visit.field("based_on"),
        tab=visit.form.get("tab", "")[:64],
        turn=writing_answers.turn_of(visit),
        is_fresh=bool(visit.form.get("fresh")),
    )
    now, path = clock.now(visit.session), _path(view)
    try:
        saved = texts.save_text(visit.session, view.id, name, visit.who.person, wish, now=now)
    except texts.Shut as why:
        raise HTTPException(409, f"{why}.") from why
    except texts.Overtaken as other:
        return writing_answers.overtaken(
            visit, wish, other.now, action=f"{path}/write", back=f"{path}/write"
        )
    if name != "previous":
        writing_quotes.read_lead(visit.session, view, at=now)
    if not writing_answers.is_script(visit):
        return RedirectResponse(f"{path}/write#text-{name.replace(':', '-')}", status_code=303)
    return writing_answers.saved(visit, saved)


def move(visit: Visit) -> Response:
    """Move an item up or down, or to a section: by a button, by keys, by dragging."""
    item_id = visit.number("item")
    here = items.find(visit.session, item_id)
    if here is None:
        raise HTTPException(404)
    keys = [str(section["key"]) for section in here.definition["sections"]]
    before = visit.form.get("before", "")
    try:
        order.move(
            visit.session,
            item_id,
            visit.who.person,
            sections=keys,
            way=visit.form.get("way", ""),
            section=visit.form.get("section", ""),
            before=int(before) if before.isdigit() else None,
            based_on=visit.field("version"),
            now=clock.now(visit.session),
        )
    except Conflict as why:
        raise HTTPException(409, f"{why}. Load the page anew.") from why
    except BadInput as why:
        raise HTTPException(400, f"{why}.") from why
    except texts.Shut as why:
        raise HTTPException(409, f"{why}.") from why
    path = f"/instalments/{here.series}/{here.number}/write"
    if not writing_answers.is_script(visit):
        return RedirectResponse(f"{path}#order-{item_id}", status_code=303)
    view = houseform.view(visit.session, here.series, here.number)
    assert view is not None  # noqa: S101  # its item was just moved
    made = visit.page("writing_order.html", **_facts(visit, view))
    return JSONResponse({"fragment": bytes(made.body).decode()})


def presence(visit: Visit) -> Response:
    """Note that somebody has a text open, or has left it; who else has, and what stands by now."""
    if "item" in visit.request.path_params:
        number = visit.number("item")
        if items.find(visit.session, number) is None:
            raise HTTPException(404)
        place, made = f"item {number}", {"item": texts.of_item(visit.session, number).made}
    else:
        key, number = visit.key("series"), visit.number("number")
        view = drafts.show(visit.session, key, number, only=())  # asked for every few seconds
        if view is None:
            raise HTTPException(404)
        place = f"instalment {view.id}"
        fields = texts.fields_of(visit.session, view.id)
        made = {name: one.made for name, one in fields.items()}
    if visit.form.get("leaves"):
        presences.leave(visit.session, place, visit.who.person)
        return JSONResponse({"others": []})
    presences.ping(visit.session, place, visit.who.person)
    others = presences.others(visit.session, place, visit.who.person)
    return JSONResponse({"others": others, "made": made})


def _view(visit: Visit) -> InstalmentView:
    view = houseform.view(visit.session, visit.key("series"), visit.number("number"))
    if view is None:
        raise HTTPException(404)
    return view


def _path(view: InstalmentView) -> str:
    return f"/instalments/{view.series}/{view.number}"


def _facts(visit: Visit, view: InstalmentView) -> dict[str, Any]:
    written = texts.fields_of(visit.session, view.id)
    piece = houseform.house(visit.session, view)
    usual = {"title": piece.title, "subhead": piece.subhead, "kicker": piece.kicker}
    texts_of = [_text(name, *about, written, usual, view) for name, about in FIELDS.items()]
    accepted = [
        (part, [one for one in part.items if one.state == "accepted"]) for part in view.sections
    ]
    return {
        "view": view,
        "path": _path(view),
        "texts": texts_of,
        "sections": [
            {
                "key": part.key,
                "heading": part.heading or part.key.replace("_", " ").capitalize(),
                "items": mine,
                "when_empty": part.when_empty,
                "text": _text(
                    f"section:{part.key}",
                    part.heading or part.key.replace("_", " ").capitalize(),
                    3,
                    "",
                    written,
                    usual,
                    view,
                ),
            }
            for part, mine in accepted
        ],
        "in_items": handovers.texts(visit.session, view.id),
        "previous": _text("previous", *PREVIOUS, written, usual, view),
        "in_lead": itemquotes.in_lead(visit.session, view.id),
        "tab": secrets.token_hex(8),
        "may": visit.who.may("write", view.series) and view.state not in SHUT,
        "is_shut": view.state in SHUT,
        "others": presences.others(visit.session, f"instalment {view.id}", visit.who.person),
        "place": f"instalment {view.id}",
        "zone": words.zone(view.time_zone),
        "page": Markup(house_html(piece)),  # noqa: S704  # our renderer made it, nh3 cleaned it
    }


def _text(  # noqa: PLR0913, PLR0917  # what the page says of a text
    name: str,
    label: str,
    lines: int,
    hint: str,
    written: dict[str, Version],
    usual: dict[str, str],
    view: InstalmentView,
) -> dict[str, Any]:
    """One text as the page shows it; what nobody has written is empty, its usual words beside."""
    old = {"title": view.title, "subhead": view.subhead, "lead": view.lead}
    version = written.get(name, Version(markdown=old.get(name, "")))
    if name == "previous" and not version.made:
        version = Version(markdown=houseform.earlier(view))
    return {
        "name": name,
        "id": name.replace(":", "-"),
        "label": label,
        "lines": lines,
        "hint": hint,
        "usual": usual.get(name, "") if not version.markdown else "",
        "version": version,
    }
