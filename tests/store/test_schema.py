"""The schema: made from nothing, brought up to date twice, and the same as the tables in code."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from store import schema
from store.models import Base
from store.session import make_engine
from tests.law.tree import ROOT


@pytest.fixture
def nothing(server: Engine) -> Iterator[Engine]:
    """A database with no table in it."""
    autocommit = server.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text("CREATE DATABASE nothing TEMPLATE template0"))
    url = server.url.set(database="nothing").render_as_string(hide_password=False)
    engine = make_engine(url)
    yield engine
    engine.dispose()
    with autocommit.connect() as connection:
        connection.execute(text("DROP DATABASE nothing WITH (FORCE)"))


def test_migrating_makes_every_table_once_and_twice_is_harmless(nothing: Engine) -> None:
    assert schema.version(nothing) is None
    assert schema.migrate(nothing) == (None, schema.head())
    assert schema.version(nothing) == schema.head()
    made = set(inspect(nothing).get_table_names())
    assert set(Base.metadata.tables) <= made
    assert schema.migrate(nothing) == (schema.head(), schema.head())
    assert set(inspect(nothing).get_table_names()) == made


def test_tables_in_code_and_migrations_agree(nothing: Engine) -> None:
    schema.migrate(nothing)
    with nothing.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_server_defaults_in_code_and_migrations_agree(nothing: Engine) -> None:
    schema.migrate(nothing)
    found = inspect(nothing)
    for table in Base.metadata.sorted_tables:
        there = {column["name"]: column["default"] for column in found.get_columns(table.name)}
        for column in table.columns:
            has_default = column.server_default is not None and column.identity is None
            assert (there[column.name] is not None) == has_default, f"{table}.{column.name}"


def test_tables_of_a_later_release_are_left_alone_in_plain_words(nothing: Engine) -> None:
    schema.migrate(nothing)
    with nothing.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(schema.TablesOfLater, match=r"at 9999 .* up to .*NEWER_TABLES"):
        schema.migrate(nothing)


def test_two_migrators_at_once_take_turns(nothing: Engine) -> None:
    url = nothing.url.render_as_string(hide_password=False)
    migrate = [sys.executable, "-m", "cli.main", "migrate", "--json", "--database", url]
    both = [
        subprocess.Popen(migrate, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = [json.loads(one.communicate(timeout=180)[0]) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert [one["after"] for one in said] == [schema.head()] * 2


def test_going_back_leaves_nothing_and_forward_again_works(nothing: Engine) -> None:
    schema.migrate(nothing)
    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    with nothing.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(nothing).get_table_names() == ["alembic_version"]
    assert schema.migrate(nothing) == (None, schema.head())


def test_every_row_that_waits_is_found_by_an_index_of_those_that_wait(nothing: Engine) -> None:
    schema.migrate(nothing)
    for table in (
        "feeds",
        "documents",
        "stories",
        "instalments",
        "deliveries",
        "backfills",
        "article_pages",
    ):
        names = {index["name"] for index in inspect(nothing).get_indexes(table)}
        assert f"ix_{table}_waiting" in names


def test_the_server_itself_ends_what_a_worker_has_forgotten(nothing: Engine) -> None:
    with nothing.connect() as connection:
        for guard in (
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
        ):
            assert connection.scalar(text(f"SHOW {guard}")) != "0"
        assert connection.scalar(text("SHOW timezone")) == "UTC"
        assert connection.scalar(text("SHOW application_name")) == "serieswatch"


def test_what_the_first_release_kept_is_judged_when_the_tables_change(nothing: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    with nothing.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(_FIRST_RELEASE))
    schema.migrate(nothing)
    with nothing.connect() as connection:
        hosts = connection.scalars(text("SELECT host FROM feeds ORDER BY url")).all()
        asked = "SELECT nearness, fullness FROM sightings JOIN feeds f ON f.id = feed_id"
        judged = connection.execute(text(f"{asked} ORDER BY f.url")).all()
    assert hosts == ["gazette.example", "list.example", "wire.example"]
    assert judged == [(0, 9), (2, 9), (1, 9)]


_FIRST_RELEASE = """
    INSERT INTO outlets (key, name, kind) VALUES
        ('gazette', 'Gazette', 'outlet'), ('list', 'List', 'outlet'), ('wire', 'Wire', 'wire');
    INSERT INTO feeds (url, outlet_id)
        SELECT 'https://feeds.' || key || '.example/all.xml', id FROM outlets;
    INSERT INTO documents
        (feed_id, fetch_token, captured_at, url, status, headers, body, body_hash)
        SELECT id, gen_random_uuid(), now(), url, 200, '{}', '', 'x' FROM feeds LIMIT 1;
    INSERT INTO stories (outlet_id, feed_id, first_seen_at, changed_at)
        SELECT outlet_id, id, now(), now() FROM feeds WHERE url LIKE '%gazette%';
    INSERT INTO story_versions
        (story_id, number, document_id, feed_id, seen_at, kind, content_hash, fingerprint,
         title, summary, text, html, canonical_url, byline, published_raw)
        SELECT s.id, 1, d.id, s.feed_id, now(), 'first', 'x', 'x', 'Talks', 'Brief', 'Text', '',
            'https://www.Gazette.example/1', '', '' FROM stories s, documents d;
    INSERT INTO sightings (story_id, feed_id, first_seen_at, fingerprint, document_id)
        SELECT s.id, f.id, now(), 'x', d.id FROM stories s, feeds f, documents d
"""


def test_a_migration_that_somebody_is_in_the_way_of_is_tried_again(
    nothing: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated, ways = schema._migrated, iter(("lock", "deadlock"))  # noqa: SLF001  # the one try

    def hindered(engine: Engine, *told: Any) -> tuple[str | None, str]:  # noqa: ANN401  # handed on
        """Twice somebody holds a table; then the way is free."""
        if (way := next(ways, None)) is None:
            return migrated(engine, *told)
        state = {"lock": "55P03", "deadlock": "40P01"}[way]
        raise_it = f"DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '{state}'; END $$"
        with engine.begin() as connection:
            connection.execute(text(raise_it))
        raise AssertionError

    monkeypatch.setattr(schema, "_migrated", hindered)
    monkeypatch.setattr(schema, "PAUSE", 0.01)
    assert schema.migrate(nothing) == (None, schema.head())
    ways = iter(["lock"] * schema.TRIES)
    with pytest.raises(schema.TablesInUse, match="nothing was changed"):
        schema.migrate(nothing)


def test_a_step_that_takes_too_long_is_told_of_as_what_it_is(nothing: Engine) -> None:
    with pytest.raises(schema.StepTooLong, match=r"the step to 0001 .*--step-seconds 60") as told:
        schema.migrate(nothing, step_seconds=0.001)
    assert "nothing was changed" in str(told.value)
    assert "canceling statement" in str(told.value)  # by whom: in the database's own words
    assert schema.version(nothing) is None


def test_whoever_waits_is_told_which_step_is_under_way(nothing: Engine) -> None:
    said: list[str] = []
    schema.migrate(nothing, said=said.append)
    assert said == []  # from nothing it takes a moment
    with nothing.begin() as connection:
        config = schema._config()  # noqa: SLF001  # as the product has it
        config.attributes["connection"] = connection
        command.downgrade(config, "-1")
    schema.migrate(nothing, said=said.append)
    assert said == [f"bringing the tables to {schema.head()}; 0 more to come after that"]


def test_tables_of_a_later_release_are_known_for_what_they_are() -> None:
    assert schema.is_newer("9999")
    assert not schema.is_newer(schema.head())
    assert not schema.is_newer("0001")
    assert not schema.is_newer(None)
