"""The whole stack, started as people start it: however it ends, nothing of it is left."""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from cli.guardian import PREFIX
from cli.sample.newsroom import write_newsroom
from pipeline.records import Request
from tests.cli.processes import ROOT, are_gone, can_run, family, is_so_within, python_for
from tests.rounds import a_feed, an_item
from workers.http import Http

IS_ROOT = os.geteuid() == 0
COMMAND = (sys.executable, "-m", "cli.main", "play")
PATIENCE = 300  # seconds: four stacks start at once, maybe on two slow cores


@dataclass(slots=True)
class Playing:
    """A `serieswatch play` at work, and all it has said on standard error so far."""

    process: subprocess.Popen[str]
    temporary: Path  # all its temporary files are here
    lines: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Read what it says until it says no more."""
        assert self.process.stderr is not None
        self.lines.extend(iter(self.process.stderr.readline, ""))

    def has_said(self, words: str) -> bool:
        """Whether it has said so within a good while."""
        return is_so_within(PATIENCE, lambda: any(words in line for line in list(self.lines)))

    @property
    def desk(self) -> str:
        """Where its desk is."""
        found = re.search(r"The desk: (\S+)", "".join(self.lines))
        return found[1] if found else ""

    def end(self, number: signal.Signals) -> tuple[int, list[psutil.Process]]:
        """Send it a signal: its exit code, and the processes it had."""
        everyone = family(self.process.pid)
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE), everyone


@contextmanager
def playing(folder: Path) -> Iterator[Playing]:
    """A play with a desk, which goes on until it is ended; forced to end with the block."""
    with tempfile.TemporaryDirectory(prefix="journey-", ignore_cleanup_errors=True) as name:
        temporary = Path(name)
        temporary.chmod(0o711)  # the servers' account passes through
        process = subprocess.Popen(
            [*COMMAND, str(folder), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=dict(os.environ) | {"TMPDIR": name},
        )
        play = Playing(process, temporary)
        listener = threading.Thread(target=play.listen)
        with process:
            listener.start()
            try:
                yield play
            finally:
                members: list[psutil.Process] = []
                with suppress(psutil.NoSuchProcess):
                    members = family(process.pid)
                for member in reversed(members):
                    with suppress(psutil.NoSuchProcess):  # it ended by itself meanwhile
                        member.kill()
                listener.join()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of one feed: two documents, three stories."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "post").mkdir()
    for hour, numbers in ((6, (1, 2)), (12, (1, 2, 3))):
        document = a_feed(*(an_item(number) for number in numbers))
        (folder / "post" / f"20260309T{hour:02}0000.xml").write_bytes(document)
    return folder


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording that takes so long that one can end it while it plays."""
    folder = tmp_path_factory.mktemp("large")
    write_newsroom(folder)
    for feed in sorted(folder.iterdir()):
        for number in range(3):
            shutil.copytree(feed, folder / f"{feed.name}-{number}")
    return folder


def summary(play: Playing) -> dict[str, Any]:
    """The one line on standard output."""
    assert play.process.stdout is not None
    told: dict[str, Any] = json.loads(play.process.stdout.readline())
    return told


def test_plays_side_by_side_end_by_any_signal_and_leave_nothing(small: Path, large: Path) -> None:
    """Two are ended in the middle of it, two when all is played: kill, kill -9, Ctrl-C, hang-up."""
    with ExitStack() as all_of_them:
        busy = [all_of_them.enter_context(playing(large)) for _ in range(2)]
        done = [all_of_them.enter_context(playing(small)) for _ in range(2)]
        for play in (*busy, *done):
            assert play.has_said("The desk: "), play.lines
        assert len({play.desk for play in (*busy, *done)}) == 4
        for play, number in zip(busy, (signal.SIGTERM, signal.SIGKILL), strict=True):
            assert not any("All is played" in line for line in play.lines)
            end_and_look(play, number)
        for play, number in zip(done, (signal.SIGINT, signal.SIGHUP), strict=True):
            assert play.has_said("All is played"), play.lines
            assert summary(play)["stories"] == 3
            assert desk_answers(play.desk)
            end_and_look(play, number)


def end_and_look(play: Playing, number: signal.Signals) -> None:
    """End it by that signal: as it should, in good order, and nothing of it is left."""
    is_killed = number == signal.SIGKILL
    code, everyone = play.end(number)
    assert code == (-number if is_killed else 128 + number)
    assert len(everyone) > 10  # itself, guardian, beat, two workers, desk, Redis, PostgreSQL's own
    # Who is killed cannot wait for its children; its guardian ends them in a moment.
    assert are_gone(everyone, within=PATIENCE if is_killed else 0)
    assert is_so_within(PATIENCE if is_killed else 0, lambda: not left(play.temporary))
    assert not any("Traceback" in line for line in play.lines), play.lines


def desk_answers(url: str) -> bool:
    """Whether somebody who opens the desk is shown a page."""
    port = url.rstrip("/").rpartition(":")[2]
    client = Http(allow_inside=(f"127.0.0.1/32:{port}",), deadline=60, retry_wait=0)
    return b"Sign in" in client.get(Request(url=url, headers={})).body


def left(temporary: Path) -> list[str]:
    """What lies about in the directory for temporary files."""
    return sorted(path.name for path in temporary.iterdir())


@pytest.mark.skipif(not IS_ROOT, reason="run as an ordinary user, the test above says this")
def test_an_ordinary_user_plays_too(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nobody = pwd.getpwnam("nobody")
    site_packages = str(Path(psutil.__file__).parents[1])
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        home = Path(name)
        home.chmod(0o755)
        python = python_for(nobody, home / "python")
        for document in small.glob("*/*.xml"):
            place = home / "recording" / document.parent.name / document.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(document.read_bytes())
        (home / "tmp").mkdir()
        for folder in (home, home / "tmp"):
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        environment = {
            "HOME": name,
            "TMPDIR": str(home / "tmp"),
            "PATH": os.defpath,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{site_packages}",
            "LD_LIBRARY_PATH": str(python.parents[1] / "lib"),
        }
        if not can_run([str(python), "-c", "import psutil, cli.main"], nobody, environment):
            why = f"`nobody` cannot read {ROOT}: put the tree where others may read it"
            with capsys.disabled():
                print(f"\nNOT TESTED, whether an ordinary user can play: {why}")  # noqa: T201  # to be seen
            pytest.skip(why)
        done = subprocess.run(
            [str(python), *COMMAND[1:], str(home / "recording"), "--once", "--json"],
            user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[], cwd=home, env=environment,
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["stories"] == 3
        assert ", as " not in done.stderr  # nobody else's account was needed
        assert left(home / "tmp") == []
