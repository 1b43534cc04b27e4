"""lemon24/reader doing what it is told on standard input, in the environment made for it.

One JSON object a line in, one out. Nothing of ours is imported here: see bench/reader_side.py.
"""

import json
import platform
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from reader import make_reader  # type: ignore[import-not-found]  # lives in its own environment

CHANGED: Counter[tuple[str, str]] = Counter()  # times an entry was said to have changed


def main() -> None:
    """Answer every line until there is none."""
    reader = make_reader(sys.argv[1])
    reader.after_entry_update_hooks.append(_note_change)
    for line in sys.stdin:
        told = json.loads(line)
        print(json.dumps(ANSWERS[told["do"]](reader, told)), flush=True)


def _versions(_: Any, __: Mapping[str, Any]) -> object:  # noqa: ANN401  # reader has no types here
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("reader", "feedparser", "requests")},
    }


def _follow(reader: Any, told: Mapping[str, Any]) -> object:  # noqa: ANN401  # reader has no types here
    for url in told["urls"]:
        reader.add_feed(url)
    return len(told["urls"])


def _leave(reader: Any, told: Mapping[str, Any]) -> object:  # noqa: ANN401  # reader has no types here
    for url in told["urls"]:
        reader.delete_feed(url)
    return len(told["urls"])


def _poll(reader: Any, _: Mapping[str, Any]) -> object:  # noqa: ANN401  # reader has no types here
    """Poll every feed, due or not: `scheduled=False`, or a second poll would do nothing at all."""
    cpu, began = time.process_time(), time.monotonic()
    reader.update_feeds(scheduled=False, workers=1)
    spent, seconds = time.process_time() - cpu, time.monotonic() - began
    failed = {
        feed.url: str(feed.last_exception.value_str)
        for feed in reader.get_feeds()
        if feed.last_exception is not None
    }
    return {"cpu": spent, "seconds": seconds, "failed": failed}


def _poll_at(reader: Any, told: Mapping[str, Any]) -> object:  # noqa: ANN401  # reader has no types here
    """Poll the feeds that are due at a moment that is told, by reader's own rules of politeness."""
    moment = datetime.fromisoformat(told["now"])
    reader._now = lambda: moment  # noqa: SLF001  # its own tests turn the clock so
    reader.update_feeds(scheduled=True, workers=1)
    return None


def _every(reader: Any, told: Mapping[str, Any]) -> object:  # noqa: ANN401  # reader has no types here
    reader.set_tag((), ".reader.update", {"interval": told["minutes"]})
    return None


def _note_change(_: Any, entry: Any, status: Any) -> None:  # noqa: ANN401  # reader has no types here
    if status.value == "modified":
        CHANGED[entry.feed_url, entry.id] += 1


def _entries(reader: Any, _: Mapping[str, Any]) -> object:  # noqa: ANN401  # reader has no types here
    return [
        {
            "feed": entry.feed_url,
            "id": entry.id,
            "title": entry.title,
            "link": entry.link,
            "published": _time(entry.published),
            "updated": _time(entry.updated),
            "added": _time(entry.added),
            "last_updated": _time(entry.last_updated),
            "summary": entry.summary,
            "changes": CHANGED[entry.feed_url, entry.id],
            "content": entry.content[0].value if entry.content else None,
        }
        for entry in reader.get_entries()
    ]


def _time(when: datetime | None) -> str | None:
    return when.isoformat() if when else None


ANSWERS = {
    "every": _every,
    "poll_at": _poll_at,
    "versions": _versions,
    "follow": _follow,
    "leave": _leave,
    "poll": _poll,
    "entries": _entries,
}

if __name__ == "__main__":
    main()
