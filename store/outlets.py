"""The outlets, with the names that others credit them by."""

from functools import lru_cache
from itertools import chain

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import CATALOGUE
from pipeline.newsroom import by_homepage, name_of, owner_of, read_outlets
from pipeline.records import Outlet
from store.models import OutletRow


def known(session: Session) -> tuple[Outlet, ...]:
    """Every outlet there is a row for, by key."""
    return tuple(
        Outlet(
            key=row.key,
            name=row.name,
            kind=row.kind,  # type: ignore[arg-type]  # the column holds these words only
            homepage=row.homepage,
            aliases=tuple(row.aliases),
        )
        for row in session.scalars(select(OutletRow).order_by(OutletRow.key))
    )


@lru_cache(maxsize=1)
def listed() -> tuple[Outlet, ...]:
    """The outlets that config lists: those it polls, and those that others credit."""
    files = (CATALOGUE / "feeds.toml", CATALOGUE / "outlets.toml")
    return tuple(
        chain.from_iterable(
            read_outlets(file.read_text(encoding="utf-8"), str(file)) for file in files
        )
    )


@lru_cache(maxsize=1)
def _homes() -> dict[str, Outlet]:
    return by_homepage(listed())


def of_address(url: str, *, key: str, title: str = "") -> Outlet:
    """Whose address this is: an outlet that config lists, or else one named by title or host.

    `key` is for one that is not listed.
    """
    return owner_of(url, _homes()) or Outlet(key=key, name=name_of(url, title) or key)
