"""Settings: read once from an environment, every silly value named with a way out, no secret shown.

Addresses and passwords are invented.
"""

import re
import subprocess
import sys
from dataclasses import MISSING, FrozenInstanceError, fields
from pathlib import Path

import pytest

from config.settings import (
    EXAMPLES,
    Settings,
    SettingsError,
    read_settings,
    without_password,
)
from config.timetable import timetable
from tests.law.tree import ROOT

DATABASE = {"SERIESWATCH_DATABASE_URL": "postgresql://desk:three-herons@rows.example/desk"}


def test_a_database_is_all_that_must_be_told() -> None:
    told = read_settings(DATABASE)
    assert told == Settings("postgresql+psycopg://desk:three-herons@rows.example/desk")
    assert told.lease_seconds == 180
    assert not told.recorded_clock


def test_without_a_database_the_variable_its_file_sister_and_an_example_are_named() -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({})
    assert "SERIESWATCH_DATABASE_URL is not set" in str(refused.value)
    assert "SERIESWATCH_DATABASE_URL_FILE" in str(refused.value)
    assert "postgresql+psycopg://" in str(refused.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_our_driver_is_put_into_the_address_people_write(scheme: str) -> None:
    told = read_settings({"SERIESWATCH_DATABASE_URL": f"{scheme}://desk@rows.example/desk"})
    assert told.database_url == "postgresql+psycopg://desk@rows.example/desk"


def test_every_kind_of_value_is_read_as_its_kind() -> None:
    told = read_settings(
        DATABASE
        | {
            "SERIESWATCH_LEASE_SECONDS": "90",
            "SERIESWATCH_SWEEP_SECONDS": "2.5",
            "SERIESWATCH_DESK_SECURE": "Yes",
            "SERIESWATCH_ALLOW_INSIDE": " 10.20.0.0/16, 192.168.7.4/32 ,",
            "SERIESWATCH_LOG_FORMAT": "json",
            "SERIESWATCH_BROKER_URL": "redis://bells.example/0",
            "UNRELATED": "x",
        }
    )
    assert (told.lease_seconds, told.sweep_seconds, told.desk_secure) == (90, 2.5, True)
    assert told.allow_inside == ("10.20.0.0/16", "192.168.7.4/32")
    assert (told.log_format, told.broker_url) == ("json", "redis://bells.example/0")


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("DATABASE_URL", "mysql://desk@rows.example/desk", "PostgreSQL only"),
        ("BROKER_URL", "amqp://bells.example/", "through Redis only"),
        ("BROKER_URL", "", "is empty: for example redis://"),
        ("LEASE_SECONDS", "soon", "a whole number above 0; for example 180"),
        ("LEASE_SECONDS", "1.5", "a whole number above 0"),
        ("LEASE_SECONDS", "0", "a whole number above 0"),
        ("MAX_ATTEMPTS", "-3", "a whole number above 0; for example 5"),
        ("SWEEP_SECONDS", "nan", "a number above 0; for example 30.0"),
        ("SWEEP_SECONDS", "inf", "a number above 0"),
        ("DISPATCH_SECONDS", "", "a number above 0"),
        ("DESK_PORT", "99999", "at most 65535; for example 8080"),
        ("DESK_SECURE", "perhaps", "use yes or no"),
        ("LOG_FORMAT", "yaml", "use console or json"),
        ("CONTACT_URL", "  ", "is empty: for example https://newsroom.example/"),
        ("ALIVE_FILE", "", "is empty: for example /tmp/"),
        ("DESK_HOST", "", "is empty: for example 127.0.0.1"),
    ],
)
def test_a_silly_value_is_refused_with_the_variable_and_what_to_write(
    variable: str, value: str, words: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings(DATABASE | {f"SERIESWATCH_{variable}": value})
    assert f"SERIESWATCH_{variable}" in str(refused.value)
    assert words in str(refused.value)


def test_every_setting_that_is_a_text_has_an_example_to_show() -> None:
    texts = {setting.name for setting in fields(Settings) if setting.type is str}
    assert texts <= set(EXAMPLES)


def test_a_secret_may_stand_in_a_file_and_its_line_end_is_no_part_of_it(tmp_path: Path) -> None:
    secret = tmp_path / "database_url"
    secret.write_text("postgresql://desk:from-a-file@rows.example/desk\n", encoding="utf-8")
    told = read_settings({"SERIESWATCH_DATABASE_URL_FILE": str(secret)})
    assert told.database_url == "postgresql+psycopg://desk:from-a-file@rows.example/desk"


def test_the_variable_itself_goes_before_its_file(tmp_path: Path) -> None:
    told = read_settings(DATABASE | {"SERIESWATCH_DATABASE_URL_FILE": str(tmp_path / "missing")})
    assert "three-herons" in told.database_url


def test_a_secret_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    scrambled = tmp_path / "scrambled"
    scrambled.write_bytes(b"\xff\xfe\xfd")
    for path, why in (
        (tmp_path / "missing", "No such file"),
        (tmp_path, "Is a directory"),
        (scrambled, "not UTF-8"),
    ):
        with pytest.raises(SettingsError) as refused:
            read_settings({"SERIESWATCH_DATABASE_URL_FILE": str(path)})
        assert f"SERIESWATCH_DATABASE_URL_FILE names {path}" in str(refused.value)
        assert why in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://:three-herons@bells.example:6379/0", "redis://:***@bells.example:6379/0"),
        ("postgresql://desk:three-herons@/desk", "postgresql://desk:***@/desk"),
        ("postgresql://desk:thr/ee-h@erons@h/desk", "postgresql://desk:***@h/desk"),
        ("postgresql://h/d?user=x&password=herons&a=1", "postgresql://h/d?user=x&password=***&a=1"),
        ("postgresql://desk@h/desk?host=/run/pg&port=1", None),
        ("redis+socket:///run/bells.sock?virtual_host=0", None),
        ("redis://bells.example:6379/0", None),
        ("", None),
    ],
)
def test_a_password_is_masked_and_all_else_is_shown(url: str, shown: str | None) -> None:
    assert without_password(url) == (url if shown is None else shown)


