# The part of threadpoolctl that the project uses; the package carries no types of its own.

from types import TracebackType
from typing import Self

class threadpool_limits:  # noqa: N801  # its own name
    def __init__(self, limits: int) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...
