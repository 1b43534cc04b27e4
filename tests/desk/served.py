"""The desk as a process of its own, for tests of what two share: `python -m tests.desk.served`.

It says its port in a line and serves until its input ends.
"""

import sys
import threading

import uvicorn

from config.settings import settings
from desk.app import create_app
from workers.http import Http


def main() -> None:
    """Serve on a free port of 127.0.0.1."""
    told = settings()
    client = Http(deadline=60, allow_inside=told.allow_inside, retry_wait=0)
    config = uvicorn.Config(create_app(told, client=client), port=0, log_level="warning")
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run)
    serving.start()
    pause = threading.Event()
    while not server.started and serving.is_alive():
        pause.wait(0.01)
    sys.stdout.write(f"{server.servers[0].sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.should_exit = True
    serving.join(10)


if __name__ == "__main__":
    main()
