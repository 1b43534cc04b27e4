"""An instalment's rows as its house form wants them, and the finished piece for deliveries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pipeline.render import (
    House,
    HouseItem,
    HouseNote,
    HouseQuote,
    HouseSection,
    body_html,
    body_markdown,
    date_words,
)
from store import drafts, handovers, outlines, texts
from store.drafts import InstalmentView, ItemView, SectionView
from store.models import DefinitionRow, OutletRow, SeriesRow, StepRow

_PROPOSED = 12  # items of a section that are shown while nothing is accepted, unless it says else
_INITIALS = 5  # letters at most of a name in capitals, "FT", that may stand for the full one


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An instalment as a text system gets it; `version` tells two of its states apart."""

    title: str
    subhead: str
    kicker: str
    html: str  # below title and subhead
    markdown: str
    version: int  # of the instalment's row
    issue: int  # counted as receivers count; 0 before the first approval
    state: str
    language: str


def view(session: Session, series: str, number: int) -> InstalmentView | None:
    """An instalment with the items of its house form alone, however many wait beside them."""
    stubs = outlines.of_instalment(session, series, number)
    chosen = [one.id for one in stubs if one.state == "accepted"]
    if not chosen:  # then the first proposals of each section stand there
        frame = drafts.show(session, series, number, only=())
        most = {} if frame is None else {part.key: part.maximum for part in frame.sections}
        waiting: dict[str, list[int]] = {}
        for one in stubs:
            if one.state == "queued":
                waiting.setdefault(one.section, []).append(one.id)
        chosen = [
            number for key, held in waiting.items() for number in held[: most.get(key) or _PROPOSED]
        ]
    return drafts.show(session, series, number, only=chosen)


def rendered(session: Session, series: str, number: int) -> Rendered | None:
    """The finished piece, None for no such instalment. Whether it may go out say `store.gates`."""
    found = view(session, series, number)
    if found is None:
        return None
    piece, issue = house(session, found), handovers.issue(session, found.id)
    return Rendered(
        title=piece.title,
        subhead=piece.subhead,
        kicker=piece.kicker,
        html=body_html(piece),
        markdown=body_markdown(piece),
        version=found.version,
        issue=0 if issue is None else issue.version,
        state=found.state,
        language=found.language,
    )


def house(session: Session, view: InstalmentView) -> House:
    """An instalment for its house form: what is accepted, in the editors' order.

    While nothing is accepted, the first proposals of each section stand there and it says so.
    """
    definition = _definition(session, view.series)
    written = texts.of_instalment(session, view.id)
    in_items = handovers.texts(session, view.id)
    is_proposal = not any(one.state == "accepted" for part in view.sections for one in part.items)
    shown = _proposed(view.sections) if is_proposal else _accepted(view.sections)
    outlets = _outlets(session, [item for _, items in shown for item in items])
    headlines = [item.headline for _, items in shown for item in items]
    form = definition.get("item", {})
    steps = _told(session, view)
    if view.state == "withdrawn":  # of what it told, nothing is told
        return House(title=view.title or view.series_title, withdrawn=steps[-1][1])
    return House(
        title=view.title or _title(definition, view, headlines[0] if headlines else ""),
        subhead=written.get("subhead", view.subhead or _subhead(definition, headlines)),
        kicker=written.get("kicker", str(definition.get("kicker", ""))),
        lead=written.get("lead", view.lead),
        sections=tuple(
            HouseSection(
                heading=part.heading,
                text=written.get(f"section:{part.key}", ""),
                items=tuple(_item(item, in_items, outlets) for item in items),
                when_empty=part.when_empty,
                is_lead=not part.heading,
            )
            for part, items in shown
        ),
        previous=_previous(written.get("previous"), view),
        corrections=tuple(note for action, note in steps if action == "correct"),
        mark=form.get("mark", "\N{EM DASH}"),
        credit_at=form.get("credit_at", "start"),
        is_proposal=is_proposal and bool(headlines),
    )


def earlier(view: InstalmentView) -> str:
    """The list of previous instalments as an editor may change it: a line each, title | address."""
    lines = (f"{one['title']} | {one['url'] or ''}".strip(" |") for one in view.previous)
    return "\n".join(lines)


