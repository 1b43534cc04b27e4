"""The database verbs that ask and act: feeds, stories, drafts, series, what is set aside."""

import sys
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from sqlalchemy import Engine

from cli.developments import print_development
from cli.output import print_done, print_json, print_lines, print_table, tell
from cli.render import instalment_json
from cli.who import who
from pipeline.errors import BadInput
from pipeline.render import house_html, house_markdown
from store import (
    audit,
    drafts,
    feeds,
    health,
    houseform,
    series,
    setaside,
    stories,
    subscriptions,
    tending,
    work,
)
from store.models import FeedRow
from store.session import transaction


def feeds_list(args: Namespace, engine: Engine) -> int:
    """Every feed with its state and reason, troubles, rhythm, and when it is polled next."""
    with transaction(engine) as session:
        of_feeds = health.of_feeds(session)
        hubs = subscriptions.states(session)
        lines = [
            asdict(line) | _health(of_feeds[line.id]) | {"hub": hubs.get(line.id)}
            for line in feeds.lines(session)
        ]
    if args.json:
        print_lines(lines)
        return 0
    rows = [
        line | {"trouble": ", ".join(one["kind"] for one in line["troubles"]) or None}
        for line in lines
    ]
    columns = (
        *("id", "outlet", "state", "stories", "trouble", "rhythm", "last_success"),
        *("next_poll", "next_why", "url", "reason"),
    )
    print_table(
        rows, columns, "There are no feeds yet: run `serieswatch seed`, or `feeds add URL`."
    )
    return 0


def _health(of_feed: health.Health) -> dict[str, Any]:
    """What `feeds list` adds to a feed's own line."""
    return {
        "troubles": [
            {
                "kind": one.kind,
                "since": one.since,
                "opened": one.opened,
                "reason": one.reason,
                "done": one.done,
            }
            for one in of_feed.troubles
        ],
        "rhythm": of_feed.pace,
        "slice_hit_ratio": of_feed.slice_hit_ratio,
        "set_aside": of_feed.set_aside,
        "lost_suspected": of_feed.lost_suspected,
        "last_seen": of_feed.last_seen,
        "next_why": of_feed.next_why,
    }


def feeds_pause(args: Namespace, engine: Engine) -> int:
    """Stop polling a feed, or go on with it. Nothing of it is deleted."""
    is_paused = args.action == "pause"
    with transaction(engine) as session:
        if not feeds.set_paused(session, args.id, is_paused=is_paused):
            raise BadInput(f"there is no feed {args.id}: `serieswatch feeds list` shows them")
        subscriptions.look_again(session, args.id)
        audit.note(
            session,
            actor=who(),
            action=f"feed.{args.action}",
            subject_kind="feed",
            subject_id=args.id,
        )
    state = "paused" if is_paused else "polled again"
    print_done(
        {"id": args.id, "paused": is_paused}, f"Feed {args.id} is {state}.", as_json=args.json
    )
    return 0


def feeds_poll(args: Namespace, engine: Engine) -> int:
    """Make one feed, or all, due now; the running workers poll it."""
    with transaction(engine) as session:
        ids = feeds.active(session, args.id)
        if not ids:
            raise BadInput("no such feed is being polled: `serieswatch feeds list` shows them")
        work.wake(session, FeedRow, ids)
    print_done(
        {"feeds": ids},
        f"{len(ids)} feeds are due now; running workers will poll them.",
        as_json=args.json,
    )
    return 0


def stories_list(args: Namespace, engine: Engine) -> int:
    """The newest stories."""
    with transaction(engine) as session:
        lines = stories.lines(session, limit=args.limit, outlet=args.outlet, words=args.words)
    if args.json:
        print_lines(lines)
        return 0
    columns = ("id", "first_seen", "outlet", "title")
    print_table(lines, columns, "There are no such stories.")
    return 0


def stories_show(args: Namespace, engine: Engine) -> int:
    """One story whole."""
    with transaction(engine) as session:
        story = stories.show(session, args.id)
    if story is None:
        raise BadInput(f"there is no story {args.id}: `serieswatch stories list` shows them")
    if args.json:
        print_json(story)
        return 0
    for name, value in story.items():
        if name == "development" and value is not None:
            print_development(cast("Mapping[str, Any]", value))
        elif isinstance(value, list):
            print(f"{name}:" if value else f"{name}: none")
            for entry in value:
                print(f"  - {entry}")
        else:
            print(f"{name}: {value}")
    return 0


