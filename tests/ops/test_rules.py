"""Alarms: each fires and is quiet when it should, has its page, rests on figures that are served.

`promtool` and `amtool` come with the packages `prometheus` and `prometheus-alertmanager`. Where
they are not installed, the tests that run them are skipped and say so.
"""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.law.tree import ROOT

PROMETHEUS = ROOT / "ops" / "prometheus"
RUNBOOKS = ROOT / "docs" / "operations" / "runbooks"
PREFIX = "https://github.com/serieswatch/serieswatch/blob/main/"


def read(name: str) -> Any:  # noqa: ANN401  # whatever YAML holds
    return yaml.safe_load((PROMETHEUS / name).read_text(encoding="utf-8"))


def rules() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in read("rules.yml")["groups"] for rule in group["rules"]}


def run(program: str, *arguments: str) -> None:
    """Let a checker run; what it says is the failure."""
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed: apt install prometheus prometheus-alertmanager")
    done = subprocess.run(
        [found, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_prometheus_accepts_rules_and_settings() -> None:
    run("promtool", "check", "config", "prometheus.yml")


def test_every_alarm_fires_and_is_quiet_as_its_tests_say() -> None:
    run("promtool", "test", "rules", "tests.yml")


def test_alertmanager_accepts_its_settings_and_the_patterns_beside_them() -> None:
    files = sorted((ROOT / "ops" / "alertmanager").glob("*.yml"))
    assert {file.stem for file in files} == {"alertmanager", "mail", "webhook"}
    run("amtool", "check-config", *map(str, files))


@pytest.mark.parametrize("alarm", sorted(rules()))
def test_an_alarm_is_tested_both_ways(alarm: str) -> None:
    asked = [one for test in read("tests.yml")["tests"] for one in test["alert_rule_test"]]
    mine = [one for one in asked if one["alertname"] == alarm]
    assert any(one["exp_alerts"] for one in mine)
    assert any(not one["exp_alerts"] for one in mine)


@pytest.mark.parametrize("alarm", sorted(rules()))
def test_an_alarm_leads_to_its_page(alarm: str) -> None:
    url = rules()[alarm]["annotations"]["runbook_url"]
    page = ROOT / url.removeprefix(PREFIX)
    assert page == RUNBOOKS / f"{alarm}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {alarm}\n")
    assert re.findall(r"^\*\*(.+?)\.\*\*", text, re.MULTILINE) == [
        "What it means",
        "What to look at",
        "What to do",
    ]


def test_no_page_is_left_over() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == set(rules())


def test_silenced_alarms_exist() -> None:
    told = yaml.safe_load((ROOT / "ops/alertmanager/alertmanager.yml").read_text(encoding="utf-8"))
    matchers = [m for rule in told["inhibit_rules"] for side in rule.values() for m in side]
    named = {name for m in matchers for name in re.findall(r"[A-Z]\w+", m)}
    assert named <= set(rules())


def test_what_alarms_rest_on_is_served() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", page("monitor.md"), re.MULTILINE))
    asked = " ".join(str(rule["expr"]) for rule in rules().values())
    names = set(re.findall(r"serieswatch_(\w+)", asked))
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in names} <= told


def page(name: str) -> str:
    """A page of docs/operations."""
    return Path(RUNBOOKS.parent / name).read_text(encoding="utf-8")
