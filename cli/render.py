"""An instalment for reading by programs: the JSON that cli.md fixes."""

from store.drafts import InstalmentView, ItemView


def instalment_json(view: InstalmentView) -> dict[str, object]:
    """The object of `drafts show --json`."""
    return {
        "series": view.series,
        "instalment": view.number,
        "cut_off": view.cut_off,
        "window": [view.opens, view.cut_off],
        "state": view.state,
        "title": view.title,
        "proposed": dict(view.proposed),
        "sections": [
            {
                "key": section.key,
                "heading": section.heading,
                "items": [_item_json(item) for item in section.items],
                "why_empty": section.why_empty,
            }
            for section in view.sections
        ],
        "previous": list(view.previous),
    }


def _item_json(item: ItemView) -> dict[str, object]:
    embargo = item.standing.embargo
    return {
        "id": item.id,
        "rank": item.rank,
        "state": item.state,
        "headline": item.headline,
        "attribution": item.attribution,
        "development": item.development,
        "story": item.story,
        "outlet": item.outlet,
        "origin": list(item.origin),
        "url": item.url,
        "published": item.published,
        "first_seen": item.first_seen,
        "also": [{"outlet": outlet, "url": url} for outlet, _, url in item.also],
        "quotes": list(item.quotes),
        "score": item.score,
        "merit": item.merit,
        "zone": item.zone,
        "why": list(item.why),
        "covered_before": list(item.covered_before),
        "follows": list(item.follows),
        "also_developing": list(item.gathered),
        "offers": list(item.offers),
        "flags": list(item.flags),
        "embargo_until": None if embargo is None else embargo.until or "unknown",
        "alerts": [
            {
                "kind": one.kind,
                "bearing": one.bearing,
                "outlet": one.outlet,
                "at": one.at,
                "said": one.said,
                "settled_by": one.settled_by,
            }
            for one in item.standing.alerts
        ],
    }
