"""`backtest`: the instalment of any past window, from what is stored; nothing is written."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from cli.output import print_json
from pipeline.definition import series_from_json
from pipeline.draft import Planned, broke
from pipeline.errors import BadInput
from pipeline.records import Series, Window
from pipeline.window import window as window_at
from store import drafts, series, tellings
from store.models import InstalmentRow, SeriesRow
from store.session import transaction
from workers import drafting


def backtest(args: Namespace, engine: Engine) -> int:
    """What would stand in the instalment of a past window, and how that differs from what does."""
    with transaction(engine) as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        series_id = series.id_of(session, args.slug)
        definition = series_from_json(series.definition(session, series_id))
        window = _window(definition, args)
        scope = tellings.Scope(
            series_id=series_id, tail_from=window.tail_from, opens=window.opens, window=window
        )
        standing = _standing(session, args.slug, window)
        number = standing.number if standing else 0
        made = drafting.assemble(session, definition, scope, window, number=number)
    found = _json(definition, window, made)
    found["instalment"] = number or None
    found["differs"] = None if standing is None else _differences(made.items, standing)
    if args.json or args.format == "json":
        print_json(found)
    else:
        print(_markdown(found))
    return 0


def _window(definition: Series, args: Namespace) -> Window:
    """The window that the arguments name; a date stands for that day's cut-off at the desk."""
    if args.cut_off:
        at = _moment(definition, args.cut_off)
        found = window_at(definition, at)
        if found.cut_off != at:
            zone = ZoneInfo(definition.time_zone)
            raise BadInput(
                f"{definition.key} has no cut-off at {at.isoformat()}: the next one is "
                f"{found.cut_off.astimezone(zone).isoformat()}; any other window takes --from, --to"
            )
        return found
    if not args.since or not args.until:
        raise BadInput("name a window: --cut-off DATE, or --from DATE --to DATE")
    opens, cut_off = _moment(definition, args.since), _moment(definition, args.until)
    if opens >= cut_off:
        raise BadInput(f"the window ends before it opens: {args.since} to {args.until}")
    tail = timedelta(days=definition.tail_days)
    return Window(opens=opens, cut_off=cut_off, tail_from=opens - tail)


def _moment(definition: Series, said: str) -> datetime:
    zone = ZoneInfo(definition.time_zone)
    try:
        if len(said) == len("2023-08-11"):
            day = date.fromisoformat(said)
            return datetime.combine(day, definition.cut_off, zone).astimezone(UTC)
        at = datetime.fromisoformat(said)
    except ValueError as problem:
        raise BadInput(f'"{said}" is no date or time: 2023-08-11 or 2023-08-11T20:00Z') from problem
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _standing(session: Session, slug: str, window: Window) -> drafts.InstalmentView | None:
    """The instalment that exists for that very window, if one does."""
    asked = (
        select(InstalmentRow.number)
        .join(SeriesRow, SeriesRow.id == InstalmentRow.series_id)
        .where(SeriesRow.key == slug, InstalmentRow.cut_off == window.cut_off)
        .where(InstalmentRow.opens_at == window.opens)
    )
    number = session.scalar(asked)
    return None if number is None else drafts.show(session, slug, number)


def _differences(items: Sequence[Planned], standing: drafts.InstalmentView) -> dict[str, Any]:
    """What would stand and does not, what stands and would not, and what stands elsewhere."""
    now = {
        number: (section.key, item)
        for section in standing.sections
        for item in section.items
        for number in (item.development, *(one["development"] for one in item.gathered))
    }
    would = {
        number: (place, one)
        for place, one in enumerate(items, start=1)
        for number in (one.development, *(under.development for under in one.gathered))
    }
    return {
        "would_stand": [
            {"rank": place, "headline": one.headline, "development": one.development}
            for place, one in enumerate(items, start=1)
            if one.development not in now
        ],
        "stands": [
            {"rank": item.rank, "headline": item.headline, "state": item.state, "item": item.id}
            for section in standing.sections
            for item in section.items
            if item.development not in would
        ],
        "moved": [
            {
                "headline": one.headline,
                "rank": place,
                "section": one.section,
                "now": {"rank": item.rank, "section": section, "state": item.state},
            }
            for place, one in enumerate(items, start=1)
            if one.development in now
            and ((section := now[one.development][0]) != one.section)
            | ((item := now[one.development][1]).rank != place)
        ],
    }


def _json(definition: Series, window: Window, made: drafting.Assembled) -> dict[str, Any]:
    places = {one.development: place for place, one in enumerate(made.items, start=1)}
    return {
        "series": definition.key,
        "cut_off": window.cut_off,
        "window": [window.opens, window.cut_off],
        "proposed": {
            "title": made.proposal.title,
            "why": made.proposal.why,
            "subhead": made.proposal.subhead,
        },
        "sections": [
            {
                "key": section.key,
                "heading": section.heading,
                "why_empty": made.empty.get(section.key, ""),
                "items": [
                    _item(one, places[one.development])
                    for one in made.items
                    if one.section == section.key
                ],
            }
            for section in definition.sections
        ],
    }


def _item(one: Planned, place: int) -> dict[str, Any]:
    linked = one.linked
    others = {told.outlet: told.url for told in one.tellings if told.outlet != linked.outlet}
    return {
        "rank": place,
        "headline": one.headline,
        "attribution": one.attribution,
        "development": one.development,
        "also_developing": [under.development for under in one.gathered],
        "story": linked.story,
        "outlet": linked.outlet,
        "origin": [key or name for key, name in broke(one.tellings, linked)] or [linked.outlet],
        "url": linked.url,
        "published": linked.published,
        "also": [{"outlet": outlet, "url": url} for outlet, url in others.items()],
        "score": one.score,
        "merit": one.merit,
        "zone": one.zone,
        "why": list(one.why),
        "flags": list(one.flags),
    }


def _markdown(found: Mapping[str, Any]) -> str:
    opens, cut_off = found["window"]
    lines = [
        f"# {found['proposed']['title'] or found['series']}",
        "",
        f"{found['series']}, {opens:%Y-%m-%d %H:%M} to {cut_off:%Y-%m-%d %H:%M} UTC",
        f"lead: {found['proposed']['why']}",
    ]
    for section in found["sections"]:
        lines += ["", f"## {section['heading'] or section['key']}", ""]
        if not section["items"]:
            lines.append(f"(empty: {section['why_empty'] or 'nothing belongs here'})")
        for item in section["items"]:
            credit = ", ".join(item["origin"])
            lines.append(
                f"{item['rank']}. {item['headline']} ({item['outlet']}; origin {credit}; "
                f"merit {item['merit']:.2f})"
            )
            ranked = [w["text"] for w in item["why"] if w["reason"] in ("rank", "link", "gathered")]
            lines.append(f"   {'; '.join(ranked)}")
    if (differs := found["differs"]) is not None:
        lines += ["", f"## Against No. {found['instalment']} as it stands", ""]
        lines += [f"- would stand, does not: {one['headline']}" for one in differs["would_stand"]]
        lines += [
            f"- stands ({one['state']}), would not: {one['headline']}" for one in differs["stands"]
        ]
        lines += [
            f"- would stand at {one['rank']}, stands at {one['now']['rank']}: {one['headline']}"
            for one in differs["moved"]
        ]
    return "\n".join(lines)
