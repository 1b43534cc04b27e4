"""The sources: how each feed is, what is wrong with which, and what was done about it."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup
from starlette.responses import Response

from desk.door import Visit
from pipeline.records import Rhythm
from store import clock, feeds, health, troubles
from store.feeds import FeedLine
from store.health import Health

TOLD_FOR = timedelta(days=7)  # what is over is still shown
_WELL = ("ok", "not_modified")
_BAR, _GAP, _HIGH = 3, 1, 18  # of the sparkline, in units of its picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed as the page shows it."""

    line: FeedLine
    health: Health

    @property
    def name(self) -> str:
        """What it calls itself, else the end of its address."""
        return self.line.title or self.line.url.partition("://")[2]

    @property
    def is_well(self) -> bool:
        """Whether nobody need look at it."""
        return self.line.state in _WELL and not self.health.troubles


def sources(visit: Visit) -> Response:
    """The page of sources: troubles first, then every feed by outlet, then what is over."""
    session = visit.session
    of_feeds = health.of_feeds(session)
    lines = feeds.lines(session)
    found = [Source(line=line, health=of_feeds[line.id]) for line in lines]
    now = clock.now(session)
    told = troubles.lines(session, closed_since=now - TOLD_FOR)
    return visit.page(
        "feeds.html",
        sources=found,
        outlets=len({one.line.outlet for one in found}),
        states=Counter(one.line.state for one in found),
        unwell=sum(not one.is_well and not one.line.is_paused for one in found),
        open=[one for one in told if one.closed is None],
        over=[one for one in told if one.closed is not None],
        names={one.line.id: one for one in found},
        now=now,
        real_now=clock.real_now(session),
        sparkline=sparkline,
    )


def sparkline(rhythm: Rhythm | None, now: datetime) -> Markup:
    """A rhythm's 24 hours as bars, the present one marked; told in words to who cannot see it."""
    if rhythm is None:
        return Markup()
    most = max(rhythm.hours)
    path = "".join(_bar(hour, share / most) for hour, share in enumerate(rhythm.hours))
    busiest = rhythm.hours.index(most)
    quietest = rhythm.hours.index(min(rhythm.hours))
    said = f"Busiest about {busiest:02}:00, quietest about {quietest:02}:00 UTC"
    wide = 24 * (_BAR + _GAP)
    here = now.hour * (_BAR + _GAP)
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}"><title>{}</title><path d="{}"/>'
        '<rect class="here" x="{}" y="{}" width="{}" height="2"/></svg>'
    ).format(wide, _HIGH + 4, wide, _HIGH + 4, said, said, path, here, _HIGH + 2, _BAR)


def _bar(hour: int, share: float) -> str:
    """One bar of the path; the emptiest hour keeps a trace, so that 24 are seen."""
    high = max(1.0, round(share * _HIGH, 1))
    return f"M{hour * (_BAR + _GAP)} {_HIGH}v-{high:g}h{_BAR}v{high:g}z"
