"""What could not be read: its bytes and the reason, and the way to send it round again."""

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words
from desk.door import Visit
from pipeline.errors import BadInput
from store import clock, setaside, tending, waiting

MOST_SHOWN = 20_000  # bytes of one thing on the page; the whole is a file


def every(visit: Visit) -> Response:
    """All that is set aside and not dealt with, the latest first."""
    session = visit.session
    return visit.page(
        "set_asides.html",
        lines=setaside.latest(session),
        number=setaside.count(session),
        given_up={stage: len(ids) for stage, ids in waiting.given_up(session).items() if ids},
        now=clock.now(session),
        may_replay=visit.who.may("set_aside"),
    )


def one(visit: Visit) -> Response:
    """One thing with the beginning of its bytes, as text."""
    found = setaside.show(visit.session, visit.number("thing"))
    if found is None:
        raise HTTPException(404)
    line, raw = found
    shown = raw[:MOST_SHOWN].decode("utf-8", "backslashreplace")
    return visit.page(
        "set_aside.html",
        line=line,
        text="".join(
            c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in shown
        ),
        more=max(0, len(raw) - MOST_SHOWN),
        now=clock.now(visit.session),
        may_replay=visit.who.may("set_aside"),
    )


def raw(visit: Visit) -> Response:
    """One thing's bytes as they came, as a file that no browser carries out."""
    found = setaside.show(visit.session, visit.number("thing"))
    if found is None:
        raise HTTPException(404)
    return Response(
        found[1],
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="set-aside-{found[0].id}.bin"'},
    )


def replay(visit: Visit) -> Response:
    """Send one thing round again, or all of them with whatever was given up."""
    session, named = visit.session, visit.request.path_params.get("thing")
    numbers = [visit.number("thing")] if named is not None else []
    try:
        tending.replay(session, numbers, by=visit.who.person.name)
    except BadInput as problem:
        raise HTTPException(409, words.sentence(str(problem))) from problem
    return RedirectResponse(visit.back("/set-aside"), status_code=303)
