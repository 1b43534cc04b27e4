"""The schemas of what the API answers, by name, as the description shows them."""

from collections.abc import Mapping
from typing import Any

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
NUMBER: Shape = {"type": "integer"}
REAL: Shape = {"type": "number"}
CLAIM: Shape = {"type": "boolean"}
MOMENT: Shape = {"type": "string", "format": "date-time"}


def maybe(shape: Shape) -> Shape:
    """The shape, or null."""
    return {**shape, "type": [shape["type"], "null"]}


def listed(shape: Shape) -> Shape:
    """Several of the shape."""
    return {"type": "array", "items": shape}


def thing(**properties: Shape) -> Shape:
    """An object that has all of these; later releases may add to it."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def a_page(of: str) -> Shape:
    """A page of a list."""
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{of}"}}
    return thing(items=items, next=maybe(TEXT))


FREE: Shape = {"type": "object"}

_BRIEF_INSTALMENT = {
    "series": TEXT,
    "number": NUMBER,
    "title": TEXT,
    "subhead": TEXT,
    "lead": TEXT,
    "opens": MOMENT,
    "cut_off": MOMENT,
    "time_zone": TEXT,
    "state": TEXT,
    "version": NUMBER,
}

SHAPES: Mapping[str, Shape] = {
    "Problem": {
        "type": "object",
        "description": "Why a call was refused (RFC 9457); some have facts beside these.",
        "properties": {"type": TEXT, "title": TEXT, "status": NUMBER, "detail": TEXT},
        "required": ["type", "title", "status", "detail"],
    },
    "Me": thing(
        token=TEXT, owner=TEXT, rights=listed(TEXT), series=listed(TEXT), expires_at=MOMENT
    ),
    "Series": thing(series=TEXT, title=TEXT, status=TEXT),
    "SeriesPage": a_page("Series"),
    "InstalmentLine": thing(
        series=TEXT,
        series_title=TEXT,
        number=NUMBER,
        opens=MOMENT,
        cut_off=MOMENT,
        state=TEXT,
        items=NUMBER,
        undecided=NUMBER,
    ),
    "InstalmentPage": a_page("InstalmentLine"),
    "Moved": thing(**_BRIEF_INSTALMENT),
    "Instalment": thing(
        **_BRIEF_INSTALMENT,
        sections=listed(thing(key=TEXT, heading=TEXT, maximum=NUMBER)),
        previous=listed(FREE),
        objections=listed(
            thing(kind=TEXT, said=TEXT, item_id=maybe(NUMBER), story_id=maybe(NUMBER))
        ),
        steps=listed(TEXT),
    ),
    "Item": thing(
        id=NUMBER,
        series=TEXT,
        instalment=NUMBER,
        section=TEXT,
        state=TEXT,
        version=NUMBER,
        headline=TEXT,
        summary=TEXT,
        attribution=TEXT,
        outlet=TEXT,
        outlet_name=TEXT,
        origin=listed(TEXT),
        url=maybe(TEXT),
        published=maybe(MOMENT),
        first_seen=MOMENT,
        story=NUMBER,
        development=NUMBER,
        also=listed(thing(outlet=TEXT, name=TEXT, url=maybe(TEXT))),
        quotes=listed(FREE),
        score=REAL,
        zone=TEXT,
        why=listed(FREE),
        covered_before=listed(FREE),
        flags=listed(TEXT),
        is_ours=CLAIM,
        assignee=maybe(TEXT),
        comments=NUMBER,
        is_starred=CLAIM,
        snoozed_until=maybe(MOMENT),
        used_in=listed(FREE),
    ),
    "Text": thing(markdown=TEXT, fields=FREE, version=NUMBER, who=TEXT, at=maybe(MOMENT)),
    "TextVersion": thing(number=NUMBER, markdown=TEXT, fields=FREE, who=TEXT, at=maybe(MOMENT)),
    "TextVersionPage": a_page("TextVersion"),
    "Pasted": thing(
        id=NUMBER, given=TEXT, state=TEXT, reason=TEXT, who=TEXT, at=MOMENT, item=maybe(NUMBER)
    ),
    "PastedPage": a_page("Pasted"),
    "ItemPage": a_page("Item"),
    "StoryLine": thing(
        id=NUMBER,
        title=TEXT,
        summary=TEXT,
        outlet=TEXT,
        url=maybe(TEXT),
        published=maybe(MOMENT),
        first_seen=MOMENT,
        version=NUMBER,
        status=TEXT,
    ),
    "StoryPage": a_page("StoryLine"),
    "Story": thing(
        id=NUMBER,
        title=TEXT,
        outlet=TEXT,
        url=maybe(TEXT),
        byline=TEXT,
        published=maybe(MOMENT),
        first_seen=MOMENT,
        status=TEXT,
        summary=TEXT,
        text=TEXT,
        versions=listed(FREE),
        copies=listed(FREE),
        tags=listed(FREE),
        quotes=listed(FREE),
    ),
    "Development": thing(
        id=NUMBER,
        title=TEXT,
        first=MOMENT,
        last=MOMENT,
        timeline=listed(FREE),
        rulings=listed(FREE),
    ),
    "Alert": thing(
        id=NUMBER,
        item_id=NUMBER,
        instalment=NUMBER,
        kind=TEXT,
        bearing=TEXT,
        outlet=TEXT,
        story_id=NUMBER,
        headline=TEXT,
        said=TEXT,
        at=MOMENT,
        is_task=CLAIM,
        blocks=CLAIM,
        settled_by=maybe(TEXT),
        settled_at=maybe(MOMENT),
    ),
    "AlertPage": a_page("Alert"),
    "Settled": thing(alert=NUMBER, series=TEXT, instalment=NUMBER),
    "Kill": thing(
        id=NUMBER,
        state=TEXT,
        action=TEXT,
        outlet=TEXT,
        headline=TEXT,
        names=TEXT,
        story_id=maybe(NUMBER),
        at=MOMENT,
        decided_by=maybe(TEXT),
        decided_at=maybe(MOMENT),
    ),
    "KillPage": a_page("Kill"),
    "KillDecided": thing(notice=NUMBER, decision=TEXT),
    "Lifted": thing(story=NUMBER, lifted_at=MOMENT),
}
