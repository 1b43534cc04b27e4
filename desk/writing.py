"""What an editor writes into an item: shown on the item's page, saved while it is typed."""

import secrets
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words, writing_answers, writing_quotes
from desk.door import Visit
from pipeline.definition import series_from_json
from pipeline.draft import attribution
from store import clock, itemquotes, items, presences, texts
from store.items import Here
from store.models import QuoteRow
from store.texts import OF_ITEM, SHUT, Wish

_LONGEST_FIELD = 500  # characters of a headline, a credit line, an address
_OPEN, _CLOSE = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"


def facts(visit: Visit, here: Here) -> dict[str, Any]:
    """What the template `item_writing.html` shows of an item."""
    item_id = here.id
    version = texts.of_item(visit.session, item_id)
    return {
        "id": item_id,
        "path": f"/items/{item_id}",
        "version": version,
        "fields": _fields(here),
        "url": here.words.url or "",
        "usual": _usual_credit(here),
        "tab": secrets.token_hex(8),
        "may": visit.who.may("write", here.series) and here.instalment_state not in SHUT,
        "may_vouch": visit.who.may("override", here.series),
        "is_shut": here.instalment_state in SHUT,
        "instalment": f"/instalments/{here.series}/{here.number}",
        "others": presences.others(visit.session, f"item {item_id}", visit.who.person),
        **_quotes(visit, here),
    }


def save(visit: Visit) -> Response:
    """Keep what was written into an item, and carry out what its button asks besides."""
    here = _here(visit)
    markdown = writing_answers.text_of(visit)
    fields, problems = _wanted(visit, here)
    wish = Wish(
        markdown=_with_inserted(visit, here, markdown),
        fields=fields,
        based_on=visit.field("based_on"),
        tab=visit.form.get("tab", "")[:64],
        turn=writing_answers.turn_of(visit),
        is_fresh=bool(visit.form.get("fresh")),
    )
    now, user = clock.now(visit.session), visit.who.person
    where = f"/items/{here.id}"
    try:
        saved = texts.save_item(visit.session, here.id, user, wish, now=now)
    except texts.Shut as why:
        raise HTTPException(409, f"{why}.") from why
    except texts.Overtaken as other:
        return writing_answers.overtaken(
            visit, wish, other.now, action=f"{where}/write", back=where
        )
    problems += _carry_out(visit, here)
    writing_quotes.read_item(visit.session, here.id, saved.markdown, at=now)
    writing_quotes.check(visit.session, here.instalment, at=now)
    if not writing_answers.is_script(visit):
        return RedirectResponse(f"{where}#draft", status_code=303)
    fragment = {"writing": facts(visit, _here(visit))}  # as it is by now
    return writing_answers.saved(visit, saved, "item_quotes.html", fragment, problems)


def vouch(visit: Visit) -> Response:
    """Take somebody's word for a quotation whose source cannot be read here, with the reason."""
    here = _here(visit)
    why = visit.form.get("why", "").strip()[:_LONGEST_FIELD]
    if not why:
        raise HTTPException(400, "Say how you know that the quotation is right. Go back and do.")
    now = clock.now(visit.session)
    standing = visit.number("quote")
    if not itemquotes.vouch(
        visit.session, here.id, standing, why=why, user=visit.who.person, at=now
    ):
        raise HTTPException(
            409,
            "Only a quotation whose source is unavailable can be vouched for. One that differs "
            "or is not found must be put right.",
        )
    return RedirectResponse(visit.back(f"/items/{here.id}#quotes"), status_code=303)


def _here(visit: Visit) -> Here:
    here = items.find(visit.session, visit.number("item"))
    if here is None:
        raise HTTPException(404)
    return here


def _fields(here: Here) -> dict[str, str]:
    return {
        "headline": here.headline,
        "attribution": here.attribution,
        "link": here.link or "",
        "day": here.day or "",
    }


