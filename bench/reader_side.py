"""The peer beside us: lemon24/reader as released, in an environment of its own, on the same feeds.

requirements/bench.txt names its versions with their hashes; the environment is made when it is
first needed, and made again when that file has changed.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from bench.playing import ROOT, own_directory

LOCKED = ROOT / "requirements" / "bench.txt"
PLACE = ROOT / "build" / "reader"
INSIDE = Path(__file__).with_name("inside_reader.py")


class PeerFailed(Exception):
    """The peer could not be installed or has ended; the text says what it said."""


@dataclass(frozen=True, slots=True)
class Polled:
    """What one round of the peer took."""

    cpu: float  # seconds
    seconds: float  # on the clock
    failed: Mapping[str, str]  # what went wrong, by url


@dataclass(frozen=True, slots=True)
class Reader:
    """The running peer."""

    process: subprocess.Popen[str]

    def versions(self) -> dict[str, str]:
        """What runs there."""
        return cast("dict[str, str]", self._ask(do="versions"))

    def follow(self, urls: Sequence[str]) -> None:
        """Take these feeds up; they are polled with the others from now on."""
        self._ask(do="follow", urls=list(urls))

    def leave(self, urls: Sequence[str]) -> None:
        """Give these feeds up, with all they brought."""
        self._ask(do="leave", urls=list(urls))

    def poll(self) -> Polled:
        """Poll all feeds once, one worker."""
        return Polled(**cast("dict[str, Any]", self._ask(do="poll")))

    def every(self, minutes: int) -> None:
        """Poll each feed so often, where `poll_at` is asked often enough."""
        self._ask(do="every", minutes=minutes)

    def poll_at(self, now: datetime) -> None:
        """Let it be that moment and poll the feeds that are due then, as reader itself says."""
        self._ask(do="poll_at", now=now.isoformat())

    def entries(self) -> list[dict[str, Any]]:
        """All it holds, field by field."""
        return cast("list[dict[str, Any]]", self._ask(do="entries"))

    def _ask(self, **told: object) -> object:
        stdin, stdout = self.process.stdin, self.process.stdout
        if stdin is None or stdout is None:
            raise PeerFailed("reader was started without pipes")
        print(json.dumps(told), file=stdin, flush=True)
        if not (line := stdout.readline()):
            raise PeerFailed(f"reader ended with {self.process.wait()} when told to {told['do']}")
        return json.loads(line)


@contextmanager
def reader(proxy: str = "") -> Iterator[Reader]:
    """The peer on an empty database file, ended with the block. Raises PeerFailed.

    Through `proxy` all names lead to one server, as they do for us.
    """
    python = _environment()
    with own_directory() as scratch:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [python, "-I", "-W", "ignore", str(INSIDE), str(scratch / "reader.sqlite")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "http_proxy": proxy, "no_proxy": "" if proxy else "127.0.0.1"},
        )
        try:
            yield Reader(process)
        finally:
            process.terminate()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _environment() -> Path:
    """The peer's own Python, its packages installed."""
    python, made_from = PLACE / "bin" / "python", PLACE / "made-from"
    locked = LOCKED.read_text()
    if made_from.is_file() and made_from.read_text() == locked:
        return python
    print(f"making an environment for reader in {PLACE.relative_to(ROOT)}", file=sys.stderr)
    pip = (str(python), "-m", "pip", "-qq", "--disable-pip-version-check", "--no-input")
    for command in (
        (sys.executable, "-m", "venv", "--clear", str(PLACE)),
        (*pip, "install", "--require-hashes", "-r", str(LOCKED)),
    ):
        done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)  # noqa: S603  # our own words
        if done.returncode:
            raise PeerFailed(f"reader could not be installed: {done.stderr[-2000:]}")
    made_from.write_text(locked)
    return python
