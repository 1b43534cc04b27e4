from collections.abc import Callable
from typing import TypeVar

_F = TypeVar("_F", bound=Callable[..., object])

class Signal:
    def connect(self, receiver: _F, *, weak: bool = ...) -> _F: ...

setup_logging: Signal
task_prerun: Signal
worker_process_init: Signal
heartbeat_sent: Signal
worker_ready: Signal
worker_shutting_down: Signal