def _wanted(visit: Visit, here: Here) -> tuple[dict[str, str], list[str]]:
    """The fields that whoever writes has changed since the page was made, and what is wrong.

    What they have not changed stays as it is by now, whoever changed it.
    """
    found: dict[str, str] = {}
    problems = []
    for name in OF_ITEM:
        given = " ".join(visit.form.get(name, "").split())[:_LONGEST_FIELD]
        if name not in visit.form or given == visit.form.get(f"was-{name}", given):
            continue
        if name == "link" and given and not words.safe_link(given):
            problems.append("The link is no address of the web, so it was not taken over.")
        elif name == "headline" and not given:
            problems.append("An item needs its headline: the old one stays.")
        else:
            found[name] = given
    # An empty credit line asks for the usual one; with another day the usual one changes.
    credit = found.get("attribution", here.attribution)
    is_usual = not credit or credit == _usual_credit(here)
    if is_usual and ("attribution" in found or "day" in found):
        found["attribution"] = _usual_credit(here, day=found.get("day", here.day or ""))
    return found, problems


def _usual_credit(here: Here, day: str | None = None) -> str:
    """The credit line that the series' template makes."""
    series = series_from_json({"title_template": "{headline}", "query": "", **here.definition})
    told = here.day if day is None else day
    if told:
        line = series.item.credit_line.replace("{day}", told)
        return line.replace("{outlet}", here.outlet_name)
    return attribution(series, here.outlet_name, here.words.published)


def _with_inserted(visit: Visit, here: Here, markdown: str) -> str:
    """The text with the quotation that a button asks to put in, at its end, with whose it is."""
    asked = _asked(visit, "insert")
    quote = None if asked is None else itemquotes.of_source(visit.session, here.id, asked)
    return markdown if quote is None else f"{markdown}\n\n{as_text(quote)}".strip()


def _asked(visit: Visit, name: str) -> int | None:
    """The number that a button names; None if another was pressed."""
    told = visit.form.get(name, "")
    return int(told) if told.isdecimal() and len(told) <= 18 else None  # noqa: PLR2004  # what fits a column


def as_text(quote: QuoteRow) -> str:
    """A quotation of a source as it goes into a text: verbatim, and in brackets whose it is."""
    told = ", ".join(filter(None, (quote.speaker, quote.office, quote.forum, quote.day)))
    return f"{_OPEN}{quote.text}{_CLOSE}" + (f" ({told})" if told else "")


def _carry_out(visit: Visit, here: Here) -> list[str]:
    """What the buttons beside quotations ask for, and their words; gives what could not be done."""
    session, user, now = visit.session, visit.who.person, clock.now(visit.session)
    worded = {
        int(number): text.strip()
        for name, text in visit.form.items()
        if (number := name.removeprefix("quote-")) != name
        and number.isdecimal()
        and len(number) <= 18  # noqa: PLR2004  # what fits a column
        and text.strip()
    }
    if worded:
        itemquotes.word(session, here.id, worded, user=user, at=now)
    for name, by in (("raise", -1), ("lower", 1)):
        if (asked := _asked(visit, name)) is not None:
            itemquotes.move(session, here.id, asked, by, user=user, at=now)
    problems = []
    if (asked := _asked(visit, "choose")) is not None and not itemquotes.choose(
        session, here.id, asked, user=user, at=now
    ):
        problems.append("That quotation is of none of this item's sources: it was not taken.")
    if (asked := _asked(visit, "drop")) is not None:
        itemquotes.drop(session, here.id, asked, user=user, at=now)
    return problems


def _quotes(visit: Visit, here: Here) -> dict[str, Any]:
    """The quotations that stand in the item, and those of its source that could."""
    standing = itemquotes.of_items(visit.session, [here.id])
    chosen = [one.quote_id for one in standing if one.quote_id is not None]
    offered = itemquotes.in_source(visit.session, here.version_id, besides=chosen)
    return {
        "below": [one for one in standing if one.place == "below"],
        "inside": [one for one in standing if one.place != "below"],
        "offered": [{"row": one, "as_text": as_text(one)} for one in offered],
    }
