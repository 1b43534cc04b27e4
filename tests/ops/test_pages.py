"""docs/operations says what is so: its verbs and services exist, its links lead somewhere."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.main import make_parser
from config.settings import Settings
from tests.law.tree import ROOT

PAGES = sorted((ROOT / "docs" / "operations").rglob("*.md"))
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = re.compile(r"(?<!-U)(?<!DATABASE)(?<!ROLE)(?:^| )serieswatch (?!is|works)([^|>;&…)]+)")
COMMANDS = re.compile(r"^    (\S.*)$|`([^`\n]+)`", re.MULTILINE)


BENCHES = (ROOT / "bench" / "__main__.py").read_text(encoding="utf-8")
OPTIONS = {"--profile", "--file", "-f"}  # of docker compose itself
TAKES = {
    "exec": {"-T", "--user", "-d"},
    "logs": {"--no-log-prefix", "--tail", "--since", "-f", "--no-color"},
    "restart": set(),
    "start": set(),
    "stop": set(),
    "kill": {"-s"},
    "ps": {"--all", "-a"},
    "rm": {"--force", "--stop"},
    "run": {"--rm", "--no-deps", "-T"},
    "cp": set(),
    "up": {
        "-d",
        "--dry-run",
        "--build",
        "--wait",
        "--no-deps",
        "--no-recreate",
        "--force-recreate",
        "--scale",
    },
    "build": set(),
    "down": {"-v"},
}


def commands(page: Path) -> list[str]:
    """Everything on a page that is set as code and may be typed."""
    found = COMMANDS.findall(page.read_text(encoding="utf-8"))
    return [block or inline for block, inline in found]


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_verbs_exist(page: Path) -> None:
    for command in commands(page):
        for told in OURS.findall(command):
            words = shlex.split(told.split("  ")[0])  # what stands behind blanks explains
            try:
                make_parser().parse_args(words)
            except SystemExit:
                pytest.fail(f"{command!r} is no command of ours")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_services_exist(page: Path) -> None:
    for command in commands(page):
        for told in re.findall(r"docker compose ((?:[^|>;&]|\s)+)", command):
            words = told.split()
            verb = next((word for word in words if not word.startswith("-")), "")
            if verb not in TAKES:
                continue
            rest = [w for w in words[words.index(verb) + 1 :] if not w.startswith("-")]
            scaled = {w.partition("=")[0] for w in rest if re.fullmatch(r"\w+=\d+", w)}
            rest = [w for w in rest if not re.fullmatch(r"(\w+=)?\d+[mh]?|SIG\w+", w)]
            mine = rest[:1] if verb in {"exec", "run"} else rest
            if verb == "cp":
                mine = [one.partition(":")[0] for one in rest if ":" in one]
            assert set(mine) | scaled <= set(COMPOSE["services"]), command
            known = OPTIONS | TAKES[verb]
            asked = words if verb not in {"exec", "run"} else words[: words.index(mine[0])]
            assert {w.partition("=")[0] for w in asked if w.startswith("-")} <= known, command


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_volumes_networks_files_and_benches_exist(page: Path) -> None:
    here = {*COMPOSE["volumes"], *COMPOSE["networks"], "before"}  # a database's name, of the page
    for command in commands(page):
        assert set(re.findall(r"serieswatch_([a-z][a-z-]*)\b(?!\()", command)) <= here, command
        for told in re.findall(r"(?:^|[ `(])((?:ops|config|docs|bench|tests)/[\w./-]*)", command):
            assert (ROOT / told).exists(), command
        for module, part in re.findall(r"python -m bench(\.\w+)?(?: ([a-z]+))?", command):
            assert not module or (ROOT / "bench" / f"{module[1:]}.py").exists(), command
            assert module or f'"{part}": (' in BENCHES, command
        for told in re.findall(r"(?:^|[ &])\.?/?(lab-\w+\.sh)", command):
            assert (ROOT / told).stat().st_mode & 0o111, command


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_a_page_writes_into_env_is_offered_there(page: Path) -> None:
    offered = set(
        re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    )
    for name in re.findall(r"^    ([A-Z][A-Z_]+)=", page.read_text("utf-8"), re.MULTILINE):
        assert name in offered | MAY_BE_UNTOLD


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{named(page)} leads to {target}"


def test_what_env_example_names_is_read_by_compose() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    offered = re.findall(
        r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(offered) == len(set(offered))
    for name in set(offered) - {"COMPOSE_PROFILES"}:  # compose itself reads that one
        assert re.search(rf"\$\{{{name}[:}}]|^\s+{name}:", text, re.MULTILINE), name
    asked = set(re.findall(r"\$\{([A-Z_]+)", text)) | set(
        re.findall(r"^      (SERIESWATCH_\w+):(?:\s+#.*)?$", text, re.MULTILINE)
    )
    lacking = asked - set(offered)
    assert not lacking - MAY_BE_UNTOLD, "not in .env.example"


def test_what_the_pages_say_can_be_set_is_handed_to_a_service() -> None:
    services = COMPOSE["services"]
    handed = set().union(*(told.get("environment", {}) for told in services.values()))
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"(SERIESWATCH_\w+): \"\$\{(?!SERIESWATCH)", text)) == set(), (
        "a setting is taken from .env by its own name"
    )
    people = ROOT / "docs" / "operations" / "sign-in.md"  # all of it is the desk's
    of_desk = set(re.findall(r"SERIESWATCH_[A-Z_]+[A-Z]", people.read_text(encoding="utf-8")))
    assert of_desk <= set(services["desk"]["environment"])
    for page in PAGES:
        said = set(re.findall(r"SERIESWATCH_[A-Z_]+[A-Z]", page.read_text(encoding="utf-8")))
        assert not said - handed, f"{named(page)}: in .env it would change nothing"


def test_numbers_in_env_example_are_those_taken_without_it() -> None:
    usual = Settings(database_url="")
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, value in re.findall(r"^#SERIESWATCH_([A-Z_]+)=(\d+)$", text, re.MULTILINE):
        assert float(value) == getattr(usual, name.lower()), name


MAY_BE_UNTOLD = {
    "SERIESWATCH_OIDC_CA_FILE",
    "SERIESWATCH_OIDC_NAME",
    "SERIESWATCH_OIDC_SCOPES",
    "SERIESWATCH_OIDC_ROLE_CLAIM",
    "SERIESWATCH_OIDC_ROLES",
    "SERIESWATCH_OIDC_LINK_BY",
    "SERIESWATCH_OIDC_CREATE",
    "SERIESWATCH_TRUSTED_PROXIES",
}
