"""`feeds add`, `set` and `unmove`: which feeds are followed, and how an operator wants them."""

import re
from argparse import Namespace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine

from cli import feedcheck
from cli.output import print_done, tell
from cli.who import who
from config.settings import settings
from pipeline.domains import tidy
from pipeline.errors import BadInput
from pipeline.newsroom import wrong_charset, wrong_zone
from pipeline.opml import outlet_key
from store import audit, feeds, following
from store.outlets import of_address
from store.session import transaction
from workers import looking
from workers.drops import directory

# Of a feed that is not asked over the web: a look at a directory costs nobody anything.
LOOK_SECONDS = {"file": 60, "imaps": 300}
_AGENT = re.compile(r"[\x20-\x7e]{1,200}")


def add(args: Namespace, engine: Engine) -> int:
    """Follow one more feed, at once; of a page, the feed it leads to."""
    host = _host(args.url)
    args.url = tidy(args.url)
    with transaction(engine) as session:
        known = feeds.ids_by_url(session).get(args.url)
        if args.outlet and feeds.outlet_id(session, args.outlet) is None:
            raise BadInput(f'there is no outlet "{args.outlet}": leave --outlet out to make one')
    url, title = args.url, ""
    if url.startswith("file:"):
        _must_be_watchable(url)
    # Asked with no transaction open: a slow server must not hold our rows.
    if known is None and urlsplit(url).scheme not in LOOK_SECONDS and not args.unchecked:
        looked = _look(args)
        if looked.choices:
            feedcheck.show_choices(looked, as_json=args.json)
            raise BadInput(f"{url} is a page that names several feeds: choose with --pick NUMBER")
        if looked.document is not None:
            url, title = looked.url, looked.document.title
    return _follow(args, engine, url=url, host=host, title=title)


def _look(args: Namespace) -> looking.Looked:
    """What stands at the address. Raises BadInput for a page or document that is no feed's."""
    http, contact = feedcheck.client()
    now = feedcheck.right_now()
    looked = looking.look(args.url, http.get, contact=contact, now=now, pick=args.pick)
    reason = looked.verdict.reason
    if looked.document is not None:
        told = "" if looked.url == args.url else f"; the feed is {looked.url}"
        tell(f"{looked.asked} requests were made{told}")
    elif not looked.choices and looked.verdict.body_hash is not None:
        raise BadInput(f"{looked.url}: {reason}. To follow it all the same, add --unchecked")
    elif not looked.choices:
        tell(f"{looked.url} could not be looked at: {reason}. It is followed all the same.")
    return looked


def _follow(args: Namespace, engine: Engine, *, url: str, host: str, title: str) -> int:
    """Follow the feed at this address, under what its outlet is called where none was given."""
    found = of_address(url, key=outlet_key(args.url), title=title)
    key = args.outlet or found.key
    with transaction(engine) as session:
        known = feeds.ids_by_url(session).get(url)
        if known is not None:
            return _followed_already(args, known, url, feeds.load(session, known).outlet)
        outlet_id = feeds.outlet_id(session, key)
        if outlet_id is None:
            outlet_id = feeds.ensure_outlet(session, key=key, name=found.name or host)
        facts: dict[str, object] = {"url": url, "outlet_id": outlet_id}
        facts |= {"title": title} if title else {}
        if (seconds := LOOK_SECONDS.get(urlsplit(url).scheme)) is not None:
            facts["interval_seconds"] = seconds
        feed_id = feeds.ensure_feed(session, **facts)
        audit.note(
            session,
            actor=who(),
            action="feed.add",
            subject_kind="feed",
            subject_id=feed_id,
            detail={"url": url},
        )
    told = {"id": feed_id, "url": url, "outlet": key}
    print_done(told, f"Feed {feed_id} is followed.", as_json=args.json)
    return 0


def _followed_already(args: Namespace, feed_id: int, url: str, outlet: str) -> int:
    """Nothing to do, unless another outlet was named: a feed's stories stay with their outlet."""
    if args.outlet not in {None, outlet}:
        raise BadInput(f"{url} is followed already, as feed {feed_id} of {outlet}")
    told = {"id": feed_id, "url": url, "outlet": outlet}
    print_done(told, f"Feed {feed_id} is followed already.", as_json=args.json)
    return 0


