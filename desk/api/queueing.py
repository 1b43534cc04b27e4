"""The queue over all series, and what is done beside a decision: put off, give, say, keep."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from desk.api import deeds
from desk.api.contract import (
    MOMENT,
    NOT_THERE,
    NUMBER,
    PAGING,
    SECTION,
    SLUG,
    VERSION,
    WORD,
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
from desk.api.reading import item_now, items_of, moment, numbered, page, sliced
from desk.api.refusals import Refusal
from desk.api.shapes import CLAIM, TEXT, Shape, a_page, maybe, thing
from desk.api.shapes import MOMENT as A_MOMENT
from desk.api.shapes import NUMBER as A_NUMBER
from store import (
    assignments,
    beside,
    comments,
    decisions,
    drafts,
    searches,
    snoozes,
    undoing,
    users,
)
from store import queue as kept
from store.decisions import Decision
from store.queue import Asked

STATES = ("queued", "accepted", "rejected", "snoozed", "any")


def queue(call: Call) -> Made:
    """Items over all series of the token, by words, state, outlet, flag, who sees to them."""
    now, most, asked = deeds.now(call), call.query["limit"], call.query
    snoozes.return_due(call.session, now=now)
    start = after(asked.get("cursor"), int)
    wanted = Asked(
        user_id=call.bearer.person.id,
        text=asked.get("q", ""),
        state=asked["state"],
        series=asked.get("series", ""),
        among=None if call.bearer.is_for_all else call.bearer.token.series,
        number=asked.get("number", 0),
        outlet=asked.get("outlet", ""),
        section=asked.get("section", ""),
        zone=asked.get("zone", ""),
        since=moment(asked, "since"),
        assignee=_assignee(call),
        flag=asked.get("flag", ""),
        starred=asked.get("only") == "starred",
        awaiting=now if asked.get("only") == "awaiting" else None,
        everywhere=asked["where"] == "everywhere",
        order=asked["order"],
    )
    after_item = None if start is None else start[0]
    found = kept.find(call.session, wanted, limit=most + 1, after=after_item)
    ids = [place.item_id for place in found[:most]]
    by_id = items_of(call, drafts.show_some(call.session, ids))
    rows = [by_id[number] for number in ids if number in by_id]
    return page(rows, *((ids[-1],) if len(found) > most else ()))


def _assignee(call: Call) -> str:
    """me, nobody, or a sign-in name as the number that the queue knows people by."""
    told = str(call.query.get("assignee", ""))
    if told in {"", "me", "nobody"}:
        return told
    person = users.find(call.session, told)
    if person is None:
        raise Refusal(422, f"Nobody signs in as {told!r}.", field="assignee")
    return str(person.id)


def snooze(call: Call) -> Made:
    """Put an item off until a time; it comes back by itself."""
    until = moment(call.body, "until")
    assert until is not None  # noqa: S101  # the schema asks for it
    with deeds.refusing(unknown=422):
        snoozes.snooze(
            *(call.session, call.path["item"], call.bearer.person, until),
            based_on=deeds.based_on(call),
            now=deeds.now(call),
        )
    deeds.note(call, "snooze")
    return item_now(call, call.path["item"])


def assign(call: Call) -> Made:
    """Give an item to somebody by their sign-in name, or with '' to nobody."""
    here, name = deeds.here(call), call.body["whom"]
    person = users.find(call.session, name) if name else None
    if name and (person is None or person.disabled_at is not None):
        raise Refusal(422, f"Nobody signs in as {name!r}.", field="body.whom")
    with deeds.refusing():
        assignments.assign(
            call.session,
            here.id,
            None if person is None else person.id,
            by=call.bearer.person,
            at=deeds.now(call),
        )
    deeds.note(call, "assign")
    return Made(value={"item": here.id, "whom": None if person is None else person.name})


def said(call: Call) -> Made:
    """What people have said of an item, the oldest first."""
    every = comments.of_item(call.session, deeds.here(call).id)
    # What was said of an item that became one with this is older, and has a higher number.
    return sliced(call, every, lambda one: (one.at, one.id), datetime, int)


def say(call: Call) -> Made:
    """Say something about an item. Comments are never changed."""
    here = deeds.here(call)
    with deeds.refusing(unknown=422):
        made = comments.add(
            *(call.session, here.id, call.bearer.person, call.body["text"]), at=deeds.now(call)
        )
    deeds.note(call, "comment")
    (told,) = [one for one in comments.of_item(call.session, here.id) if one.id == made]
    return Made(value=told)


def star(call: Call) -> Made:
    """Put the star of the token's owner on an item, or take it away."""
    here, is_starred = deeds.here(call), call.body["is_starred"]
    beside.star(call.session, here.id, call.bearer.person, is_starred=is_starred)
    return Made(value={"item": here.id, "is_starred": is_starred})


def saved(call: Call) -> Made:
    """The searches that the owner keeps, and those shared with the desk."""
    found = searches.of(call.session, call.bearer.person)
    return sliced(call, found, lambda one: (one.name, one.id), str, int)


def keep_search(call: Call) -> Made:
    """Keep a search of the queue under a name."""
    query = urlencode({name: told for name, told in call.body["query"].items() if told})
    with deeds.refusing(unknown=422):
        searches.save(
            *(call.session, call.bearer.person, call.body["name"], query),
            is_shared=call.body.get("is_shared", False),
            at=deeds.now(call),
        )
    return saved(call)


def forget_search(call: Call) -> Made:
    """Drop one of the owner's searches; the same twice is the same."""
    searches.forget(call.session, call.path["search"], call.bearer.person)
    return saved(call)


