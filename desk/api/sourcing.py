"""The sources: how each feed is, what is silent or wrong, what was set aside; and what is done."""

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from desk import adding
from desk.api import deeds
from desk.api.contract import (
    CURSOR,
    NOT_THERE,
    PAGING,
    SLUG,
    WORDS,
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
from desk.api.door import after
from desk.api.reading import numbered, page, sliced
from desk.api.refusals import Refusal
from desk.api.shapes import CLAIM, FREE, TEXT, Shape, a_page, listed, maybe, thing
from desk.api.shapes import MOMENT as A_MOMENT
from desk.api.shapes import NUMBER as A_NUMBER
from desk.feeds import ACTIONS, TOLD_FOR
from pipeline.errors import BadInput
from store import feedgrid, feeds, health, lookups, setaside, tending, troubles


def every(call: Call) -> Made:
    """The feeds with their health, those that need a look first, fifty at a time."""
    start = after(call.query.get("cursor"), int)
    chosen = feedgrid.Chosen(
        state=call.query.get("state", ""),
        outlet=call.query.get("outlet", ""),
        words=call.query.get("q", ""),
        page=min(1 if start is None else max(1, start[0]), 100_000),
    )
    grid = feedgrid.grid(call.session, chosen)
    rows = _told(call, grid.ids)
    is_more = grid.found > chosen.page * feedgrid.PAGE
    return page(rows, *((chosen.page + 1,) if is_more else ()))


def one(call: Call) -> Made:
    """One feed whole: health, settings, latest documents, what was wrong with it."""
    number = call.path["feed"]
    told = _one(call)
    value = {
        **told,
        "settings": feedgrid.settings(call.session, number),
        "documents": feedgrid.documents(call.session, number),
        "polls": feedgrid.polls(call.session, number),
        "history": troubles.lines_of(call.session, number),
        "set_aside_lately": setaside.of_feed(call.session, number),
    }
    return Made(value=value)


def change(call: Call) -> Made:
    """Pause, resume or poll a feed now, or follow it at its first address again."""
    number, action = call.path["feed"], call.body["action"]
    _one(call)
    with deeds.refusing():
        tending.change(call.session, number, action, by=call.bearer.person.name)
    deeds.note(call, action)
    return Made(value=_one(call))


def choose(call: Call) -> Made:
    """Set how often a feed is asked, as whom, whether its stories' pages are read."""
    number = call.path["feed"]
    _one(call)
    wanted = {name: told for name, told in call.body.items() if name != "interval_minutes"}
    if "interval_minutes" in call.body:
        wanted["interval_seconds"] = call.body["interval_minutes"] * 60
    if "user_agent" in wanted:
        wanted["user_agent"] = wanted["user_agent"] or None
    if not wanted:
        raise Refusal(422, "Say what is to be set.", field="body")
    tending.choose(call.session, number, wanted, by=call.bearer.person.name)
    deeds.note(call, "set a feed")
    return one(call)


def wrong(call: Call) -> Made:
    """Feeds that are silent, failing, gone, moved, or may have lost items."""
    told = troubles.lines(call.session, closed_since=deeds.now(call) - TOLD_FOR)
    if call.query["state"] == "open":
        told = [line for line in told if line.closed is None]
    return sliced(call, told, lambda line: (line.id,), int, falls=True)


def ask(call: Call) -> Made:
    """Wish to see what stands at an address: a feed, or a page that names some."""
    url = adding.tidied(call.body["url"])
    if url is None:
        raise Refusal(
            422,
            "That is no address of a page or feed: http:// or https://, without a user name.",
            field="body.url",
        )
    number = lookups.ask(call.session, url, by=call.bearer.person.name)
    deeds.note(call, "look up")
    return _lookup(call, number)


def looked(call: Call) -> Made:
    """What was found at an address; `result` is null until a worker has looked."""
    return _lookup(call, call.path["lookup"])


def follow(call: Call) -> Made:
    """Follow the feed that was found, under an outlet there is or a new one."""
    wish = lookups.find(call.session, call.path["lookup"])
    if wish is None:
        raise Refusal(404, NOT_THERE)
    try:
        number = tending.follow(
            call.session,
            wish,
            outlet=call.body.get("outlet", ""),
            name=call.body.get("name", ""),
            kind=call.body.get("kind", "outlet"),
            by=call.bearer.person.name,
        )
    except tending.NoOutlet as problem:
        raise Refusal(422, deeds.sentence(problem), field="body.outlet") from problem
    except BadInput as problem:
        raise Refusal(409, deeds.sentence(problem)) from problem
    deeds.note(call, "follow")
    return Made(value=_told(call, [number])[0])


def aside(call: Call) -> Made:
    """What could not be read and is not dealt with, the newest first."""
    return numbered(call, partial(setaside.newest, call.session), lambda one: one.id)


def raw(call: Call) -> Made:
    """Its bytes as they came."""
    found = setaside.show(call.session, call.path["thing"])
    if found is None:
        raise Refusal(404, NOT_THERE)
    return Made(file=found[1], media="application/octet-stream")


def one_aside(call: Call) -> Made:
    """One thing that could not be read, with the reason."""
    found = setaside.show(call.session, call.path["thing"])
    if found is None:
        raise Refusal(404, NOT_THERE)
    return Made(value=found[0])


def replay(call: Call) -> Made:
    """Send one thing round again."""
    if setaside.show(call.session, call.path["thing"]) is None:
        raise Refusal(404, NOT_THERE)
    return _replayed(call, [call.path["thing"]])


def replay_all(call: Call) -> Made:
    """Send all that is set aside round again, with whatever was given up."""
    return _replayed(call, [])


def _replayed(call: Call, numbers: Sequence[int]) -> Made:
    with deeds.refusing():
        sent = tending.replay(call.session, numbers, by=call.bearer.person.name)
    deeds.note(call, "replay")
    return Made(value={"sent": {kind: len(ids) for kind, ids in sent.items()}})


def _one(call: Call) -> dict[str, Any]:
    told = _told(call, [call.path["feed"]])
    if not told:
        raise Refusal(404, NOT_THERE)
    return told[0]


def _told(call: Call, ids: Sequence[int]) -> list[dict[str, Any]]:
    lines = {line.id: line for line in feeds.lines(call.session, ids)}
    of_feeds = health.of_feeds(call.session, ids)
    made = []
    for number in ids:
        if number not in lines:
            continue
        about = of_feeds[number]
        made.append(
            {
                **asdict(lines[number]),
                "outlet_name": about.outlet_name,
                "troubles": about.troubles,
                "set_aside": about.set_aside,
                "pace": about.pace,
                "last_seen": about.last_seen,
                "lost_suspected": about.lost_suspected,
            }
        )
    return made


def _lookup(call: Call, number: int) -> Made:
    wish = lookups.find(call.session, number)
    if wish is None:
        raise Refusal(404, NOT_THERE)
    return Made(value=wish)


_ADDRESS = {"type": "string", "minLength": 1, "maxLength": 2000}
OPERATIONS: Sequence[Operation] = (
    reads(
        "listSources",
        "/sources",
        every,
        "SourcePage",
        query={
            "cursor": CURSOR,
            "state": {**WORDS, "description": "unwell, paused, or a state such as http_4xx."},
            "outlet": SLUG,
            "q": WORDS,
        },
    ),
    reads("getSource", "/sources/{feed}", one, "Source", refuses=(404,)),
    does(
        "changeSource",
        "/sources/{feed}/actions",
        change,
        "Source",
        right="sources",
        body=body("action", action=choice(*ACTIONS)),
        refuses=(404, 409),
    ),
    puts(
        "setSource",
        "/sources/{feed}/settings",
        choose,
        "Source",
        right="sources",
        body=body(
            interval_minutes={"type": "integer", "minimum": 1, "maximum": 10_080},
            user_agent={"type": "string", "pattern": "^[ -~]{0,200}$", "maxLength": 200},
            wants_full_text=YES,
        ),
        refuses=(404,),
    ),
    reads(
        "listTroubles",
        "/troubles",
        wrong,
        "TroublePage",
        query={**PAGING, "state": choice("open", "all", default="open")},
    ),
    does("lookUp", "/lookups", ask, "Lookup", right="sources", body=body("url", url=_ADDRESS)),
    reads("getLookup", "/lookups/{lookup}", looked, "Lookup", right="sources", refuses=(404,)),
    does(
        "followFound",
        "/lookups/{lookup}/follow",
        follow,
        "Source",
        right="sources",
        body=body(outlet=SLUG, name=WORDS, kind=choice(*tending.KINDS)),
        refuses=(404, 409),
    ),
    reads("listSetAside", "/set-aside", aside, "SetAsidePage", query=PAGING),
    reads("getSetAside", "/set-aside/{thing}", one_aside, "SetAside", refuses=(404,)),
    reads(
        "getSetAsideBytes",
        "/set-aside/{thing}/raw",
        raw,
        media=("application/octet-stream",),
        refuses=(404,),
    ),
    does(
        "replaySetAside",
        "/set-aside/{thing}/replay",
        replay,
        "Replayed",
        right="set_aside",
        body=body(),
        refuses=(404, 409),
    ),
    does(
        "replayAllSetAside",
        "/set-aside/replay",
        replay_all,
        "Replayed",
        right="set_aside",
        body=body(),
        refuses=(409,),
    ),
)

_TROUBLE = thing(
    id=A_NUMBER,
    feed_id=A_NUMBER,
    feed=TEXT,
    outlet=TEXT,
    kind=TEXT,
    reason=TEXT,
    done=TEXT,
    opened=A_MOMENT,
    closed=maybe(A_MOMENT),
)
SHAPES: dict[str, Shape] = {
    "Trouble": _TROUBLE,
    "TroublePage": a_page("Trouble"),
    "Source": thing(
        id=A_NUMBER,
        url=TEXT,
        title=TEXT,
        outlet=TEXT,
        outlet_name=TEXT,
        kind=TEXT,
        state=TEXT,
        reason=TEXT,
        is_paused=CLAIM,
        last_new=maybe(A_MOMENT),
        next_poll=A_MOMENT,
        failures=A_NUMBER,
        stories=A_NUMBER,
        troubles=listed(_TROUBLE),
        set_aside=A_NUMBER,
        pace=TEXT,
    ),
    "SourcePage": a_page("Source"),
    "Lookup": thing(
        id=A_NUMBER, url=TEXT, asked_by=TEXT, asked_at=A_MOMENT, result=maybe(FREE), state=TEXT
    ),
    "SetAside": thing(
        id=A_NUMBER,
        feed=TEXT,
        feed_id=A_NUMBER,
        document_id=maybe(A_NUMBER),
        stage=TEXT,
        state=TEXT,
        reason=TEXT,
        bytes=A_NUMBER,
        first_at=A_MOMENT,
        last_at=A_MOMENT,
        times=A_NUMBER,
    ),
    "SetAsidePage": a_page("SetAside"),
    "Replayed": thing(sent=FREE),
}
