"""Logging: one line an event, JSON or console, with ids instead of texts and no secret ever.

What a line is about (the task, the lease it is done under) is set once, around the work, by
`about`, and stands on every line logged meanwhile. What is secret is taken out of the finished
line, whoever wrote it in: what the settings hold, and what looks like a password or a login.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


_ABOUT: ContextVar[Mapping[str, object]] = ContextVar("about", default={})  # noqa: B039  # never written to

# An address with a password in it; a header that opens something; a word that says what follows it.
_LOOKS_SECRET = re.compile(
    r"""(?ix)
    (?P<address> ://[^:/?\#@\s"']*: ) [^@\s"']+ (?=@)
    | (?P<header> authorization["']? \s*[:=]\s* ["']? (?:b(?:asic|earer)\s+)? ) [^\s"',}]+
    | (?P<named> (?:password|passwd|secret|token|api[_-]?key)["']? \s*[:=]\s* ["']? ) [^\s"',&}]+
    """
)
_LEAST = 6  # characters: shorter secrets are words like any other


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """Let every line that is logged inside carry these ids, too."""
    before = _ABOUT.set({**_ABOUT.get(), **ids})
    try:
        yield
    finally:
        _ABOUT.reset(before)


def begin_about(**ids: object) -> None:
    """Let every line carry these ids from here on, and no others: at the start of a task."""
    _ABOUT.set(ids)


class Mask:
    """Takes what is secret out of a finished line."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {secret for secret in secrets if len(secret) >= _LEAST}
        # As it is, and as JSON writes it; the longest first, for those that hold another.
        written = known | {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in known}
        parts = sorted(map(re.escape, written), key=len, reverse=True)
        self._known = re.compile("|".join(parts)) if parts else None

    def __call__(self, line: str) -> str:
        """The line, without."""
        if self._known is not None:
            line = self._known.sub("***", line)
        return _LOOKS_SECRET.sub(
            lambda found: f"{found['address'] or found['header'] or found['named']}***", line
        )


def _carried(record: logging.LogRecord) -> dict[str, object]:
    own = {k: v for k, v in vars(record).items() if k not in PLAIN}
    return {**_ABOUT.get(), **own}


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, message, and what `extra` carried."""

    def __init__(self, mask: Mask | None = None) -> None:
        super().__init__()
        self._mask = mask or Mask()

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update(_carried(record))
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return self._mask(json.dumps(line, default=str, ensure_ascii=False))


class ConsoleLines(logging.Formatter):
    """A line for eyes: time, level, message, then key=value of what `extra` carried."""

    def __init__(self, mask: Mask | None = None) -> None:
        self._mask = mask or Mask()
        super().__init__("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, a traceback below it if there is one."""
        tail = "".join(f" {k}={v}" for k, v in _carried(record).items())
        head, newline, rest = super().format(record).partition("\n")
        return self._mask(head + tail + newline + rest)


def configure_logs(
    log_format: str, level: int = logging.INFO, *, secrets: Iterable[str] = ()
) -> None:
    """Send all logging to standard error in the format asked for, without these secrets."""
    handler = logging.StreamHandler(sys.stderr)
    mask = Mask(secrets)
    handler.setFormatter(JsonLines(mask) if log_format == "json" else ConsoleLines(mask))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("celery.worker.strategy", "celery.app.trace", "celery.beat", "kombu"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
