"""The sources: how each feed is, what is wrong with which, and what was done about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import pictures, words
from desk.door import Visit
from pipeline.errors import BadInput
from pipeline.records import Rhythm
from store import clock, feedgrid, feeds, health, setaside, tending, troubles
from store.feeds import FeedLine
from store.health import Health

TOLD_FOR = timedelta(days=7)  # what is over is still shown
MOST_TROUBLES = 25  # on the page of all sources; the rest is found by its feed
ACTIONS = ("pause", "resume", "poll", "unmove")
_WELL = feedgrid.WELL
_BAR, _GAP, _HIGH = 3, 1, 18  # of the sparkline, in units of its picture
_UTC = words.zone("UTC")


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
    """The page of sources: troubles first, then a page of the feeds, then what is over."""
    session = visit.session
    chosen = _chosen(visit)
    grid = feedgrid.grid(session, chosen)
    now = clock.now(session)
    told = troubles.lines(session, closed_since=now - TOLD_FOR)
    open_ones = [one for one in told if one.closed is None]
    over = [one for one in told if one.closed is not None]
    named = {one.feed_id for one in (*open_ones[:MOST_TROUBLES], *over[:MOST_TROUBLES])}
    of_ids = sorted(named.union(grid.ids))
    of_feeds = health.of_feeds(session, of_ids)
    lines = {line.id: line for line in feeds.lines(session, of_ids)}
    known = {one: Source(line=lines[one], health=of_feeds[one]) for one in lines}
    pages = max(1, -(-grid.found // feedgrid.PAGE))
    return visit.page(
        "feeds.html",
        grid=grid,
        chosen=chosen,
        sources=[known[one] for one in grid.ids],
        by_day=feedgrid.items_by_day(session, grid.ids, until=now),
        open=open_ones[:MOST_TROUBLES],
        more_open=len(open_ones[MOST_TROUBLES:]),
        over=over[:MOST_TROUBLES],
        names=known,
        now=now,
        real_now=clock.real_now(session),
        set_aside=setaside.count(session),
        pages=pages,
        link=lambda **changed: link(chosen, **changed),
        sparkline=sparkline,
        days=days,
        may_change=visit.who.may("sources"),
    )


def link(chosen: feedgrid.Chosen, **changed: object) -> str:
    """The address of this page of the grid with something changed."""
    told = {"state": chosen.state, "outlet": chosen.outlet, "words": chosen.words}
    told |= {name: str(value) for name, value in changed.items()}
    kept = {name: value for name, value in told.items() if value and (name, value) != ("page", "1")}
    return f"/sources?{urlencode(kept)}#all" if kept else "/sources#all"


def _chosen(visit: Visit) -> feedgrid.Chosen:
    asked = visit.request.query_params
    page = asked.get("page", "1")
    return feedgrid.Chosen(
        state=asked.get("state", "")[:40].replace("\0", ""),
        outlet=asked.get("outlet", "")[:80].replace("\0", ""),
        words=asked.get("words", "").strip()[:100].replace("\0", ""),
        page=max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1,  # noqa: PLR2004  # pages enough
    )


def one(visit: Visit) -> Response:
    """The page of one feed."""
    session = visit.session
    feed_id = visit.number("feed")
    source = _source(visit, feed_id)
    now = clock.now(session)
    every = troubles.lines_of(session, feed_id)
    by_day = feedgrid.items_by_day(session, [feed_id], until=now, days=30).get(feed_id, {})
    polls = feedgrid.polls_by_day(session, feed_id)
    shown = [_items(by_day, now), _polls(polls)]
    return visit.page(
        "feed.html",
        source=source,
        set=feedgrid.settings(session, feed_id),
        troubles=every,
        documents=feedgrid.documents(session, feed_id),
        polls=feedgrid.polls(session, feed_id),
        aside=setaside.of_feed(session, feed_id),
        pictures=[picture for picture in shown if picture],
        now=now,
        real_now=clock.real_now(session),
        zone=_UTC,
        sparkline=sparkline,
        may_change=visit.who.may("sources"),
        may_replay=visit.who.may("set_aside"),
    )


def _source(visit: Visit, feed_id: int) -> Source:
    found = feeds.lines(visit.session, [feed_id])
    if not found:
        raise HTTPException(404)
    return Source(line=found[0], health=health.of_feeds(visit.session, [feed_id])[feed_id])


def _items(by_day: Mapping[date, int], now: datetime) -> pictures.Picture | None:
    until = now.date()
    every = [until - timedelta(days=n) for n in range(29, -1, -1)]
    return pictures.by_day(
        "items",
        "New items, by day",
        every,
        [(("yes", "items"), [by_day.get(day, 0) for day in every])],
    )


def _polls(by_day: Mapping[date, Mapping[str, int]]) -> pictures.Picture | None:
    if not by_day:
        return None
    first, last = min(by_day), max(by_day)
    first = min(first, last - timedelta(days=feedgrid.DAYS - 1))
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def counted(*states: str, others: bool = False) -> list[int]:
        return [
            sum(n for s, n in by_day.get(day, {}).items() if (s in states) != others)
            for day in every
        ]

    return pictures.by_day(
        "polls",
        "Polls, by day",
        every,
        [
            (("yes", "with an answer"), counted("ok")),
            (("suggest", "nothing new"), counted("not_modified")),
            (("no", "failed"), counted(*_WELL, others=True)),
        ],
    )


def change(visit: Visit) -> Response:
    """Pause, resume or poll a feed now, or follow it at its first address again."""
    session = visit.session
    feed_id, action = visit.number("feed"), visit.request.path_params["action"]
    _source(visit, feed_id)
    if action not in ACTIONS:
        raise HTTPException(404)
    try:
        tending.change(session, feed_id, action, by=visit.who.person.name)
    except BadInput as problem:
        raise HTTPException(409, words.sentence(str(problem))) from problem
    return RedirectResponse(f"/sources/{feed_id}", status_code=303)


def choose(visit: Visit) -> Response:
    """Set how often a feed is asked, as whom, whether its stories' pages are read."""
    feed_id = visit.number("feed")
    _source(visit, feed_id)
    minutes = visit.field("interval_minutes")
    agent = visit.form.get("user_agent", "").strip()
    if not 1 <= minutes <= 10_080:  # noqa: PLR2004  # as many minutes as a week has
        raise HTTPException(400, "Between two polls lie 1 to 10,080 minutes.")
    if len(agent) > 200 or not agent.isascii() or not (agent.isprintable() or not agent):  # noqa: PLR2004  # as the console has it
        raise HTTPException(400, "A user agent has at most 200 plain characters.")
    chosen: dict[str, object] = {
        "interval_seconds": minutes * 60,
        "wants_full_text": visit.form.get("wants_full_text") == "yes",
        "user_agent": agent or None,
    }
    tending.choose(visit.session, feed_id, chosen, by=visit.who.person.name)
    return RedirectResponse(f"/sources/{feed_id}#settings", status_code=303)


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


