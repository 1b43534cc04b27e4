"""Entries to stories: clean text, absolute links, one canonical link, UTC, outlet and language."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from pipeline import prefixes
from pipeline.normalise.links import absolute, canonical_url
from pipeline.normalise.markup import one_line, plain_line, plain_text, sanitised
from pipeline.records import Custom, Entry, OutletKind, Story, Wire
from pipeline.text import storable

__all__ = ["canonical_url", "normalise", "plain_text", "sanitised"]

_TOLERANCE = timedelta(minutes=15)  # clocks differ; beyond this a date is a mistake
# Both are unique keys in the database, whose index entries are limited to some 2,700 bytes.
_LONGEST_GUID = 500
_LONGEST_CANONICAL = 2_000


def normalise(  # noqa: PLR0913 - each is something the entry itself does not know
    entry: Entry,
    *,
    feed_url: str,
    outlet: str,
    outlet_kind: OutletKind = "outlet",
    language: str | None = None,
    now: datetime,
    custom: Custom | None = None,
) -> Story:
    """Return the story of an entry; what was wrong with it stands in `problems`, in plain words.

    `custom` is what its source writes before headlines. `language` is the outlet's, for entries
    that name none. A date too far in the future becomes `now`; a missing one stays None.
    """
    problems = list(entry.problems)
    title = plain_line(entry.title, is_html=entry.title_type == "text/html")
    if not title and entry.wire is None:
        problems.append("it has no headline")
    url = _page(entry, feed_url, problems)
    base = absolute(entry.base_url or "", feed_url) or url or feed_url
    body = sanitised(entry.content, base, problems)
    text = plain_text(body)
    return Story(
        title=title,
        summary=plain_text(sanitised(entry.summary, base, problems)),
        text=text,
        html=body,
        guid=_guid(entry.guid),
        shared_guid=_guid(entry.shared_guid),
        shared_url=canonical_url(url, feed_url=feed_url) if url and entry.url_is_shared else None,
        url=url,
        canonical_url=_identity(entry, url, feed_url, problems),
        outlet=outlet,
        outlet_kind=outlet_kind,
        byline=plain_line(entry.byline),
        language=entry.language or language,
        published=_published(entry, now, problems),
        published_raw=one_line(entry.published_raw),
        updated=_updated(entry, now, problems),
        wire=_wire(entry, title, text, custom),
        problems=tuple(dict.fromkeys(one_line(problem) for problem in problems)),
    )


_SAYS_LITTLE = (None, "publish", "update")


def _wire(entry: Entry, title: str, text: str, custom: Custom | None) -> Wire | None:
    """Return what a wire says of its item, with what its wording adds: corrected, refiled, why.

    That a story is killed or withheld no wording decides alone: a person confirms it.
    """
    wire = entry.wire
    if wire is None:
        return None
    marked = prefixes.read(title, text, custom)
    action = wire.action
    if action in _SAYS_LITTLE and marked.action in ("correct", "refile", "update", "advise"):
        action = action if (action, marked.action) == ("update", "advise") else marked.action
    return replace(wire, action=action, explanation=wire.explanation or marked.explanation)


def _page(entry: Entry, feed_url: str, problems: list[str]) -> str | None:
    """Return the absolute address of the story's page, or None and a problem."""
    if not entry.url:
        if entry.wire is None:  # a wire's items have no page
            problems.append("it has no link")
        return None
    url = absolute(entry.url, entry.base_url or feed_url)
    if url is None:
        problems.append(f"its link {entry.url[:80]!r} is no web address")
    return url


def _identity(entry: Entry, url: str | None, feed_url: str, problems: list[str]) -> str | None:
    """Return the link that tells the story from others, None where it does not."""
    if url is None or entry.url_is_shared:
        return None
    canonical = canonical_url(url, feed_url=feed_url)
    if len(canonical) <= _LONGEST_CANONICAL:
        return canonical
    problems.append("its link is too long to tell stories apart")
    return None


def _guid(guid: str | None) -> str | None:
    """Return an id as given, or a digest of one too long to be a key."""
    cleaned = storable(guid or "").strip()
    if len(cleaned) <= _LONGEST_GUID:
        return cleaned or None
    return "blake2b:" + blake2b(cleaned.encode(), digest_size=20).hexdigest()


def _published(entry: Entry, now: datetime, problems: list[str]) -> datetime | None:
    if entry.published is None:
        if not entry.published_raw and entry.wire is None:  # what a wire lacks, its reader says
            problems.append("it has no date")
        return None
    if entry.published <= now + _TOLERANCE:
        return entry.published
    problems.append(f"it is dated in the future ({entry.published_raw[:60]})")
    return now


def _updated(entry: Entry, now: datetime, problems: list[str]) -> datetime | None:
    """Return when the story last changed; not clamped but None, or it would move with each poll."""
    if entry.updated is None or entry.updated <= now + _TOLERANCE:
        return entry.updated
    problems.append(f"its last change is dated in the future ({entry.updated_raw[:60]})")
    return None