def _definition(session: Session, series: str) -> Mapping[str, Any]:
    asked = (
        select(DefinitionRow.definition)
        .join(SeriesRow, SeriesRow.definition_id == DefinitionRow.id)
        .where(SeriesRow.key == series)
    )
    return session.scalars(asked).one()


def _accepted(sections: Sequence[SectionView]) -> list[tuple[SectionView, list[ItemView]]]:
    return [(part, [one for one in part.items if one.state == "accepted"]) for part in sections]


def _proposed(sections: Sequence[SectionView]) -> list[tuple[SectionView, list[ItemView]]]:
    """The first of each section. Further candidates for the lead head the section below it."""
    shown, left = [], list[ItemView]()
    for part in sections:
        items = [one for one in part.items if one.state == "queued"]
        if part.heading:
            shown.append((part, [*left, *items][: part.maximum or _PROPOSED]))
            left = []
        else:
            shown.append((part, items[:1]))
            left += items[1:]
    return shown


def _title(definition: Mapping[str, Any], view: InstalmentView, headline: str) -> str:
    """The title that the series' template makes of the lead's headline."""
    if not headline:
        return view.series_title
    title = str(definition.get("title_template") or f"{view.series_title}: {{headline}}")
    title = title.replace("{number}", str(view.number))
    title = title.replace("{date}", date_words(view.cut_off, view.time_zone))
    return title.replace("{headline}", headline)  # last: a headline may hold braces


def _subhead(definition: Mapping[str, Any], headlines: Sequence[str]) -> str:
    template = str(definition.get("subhead_template") or "")
    return template.replace("{headline}", headlines[1]) if headlines[1:] else ""


def _outlets(session: Session, items: Sequence[ItemView]) -> dict[str, OutletRow]:
    """The outlets of these items and of those who broke their news, by key and by name."""
    named = {name for item in items for name in (item.outlet, *item.origin)}
    asked = select(OutletRow).where(or_(OutletRow.key.in_(named), OutletRow.name.in_(named)))
    found: dict[str, OutletRow] = {}
    for row in session.scalars(asked):
        found[row.key] = found[row.name] = row
    return found


def _item(
    item: ItemView, written: Mapping[int, str], outlets: Mapping[str, OutletRow]
) -> HouseItem:
    credited = [outlets[name] for name in (*item.origin, item.outlet) if name in outlets]
    named = next((row for row in credited if row.name in item.attribution), None)
    return HouseItem(
        headline=item.headline,
        url=item.url,
        attribution=item.attribution,
        outlet=item.outlet_name if named is None else named.name,
        outlet_short="" if named is None else _short(named),
        text=written.get(item.id, ""),
        quotes=tuple(_quote(one) for one in item.quotes if one.get("place") != "text"),
        is_primary=item.outlet in outlets and outlets[item.outlet].kind == "official",
    )


def _quote(one: Mapping[str, object]) -> HouseQuote:
    facts = {name: str(one.get(name) or "") for name in ("speaker", "office", "forum", "day")}
    return HouseQuote(text=str(one["text"]), **facts)


def _short(outlet: OutletRow) -> str:
    """The initials an outlet goes by, "the FT" for "the Financial Times"; '' where it has none."""
    article = "the " if outlet.name.startswith("the ") else ""
    for alias in outlet.aliases:
        initials = alias.removeprefix("the ")
        if initials.isalpha() and initials.isupper() and 1 < len(initials) <= _INITIALS:
            return f"{article}{initials}"
    return ""


def _previous(own: str | None, view: InstalmentView) -> tuple[tuple[str, str | None], ...]:
    listed = []
    for line in (earlier(view) if own is None else own).splitlines():
        title, _, address = line.rpartition(" | ")
        if not title or not address.strip().startswith(("http://", "https://")):
            title, address = line, ""
        if title.strip():
            listed.append((title.strip(" |"), address.strip() or None))
    return tuple(listed)


def _told(session: Session, view: InstalmentView) -> list[tuple[str, HouseNote]]:
    """What readers are told: each correction, and that it is withdrawn."""
    asked = (
        select(StepRow)
        .where(StepRow.instalment_id == view.id, StepRow.action.in_(("correct", "withdraw")))
        .order_by(StepRow.id)
    )
    return [
        (
            row.action,
            HouseNote(day=date_words(row.taken_at, view.time_zone), said=row.reason),
        )
        for row in session.scalars(asked)
    ]
