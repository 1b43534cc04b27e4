"""What becomes of every table in time is said, in one place, and what is said is so."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Column, Integer, MetaData, Table

from store.fates import AGED, FATES, FEW, KEPT, PASSING, TURNED
from store.models import Base
from store.retention import RULES

SAY_IT = (
    "say in store/fates.py what becomes of its rows in time: kept for ever and why, aged by a "
    "rule of store/retention.py, turned by the day, few, or passing"
)


def unnamed(tables: MetaData) -> list[str]:
    """The tables of which nobody has said what becomes of them."""
    return [f"{one.name}: {SAY_IT}" for one in tables.sorted_tables if one.name not in FATES]


def test_every_table_has_its_fate() -> None:
    assert unnamed(Base.metadata) == []


def test_a_table_that_is_new_is_not_forgotten() -> None:
    tables = MetaData()
    Table("later", tables, Column("id", Integer, primary_key=True))
    assert unnamed(tables) == [f"later: {SAY_IT}"]


def test_no_fate_is_of_a_table_that_is_gone() -> None:
    assert set(FATES) <= set(Base.metadata.tables)


def test_every_rule_has_its_tables_and_what_ages_has_a_rule() -> None:
    named = Counter(rule for fate in FATES.values() for rule in fate.rules)
    assert set(named) == set(RULES)
    assert all(fate.rules for fate in FATES.values() if fate.kind == "aged")
    assert all(fate.why for fate in FATES.values())


def test_a_table_stands_in_one_list_only() -> None:
    lists: tuple[Mapping[str, object], ...] = (AGED, FEW, KEPT, PASSING, TURNED)
    assert sum(len(one) for one in lists) == len(FATES)


def test_what_turns_is_in_partitions_and_nothing_else_is() -> None:
    parted = {
        name
        for name, table in Base.metadata.tables.items()
        if table.dialect_options["postgresql"].get("partition_by")
    }
    assert parted == set(TURNED)
