"""The one door through which an instalment leaves: approved, and nothing objects at this moment."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from desk import words
from desk.door import Visit
from pipeline.errors import SerieswatchError
from pipeline.render import (
    FORMS,
    Handed,
    HandedItem,
    HandedQuote,
    HandedSection,
    house_html,
    house_markdown,
    render,
    to_text,
)
from store import audit, clock, gates, handovers, houseform
from store.drafts import InstalmentView, ItemView, SectionView
from store.gates import Objection

PIECE = {"html": ("text/html", "html"), "markdown": ("text/markdown", "md")}  # the house form
_OPEN_TO = ("approved", "published", "corrected", "withdrawn")
_TYPES = {"newsml-g2": "application/xml", "nitf": "application/xml", "ninjs": "application/json"}


class NotToBeHandedOver(SerieswatchError):
    """An instalment that may not leave now. Carries the `objections`."""

    def __init__(self, why: str, objections: Sequence[Objection] = ()) -> None:
        reasons = "; ".join(
            f"“{one.headline}”: {one.said}" if one.headline else one.said for one in objections
        )
        super().__init__(f"{why}: {reasons}" if reasons else why)
        self.objections = objections


def export(visit: Visit) -> Response:
    """An approved instalment as a file."""
    form = visit.request.path_params["form"]
    view = houseform.view(visit.session, visit.key("series"), visit.number("number"))
    if view is None or form not in {*FORMS, *PIECE}:
        raise HTTPException(404)
    try:
        if form in PIECE:
            made = piece(visit.session, view, form).encode()
        else:
            made = render(handed(visit.session, view), form)
    except NotToBeHandedOver as why:
        raise HTTPException(409, f"{why}.") from why
    audit.note(
        visit.session,
        actor=visit.who.person.name,
        action="instalment.export",
        subject_kind="instalment",
        subject_id=view.id,
        detail={"form": form},
    )
    if form in PIECE:
        kind, ending = PIECE[form]
        kind = f"{kind}; charset=utf-8"
    else:
        kind, ending = _TYPES[form], f"{form}.{'json' if form == 'ninjs' else 'xml'}"
    name = f"{view.series}-{view.number}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(made, media_type=kind, headers=headers)


def piece(session: Session, view: InstalmentView, form: str) -> str:
    """The instalment in its house form, if it may leave now. Raises NotToBeHandedOver."""
    see_that_it_may_leave(session, view)
    made = houseform.house(session, view)
    return house_html(made) if form == "html" else house_markdown(made)


def see_that_it_may_leave(session: Session, view: InstalmentView) -> None:
    """Raise NotToBeHandedOver for one that is not approved, or that something objects to now.

    An embargo or a kill that has come since counts. That one is withdrawn can always be told.
    """
    if view.state not in _OPEN_TO:
        state = words.INSTALMENT_STATES[view.state]
        raise NotToBeHandedOver(
            f"{view.series_title} No. {view.number} is {state}: approve it first"
        )
    is_withdrawn = view.state == "withdrawn"
    if not is_withdrawn and (found := gates.objections(session, view.id, now=clock.now(session))):
        raise NotToBeHandedOver(f"{view.series_title} No. {view.number} cannot go out now", found)


def handed(session: Session, view: InstalmentView) -> Handed:
    """The instalment as it may be handed over now.

    Raises NotToBeHandedOver.
    """
    see_that_it_may_leave(session, view)
    issue = handovers.issue(session, view.id)
    if issue is None:
        raise NotToBeHandedOver(f"{view.series} No. {view.number} was never approved")
    is_withdrawn = view.state == "withdrawn"
    made = houseform.house(session, view)
    texts = handovers.texts(session, view.id)
    sections = [] if is_withdrawn else [_section(one, texts) for one in view.sections]
    return Handed(
        guid=guid(view.series, view.number),
        version=issue.version,
        generation=issue.generation,
        series=view.series,
        series_title=view.series_title,
        number=view.number,
        title=made.title,
        subhead=made.subhead,
        lead="" if is_withdrawn else to_text(made.lead),
        language=view.language,
        status="canceled" if is_withdrawn else "usable",
        signal=_signal(view, issue),
        said=issue.said,
        first_created=issue.first_at,
        version_created=issue.last_at,
        sections=tuple(one for one in sections if one.items),
        previous=tuple(
            (guid(view.series, int(str(one["number"]))), str(one["title"])) for one in view.previous
        ),
    )


def guid(series: str, number: int) -> str:
    """What an instalment is called for ever, whatever becomes of its title."""
    return f"urn:serieswatch:{series}:{number}"


def _signal(view: InstalmentView, issue: handovers.Issue) -> Literal["", "update", "correction"]:
    if view.state == "corrected":
        return "correction"
    return "update" if issue.version > 1 and view.state != "withdrawn" else ""


def _section(section: SectionView, texts: dict[int, str]) -> HandedSection:
    accepted = [item for item in section.items if item.state == "accepted"]
    return HandedSection(
        heading=section.heading, items=tuple(_item(item, texts) for item in accepted)
    )


def _item(item: ItemView, texts: dict[int, str]) -> HandedItem:
    text = to_text(texts.get(item.id, ""))
    return HandedItem(
        headline=item.headline,
        attribution=item.attribution,
        url=item.url,
        text=text,
        quotes=tuple(
            HandedQuote(text=str(one["text"]), speaker=str(one.get("speaker") or ""))
            for one in item.quotes
            if not text and one.get("place") == "below"
        ),
    )
