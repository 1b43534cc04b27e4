"""What the API tells: series, instalments, items with their reasons, stories, developments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from desk.api.contract import NOT_THERE, USUAL, Call, Made
from desk.api.door import after, cursor
from desk.api.refusals import Refusal
from store import alerts as all_alerts
from store import beside, clock, decisions, drafts, finding, gates, noticelist, stories, timelines
from store import series as all_series
from store.drafts import InstalmentView, ItemView
from store.steps import WAYS

Row = TypeVar("Row")


def me(call: Call) -> Made:
    """Whose token this is, what it may and for which series."""
    token = call.bearer.token
    return Made(
        value={
            "token": token.name,
            "owner": token.owner,
            "rights": token.rights,
            "series": token.series,
            "expires_at": token.expires_at,
        }
    )


def series(call: Call) -> Made:
    """The series this token is for."""
    found = [
        {"series": str(one["series"]), "title": one["title"], "status": one["status"]}
        for one in all_series.lines(call.session)
        if call.bearer.sees(str(one["series"]))
    ]
    return sliced(call, found, lambda one: (one["series"],), str)


def instalments(call: Call) -> Made:
    """The instalments of a series, newest first."""
    lines = drafts.lines(call.session, call.path["series"])
    if not lines:
        see_that_it_is_there(call)
    start = after(call.query.get("cursor"), int)
    if start is not None:
        lines = [line for line in lines if line.number < start[0]]
    lines.sort(key=lambda line: -line.number)
    most = call.query["limit"]
    shown = [line._asdict() for line in lines[:most]]
    return page(shown, lines[most - 1].number if len(lines) > most else None)


def see_that_it_is_there(call: Call) -> None:
    """Raise Refusal 404 if there is no such series."""
    try:
        all_series.id_of(call.session, call.path["series"])
    except all_series.UnknownSeries as problem:
        raise Refusal(404, NOT_THERE) from problem


def instalment(call: Call) -> Made:
    """An instalment: sections, state, what stands in its way, steps this token may take."""
    view = whole(call, only=())
    now = clock.now(call.session)
    value = {
        **told(view),
        "sections": [
            {"key": one.key, "heading": one.heading, "maximum": one.maximum}
            for one in view.sections
        ],
        "previous": view.previous,
        "objections": gates.objections(call.session, view.id, now=now),
        "steps": [
            action
            for action, way in WAYS[view.state].items()
            if call.bearer.may(way.right, view.series)
        ],
    }
    return Made(value=value, version=view.version)


def whole(call: Call, only: Sequence[int] | None = None) -> InstalmentView:
    """The instalment an address names, with no more than these items. Raises Refusal 404."""
    view = drafts.show(call.session, call.path["series"], call.path["number"], only=only)
    if view is None:
        raise Refusal(404, NOT_THERE)
    return view


def told(view: InstalmentView) -> dict[str, object]:
    """An instalment without its items."""
    return {
        "series": view.series,
        "number": view.number,
        "title": view.title,
        "subhead": view.subhead,
        "lead": view.lead,
        "opens": view.opens,
        "cut_off": view.cut_off,
        "time_zone": view.time_zone,
        "state": view.state,
        "version": view.version,
    }


def items(call: Call) -> Made:
    """The items of an instalment in their order, with reasons, quotations and flags."""
    head, most = whole(call, only=()), call.query["limit"]
    start = after(call.query.get("cursor"), float, int)
    found = finding.items(
        call.session,
        head.id,
        state=call.query.get("state"),
        section=call.query.get("section"),
        after=None if start is None else (start[0], start[1]),
        most=most + 1,
    )
    view = whole(call, only=[number for _, number in found[:most]])
    by_id = items_of(call, [view])
    rows = [by_id[number] for _, number in found[:most] if number in by_id]
    return page(rows, *(found[most - 1] if len(found) > most else ()))


def item(call: Call) -> Made:
    """An item with its reasons, quotations and flags; its version is the ETag."""
    return item_now(call, call.path["item"])


def item_now(call: Call, item_id: int) -> Made:
    """An item as it is at this moment. Raises Refusal 404."""
    try:
        where = decisions.find(call.session, item_id)
    except decisions.UnknownItem as problem:
        raise Refusal(404, NOT_THERE) from problem
    found = items_of(call, drafts.show_some(call.session, [where.id]))
    if item_id not in found:
        raise Refusal(404, NOT_THERE)  # it has become one with another
    return Made(value=found[item_id], version=where.version)


def items_of(call: Call, views: Sequence[InstalmentView]) -> dict[int, dict[str, object]]:
    """The items in these instalments as the API tells them, by their numbers."""
    found = [
        (one, view, part.key) for view in views for part in view.sections for one in part.items
    ]
    about = beside.of_items(call.session, [one.id for one, *_ in found], call.bearer.person)
    return {
        one.id: shown(one, view, section) | _beside(call, about[one.id])
        for one, view, section in found
    }


def _beside(call: Call, about: beside.Beside) -> dict[str, object]:
    return {
        "assignee": None if about.assignee is None else about.assignee[1],
        "comments": about.comments,
        "is_starred": about.is_starred,
        "snoozed_until": about.snoozed_until,
        "used_in": [one for one in about.used_in if call.bearer.sees(one.series)],
    }


def shown(one: ItemView, view: InstalmentView, section: str) -> dict[str, object]:
    """An item as the API tells it."""
    return {
        "id": one.id,
        "series": view.series,
        "instalment": view.number,
        "section": section,
        "state": one.state,
        "version": one.version,
        "headline": one.headline,
        "summary": one.summary,
        "attribution": one.attribution,
        "outlet": one.outlet,
        "outlet_name": one.outlet_name,
        "origin": one.origin,
        "url": one.url,
        "published": one.published,
        "first_seen": one.first_seen,
        "story": one.story,
        "development": one.development,
        "also": [{"outlet": key, "name": name, "url": url} for key, name, url in one.also],
        "quotes": one.quotes,
        "score": one.score,
        "zone": one.zone,
        "why": one.why,
        "covered_before": one.covered_before,
        "flags": one.flags,
        "is_ours": one.is_ours,
    }


def story_list(call: Call) -> Made:
    """Stories with all these words in title or summary, of an outlet, of a time."""
    asked = partial(
        finding.stories,
        call.session,
        words=call.query.get("q"),
        outlet=call.query.get("outlet"),
        since=moment(call.query, "since"),
        until=moment(call.query, "until"),
    )
    return paged(
        call,
        lambda start, most: asked(after=start, most=most),
        lambda one: (one["first_seen"], one["id"]),
        *(datetime, int),
    )


def moment(query: Mapping[str, Any], name: str) -> datetime | None:
    """The moment that a call names so; None where it names none. Raises Refusal 422."""
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise Refusal(422, f"{name} is no moment: 2026-11-20T16:00:00Z.", field=name) from problem


def story(call: Call) -> Made:
    """A story whole: versions, tags with evidence, copies, development, matches."""
    found = stories.show(call.session, call.path["story"])
    if found is None:
        raise Refusal(404, NOT_THERE)
    return Made(value=found)


def development(call: Call) -> Made:
    """A development: who told it when, and why each story is in it."""
    found = timelines.show(call.session, call.path["development"])
    if found is None:
        raise Refusal(404, NOT_THERE)
    return Made(value=found)


def alerts(call: Call) -> Made:
    """What has happened to the sources of a series' items, the latest first."""
    most, start = call.query["limit"], after(call.query.get("cursor"), int)
    found = finding.alerts(
        call.session,
        call.path["series"],
        is_open=call.query["state"] == "open",
        before=None if start is None else start[0],
        most=most + 1,
    )
    if not found:
        see_that_it_is_there(call)
    numbers = dict(found[:most])
    rows = [
        {**asdict(one), "instalment": numbers[one.id], "blocks": one.blocks}
        for one in all_alerts.by_ids(call.session, list(numbers))
    ]
    return page(rows, *((found[most - 1][0],) if len(found) > most else ()))