def stories_trail(args: Namespace, engine: Engine) -> int:
    """A pattern that finds a story's whole way in the logs."""
    with transaction(engine) as session:
        pattern = stories.trail(session, args.id)
    if pattern is None:
        raise BadInput(f"there is no story {args.id}: `serieswatch stories list` shows them")
    if args.json:
        print_json({"pattern": pattern})
    else:
        print(pattern)
    return 0


def drafts_list(args: Namespace, engine: Engine) -> int:
    """The instalments, newest first."""
    with transaction(engine) as session:
        lines = drafts.lines(session, args.slug)
    if args.json:
        print_lines(
            {
                "series": line.series,
                "instalment": line.number,
                "cut_off": line.cut_off,
                "state": line.state,
                "items": line.items,
            }
            for line in lines
        )
        return 0
    columns = ("series", "number", "cut_off", "state", "items", "undecided")
    rows = [line._asdict() for line in lines]
    print_table(rows, columns, "There are no instalments yet: none opens before a story matches.")
    return 0


def drafts_show(args: Namespace, engine: Engine) -> int:
    """One instalment with its items."""
    with transaction(engine) as session:
        view = drafts.show(session, args.slug, args.instalment)
        known = [str(line["series"]) for line in series.lines(session)]
        piece = None if view is None else houseform.house(session, view)
    if view is None or piece is None:
        if args.slug not in known:
            raise BadInput(f'there is no series "{args.slug}"; there are: {", ".join(known)}')
        which = "instalment yet" if args.instalment is None else f"instalment {args.instalment}"
        raise BadInput(f"{args.slug} has no {which}: `serieswatch drafts list` shows what there is")
    if args.json or args.format == "json":
        print_json(instalment_json(view))
    elif args.format == "html":
        print(house_html(piece))
    else:
        print(house_markdown(piece))
    return 0


def series_list(args: Namespace, engine: Engine) -> int:
    """The series and how much matched each."""
    with transaction(engine) as session:
        lines = series.lines(session)
    if args.json:
        print_lines(lines)
        return 0
    columns = ("series", "title", "status", "definition", "auto", "suggest", "warning")
    print_table(lines, columns, "There are no series yet: run `serieswatch seed`.")
    return 0


def setaside_list(args: Namespace, engine: Engine) -> int:
    """What could not be processed."""
    with transaction(engine) as session:
        lines = [asdict(line) for line in setaside.lines(session, settled=args.all)]
    if args.json:
        print_lines(lines)
        return 0
    columns = ("id", "stage", "state", "times", "bytes", "last_at", "feed", "reason")
    print_table(lines, columns, "Nothing is set aside.")
    return 0


def setaside_show(args: Namespace, engine: Engine) -> int:
    """One set-aside thing: the reason, then its bytes as they came."""
    with transaction(engine) as session:
        found = setaside.show(session, args.id)
    if found is None:
        raise BadInput(f"nothing is set aside under {args.id}: `serieswatch setaside list`")
    line, raw = found
    if args.json:
        print_json(asdict(line) | {"raw": _text(raw)})
        return 0
    tell(f"{line.state} at {line.stage} of {line.feed}: {line.reason}")
    sys.stdout.flush()
    if sys.stdout.isatty():
        # A stranger's bytes must not command this terminal; a file or a pipe gets them as they are.
        print("".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in _text(raw)))
    else:
        sys.stdout.buffer.write(raw)
    return 0


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def setaside_replay(args: Namespace, engine: Engine) -> int:
    """Send what was set aside round again; the running workers read it anew."""
    with transaction(engine) as session:
        given_up = tending.replay(session, args.ids, by=who())
    document_ids = given_up.pop("documents", [])
    rows = sum(map(len, given_up.values()))
    said = f"{len(document_ids)} documents and {rows} rows that were given up wait once more."
    print_done({"documents": document_ids, "given_up": given_up}, said, as_json=args.json)
    return 0
