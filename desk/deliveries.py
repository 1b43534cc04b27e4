"""Handing an instalment over: where it may go, what stands there, and what became of each wish."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words
from desk.door import Visit
from pipeline.deliver import Draft
from pipeline.normalise import plain_text, sanitised
from store import clock, deliveries, drafts, gates, houseform, series, targets
from store.deliveries import Standing, Told
from store.drafts import InstalmentView
from store.gates import Objection
from store.targets import Place

OPEN_TO = ("approved", "published", "corrected")
_LONGEST_SLUG = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One place with what stands there and what became of the last wish."""

    place: Place
    told: Told | None
    standing: Standing | None

    @property
    def changed_there(self) -> tuple[str, str] | None:
        """As plain text, what we left there and what somebody made of it; None if nobody did."""
        if self.told is None or self.told.outcome != "stopped" or self.told.found is None:
            return None
        ours = self.told if self.standing is None else self.standing
        return _plain(ours.html), _plain(self.told.found["html"])

    @property
    def is_gone(self) -> bool:
        """Whether what we left there was deleted."""
        told = self.told
        return told is not None and told.outcome == "stopped" and "deleted" in told.said


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The page about handing one instalment over."""

    view: InstalmentView
    zone: ZoneInfo
    now: datetime  # product time
    real_now: datetime  # tries are timed by the database's own clock
    ways: Sequence[Way]
    objections: Sequence[Objection]
    unknown: Sequence[str]  # targets the definition names that nobody has set up

    @property
    def path(self) -> str:
        """Where the instalment is shown."""
        return f"/instalments/{self.view.series}/{self.view.number}"

    @property
    def is_open(self) -> bool:
        """Whether it may be handed over as it stands."""
        return self.view.state in OPEN_TO and not self.objections


def delivery(visit: Visit) -> Response:
    """Where the instalment may be handed over to, and how that stands."""
    return visit.page("delivery.html", delivery=_delivery(visit), refused="")


def deliver(visit: Visit) -> Response:
    """Wish that it be handed over; 409 with the reasons where it may not be."""
    found, key = _delivery(visit), visit.request.path_params["target"]
    if all(way.place.key != key for way in found.ways):
        raise HTTPException(404)
    view = found.view
    piece = houseform.rendered(visit.session, view.series, view.number)
    if not found.is_open or piece is None:
        refused = (
            "What stands in its way is listed below." if found.objections else "Approve it first."
        )
        return visit.page("delivery.html", 409, delivery=found, refused=refused)
    draft = Draft(
        title=piece.title,
        html=piece.html,
        excerpt=piece.subhead,
        slug=slug(view),
        status=series.targets_of(visit.session, view.series)[key],
    )
    deliveries.wish(
        visit.session,
        view.id,
        key,
        draft,
        user=visit.who.person,
        is_forced=visit.form.get("forced") == "yes",
        now=found.now,
    )
    return RedirectResponse(f"{found.path}/delivery", status_code=303)


def _plain(html: str) -> str:
    """The words of a piece; what comes from elsewhere may hold anything."""
    return plain_text(sanitised(html, "", []))


def slug(view: InstalmentView) -> str:
    """What an instalment is found by at a target, whatever becomes of its title.

    The last part keeps two installations apart that hand over to one CMS.
    """
    told = f"{view.series} {view.number} {view.cut_off.isoformat()} {view.opens.isoformat()}"
    mark = hashlib.sha256(told.encode()).hexdigest()[:8]
    return f"{view.series[:_LONGEST_SLUG].strip('-')}-{view.number}-{mark}"


def _delivery(visit: Visit) -> Delivery:
    view = drafts.show(visit.session, visit.key("series"), visit.number("number"), only=())
    if view is None:
        raise HTTPException(404)
    named = series.targets_of(visit.session, view.series)
    places = targets.known(visit.session, list(named))
    told = deliveries.of_instalment(visit.session, view.id)
    standing = deliveries.standing(visit.session, view.id)
    now = clock.now(visit.session)
    known = {place.key for place in places}
    return Delivery(
        view=view,
        zone=words.zone(view.time_zone),
        now=now,
        real_now=clock.real_now(visit.session),
        ways=[
            Way(place=one, told=told.get(one.key), standing=standing.get(one.key)) for one in places
        ],
        objections=gates.objections(visit.session, view.id, now=now),
        unknown=[one for one in named if one not in known and one != "export"],
    )
