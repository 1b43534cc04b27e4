"""The supervisor and its guardian, on real processes."""

import os
import pty
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from cli import guardian, supervisor
from cli.supervisor import CannotStart, ChildKeepsEnding, Program, Supervisor
from tests.cli.processes import PATIENCE, are_gone, family, is_so_within, running

SLEEPER = ("/bin/sleep", "1000")
# A child with a child of its own, as a pool of workers has.
WITH_CHILD = ("/bin/sh", "-c", "/bin/sleep 1000 & wait")

# What a verb of the console does: says who it is, then waits to be stopped.
PARENT = """
import json, os, sys
from pathlib import Path
from cli.leaving import signals_as_exit
from cli.supervisor import Program, Supervisor

with signals_as_exit(), Supervisor(Path(sys.argv[1])) as supervisor:
    supervisor.remove_if_killed(Path(sys.argv[2]))
    supervisor.start(Program("one", ("/bin/sh", "-c", "/bin/sleep 1000 & wait")))
    supervisor.start(Program("two", ("/bin/sleep", "1000"), is_server=True))
    print(json.dumps(supervisor.pids()), flush=True)
    while True:
        supervisor.wait(60)
"""


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path / "log") as started:
        yield started


def shell(name: str, script: str, *arguments: object) -> Program:
    return Program(name, ("/bin/sh", "-c", script, *map(str, arguments)))


def guardian_of(pid: int) -> psutil.Process | None:
    """The newest guardian of a process, None while there is none."""
    # The newest: the servers of the whole run have one of their own.
    children = psutil.Process(pid).children()
    for child in sorted(children, key=psutil.Process.create_time, reverse=True):
        with suppress(psutil.NoSuchProcess):  # a zombie counts as such
            if "guardian.py" in str(child.cmdline()):
                return child
    return None