def test_the_dump_shows_every_setting_and_no_password() -> None:
    told = read_settings(DATABASE | {"SERIESWATCH_BROKER_URL": "redis://:tidy@bells.example/0"})
    shown = told.masked()
    assert set(shown) == {setting.name for setting in fields(Settings)}
    assert shown["database_url"] == "postgresql+psycopg://desk:***@rows.example/desk"
    assert shown["broker_url"] == "redis://:***@bells.example/0"
    assert not {"herons", "tidy"} & set(str(shown).split("-"))


def test_settings_cannot_be_changed_afterwards() -> None:
    told = read_settings(DATABASE)
    with pytest.raises(FrozenInstanceError):
        told.lease_seconds = 1  # type: ignore[misc]  # that it is refused is the test


def test_a_task_is_killed_well_before_its_lease_runs_out() -> None:
    for seconds in ("5", "60", "180"):
        told = read_settings(DATABASE | {"SERIESWATCH_LEASE_SECONDS": seconds})
        assert told.task_seconds < told.lease_seconds


def test_the_timetable_rings_every_round_and_lets_late_bells_expire() -> None:
    told = read_settings(DATABASE | {"SERIESWATCH_SWEEP_SECONDS": "7"})
    rounds = timetable(told)
    assert {entry["task"] for entry in rounds.values()} == {
        *("workers.dispatch", "workers.sweep", "workers.watch", "workers.learn_rhythms"),
        *("workers.refit_series", "workers.wishes"),
        *("workers.turn_days", "workers.count", "workers.let_go"),
        "workers.read_pages",
    }
    assert rounds["sweep"]["schedule"] == 7
    assert all("expires" in str(entry["options"]) for entry in rounds.values())


def test_what_a_command_was_told_goes_before_the_environment_and_on_to_its_children() -> None:
    script = """
from config.settings import environment, override, settings
before = settings().lease_seconds
override(lease_seconds="50")
print(before, settings().lease_seconds, environment()["SERIESWATCH_LEASE_SECONDS"], end=" ")
print(settings() is settings(), environment()["PATH"])
"""
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=DATABASE | {"SERIESWATCH_LEASE_SECONDS": "40", "PATH": "/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["40", "50", "50", "True", "/bin"]


def test_the_module_prints_what_is_in_force_or_says_in_one_line_what_is_wrong() -> None:
    run = [sys.executable, "-m", "config"]
    told = subprocess.run(run, cwd=ROOT, env=DATABASE, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")
    assert "database_url = postgresql+psycopg://desk:***@rows.example/desk" in told.stdout
    assert "three-herons" not in told.stdout
    wrong = subprocess.run(run, cwd=ROOT, env={}, capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.count("\n") == 1
    assert "SERIESWATCH_DATABASE_URL" in wrong.stderr


def test_the_page_of_settings_names_every_one_with_what_holds_where_nothing_is_told() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (\S(?:.*?\S)?) \| \S.* \|$", page, re.MULTILINE))
    held = {field.name: _as_told(field.default) for field in fields(Settings)}
    assert told == held


def _as_told(default: object) -> str:
    """A default as one would write it into the environment; a dash for none."""
    if default is MISSING or default in ("", ()):
        return "–"  # noqa: RUF001  # as pages have it
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, tuple):
        return ",".join(default)
    return f"{default:g}" if isinstance(default, float) else str(default)
