from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

from kombu import Connection

_P = ParamSpec("_P")
_R = TypeVar("_R")

class Task:
    name: str
    def apply_async(
        self,
        args: Sequence[object] = ...,
        *,
        expires: float | None = ...,
        retry: bool = ...,
    ) -> object: ...
    def delay(self, *args: object) -> object: ...
    def __call__(self, *args: object, **kwargs: object) -> object: ...

class Celery:
    conf: Any
    steps: dict[str, set[type]]
    tasks: dict[str, Task]
    def __init__(
        self, main: str, *, broker: str, include: Sequence[str], task_cls: str = ...
    ) -> None: ...
    def task(self, *, name: str) -> Callable[[Callable[_P, _R]], Task]: ...
    def worker_main(self, argv: Sequence[str]) -> None: ...
    def connection_for_read(self, *, connect_timeout: float = ...) -> Connection: ...
    def start(self, argv: Sequence[str]) -> None: ...
