"""What people do to sources, at the desk and at the API: each with its line in the audit log."""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from pipeline import opml
from pipeline.errors import BadInput
from store import audit, feeds, following, setaside, subscriptions, waiting, work
from store.lookups import Lookup
from store.models import DocumentRow, FeedRow
from store.outlets import of_address

KINDS = ("outlet", "wire", "official", "own")
_LONGEST = {"name": 200, "title": 300}  # characters


class NoOutlet(BadInput):
    """An outlet was named that is not there, or a kind that is none."""


def change(session: Session, feed_id: int, action: str, *, by: str) -> None:
    """Pause, resume or poll a feed now, or follow it at its first address again.

    Raises BadInput where that cannot be as the feed stands.
    """
    if action in {"pause", "resume"}:
        feeds.set_paused(session, feed_id, is_paused=action == "pause")
        subscriptions.look_again(session, feed_id)
    elif action == "poll":
        if not feeds.active(session, feed_id):
            raise BadInput("a paused feed is not polled: resume it first")
        work.wake(session, FeedRow, [feed_id])
    elif feeds.take_back(session, feed_id, by=by) is None:
        raise BadInput("it never moved, or another feed stands at its old address")
    if action != "unmove":  # that one notes itself
        _note(session, f"feed.{action}", "feed", feed_id, by=by)


def choose(session: Session, feed_id: int, chosen: Mapping[str, object], *, by: str) -> None:
    """Set how a feed is asked, by column of its row."""
    following.choose(session, feed_id, **chosen)
    _note(session, "feed.set", "feed", feed_id, by=by, **chosen)


def follow(  # noqa: PLR0913  # what was found, under whose name, by whom
    session: Session, wish: Lookup, *, outlet: str, name: str, kind: str, by: str
) -> int:
    """Follow the feed that was found at an address; gives its number, also of one that is known.

    Under `outlet`, or where that is empty under the one whose address it is, which `name` and
    `kind` describe if it is new. Raises BadInput.
    """
    found = wish.result or {}
    if found.get("kind") != "feed":
        raise BadInput("no feed was found at that address, so there is none to follow")
    url = str(found["url"])
    known = feeds.ids_by_url(session).get(url)
    if known is not None:
        return known
    facts: dict[str, object] = {"url": url}
    facts["outlet_id"] = _outlet(session, url, key=outlet, name=name, kind=kind)
    if title := str(found.get("title") or "")[: _LONGEST["title"]]:
        facts["title"] = title
    feed_id = feeds.ensure_feed(session, **facts)
    _note(session, "feed.add", "feed", feed_id, by=by, url=url)
    return feed_id


def _outlet(session: Session, url: str, *, key: str, name: str, kind: str) -> int:
    if key:
        found = feeds.outlet_id(session, key)
        if found is None:
            raise NoOutlet(f"there is no outlet “{key}”: choose one, or name a new one")
        return found
    known = of_address(url, key=opml.outlet_key(url))
    found = feeds.outlet_id(session, known.key)
    if found is not None:
        return found
    if kind not in KINDS:
        raise NoOutlet(f"an outlet is one of: {', '.join(KINDS)}")
    shown = name.strip()[: _LONGEST["name"]] or known.name
    return feeds.ensure_outlet(session, key=known.key, name=shown, kind=kind)


def replay(session: Session, numbers: Sequence[int], *, by: str) -> dict[str, list[int]]:
    """Send set-aside things round again; with no numbers all, and whatever was given up.

    Gives what was sent, by kind. Raises BadInput if there is nothing to send.
    """
    documents = setaside.documents_to_replay(session, numbers)
    given_up = {} if numbers else waiting.given_up(session)
    for stage, ids in given_up.items():
        work.wake(session, waiting.STAGES[stage], ids)
    if not documents and not any(given_up.values()):
        raise BadInput(
            "there is no kept document behind that: an answer that was no feed at all is asked "
            "for again by itself"
        )
    work.wake(session, DocumentRow, documents)
    sent = {kind: list(ids) for kind, ids in {"documents": documents, **given_up}.items() if ids}
    for kind, ids in sent.items():
        for number in ids:
            _note(session, "setaside.replay", kind, number, by=by)
    return sent


def _note(
    session: Session, action: str, kind: str, number: int, *, by: str, **detail: object
) -> None:
    audit.note(
        session,
        actor=by,
        action=action,
        subject_kind=kind,
        subject_id=number,
        detail=detail,
    )
