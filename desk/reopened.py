"""Bringing back in one press what a kill or a correction has opened again."""

from typing import Any

from starlette.exceptions import HTTPException

from desk import audit_words, out, writing_quotes
from desk.door import Visit
from store import clock, reopened
from store.drafts import InstalmentView
from store.reopened import Reopened
from store.steps import Refused


def facts(visit: Visit, view: InstalmentView) -> dict[str, Any]:
    """What the page about an instalment's approval says of its having been opened again."""
    found = reopened.of(visit.session, view.id, now=clock.now(visit.session))
    if found is None:
        return {"again": None}
    return {
        "again": found,
        "approves": _approves(visit, found, view.series),
        "since": [(who, audit_words.done(action), n) for who, action, n in found.since],
        "places": out.titles(visit.session, found.stands_at),
    }


def carry_out(visit: Visit, view: InstalmentView) -> None:
    """Leave out or keep what was hit, settle it, and take the steps back.

    Raises Refused, decisions.Conflict and decisions.Closed; then nothing was changed.
    """
    now = clock.now(visit.session)
    found = reopened.of(visit.session, view.id, now=now)
    keeps = {
        _number(name)
        for name, value in visit.form.items()
        if name.startswith("item-") and value == "keep"
    }
    versions = {
        _number(name): visit.field(name) for name in visit.form if name.startswith("version-")
    }
    if found is None:
        if any(
            reopened.is_back(
                *(visit.session, view.id, visit.who.person),
                keeps=keeps,
                versions=versions,
                based_on=visit.field("version"),
                approves=approves,
            )
            for approves in (True, False)
        ):
            return  # this very press, a second time
        raise Refused("Somebody has gone on with it. Look again.")
    visit.must("decide", view.series)
    visit.must("settle", view.series)
    # What was never checked against its source as it is now is checked before it counts.
    writing_quotes.check_all(visit.session, view, at=now)
    with visit.session.begin_nested():
        reopened.bring_back(
            visit.session,
            found,
            visit.who.person,
            keeps=keeps,
            versions=versions,
            seen={_number(name) for name in visit.form if name.startswith("alert-")},
            based_on=visit.field("version"),
            approves=_approves(visit, found, view.series),
            now=now,
        )


def _approves(visit: Visit, found: Reopened, series: str) -> bool:
    """Whether this person's press approves it again, or calls it ready for who may."""
    return found.was_approved and visit.who.may("approve", series)


def _number(name: str) -> int:
    """The number in a field's name. Raises HTTPException 400 if our own page did not send it so."""
    _, _, number = name.partition("-")
    if not number.isdecimal() or len(number) > 18:  # noqa: PLR2004  # what fits a column
        raise HTTPException(400, "The form was incomplete. Go back and press the button again.")
    return int(number)