def kills(call: Call) -> Made:
    """The wires' words about other items of theirs; those that wait for somebody first."""
    return paged(
        call,
        lambda start, most: noticelist.notices(call.session, after=start, limit=most),
        lambda one: (int(one.state in noticelist.WAITING), one.at, one.id),
        *(int, datetime, int),
        tell=asdict,
    )


def page(rows: Sequence[object], *end: object) -> Made:
    """A page of a list, and where it ended if there is more."""
    keys = [key for key in end if key is not None]
    return Made(value={"items": list(rows), "next": cursor(*keys) if keys else None})


def paged(
    call: Call,
    ask: Callable[[tuple[Any, ...] | None, int], Sequence[Row]],
    key: Callable[[Row], tuple[Any, ...]],
    *kinds: type,
    tell: Callable[[Row], object] | None = None,
) -> Made:
    """The page of a list that the call's cursor and limit name.

    `ask` gives so many rows after the one of that key, in their order; `kinds` are the types in
    the `key` of a row; `tell` makes of a row what is answered. A write that answers with a list
    gives its first page.
    """
    most = call.query.get("limit", USUAL)
    found = ask(after(call.query.get("cursor"), *kinds), most + 1)
    rows = found[:most]
    end = key(rows[-1]) if len(found) > most else ()
    return page([tell(one) for one in rows] if tell else rows, *end)


def numbered(
    call: Call,
    ask: Callable[..., Sequence[Row]],
    key: Callable[[Row], int],
    *,
    tell: Callable[[Row], object] | None = None,
) -> Made:
    """The same of a list whose numbers fall: `ask` takes `before` and `limit`."""

    def below(start: tuple[Any, ...] | None, most: int) -> Sequence[Row]:
        return ask(before=None if start is None else start[0], limit=most)

    return paged(call, below, lambda one: (key(one),), int, tell=tell)


def sliced(
    call: Call,
    rows: Sequence[Row],
    key: Callable[[Row], tuple[Any, ...]],
    *kinds: type,
    falls: bool = False,
    tell: Callable[[Row], object] | None = None,
) -> Made:
    """The same of a list that is there whole, ordered by its keys; if it `falls`, from the top."""
    ordered = sorted(rows, key=key, reverse=falls)

    def beyond(start: tuple[Any, ...] | None, most: int) -> Sequence[Row]:
        if start is None:
            return ordered[:most]
        return [one for one in ordered if (key(one) < start if falls else key(one) > start)][:most]

    return paged(call, beyond, key, *kinds, tell=tell)
