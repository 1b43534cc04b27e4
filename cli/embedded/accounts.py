"""Under which account the servers run, and what that account can run and reach."""

import errno
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cli.guardian import PREFIX
from cli.supervisor import Account, CannotStart, why_not_started

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # nothing of the caller's PG*
OWN_DIRECTORY = Path("/proc/self/cwd")
SOCKET_ROOM = 60  # characters: with our names behind it a path stays below the 103 of macOS


@dataclass(frozen=True, slots=True)
class Found:
    """A server's program, runnable by the account it will run under."""

    path: Path
    version: str
    note: str = ""  # what had to be done to make it runnable


def account_for(cluster: Path) -> Account | None:
    """Under which account the servers run; None is ours, when we are not root.

    The owner of a cluster that exists, else nobody. Raises CannotStart when there is none to take.
    """
    owner = cluster.stat().st_uid if cluster.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise CannotStart(
                f"{cluster} belongs to another account ({_name_of(owner or 0)}). Start as root or "
                "as that account, or name another directory"
            )
        return None
    for name in (_name_of(owner) if owner else "", "nobody", "daemon"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise CannotStart(
        "PostgreSQL refuses to run as root, and there is no account `nobody` to run it under. "
        "Start serieswatch as an ordinary user"
    )


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


@contextmanager
def private_directory(account: Account | None) -> Iterator[Path]:
    """A directory for sockets that only the servers' account (and root) can enter."""
    private = Path(tempfile.mkdtemp(prefix=PREFIX, dir=short_temporary(account)))
    try:
        give(private, account)
        yield private
    finally:
        shutil.rmtree(private, ignore_errors=True)


def short_temporary(account: Account | None) -> str:
    """The system's directory for temporary files, or /tmp where that is no place for sockets."""
    usual = tempfile.gettempdir()
    is_plain = len(usual) <= SOCKET_ROOM and re.fullmatch(r"[\w./+-]+", usual, re.ASCII)
    return usual if is_plain and can_reach(Path(usual), account) else "/tmp"  # noqa: S108  # made unique below it


def give(directory: Path, account: Account | None) -> None:
    """Make the account the owner of a directory that we made. CannotStart if that is refused."""
    if account is None:
        return
    try:
        os.chown(directory, account.uid, account.gid)
    except OSError as problem:  # a root without the right, as in a locked-down container
        raise CannotStart(why_not_started("the embedded servers", account, problem)) from problem


def as_seen(cluster: Path, account: Account | None) -> str:
    """The cluster's place in words the servers' account understands.

    Its parents may be closed to that account (root's home, say) and are not ours to open. We start
    the server standing in the cluster, and it can name that place without passing the parents.
    """
    if account is None:
        return str(cluster)
    if OWN_DIRECTORY.exists():
        return str(OWN_DIRECTORY)
    if can_reach(cluster, account):
        return str(cluster)
    raise CannotStart(
        f"PostgreSQL refuses to run as root, and {account.name}, which runs it instead, cannot "
        f"reach {cluster}. Name a directory whose parents are open to all, or start as an ordinary "
        "user"
    )


def can_reach(directory: Path, account: Account | None) -> bool:
    """True if that account can enter the directory."""
    if account is None:
        return True
    return _output(("/bin/sh", "-c", 'cd -- "$0"', str(directory)), account) is not None


def version_of(program: Path, account: Account | None) -> str:
    """The program's version, such as 18.4; empty if that account cannot run it."""
    told = _output((str(program), "--version"), account) or ""
    found = re.search(r"(?:\(PostgreSQL\) |v=)(\d+(?:\.\d+)+)", told)
    return found[1] if found else ""


def _output(argv: tuple[str, ...], account: Account | None) -> str | None:
    """What a program prints, run under that account; None if it cannot be run or fails."""
    try:
        done = subprocess.run(  # noqa: S603  # programs of ours, found in our packages or on the PATH
            argv,
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
            stdin=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError as problem:
        if problem.errno in {errno.EACCES, errno.ENOENT, errno.ENOEXEC}:
            return None
        who = "the embedded servers" if account else argv[0]
        raise CannotStart(why_not_started(who, account, problem)) from problem
    return done.stdout if done.returncode == 0 else None


def package_directory(name: str) -> Path | None:
    """Where an installed package lies. Looking does not import it: both do much when imported."""
    found = importlib.util.find_spec(name)
    places = found.submodule_search_locations if found else None
    return Path(places[0]) if places else None