def take_back(call: Call) -> Made:
    """Take back one's own decision, also where others decided since; or let it stand."""
    deeds.here(call)
    number, person, now = call.path["decision"], call.bearer.person, deeds.now(call)
    try:
        if call.body["how"] == "leave":
            item = undoing.leave(call.session, number, person, now=now)
        else:
            over = call.body["how"] == "over"
            item = undoing.take_back(call.session, number, person, now=now, over=over)
    except undoing.NotYours as problem:
        raise Refusal(404, NOT_THERE) from problem
    except decisions.Closed as problem:
        raise Refusal(409, f"{problem}.", item=deeds.brief(problem.item)) from problem
    except undoing.DecidedSince as problem:
        later = [
            {"who": one.who, "action": one.action, "at": one.decided_at.isoformat()}
            for one in problem.later
        ]
        raise Refusal(409, f"{problem}.", item=deeds.brief(problem.item), later=later) from problem
    if item != call.path["item"]:
        raise Refusal(404, NOT_THERE)
    deeds.note(call, "take back")
    return item_now(call, item)


def decided(call: Call) -> Made:
    """What was decided about an item, the latest first."""
    here, mine = deeds.here(call), call.bearer.person.id

    def tell(one: Decision) -> dict[str, object]:
        return {
            "id": one.id,
            "who": one.who,
            "action": one.action,
            "before": one.state_before,
            "after": one.state_after,
            "undoes": one.undoes_id,
            "reason": one.reason,
            "at": one.decided_at,
            "is_mine": one.user_id == mine,
        }

    return numbered(
        call,
        lambda before, limit: decisions.history(call.session, here.id, before=before, most=limit),
        lambda one: one.id,
        tell=tell,
    )


_QUERY = {
    "q": WORDS,
    "state": choice(*STATES),
    "series": SLUG,
    "number": {"type": "string", "maxLength": 18},
    "outlet": WORDS,
    "section": SECTION,
    "zone": WORD,
    "age": choice("1", "3", "7", "30", "month"),
    "assignee": WORD,
    "flag": choice(*kept.FLAGS),
    "order": choice("best", "newest"),
}
OPERATIONS: Sequence[Operation] = (
    reads(
        "searchQueue",
        "/queue",
        queue,
        "ItemPage",
        query={
            **PAGING,
            "q": {**WORDS, "description": 'As people type them: words, "quotes", OR, -without.'},
            "state": choice(*STATES, default="queued"),
            "series": SLUG,
            "number": NUMBER,
            "outlet": {**WORDS, "description": "Key, name or a part of the name."},
            "section": SECTION,
            "zone": choice("auto", "suggest", "ignore"),
            "since": {**MOMENT, "description": "Came to the desk at or after this moment."},
            "assignee": {**WORD, "description": "me, nobody, or a sign-in name."},
            "flag": choice(*kept.FLAGS),
            "only": choice("starred", "awaiting"),
            "where": choice("open", "everywhere", default="open"),
            "order": choice("best", "newest", default="best"),
        },
    ),
    does(
        "snoozeItem",
        "/items/{item}/snooze",
        snooze,
        "Item",
        right="decide",
        body=body("until", until=MOMENT, version=VERSION),
        is_based_on=True,
        refuses=(404, 409),
    ),
    puts(
        "assignItem",
        "/items/{item}/assignee",
        assign,
        "Assigned",
        right="decide",
        body=body("whom", whom=WORD),
        refuses=(404, 409),
    ),
    reads(
        "listComments", "/items/{item}/comments", said, "CommentPage", query=PAGING, refuses=(404,)
    ),
    does(
        "addComment",
        "/items/{item}/comments",
        say,
        "Comment",
        right="decide",
        body=body("text", text={"type": "string", "minLength": 1, "maxLength": comments.LONGEST}),
        refuses=(404,),
    ),
    puts(
        "starItem",
        "/items/{item}/star",
        star,
        "Starred",
        right="read",
        body=body("is_starred", is_starred=YES),
        refuses=(404,),
    ),
    reads(
        "listDecisions",
        "/items/{item}/decisions",
        decided,
        "DecisionPage",
        query=PAGING,
        refuses=(404,),
    ),
    does(
        "takeBackDecision",
        "/items/{item}/decisions/{decision}/undo",
        take_back,
        "Item",
        right="decide",
        body=body("how", how=choice("back", "over", "leave")),
        refuses=(404, 409),
    ),
    reads("listSearches", "/searches", saved, "SearchPage", query=PAGING),
    does(
        "keepSearch",
        "/searches",
        keep_search,
        "SearchPage",
        right="read",
        body=body("name", "query", name=WORD, query=body(**_QUERY), is_shared=YES),
    ),
    does(
        "forgetSearch",
        "/searches/{search}/forget",
        forget_search,
        "SearchPage",
        right="read",
        body=body(),
    ),
)

SHAPES: dict[str, Shape] = {
    "Assigned": thing(item=A_NUMBER, whom=maybe(TEXT)),
    "Comment": thing(id=A_NUMBER, who=TEXT, text=TEXT, at=A_MOMENT),
    "CommentPage": a_page("Comment"),
    "Starred": thing(item=A_NUMBER, is_starred=CLAIM),
    "Decision": thing(
        id=A_NUMBER,
        who=TEXT,
        action=TEXT,
        before=TEXT,
        after=TEXT,
        undoes=maybe(A_NUMBER),
        reason=TEXT,
        at=A_MOMENT,
        is_mine=CLAIM,
    ),
    "DecisionPage": a_page("Decision"),
    "Search": thing(id=A_NUMBER, name=TEXT, query=TEXT, owner=TEXT, is_mine=CLAIM, is_shared=CLAIM),
    "SearchPage": a_page("Search"),
}
