"""Transactions: committed when the block ends, rolled back when it raises."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, func, select, text

from config.settings import SettingsError
from store import feeds
from store.models import OutletRow
from store.session import make_engine, transaction


def outlets(database: Engine) -> int:
    with transaction(database) as session:
        return session.scalar(select(func.count()).select_from(OutletRow)) or 0


def test_a_block_that_ends_is_kept_and_one_that_raises_leaves_nothing(database: Engine) -> None:
    with transaction() as session:  # the process's own engine
        feeds.ensure_outlet(session, key="gazette", name="The Gazette")
    assert outlets(database) == 1

    def fail_half_way() -> None:
        with transaction(database) as session:
            feeds.ensure_outlet(session, key="courier", name="The Courier")
            raise KeyError

    with pytest.raises(KeyError):
        fail_half_way()
    assert outlets(database) == 1


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://desk:three-herons@rows.example:port/desk", "no address at all"]
)
def test_an_address_that_cannot_be_read_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        make_engine(url)
    assert "SERIESWATCH_DATABASE_URL" in str(refused.value)
    assert "herons" not in str(refused.value)


def test_a_connection_is_used_for_an_hour_and_no_longer(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = text("SELECT pg_backend_pid()")
    passed = 0.0
    usual = time.time
    monkeypatch.setattr(time, "time", lambda: usual() + passed)  # the pool's clock
    with closing_engine(database) as ours:
        with transaction(ours) as session:
            first = session.scalar(served)
        passed = 1800.0
        with transaction(ours) as session:
            assert session.scalar(served) == first
        passed = 3700.0
        with transaction(ours) as session:
            assert session.scalar(served) != first


@contextmanager
def closing_engine(database: Engine) -> Iterator[Engine]:
    """An engine as processes make theirs, for the same database."""
    ours = make_engine(database.url.render_as_string(hide_password=False), pool_size=1)
    yield ours
    ours.dispose()
