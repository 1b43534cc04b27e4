"""The embedded Redis: a broker that keeps nothing, because messages are only doorbells."""

import shutil
from contextlib import closing, suppress
from pathlib import Path

import redis

from cli.embedded.accounts import ENVIRONMENT, Found, version_of
from cli.supervisor import Account, CannotStart, Program

OLDEST = (6, 2)

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "save": "",
    "appendonly": "no",
    "maxmemory-policy": "noeviction",
    "protected-mode": "yes",
    "loglevel": "warning",
    "daemonize": "no",
}


def redis_places(package: Path | None) -> list[Path]:
    """Where a Redis may be: the machine's own first, then the wheel's."""
    on_path = shutil.which("redis-server")
    own = [Path(on_path)] if on_path else []
    return own + ([package / "bin" / "redis-server"] if package else [])


def find_redis(places: list[Path], account: Account | None, private: Path) -> Found:
    """The first Redis that is new enough, copied into `private` if the account cannot run it.

    Raises CannotStart when there is none.
    """
    for place in places:
        if _is_new_enough(version := version_of(place, account)):
            return Found(place, version)
    for place in places:
        with suppress(OSError):
            copy = Path(shutil.copy(place, private / "redis-server"))
            if _is_new_enough(version := version_of(copy, account)):
                return Found(copy, version, f", from a copy: it cannot read {place}")
    raise CannotStart(
        f"there is no Redis {'.'.join(map(str, OLDEST))} or newer to start: install redis-server, "
        "or pip install 'serieswatch[embedded]'"
    )


def redis_program(found: Found, socket: Path, account: Account | None) -> Program:
    """The server, listening on that socket and nowhere else."""
    settings = SETTINGS | {"unixsocket": str(socket), "dir": str(socket.parent)}
    argv = [str(found.path)]
    for name, value in settings.items():
        argv += [f"--{name}", value]
    return Program("redis", tuple(argv), env=ENVIRONMENT, account=account, is_server=True)


def _is_new_enough(version: str) -> bool:
    return bool(version) and tuple(int(number) for number in version.split(".")[:2]) >= OLDEST


def is_ponging(socket: Path) -> bool:
    """True once Redis answers there."""
    with closing(redis.Redis(unix_socket_path=str(socket), socket_timeout=2)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