def test_leaving_ends_every_child_and_their_children_and_the_guardian(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as watch:
        watch.start(Program("one", WITH_CHILD))
        watch.start(Program("two", SLEEPER))
        assert is_so_within(PATIENCE, lambda: len(family(watch.pids()["one"])) == 2)
        everyone = family(watch.pids()["one"]) + family(watch.pids()["two"])
        own = guardian_of(os.getpid())
        assert own is not None
        everyone.append(own)
    assert are_gone(everyone, within=0)
    assert watch.pids() == {}


def test_each_child_leads_a_session_of_its_own_and_reads_nothing(watch: Supervisor) -> None:
    pid = watch.start(Program("one", SLEEPER))
    assert os.getsid(pid) == pid
    assert is_so_within(PATIENCE, lambda: psutil.Process(pid).name() == "sleep")
    if sys.platform == "linux":
        assert Path(f"/proc/{pid}/fd/0").readlink() == Path("/dev/null")


def test_what_a_child_prints_is_in_its_log(watch: Supervisor) -> None:
    watch.run(shell("speaker", "echo out; echo problem >&2"))
    assert watch.log_file("speaker").read_text() == "out\nproblem\n"


def test_a_killed_child_is_started_again_and_its_orphans_are_ended(watch: Supervisor) -> None:
    first = watch.start(Program("one", WITH_CHILD))
    assert is_so_within(PATIENCE, lambda: len(family(first)) == 2)
    before = family(first)
    os.kill(first, signal.SIGKILL)
    assert is_so_within(PATIENCE, lambda: watch.pids()["one"] != first)
    assert are_gone(before)
    assert psutil.pid_exists(watch.pids()["one"])
    watch.check()


def test_kills_from_outside_are_survived_however_many(
    watch: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PAUSE_CAP", 0.1)  # a shorter pause, the same code
    pid = watch.start(Program("one", SLEEPER))
    for _ in range(supervisor.TRIES + 1):
        last = pid
        os.kill(last, signal.SIGKILL)
        assert is_so_within(PATIENCE, lambda last=last: watch.pids()["one"] != last)  # type: ignore[misc]  # mypy types no default of a lambda
        pid = watch.pids()["one"]
    watch.check()


def test_a_child_that_always_ends_at_once_is_given_up_with_the_end_of_its_log(
    watch: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PAUSE_CAP", 0.1)
    monkeypatch.setattr(supervisor, "AT_ONCE", 600.0)  # whatever a crowded machine calls at once
    watch.start(shell("broken", "echo the switch is off; exit 3"))
    with pytest.raises(ChildKeepsEnding, match=r"broken .*ended with code 3, 5 times") as caught:
        watch.wait(PATIENCE)
    assert caught.value.name == "broken"
    assert str(caught.value).count("the switch is off") == 5
    with pytest.raises(ChildKeepsEnding):
        watch.check()
    with pytest.raises(ChildKeepsEnding):
        watch.start(Program("one", SLEEPER))


def test_one_that_has_run_well_is_tried_until_what_keeps_it_down_has_passed(
    watch: Supervisor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, seconds in (("PAUSE_CAP", 0.1), ("LONG_PAUSE", 0.2), ("AT_ONCE", 0.3)):
        monkeypatch.setattr(supervisor, name, seconds)  # shorter, the same code
    full, tries = tmp_path / "disk is full", tmp_path / "tries"
    script = 'echo . >>"$1"; [ -e "$0" ] && exit 1; exec sleep 1000'
    watch.start(shell("server", script, full, tries))
    assert is_so_within(PATIENCE, tries.exists)
    full.touch()
    assert is_so_within(PATIENCE, lambda: not full.stat().st_size)
    monkeypatch.setattr(supervisor, "AT_ONCE", 0.0)  # however short it was: it ran
    os.killpg(watch.pids()["server"], signal.SIGTERM)
    assert is_so_within(PATIENCE, lambda: len(tries.read_text().split()) == 2)
    monkeypatch.setattr(supervisor, "AT_ONCE", 600.0)
    assert is_so_within(PATIENCE, lambda: len(tries.read_text().split()) > supervisor.TRIES + 3)
    watch.check()
    full.unlink()
    pid = watch.pids()["server"]
    assert is_so_within(PATIENCE, lambda: watch.pids()["server"] != pid)
    assert is_so_within(PATIENCE, lambda: psutil.Process(watch.pids()["server"]).name() == "sleep")
    full.touch()
    monkeypatch.setattr(supervisor, "OUTAGE", 0.0)  # it did not pass in time
    for _ in range(supervisor.TRIES):
        with suppress(ProcessLookupError, KeyError):
            os.killpg(watch.pids()["server"], signal.SIGTERM)
        with suppress(ChildKeepsEnding):
            watch.wait(0.3)
    with pytest.raises(ChildKeepsEnding, match="times in a row, at once"):
        watch.wait(PATIENCE)


def test_a_child_that_ends_before_it_is_ready_is_an_error_with_its_log(watch: Supervisor) -> None:
    with pytest.raises(CannotStart, match=r"(?s)ended with code 7 before it was ready.*no socket"):
        watch.start(shell("server", "echo no socket; exit 7"), ready=lambda: False)
    assert watch.pids() == {}


def test_a_child_that_is_never_ready_is_an_error_and_is_ended(watch: Supervisor) -> None:
    with pytest.raises(CannotStart, match=r"(?s)did not answer within 0 seconds.*thinking"):
        watch.start(
            shell("server", "echo thinking; exec sleep 1000"),
            ready=lambda: not watch.log_file("server").stat().st_size and False,
            within=0.3,
        )
    assert watch.pids() == {}


def test_a_program_that_is_not_there_is_an_error_that_names_it(watch: Supervisor) -> None:
    with pytest.raises(CannotStart, match=r"/no/such/program"):
        watch.run(Program("absent", ("/no/such/program",)))


def test_a_run_that_takes_too_long_is_ended(watch: Supervisor) -> None:
    with pytest.raises(CannotStart, match="did not end within 0 seconds"):
        watch.run(Program("slow", SLEEPER), within=0.2)
    assert watch.pids() == {}


def test_servers_end_after_those_that_stand_on_them(tmp_path: Path) -> None:
    said = tmp_path / "said"
    script = 'trap "sleep 0.2; echo $1 >>$0; exit 0" TERM; echo up; while :; do sleep 0.05; done'
    with Supervisor(tmp_path) as watch:
        for name, is_server in (("server", True), ("worker", False)):
            program = shell(name, script, said, name)
            log = watch.log_file(name)
            watch.start(
                Program(name, program.argv, is_server=is_server),
                ready=lambda log=log: log.read_text() == "up\n",  # type: ignore[misc]  # mypy types no default of a lambda
            )
    assert said.read_text() == "worker\nserver\n"


def test_a_child_that_will_not_end_is_forced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STERN", 0.1)
    with Supervisor(tmp_path) as watch:
        program = shell("deaf", 'trap "" TERM QUIT; echo up; sleep 1000 & wait; wait')
        log = watch.log_file("deaf")
        pid = watch.start(
            Program("deaf", program.argv, patience=0.1), ready=lambda: log.read_text() == "up\n"
        )
        assert is_so_within(PATIENCE, lambda: len(family(pid)) == 2)
        everyone = family(pid)
    assert are_gone(everyone, within=0)


def test_a_log_does_not_grow_beyond_its_cap(
    watch: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "LOG_CAP", 10_000)  # a smaller measure, the same code
    watch.start(shell("noisy", "while :; do echo a line of twenty five; sleep 0.0002; done"))
    log = watch.log_file("noisy")
    older = log.with_name("noisy.log.1")
    assert is_so_within(PATIENCE, older.exists)
    assert is_so_within(PATIENCE, lambda: log.stat().st_size > 0)
    assert older.read_text().startswith("a line of twenty five\n")
    assert log.stat().st_size < 1_000_000


def test_a_killed_guardian_is_replaced_and_told_everything(tmp_path: Path) -> None:
    doomed = Path(tempfile.mkdtemp(prefix=guardian.PREFIX))
    with running(PARENT, tmp_path, doomed) as run:
        first = guardian_of(run.process.pid)
        assert first is not None
        first.kill()
        assert is_so_within(PATIENCE, lambda: guardian_of(run.process.pid) not in {None, first})
        assert is_so_within(PATIENCE, lambda: len(family(run.process.pid)) == 5)
        code, everyone = run.end(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert len(everyone) == 5
    assert are_gone(everyone)
    assert not doomed.exists()


def test_a_killed_parent_leaves_nothing(tmp_path: Path) -> None:
    doomed = Path(tempfile.mkdtemp(prefix=guardian.PREFIX))
    (doomed / "file").touch()
    with running(PARENT, tmp_path, doomed) as run:
        assert is_so_within(PATIENCE, lambda: len(family(run.process.pid)) == 5)
        code, everyone = run.end(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert len(everyone) == 5  # the parent, its guardian, two children, one grandchild
    assert are_gone(everyone)
    assert is_so_within(PATIENCE, lambda: not doomed.exists())


def test_a_parent_killed_while_it_starts_its_children_leaves_nothing(tmp_path: Path) -> None:
    doomed = Path(tempfile.mkdtemp(prefix=guardian.PREFIX))
    eager = PARENT.replace("print(json.dumps(supervisor.pids()), flush=True)", "").replace(
        'supervisor.start(Program("one"', 'print("{}", flush=True); supervisor.start(Program("one"'
    )
    marks = []
    for number in range(5):
        mark = str(1000 + number + os.getpid() / 1e6)
        marks.append(mark)
        with running(eager.replace("1000", mark), tmp_path, doomed) as run:
            run.process.kill()
    assert is_so_within(
        PATIENCE,
        lambda: (
            not [
                p
                for p in psutil.process_iter(["cmdline"])
                if {*marks} & {*(p.info["cmdline"] or ())}
            ]
        ),
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_to_the_parent_is_an_orderly_exit(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    kept = Path(tempfile.mkdtemp(prefix=guardian.PREFIX))
    with running(PARENT, tmp_path, kept, stderr=subprocess.PIPE) as run:
        assert is_so_within(PATIENCE, lambda: len(family(run.process.pid)) == 5)
        everyone = family(run.process.pid)
        run.process.send_signal(number)
        run.process.send_signal(number)  # its echo, as `timeout` and a closing terminal send it
        _, problems = run.process.communicate(timeout=PATIENCE)
    assert (run.process.returncode, problems) == (code, "")
    assert are_gone(everyone, within=0)
    kept.rmdir()  # still there: it is the guardian's only if we are killed


def test_closing_the_terminal_ends_everything(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    take_terminal = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
    # What it prints goes to the terminal that is gone: that must not spoil the cleaning up.
    script = take_terminal + PARENT.replace("with signals", "with Last(), signals").replace(
        "with Last", 'class Last:\n    def __enter__(self): pass\n'
        '    def __exit__(self, *_): print("goodbye", flush=True)\n\nwith Last'
    )  # fmt: skip
    with running(
        script, tmp_path, "/nowhere", stdin=theirs, stderr=theirs, start_new_session=True
    ) as run:
        os.close(theirs)
        assert is_so_within(PATIENCE, lambda: len(family(run.process.pid)) == 5)
        everyone = family(run.process.pid)
        os.close(ours)
        assert run.process.wait(timeout=PATIENCE) == 129
    assert are_gone(everyone, within=0)


def test_nohup_is_respected(tmp_path: Path) -> None:
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    with running(ignoring + PARENT, tmp_path, "/nowhere") as run:
        run.process.send_signal(signal.SIGHUP)
        code, _ = run.end(signal.SIGTERM)
    assert code == 143


def test_ctrl_c_is_heard_by_a_background_job_of_a_script_too(tmp_path: Path) -> None:
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"  # as `sh` does
    with running(ignoring + PARENT, tmp_path, "/nowhere") as run:
        code, everyone = run.end(signal.SIGINT)
    assert code == 130
    assert are_gone(everyone, within=0)


def test_the_guardian_follows_what_it_is_told() -> None:
    me = os.getpid()
    children, directories = guardian.follow(
        [
            f"watch {me} 15\n",
            "watch 999999999 2\n",
            "forget 999999999\n",
            "remove /somewhere/serieswatch-one\n",
            "remove /somewhere/serieswatch-two with a blank\n",
            "keep /somewhere/serieswatch-one\n",
        ]
    )
    assert [(child.pid, child.soft_stop) for child in children] == [(me, 15)]
    assert children[0].is_running()
    assert directories == [Path("/somewhere/serieswatch-two with a blank")]


def test_the_guardian_removes_no_directory_that_is_not_named_as_ours() -> None:
    assert guardian.follow(["remove /home\n", "remove /\n", "remove /serieswatch\n"]) == ([], [])


def test_a_number_given_to_another_process_is_left_alone() -> None:
    with subprocess.Popen(SLEEPER, start_new_session=True) as stranger:
        watched = guardian.Watched(stranger.pid, signal.SIGTERM)
        watched.born = "another time"
        assert not watched.is_running()
        guardian.end([watched])
        assert stranger.poll() is None
        stranger.kill()
