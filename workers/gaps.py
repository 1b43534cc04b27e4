"""Going after what a feed's window lost: its older pages, else the site's own list of its news.

    a document that shares no item with the one before | older pages the feed links (RFC 5005)
                  | robots.txt | news sitemaps | what was not known is taken in like any other story

The rows of `backfills` say what is looked at; each is asked for once, politely, like a feed, and
what comes is kept as a document of its own (way "archive"). No address is made up where the feed
or the site names one, and depth and number are bounded: a gap is not worth a site's patience.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from sqlalchemy.orm import Session

from config.settings import Settings
from pipeline import fetch, schedule
from pipeline.domains import host_of
from pipeline.records import Answer, Feed, Request, Verdict
from store import clock, documents, gaps, groups, troubles, work
from store.gaps import Fetched, Gap, Place
from store.models import BackfillRow, TroubleRow
from store.session import transaction
from workers.leases import ours

Get = Callable[[Request], Answer]

MOST_PAGES = 5  # older pages of one feed, one after the other
MOST_SITEMAPS = 3  # named by one robots.txt, or by one index
MOST_DEPTH = 2  # an index of sitemaps, and the sitemaps in it
MOST_TRIES = 3
RETRY = 300.0  # seconds, and longer each time
SLACK = timedelta(hours=2)  # publication times are not exact, and stories appear late
USUAL = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml")  # where robots.txt is mute

_SITEMAP = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_ROBOTS_READ = 500_000  # bytes; RFC 9309 lets a reader stop there
_COMES_BACK = ("http_5xx", "timeout", "connect", "broken", "dns", "tls", "rate_limited")


# --- where to look


def plan(session: Session, trouble_id: int, feed_id: int, settings: Settings) -> None:
    """Note where the stories of a gap may be found: first the feed's own older pages."""
    if not settings.fill_gaps:
        troubles.note_done(session, trouble_id, "they were not looked for: that is switched off")
        return
    gap = gaps.gap(session, feed_id)
    if gap is None:
        troubles.note_done(session, trouble_id, "they were not looked for: no gap is to be seen")
        return
    older = next((url for lead in gap.leads if (url := _joined(gap.feed_url, lead))), None)
    place = Place(url=older, kind="archive") if older else Place(url=_robots(gap), kind="robots")
    after = gap.after - SLACK
    gaps.add(session, trouble_id=trouble_id, feed_id=feed_id, after=after, places=[place])
    troubles.note_done(session, trouble_id, LOOKING[place.kind])


LOOKING = {
    "archive": "its older pages are being looked at",
    "robots": "the site's list of its news is being looked for",
    "sitemap": "the site's list of its news is being looked at",
}


def _robots(gap: Gap) -> str:
    """Where the outlet's site says where its lists are."""
    site = urlsplit(gap.homepage if host_of(gap.homepage) else gap.feed_url)
    return f"{site.scheme}://{site.netloc}/robots.txt"


# --- asking


def fill(number: int, settings: Settings, get: Get) -> int | None:
    """Ask one place, if its server's turn has come; gives the document to read, if one came."""
    with transaction() as session:
        place = gaps.look(session, number)
        lease = _claimed(session, place, settings)
        if lease is None:
            return None  # it is asked already, or waits and is rung again
    feed = Feed(id=place.feed_id, url=place.url, user_agent=place.user_agent)
    document_id = None
    with ours(lease):
        asked = fetch.request(feed, contact=settings.contact_url)
        answer = get(replace(asked, named_by=place.feed_url))
        with transaction() as session:
            verdict = fetch.verdict(feed, answer, now=clock.real_now(session))
            document_id = _note(session, lease, place, answer, verdict)
    return document_id


def _claimed(session: Session, place: gaps.Look, settings: Settings) -> work.Lease | None:
    """The right to ask, where the server's group allows a request now; like any poll of it."""
    standing = groups.Standing(place.feed_id, host_of(place.url), place.address)
    limits = groups.Limits(settings.host_gap_seconds, settings.host_at_once)
    of_groups = groups.lock(session, [standing], limits)
    now = clock.real_now(session)
    if not all(schedule.may_start(of_groups[key], now=now) for key in standing.keys):
        return None
    lease = work.claim(
        session,
        BackfillRow,
        [place.id],
        lease_seconds=settings.lease_seconds,
        max_attempts=MOST_TRIES,
    )
    if lease is not None:
        groups.start(session, standing.keys)
    return lease


def _note(
    session: Session, lease: work.Lease, place: gaps.Look, answer: Answer, verdict: Verdict
) -> int | None:
    """Write down what came: a document to be read, places to go on to, or why there is nothing."""
    wait = verdict.retry_after or RETRY * 2**place.attempts
    if verdict.is_limited:
        groups.put_off(
            session,
            [host_of(place.url)],
            seconds=wait,
            spread=RETRY,
            reason=groups.why_alone(place.url, verdict.reason),
        )
    if verdict.state in _COMES_BACK and place.attempts + 1 < MOST_TRIES:
        work.fail(session, lease, error=verdict.reason, retry_in=wait)
        return None
    work.finish(session, lease)
    if place.kind == "robots":
        _go_on(session, place, sitemaps(answer) if verdict.is_fresh else [])
        return None
    if not verdict.is_fresh or verdict.body_hash is None:
        gaps.note(session, place.id, outcome=verdict.reason)
        return None
    document_id = documents.keep(
        session,
        feed_id=place.feed_id,
        fetch_token=lease.token,
        answer=answer,
        body_hash=verdict.body_hash,
        at=clock.now(session),
        way="archive",
    )
    gaps.note(session, place.id, document_id=document_id)
    return document_id


