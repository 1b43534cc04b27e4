"""Why a section is empty: nobody feeds it, its feed is silent, or nothing of what came belongs."""

import re
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pipeline.records import Section, Window
from store.models import FeedRow, OutletRow, StoryRow

_OUTLET = re.compile(r"\boutlet:\(?\"?([a-z0-9-]+)")
_KINDS = {"wire": "wire", "outlet": "news outlet", "official": "official source", "own": "own site"}


def why(session: Session, section: Section, window: Window) -> str:
    """One sentence about an empty section, for the desk."""
    if section.minimum_score and not (section.query or section.outlets or section.outlet_kinds):
        return f"nothing of most merit matches at {section.minimum_score:g} or more"
    keys = (*section.outlets, *_OUTLET.findall(section.query))
    asked = (
        select(OutletRow.name, OutletRow.kind, FeedRow.last_new_at, FeedRow.is_paused)
        .join(FeedRow, FeedRow.outlet_id == OutletRow.id)
        .order_by(OutletRow.name)
    )
    if keys:
        asked = asked.where(OutletRow.key.in_(keys))
    elif section.outlet_kinds:
        asked = asked.where(OutletRow.kind.in_(section.outlet_kinds))
    else:
        return _came(session, window, ())
    feeds = session.execute(asked).all()
    if not feeds:
        wanted = ", ".join(keys) or ", ".join(_KINDS.get(k, k) for k in section.outlet_kinds)
        said = f"no feed of {wanted} is followed"
        return f"{said}; nothing else that came belongs here" if section.query else said
    names = ", ".join(dict.fromkeys(name for name, *_ in feeds))
    latest = max((at for _, _, at, _ in feeds if at is not None), default=None)
    is_paused = all(paused for *_, paused in feeds)
    return _silent(names, latest, window, is_paused=is_paused) or _came(session, window, keys)


def _silent(names: str, latest: datetime | None, window: Window, *, is_paused: bool) -> str:
    if is_paused:
        return f"the feeds of {names} are paused"
    if latest is None:
        return f"nothing has ever come from {names}"
    if latest <= window.opens:
        return f"silent: the last story of {names} came on {latest:%Y-%m-%d}"
    return ""


def _came(session: Session, window: Window, keys: tuple[str, ...]) -> str:
    asked = select(func.count(StoryRow.id)).where(
        StoryRow.first_seen_at > window.opens, StoryRow.first_seen_at <= window.cut_off
    )
    if keys:
        asked = asked.join(OutletRow, OutletRow.id == StoryRow.outlet_id)
        asked = asked.where(OutletRow.key.in_(keys))
    number = session.scalar(asked) or 0
    if not number:
        return "nothing came in this window"
    return f"none of {number} stories that came belongs here"
