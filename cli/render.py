"""An instalment for reading outside the desk: JSON as cli.md fixes it, Markdown, HTML."""

from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

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
        "sections": [
            {
                "key": section.key,
                "heading": section.heading,
                "items": [_item_json(item) for item in section.items],
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
        "zone": item.zone,
        "why": list(item.why),
        "covered_before": list(item.covered_before),
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


def instalment_markdown(view: InstalmentView) -> str:
    """The instalment as an editor reads it in a terminal: items with outlet, link and reason."""
    lines = [
        f"# {view.title or view.series_title}, no. {view.number}",
        "",
        f"{view.state}; arrived {_moment(view.opens)} to {_moment(view.cut_off)}",
    ]
    for section in view.sections:
        if not section.items and not section.when_empty:
            continue
        lines += ["", f"## {section.heading or section.key.capitalize()}", ""]
        if not section.items:
            lines.append(f"*{section.when_empty}*")
        for item in section.items:
            lines += _item_markdown(item)
    if view.previous:
        lines += ["", "## Earlier", ""]
        lines += [f"- {_plain(str(earlier['title']))}" for earlier in view.previous]
    return "\n".join(lines)


def _item_markdown(item: ItemView) -> list[str]:
    headline = _plain(item.headline)
    head = f"[{headline}]({_address(item.url)})" if item.url else headline
    also = f" +{len(item.also)}" if item.also else ""
    day = f"{item.published:%a %d %b}" if item.published else "no date"
    marks = [item.state] if item.state != "queued" else []
    marks += [flag.replace("_", " ") for flag in item.flags]
    noted = f" ({', '.join(marks)})" if marks else ""
    why = "; ".join(str(reason["text"]) for reason in item.why)
    return [
        f"{item.rank}. {head}{noted}  ",
        f"   {_plain(item.outlet_name)}{also}, {day}. Score {item.score:.2f}: {_plain(why)}",
    ]


def instalment_html(view: InstalmentView) -> str:
    """The instalment as a fragment of HTML; everything from a source is escaped."""
    parts = [f"<article><h1>{escape(view.title or view.series_title)}</h1>"]
    for section in view.sections:
        if not section.items and not section.when_empty:
            continue
        heading = f"<h2>{escape(section.heading)}</h2>" if section.heading else ""
        parts.append(f"<section>{heading}")
        if not section.items:
            parts.append(f"<p><em>{escape(section.when_empty)}</em></p>")
        for item in section.items:
            head = escape(item.headline)
            if item.url:
                head = f'<a href="{escape(item.url)}" rel="noopener noreferrer">{head}</a>'
            parts.append(f"<p>&mdash; {escape(item.attribution)}: {head}</p>")
        parts.append("</section>")
    return "\n".join([*parts, "</article>"])


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%a %d %b %Y %H:%M} UTC"


def _plain(text: str) -> str:
    """A source's text as Markdown text: nothing in it is mark-up."""
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|~&" else c for c in " ".join(text.split()))


def _address(url: str) -> str:
    """An address as Markdown's link target: nothing in it ends the link."""
    return quote(url, safe="%/:?#[]@!$&'*+,;=~")
