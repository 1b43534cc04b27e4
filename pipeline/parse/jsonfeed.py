"""JSON Feed, 1 and 1.1: read by ourselves, since feedparser gives nothing for it."""

import json
from datetime import datetime
from html import escape

from pipeline.errors import UnreadableFeed
from pipeline.parse.dates import written_moment
from pipeline.parse.entries import language_tag, resolved, web_address
from pipeline.parse.limits import MOST_ITEM_BYTES, MOST_ITEMS, beyond, too_many
from pipeline.parse.repeats import told_apart
from pipeline.parse.sniffing import Sniffed
from pipeline.records import Answer, Document, Entry, Refused, Ways
from pipeline.text import storable

_MOST_BRACKETS = 200_000  # each becomes an object of some hundred bytes

Thing = dict[str, object]


def read(answer: Answer, sniffed: Sniffed) -> Document:
    """Return the document of a JSON Feed. Raises UnreadableFeed if it is none."""
    feed, items = _feed(answer, sniffed)
    entries: list[Entry] = []
    refused: list[Refused] = []
    for position, item in enumerate(items[:MOST_ITEMS]):
        entry = _entry(item, feed, answer.url, position)
        if isinstance(entry, Entry):
            entries.append(entry)
        else:
            refused.append(Refused(position=position, reason=entry, raw=_raw(item)))
    problems: tuple[str, ...] = ()
    if feed.get("expired") is True:
        problems += ("the publisher says that it has ended",)
    if len(items) > MOST_ITEMS:
        problems += (too_many(len(items), MOST_ITEMS, f"limit of {MOST_ITEMS:,}"),)
        refused.append(beyond(problems[-1], _raw(items[MOST_ITEMS:]), position=MOST_ITEMS))
    settled, repeats = told_apart(entries)
    return Document(
        format="jsonfeed",
        title=_text(feed, "title"),
        link=_address(feed, "home_page_url", answer.url),
        language=language_tag(_text(feed, "language")),
        entries=settled,
        refused=tuple(refused),
        problems=(*problems, *repeats),
        ways=Ways(
            hub=next((at for one in _things(feed, "hubs") if (at := _hub(one, answer.url))), None),
            topic=_address(feed, "feed_url", answer.url),
            previous=_address(feed, "next_url", answer.url),
        ),
    )


def _feed(answer: Answer, sniffed: Sniffed) -> tuple[Thing, list[object]]:
    """Return the feed and its items, of any kind."""
    body = answer.body
    brackets = body.count(b"{") + body.count(b"[")
    if brackets > _MOST_BRACKETS:
        why = f"it has {brackets:,} brackets: that is more than a feed needs"
        raise UnreadableFeed(answer.url, why)
    try:
        text = body.decode(sniffed.codec or "utf-8").removeprefix("\ufeff")
        feed = json.loads(text)
    except (ValueError, RecursionError) as problem:
        why = f"it is JSON that cannot be read: {problem}"
        raise UnreadableFeed(answer.url, why) from problem
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise UnreadableFeed(answer.url, "it is JSON, but no feed: a JSON Feed has a list of items")
    return feed, items


def _entry(item: object, feed: Thing, document_url: str, position: int) -> Entry | str:
    """Return an item's entry, or why there is none."""
    if not isinstance(item, dict):
        return "it is no object"
    if len(_raw(item)) > MOST_ITEM_BYTES:
        return f"it is longer than the limit of {MOST_ITEM_BYTES // 1024:,} kB"
    problems: list[str] = []
    guid = _id(item)
    link = _text(item, "url") or _text(item, "external_url")
    title, summary = _text(item, "title"), _text(item, "summary")
    content = _text(item, "content_html") or _as_html(_text(item, "content_text"))
    if not (title or summary or content or link):
        return "it has no headline, no text and no link"
    if not guid and not link:
        problems.append("it has neither id nor link: its text identifies it")
    url = resolved(document_url, link) or link
    published_raw, published = _moment(item, "date_published", problems)
    updated_raw, updated = _moment(item, "date_modified", problems)
    return Entry(
        position=position,
        guid=guid or None,
        url=url or None,
        base_url=web_address(url) or document_url,
        title=title,
        summary=_as_html(summary),
        content=content,
        byline=_byline(item) or _byline(feed),
        published=published if published_raw else updated,
        published_raw=published_raw or updated_raw,
        updated=updated,
        updated_raw=updated_raw,
        language=language_tag(_text(item, "language")) or language_tag(_text(feed, "language")),
        problems=tuple(problems),
    )


def _id(item: Thing) -> str:
    """Return an item's id: a number is as good as a text, says the format."""
    found = item.get("id")
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)
    return _text(item, "id")


def _text(thing: Thing, key: str) -> str:
    value = thing.get(key)
    return storable(value).strip() if isinstance(value, str) else ""


def _things(thing: Thing, key: str) -> list[Thing]:
    value = thing.get(key)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _address(thing: Thing, key: str, base: str) -> str | None:
    return web_address(resolved(base, _text(thing, key)))


def _hub(hub: Thing, base: str) -> str | None:
    return _address(hub, "url", base) if _text(hub, "type").lower() == "websub" else None


def _byline(thing: Thing) -> str:
    """Return the names of whoever wrote an item, or stands for all items of a feed."""
    first = thing.get("author")  # the one author of version 1
    authors = _things(thing, "authors") or ([first] if isinstance(first, dict) else [])
    return ", ".join(dict.fromkeys(name for one in authors if (name := _text(one, "name"))))


def _as_html(text: str) -> str:
    paragraphs = (escape(one.strip(), quote=False) for one in text.split("\n\n") if one.strip())
    return "".join(f"<p>{one}</p>" for one in paragraphs)


def _moment(item: Thing, key: str, problems: list[str]) -> tuple[str, datetime | None]:
    raw = _text(item, key)
    if not raw:
        return "", None
    found, problem = written_moment(raw)
    if problem:
        problems.append(problem)
    return raw, found


def _raw(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