def _host(url: str) -> str:
    """The host or directory an address of a feed names. Raises BadInput for what is no such one."""
    try:
        parts = urlsplit(url)
    except ValueError:  # brackets that hold no IPv6 address
        parts = urlsplit("")
    is_web = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
    is_mail = parts.scheme == "imaps" and parts.hostname and parts.username
    if (is_web or is_mail) and parts.password is None:
        return str(parts.hostname)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return parts.path.strip("/") or "files"
    raise BadInput(
        f"{url} is no address of a feed: it must begin with http:// or https:// and hold no "
        "user name; or read file:///DIRECTORY or imaps://USER@HOST/MAILBOX, without a password"
    )


def _must_be_watchable(url: str) -> None:
    """Raises BadInput for a directory that the settings do not let us watch."""
    try:
        directory(url, settings().drop_directories)
    except ValueError as problem:
        raise BadInput(f"{url} cannot be watched: {problem}") from problem


def choose(args: Namespace, engine: Engine) -> int:
    """Set how often a feed is asked, as whom, whether its pages are read, and its server's gap."""
    chosen = _chosen(args)
    told = chosen | ({} if args.gap is None else {"gap_seconds": args.gap})
    if not told:
        tell(
            "serieswatch: say what to set: --interval, --user-agent, --full-text, --time-zone, "
            "--charset or --gap"
        )
        return 2
    with transaction(engine) as session:
        host = following.host_of(session, args.id)
        if host is None:
            raise BadInput(f"there is no feed {args.id}: `serieswatch feeds list` shows them")
        if chosen:
            following.choose(session, args.id, **chosen)
        if args.gap is not None and not host:
            raise BadInput(f"feed {args.id} shares no server with others: it has no --gap")
        if args.gap is not None:
            following.choose_gap(session, host, seconds=args.gap)
        audit.note(
            session,
            actor=who(),
            action="feed.set",
            subject_kind="feed",
            subject_id=args.id,
            detail=told,
        )
    words = ", ".join(f"{name} {value}" for name, value in told.items())
    of = f" ({host} and all its feeds)" if args.gap is not None else ""
    print_done({"id": args.id} | told, f"Feed {args.id} has {words}{of}.", as_json=args.json)
    return 0


def _chosen(args: Namespace) -> dict[str, Any]:
    """What is to be set, by column. Raises BadInput for what cannot be."""
    chosen: dict[str, Any] = {}
    if args.interval is not None:
        chosen["interval_seconds"] = args.interval
    if args.user_agent is not None:
        if args.user_agent and not _AGENT.fullmatch(args.user_agent):
            raise BadInput("a user agent is one line of plain ASCII, 200 characters at most")
        chosen["user_agent"] = args.user_agent or None
    if args.full_text is not None:
        chosen["wants_full_text"] = args.full_text == "yes"
    if args.time_zone is not None or args.charset is not None:
        chosen["custom"] = _custom(args)
    return chosen


def _custom(args: Namespace) -> dict[str, str]:
    """What is to be changed of a source's customs. Raises BadInput for what is none."""
    asked = {"time_zone": args.time_zone, "charset": args.charset}
    for why in (wrong_zone(args.time_zone or "UTC"), wrong_charset(args.charset or "")):
        if why:
            raise BadInput(why)
    return {key: value for key, value in asked.items() if value is not None}


def unmove(args: Namespace, engine: Engine) -> int:
    """Poll a feed at its first address again, where a redirect had been adopted."""
    with transaction(engine) as session:
        url = feeds.take_back(session, args.id, by=who())
        if url is None:
            raise BadInput(
                f"feed {args.id} has adopted no redirect that could be taken back, or its first "
                "address is another feed's by now: `serieswatch feeds list` shows them"
            )
    told = {"id": args.id, "url": url}
    print_done(told, f"Feed {args.id} is polled at {url} again.", as_json=args.json)
    return 0
