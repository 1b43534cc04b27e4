"""Dashboards ask for what is served. That each panel gives data: `make bench ARGS=panels`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.law.tree import ROOT

GRAFANA = ROOT / "ops" / "grafana"
BOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
SERVED = set(
    re.findall(
        r"^\| `(\w+)` \|", (ROOT / "docs/operations/monitor.md").read_text("utf-8"), re.MULTILINE
    )
)


def read(path: Path) -> dict[str, Any]:
    board: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return board


def questions(board: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_the_four_are_there_each_under_its_own_name() -> None:
    assert [path.stem for path in BOARDS] == ["machines", "newsroom", "pipeline", "sources"]
    assert len({read(path)["uid"] for path in BOARDS}) == len(BOARDS)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_panels_ask_for_metrics_there_are(path: Path) -> None:
    for question in questions(read(path)):
        for name in re.findall(r"serieswatch_(\w+)", question):
            assert re.sub(r"_(bucket|sum|count)$", "", name) in SERVED, question


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_panels_have_a_title_a_place_and_our_source(path: Path) -> None:
    taken: set[tuple[int, int]] = set()
    told = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text("utf-8"))
    sources = {source["uid"] for source in told["datasources"]}
    for panel in read(path)["panels"]:
        assert panel["title"]
        assert panel["datasource"]["uid"] in sources
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
