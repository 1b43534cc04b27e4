"""Stand-ins with the whole interface and a memory, and ways to fail at a chosen moment."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, event

from pipeline.records import Answer, Request


@dataclass
class FakeHttp:
    """An HTTP client over a table of answers by address, as a polite server would give them.

    Whoever sends an answer's ETag back gets a 304. An address not in the table has no name server.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None  # what happens while the network is slow

    def get(self, request: Request) -> Answer:
        """What came back, as workers.http.Http.get gives it."""
        self.requests.append(request)
        self.before_answer()
        answer = self.answers.get(request.url)
        if answer is None:
            return Answer(url=request.url, headers={}, problem="dns", detail="no such name")
        etag = answer.headers.get("etag")
        if etag is not None and request.headers.get("If-None-Match") == etag:
            return Answer(url=answer.url, status=304, headers=answer.headers)
        return answer


class Killed(BaseException):
    """A worker's death in the middle of its work: nothing of ours can catch it."""


@contextmanager
def at_statement(engine: Engine, pattern: str, act: Callable[[], None]) -> Iterator[None]:
    """Do something just before the first statement that matches runs; it must come to that."""
    waiting = [act]

    def look(  # SQLAlchemy's own signature
        _connection: object,
        _cursor: object,
        statement: str,
        _parameters: object,
        _context: object,
        _many: object,
    ) -> None:
        if waiting and re.search(pattern, statement, re.DOTALL):
            waiting.pop()()

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", look)
    assert not waiting, f"no statement matched {pattern!r}"


@contextmanager
def killed_at(engine: Engine, pattern: str) -> Iterator[None]:
    """Kill the worker in this block just before the statement that matches."""

    def die() -> None:
        raise Killed

    with at_statement(engine, pattern, die), pytest.raises(Killed):
        yield


@dataclass(frozen=True, slots=True)
class Bell:
    """One message as it lies in the broker."""

    task: str
    args: tuple[Any, ...]
    expires: str | None
    headers: Mapping[str, Any]


def bells(queue: Any) -> list[Bell]:  # noqa: ANN401  # kombu's SimpleQueue has no types
    """Take every message out of a queue."""
    found = []
    while queue.qsize():
        message = queue.get_nowait()
        args, _, _ = json.loads(message.body)
        headers = message.headers
        found.append(Bell(headers["task"], tuple(args), headers["expires"], headers))
        message.ack()
    return found
