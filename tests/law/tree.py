"""A source tree as the laws see it: modules parsed, texts by path; and what a breach says."""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("config", "pipeline", "store", "workers", "desk", "cli", "migrations")
NOT_OURS = {"build", "dist", "secrets", "htmlcov", "__pycache__"}  # as .gitignore has it


@dataclass(frozen=True)
class Breach:
    """One place where a law is broken."""

    path: str
    line: int
    rule: str
    way_out: str

    def __str__(self) -> str:
        """The place as editors jump to it, the rule, and what to do instead."""
        return f"{self.path}:{self.line}: {self.rule}. Way out: {self.way_out}."


@dataclass(frozen=True)
class Module:
    """One Python file, parsed."""

    path: str  # from the root, with slashes
    text: str
    tree: ast.Module = field(repr=False)

    @property
    def package(self) -> str:
        """The folder at the root it lies in; '' for a file at the root itself."""
        return self.path.partition("/")[0] if "/" in self.path else ""

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """Line and full name of everything imported: `from a import b` gives a and a.b."""
        return tuple(_imports(self.tree))

    @cached_property
    def names(self) -> tuple[tuple[int, str], ...]:
        """Line and full name of every use of something imported: `dt.now` gives datetime.now."""
        return tuple(_names(self.tree))


@dataclass(frozen=True)
class Tree:
    """All files below a folder that are ours: no hidden folder, environment or build."""

    root: Path

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths from the root, sorted."""
        return tuple(sorted(_files(self.root)))

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """Every Python file, parsed once."""
        return tuple(
            Module(path, text := self.read(path), ast.parse(text, path))
            for path in self.files
            if path.endswith(".py")
        )

    @property
    def product(self) -> tuple[Module, ...]:
        """The modules that run: everything but tests, benchmarks and documentation."""
        return tuple(module for module in self.modules if module.package in PRODUCT)

    def read(self, path: str) -> str:
        """The file's text; '' for one that is not UTF-8."""
        try:
            return (self.root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return ""


def _files(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = [
            name
            for name in folders
            if (name == ".ci" or not name.startswith("."))
            and name not in NOT_OURS
            and not (here / name / "pyvenv.cfg").exists()
        ]
        for name in names:
            # In a second working tree .git is a file that says where the first one stands.
            if not name.endswith(".pyc") and name not in {".env", ".coverage", ".git"}:
                yield (here / name).relative_to(root).as_posix()


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    full = _full_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            head, _, rest = _dotted(node).partition(".")
            if head in full:
                yield node.lineno, f"{full[head]}.{rest}".rstrip(".")


def _full_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for."""
    full: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                shown = alias.asname or alias.name.partition(".")[0]
                full[shown] = alias.name if alias.asname else shown
        elif isinstance(node, ast.ImportFrom) and node.module:
            full.update({a.asname or a.name: f"{node.module}.{a.name}" for a in node.names})
    return full


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as written; '' where the chain does not start at a name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := _dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""
