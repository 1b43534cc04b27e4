"""What tests share: one embedded PostgreSQL, and databases that are theirs alone."""

import itertools
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from cli.embedded import servers, temporary_directory
from config import settings as told
from store import passwords, schema
from store import session as sessions
from store.session import make_engine
from tests.desk.newsroom import QUICK

# A run started by nohup hands on that hang-ups are ignored, and our programs keep to that: the
# tests that hang up want to be heard.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Properties are tried on the same examples in every run: nobody's change is refused for what it
# did not touch. --hypothesis-profile=explore looks for others. A crowded machine takes its time.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("suite", _PATIENT, derandomize=True)
settings.register_profile("explore", _PATIENT, max_examples=1000)
settings.load_profile("suite")

_numbers = itertools.count(1)

# Where the steps of pipeline/ are tested. They must be covered whole, and by their own tests:
# all others run faster where nobody counts lines.
_COUNTED = frozenset({"config", "pipeline", "properties", "wires"})
_HERE = Path(__file__).parent


# What begins first where several run at once: files of few tests that take long, many of them
# waiting rather than working. Begun last, the last of them would run alone.
_LONG = (
    "journeys/test_killed.py",
    "journeys/test_stack.py",
    "journeys",
    "browser",
    "ops",
    "security",
    "properties",
    "desk/test_sweeps.py",
    "desk/test_api_fuzz.py",
    "workers/test_delivering.py",
    "cli",
    "law",
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: some tests wait, and another works meanwhile."""
    return len(os.sched_getaffinity(0)) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, then those of many tests; and count no lines but where steps are tested."""
    tests_of = Counter(item.path for item in items)
    items.sort(key=lambda item: (_turn(item.path), -tests_of[item.path], item.path))
    for item in items:
        if item.path.relative_to(_HERE).parts[0] not in _COUNTED:
            item.add_marker(pytest.mark.no_cover)


def _turn(path: Path) -> int:
    within = path.relative_to(_HERE)
    return next((n for n, long in enumerate(_LONG) if within.is_relative_to(long)), len(_LONG))


@pytest.fixture(autouse=True, scope="module")
def _nothing_remembered(request: pytest.FixtureRequest) -> None:
    """Steps forget what they answered to other files: else those would have run their lines."""
    if request.path.relative_to(_HERE).parts[0] in _COUNTED:
        steps = [module for name, module in sys.modules.items() if name.startswith("pipeline.")]
        for value in itertools.chain.from_iterable(vars(module).values() for module in steps):
            if clear := getattr(value, "cache_clear", None):
                clear()
            elif isinstance(value, dict) and hasattr(value, "__missing__"):
                value.clear()  # a table that is filled as it is asked


@pytest.fixture(autouse=True, scope="module")
def _settings_of_the_module() -> Iterator[None]:
    """What the fixtures of a module are told ends with it: no file leans on one before it."""
    with told.as_told_before():
        yield


@pytest.fixture(autouse=True)
def _settings_of_the_test(_settings_of_the_module: None) -> Iterator[None]:
    """What a test tells the process ends with it."""
    with told.as_told_before():
        yield


@pytest.fixture(scope="module")
def quick_passwords() -> Iterator[None]:
    """Passwords at next to no cost. What the product's cost, tests/store/test_users.py looks at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", QUICK)
        passwords._nobody.cache_clear()  # noqa: SLF001  # an unknown person's is made by the same
        yield
    passwords._nobody.cache_clear()  # noqa: SLF001  # as above


@pytest.fixture(scope="session")
def server() -> Iterator[Engine]:
    """An embedded PostgreSQL for the whole run; its own database is the pattern of all others."""
    with temporary_directory() as directory, servers(directory, broker=False) as started:
        pattern = make_engine(started.database_url)
        schema.migrate(pattern)
        pattern.dispose()  # a database can be copied only while nobody is in it
        maintenance = make_engine(_named(started.database_url, "template1"))
        yield maintenance
        maintenance.dispose()


@pytest.fixture
def database(server: Engine) -> Iterator[Engine]:
    """A fresh migrated database in which tests commit for real; the process's own meanwhile."""
    name = f"test_{next(_numbers)}"
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE serieswatch"))
    url = _named(server.url.render_as_string(hide_password=False), name)
    told.override(database_url=url)
    sessions.engine.cache_clear()
    own = sessions.engine()
    yield own
    own.dispose()
    sessions.engine.cache_clear()
    with autocommit.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def _unwritten(server: Engine) -> Iterator[Engine]:
    """A database in which nothing is ever kept. Its one connection knows all statements soon."""
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("CREATE DATABASE rolled_back TEMPLATE serieswatch"))
    engine = make_engine(_named(server.url.render_as_string(hide_password=False), "rolled_back"))
    yield engine
    engine.dispose()


@pytest.fixture
def session(_unwritten: Engine) -> Iterator[Session]:
    """A session in a transaction that is rolled back: nothing a test writes is kept."""
    told.override(database_url=_unwritten.url.render_as_string(hide_password=False))
    with _unwritten.connect() as connection:
        outer = connection.begin()
        own = Session(connection, join_transaction_mode="create_savepoint")
        yield own
        own.close()
        outer.rollback()
        # What a session alone may hold is no part of a transaction.
        connection.execute(text("SELECT pg_advisory_unlock_all()"))


def _named(url: str, database: str) -> str:
    """The address of another database on the same server."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)
