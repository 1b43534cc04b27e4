"""Quotations in what editors write: found between their marks, and held against the sources."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from pipeline.quotecheck import check_again, check_quote
from pipeline.records import QuoteCheck
from pipeline.render import to_text
from pipeline.tag import quoted
from store import itemquotes, outlines, quotes, texts
from store.drafts import InstalmentView
from store.itemquotes import Found, Origin

_WAITING = 40  # items that wait, the first of them: quotations of a lead may come from there
_FEWEST = 3  # words between marks that are a quotation; fewer may be a name or a manner of speaking


def in_markdown(markdown: str) -> list[str]:
    """The quotations in a text, in order, each once."""
    words = to_text(markdown)
    found = (words[one.start : one.end] for one in quoted(words))
    return list(dict.fromkeys(one for one in found if len(one.split()) >= _FEWEST))


def read_item(session: Session, item_id: int, markdown: str, *, at: datetime) -> None:
    """Note which quotations stand in an item's text, and how each stands to the item's sources."""
    _read(session, [item_id], "text", [markdown], at=at)


def read_lead(session: Session, view: InstalmentView, *, at: datetime) -> None:
    """The same of what is written in an instalment outside its items.

    Against all its accepted items; what is in none of them against those that wait, since a lead
    may be written before its item is accepted. The gate then asks that it be (store/gates.py).
    """
    stubs = outlines.of_instalment(session, view.series, view.number)
    accepted = [one.id for one in stubs if one.state == "accepted"]
    waiting = [one.id for one in stubs if one.state == "queued"][:_WAITING]
    held = itemquotes.in_lead(session, view.id)
    among = [*accepted, *waiting, *({one.item_id for one, *_ in held} - {*accepted, *waiting})]
    if among:
        written = texts.of_instalment(session, view.id)
        read = [text for name, text in sorted(written.items()) if name != "previous"]
        _read(session, accepted, "lead", read, at=at, else_in=waiting, among=among)


def check_all(session: Session, view: InstalmentView, *, at: datetime) -> None:
    """Check what was not checked since its source has changed, and the lead once more."""
    read_lead(session, view, at=at)
    check(session, view.id, at=at)


def check(session: Session, instalment_id: int, *, at: datetime) -> None:
    """Check the quotations whose words or sources have changed."""
    due = quotes.to_check(session, instalment_id)
    checked = [(one, check_again(one.text, *itemquotes.sources(one))) for one in due]
    quotes.put_checks(session, checked, at=at)


def _read(  # noqa: PLR0913  # what is read, and where it may come from
    session: Session,
    item_ids: Sequence[int],
    place: str,
    markdown: Sequence[str],
    *,
    at: datetime,
    else_in: Sequence[int] = (),
    among: Sequence[int] = (),
) -> None:
    words = list(dict.fromkeys(one for text in markdown for one in in_markdown(text)))
    of = among or item_ids
    there = [one for one in itemquotes.of_items(session, of) if one.place == place]
    if not words and not there:
        return
    origins = itemquotes.origins(session, item_ids) if item_ids else []
    found = [_found(one, origins) for one in words] if origins else []
    if else_in and (len(found) < len(words) or any(one.check.state != "exact" for one in found)):
        further = itemquotes.origins(session, else_in)
        elsewhere = [_found(one, further) for one in words] if further else found
        found = [
            _better(mine, other) for mine, other in zip(found or elsewhere, elsewhere, strict=True)
        ]
    itemquotes.put_found(session, of, place, found, at=at)


def _better(mine: Found, other: Found) -> Found:
    return mine if mine.check.state == "exact" or other.check.state != "exact" else other


def _found(text: str, origins: Sequence[Origin]) -> Found:
    """How a quotation stands to what the items show and quote, else to what tells the same."""
    own = [one for one in origins if one.is_own]
    check = check_quote(text, [one.source for one in own])
    if check.state != "exact":
        also = check_quote(text, [one.source for one in origins if not one.is_own])
        check = also if also.state == "exact" else check
    if check.state == "not_found" and not all(one.source.is_whole for one in own):
        why = "it is in no text that is stored, and of one of its sources only a summary is"
        check = QuoteCheck(state="unavailable", why=why)
    of = next((one for one in origins if one.version_id == check.version), origins[0])
    return Found(text, of.item_id, of.version_id, of.against, check)
