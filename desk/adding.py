"""Following more feeds: an address looked at by a worker, feeds found there, lists of feeds."""

from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from desk import words
from desk.door import Visit
from pipeline import opml
from pipeline.domains import tidy
from pipeline.errors import BadInput
from store import audit, clock, feedgrid, feeds, following, lookups, tending
from store.lookups import Lookup

LARGEST_LIST = 2_000_000  # bytes of the form


def add_page(visit: Visit) -> Response:
    """Where an address is given, and lists come in and go out."""
    return visit.page("feed_add.html", wish=None, outlets=(), known=None, key="", now=None)


def ask(visit: Visit) -> Response:
    """Wish to see what stands at an address: a worker looks, the desk opens no connection."""
    url = tidied(visit.form.get("url", ""))
    if url is None:
        raise HTTPException(
            400,
            "That is no address of a page or feed: it must begin with http:// or https:// and hold "
            "no user name. Directories and mailboxes are followed by the console: "
            "`serieswatch feeds add`.",
        )
    number = lookups.ask(visit.session, url, by=visit.who.person.name)
    return RedirectResponse(f"/sources/lookups/{number}", status_code=303)


def tidied(given: str) -> str | None:
    """An address of the web as it is asked for; None for what is none, or holds a user name."""
    url = tidy(given.strip())
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    is_plain = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    if not is_plain or len(url) > 2000 or not url.isprintable() or " " in url:  # noqa: PLR2004  # as long as any address in use
        return None
    return url


def answer(visit: Visit) -> Response:
    """What was found at an address: a feed with its entries, feeds to choose from, or neither."""
    wish = _wish(visit)
    result = wish.result or {}
    known = None
    if result.get("kind") == "feed":
        known = feeds.ids_by_url(visit.session).get(str(result["url"]))
    template = "lookup_fragment.html" if visit.is_fragment else "feed_add.html"
    return visit.page(
        template,
        wish=wish,
        outlets=feedgrid.outlets(visit.session) if result.get("kind") == "feed" else (),
        known=known,
        key=opml.outlet_key(str(result.get("url", wish.url))),
        now=clock.now(visit.session),
        kinds=tending.KINDS,
    )


def _wish(visit: Visit) -> Lookup:
    wish = lookups.find(visit.session, visit.number("lookup"))
    if wish is None:
        raise HTTPException(404)
    return wish


def follow(visit: Visit) -> Response:
    """Follow the feed that was found, under an outlet there is or a new one."""
    try:
        feed_id = tending.follow(
            visit.session,
            _wish(visit),
            outlet=visit.form.get("outlet", ""),
            name=visit.form.get("name", ""),
            kind=visit.form.get("kind", "outlet"),
            by=visit.who.person.name,
        )
    except tending.NoOutlet as problem:
        raise HTTPException(400, words.sentence(str(problem))) from problem
    except BadInput as problem:
        raise HTTPException(409, words.sentence(str(problem))) from problem
    return RedirectResponse(f"/sources/{feed_id}", status_code=303)


def export(visit: Visit) -> Response:
    """Every feed that is followed, as OPML."""
    body = opml.write(following.followed(visit.session), "Feeds of serieswatch")
    return Response(
        body,
        media_type="text/x-opml; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="serieswatch.opml"'},
    )


def take_list(visit: Visit) -> Response:
    """Follow the feeds of an OPML list that was pasted or read from a file."""
    try:
        listed = opml.read(visit.form.get("list", "").strip().encode(), "the list")
    except BadInput as problem:
        raise HTTPException(400, f"{problem}.") from problem
    followed = following.follow(visit.session, listed.feeds)
    audit.note(
        visit.session,
        actor=visit.who.person.name,
        action="feeds.import",
        subject_kind="feeds",
        subject_id="desk",
        detail={"added": followed.added, "known": followed.known},
    )
    return visit.page(
        "feeds_imported.html",
        added=len(followed.added),
        known=followed.known + listed.repeated,
        refused=listed.refused,
    )
