"""Whatever the code notes in the audit log is told in plain words there: deed, subject, detail."""

import ast
import re
from collections.abc import Iterator
from typing import get_args

from desk import audit_details, audit_words
from desk.feeds import ACTIONS
from pipeline.records import ChangeKind
from store.decisions import PAST
from store.steps import WAYS
from tests.law.tree import ROOT

_KINDS = sorted({name.partition(".")[0] for name in audit_words.DONE})
_ACTION = re.compile(rf"(?:{'|'.join(_KINDS)})(?:\.[a-z_]+)+")
# Deeds whose name is put together: every one that can come of it.
_PUT_TOGETHER = {
    "item.{}": {*PAST, "link", "move"},
    "item.{}.undo": {"link", "move"},
    "story.{}": set(get_args(ChangeKind)),
    "instalment.{}": {action for ways in WAYS.values() for action in ways}
    | {"paste", "paste.again"},
    "delivery.{}": {"delivered", "stopped", "given_up"},
    "development.{}": {"merge", "split", "undo"},
    "feed.{}": set(ACTIONS) - {"unmove"},  # that one is noted as "taken back"
}
_NOT_NOTED = {"audit.html"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that notes something."""
    for part in ("store", "desk", "workers", "cli"):
        for path in sorted((ROOT / part).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if "audit" in text and path.parent.name != "models" and path.stem != "audit_words":
                yield str(path.relative_to(ROOT)), ast.parse(text)


def pattern(node: ast.JoinedStr) -> str:
    """A text that is put together, with braces for its parts."""
    return "".join(str(one.value) if isinstance(one, ast.Constant) else "{}" for one in node.values)


def deeds(tree: ast.Module) -> Iterator[str]:
    """The deeds that a module names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and pattern(node) in _PUT_TOGETHER:
            for one in _PUT_TOGETHER[pattern(node)]:
                yield pattern(node).format(one)
        elif isinstance(node, ast.JoinedStr) and _ACTION.fullmatch(
            pattern(node).replace("{}", "x")
        ):
            yield pattern(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if _ACTION.fullmatch(node.value):
                yield node.value
        elif isinstance(node, ast.Call):
            given = {one.arg: one.value for one in node.keywords}
            action = given.get("action")
            if "subject_kind" in given and isinstance(action, ast.Constant):
                yield str(action.value)


def told(tree: ast.Module) -> Iterator[str]:
    """The names of the details that a module notes."""
    for node in ast.walk(tree):
        found: list[ast.expr | None] = []
        if isinstance(node, ast.keyword) and node.arg == "detail":
            found = [node.value]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(one, ast.Name) and one.id == "detail" for one in targets):
                found = [node.value]
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_note":
            found = list(node.args)
        for one in found:
            if isinstance(one, ast.Dict):
                yield from (str(key.value) for key in one.keys if isinstance(key, ast.Constant))


def test_every_deed_that_is_noted_has_its_words() -> None:
    named = {deed: path for path, tree in modules() for deed in deeds(tree)}
    assert len(named) > 80  # else the law looks in the wrong place
    without = {deed: path for deed, path in named.items() if deed not in audit_words.DONE}
    assert {deed: path for deed, path in without.items() if deed not in _NOT_NOTED} == {}


def test_every_detail_that_is_noted_has_its_words() -> None:
    named = {name: path for path, tree in modules() for name in told(tree)}
    assert len(named) > 40  # as above
    assert {name: path for name, path in named.items() if name not in audit_details.CALLED} == {}


def test_every_kind_of_thing_that_is_noted_has_its_words() -> None:
    named = {
        str(node.value.value)
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword)
        and node.arg == "subject_kind"
        and isinstance(node.value, ast.Constant)
    }
    assert named - set(audit_words.SUBJECTS) == set()