def days(by_day: Mapping[date, int], now: datetime) -> Markup:
    """A feed's items of the last days as bars, today's last; days without any as gaps."""
    every = [now.date() - timedelta(days=n) for n in range(feedgrid.DAYS - 1, -1, -1)]
    counts = [by_day.get(day, 0) for day in every]
    most = max(counts)
    bar = 2 * _BAR
    bars = "".join(
        f"M{place * (bar + _GAP)} {_HIGH}v-{max(1.0, round(number / most * _HIGH, 1)):g}h{bar}"
        f"v{max(1.0, round(number / most * _HIGH, 1)):g}z"
        for place, number in enumerate(counts)
        if number
    )
    gaps = "".join(
        f"M{place * (bar + _GAP)} {_HIGH}v-1h{bar}v1z"
        for place, number in enumerate(counts)
        if not number
    )
    said = f"Items of the last {len(every)} days, the latest last: {', '.join(map(str, counts))}"
    wide = len(every) * (bar + _GAP)
    return Markup(
        '<svg class="spark days" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}"><title>{}</title><path d="{}"/><path class="gap" d="{}"/></svg>'
    ).format(wide, _HIGH + 1, wide, _HIGH + 1, said, said, bars, gaps)


def _bar(hour: int, share: float) -> str:
    """One bar of the path; the emptiest hour keeps a trace, so that 24 are seen."""
    high = max(1.0, round(share * _HIGH, 1))
    return f"M{hour * (_BAR + _GAP)} {_HIGH}v-{high:g}h{_BAR}v{high:g}z"


def refused(problem: BadInput) -> HTTPException:
    """A refusal in the words of whoever found the mistake."""
    return HTTPException(400, f"{problem}.")