def _go_on(session: Session, place: gaps.Look, named: Sequence[str]) -> None:
    """From robots.txt to the lists it names, or to where they usually are."""
    urls = [*named] or [urljoin(place.url, usual) for usual in USUAL]
    where = "robots.txt names" if named else "robots.txt names no list of news; tried are"
    gaps.note(session, place.id, outcome=f"{where} {', '.join(urls)}")
    gaps.add(
        session,
        trouble_id=place.trouble_id,
        feed_id=place.feed_id,
        after=place.after,
        places=[Place(url=url, kind="sitemap") for url in urls],
    )


def sitemaps(robots: Answer) -> list[str]:
    """The sitemaps a robots.txt names, those of news if there are any; at most MOST_SITEMAPS."""
    text = robots.body[:_ROBOTS_READ].decode("utf-8", "replace")
    named = [_joined(robots.url, found) for found in _SITEMAP.findall(text)]
    urls = list(dict.fromkeys(url for url in named if url))
    return _of_news(urls)[:MOST_SITEMAPS]


def _of_news(urls: Sequence[str]) -> list[str]:
    """The lists of news among them, where names tell; else all."""
    return [url for url in urls if "news" in url.lower()] or list(urls)


def _joined(base: str, url: str | None) -> str | None:
    """A web address in full; None for anything else."""
    if not url:
        return None
    try:
        full = urljoin(base, url)
    except ValueError:  # brackets that hold no address
        return None
    return full if host_of(full) else None


# --- what came of it


def follow(session: Session) -> None:
    """Say what the places gave whose documents were read; go on where there is more; sum up."""
    work.bury(session, BackfillRow, max_attempts=MOST_TRIES)
    for fetched in gaps.to_settle(session):
        _settle(session, fetched)
    looked_for = [row for row in troubles.open_ones(session) if row.kind == "items_missed"]
    places = gaps.places_of(session, [row.id for row in looked_for])
    for row in looked_for:
        if places[row.id] and (done := _sum_up(session, row, places[row.id])) != row.done:
            troubles.note_done(session, row.id, done)


def _settle(session: Session, fetched: Fetched) -> None:
    place, outcome = fetched.place, fetched.outcome
    if outcome is None:
        why = place.last_error or "reading what came killed every worker that tried"
        gaps.note(session, place.id, outcome=f"given up: {why}")
        return
    entries, new = outcome.get("entries", 0), outcome.get("new", 0)
    more = _more(place, fetched.leads, is_all_new=bool(entries) and new == entries)
    said = f"{new} of {entries} stories were missing here"
    if not entries and not more:
        said = "; ".join(fetched.problems) or "there is nothing in it"
    elif not entries:
        said = f"it names {len(more)} further lists"
    gaps.note(session, place.id, outcome=said, found=new)
    gaps.add(
        session,
        trouble_id=place.trouble_id,
        feed_id=place.feed_id,
        after=place.after,
        places=more,
    )


def _more(place: BackfillRow, leads: Sequence[str], *, is_all_new: bool) -> list[Place]:
    """Where this place leads on to: a still older page, or the sitemaps of an index."""
    deeper = place.depth + 1
    urls = [url for lead in leads if (url := _joined(place.url, lead))]
    if place.kind == "archive" and is_all_new and deeper <= MOST_PAGES:
        return [Place(url=url, kind="archive", depth=deeper) for url in urls[:1]]
    if place.kind == "sitemap" and deeper <= MOST_DEPTH:
        chosen = _of_news(urls)[:MOST_SITEMAPS]
        return [Place(url=url, kind="sitemap", depth=deeper) for url in chosen]
    return []


def _sum_up(session: Session, row: TroubleRow, places: Sequence[BackfillRow]) -> str:
    """What was done about a trouble, in words; the site's lists come next if pages gave nothing."""
    pages = [place for place in places if place.kind == "archive"]
    lists = [place for place in places if place.kind == "sitemap"]
    found = sum(place.found for place in places)
    is_done = all(place.outcome for place in places)
    if is_done and not found and len(pages) == len(places):
        gap = gaps.gap(session, row.feed_id)
        if gap is not None:
            robots = Place(url=_robots(gap), kind="robots")
            after = places[0].after
            gaps.add(session, trouble_id=row.id, feed_id=row.feed_id, after=after, places=[robots])
            is_done = False
    looked = [
        part
        for part in (
            _looked(pages, "older page of the feed", "older pages of the feed"),
            _looked(lists, "list of the site's news", "lists of the site's news"),
        )
        if part
    ]
    if not looked and not is_done:
        return LOOKING[places[-1].kind]
    stories = "no missed story was" if not found else f"{found} missed stories were"
    what = "1 missed story was" if found == 1 else stories
    where = " and ".join(looked) or "the site's robots.txt"
    return f"{what} found in {where}{'' if is_done else '; more is being looked at'}"


def _looked(places: Sequence[BackfillRow], one: str, many: str) -> str:
    looked = [place for place in places if place.outcome]
    return f"{len(looked)} {one if len(looked) == 1 else many}" if looked else ""
