"""Each migration is one that the release before can run on: it adds, or says why nothing is missed.

A release is upgraded while the one before works, and may be gone back from without touching the
tables. So what takes away, renames, tightens or makes old writers fail needs a sentence in its
module: RELEASE_BEFORE = "why the release before does not mind".
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import schema

FILES = sorted((schema.SCRIPTS / "versions").glob("0*.py"))
TAKES_AWAY = {
    "drop_column", "drop_table", "drop_constraint", "rename_table", "create_unique_constraint",
    "create_check_constraint", "create_exclude_constraint",
}  # fmt: skip
WORDS = re.compile(
    r"\b(DROP (TABLE|COLUMN|CONSTRAINT)|RENAME (TO|COLUMN)|SET NOT NULL|TRUNCATE)\b", re.IGNORECASE
)
DECLARED = "RELEASE_BEFORE"
# Written before anything was published: nobody upgrades across them while an earlier one works.
BEFORE_THE_FIRST_RELEASE = {
    "0002_polling": "widens a unique key",
    "0010_rulings": "makes a unique key partial, which ON CONFLICT upon it does not survive",
    "0012_credits_and_quotes": "adds unique keys",
    "0019_people_rights_and_tokens": "adds a unique key upon a number the server gives",
}


def breaches(source: str) -> Iterator[str]:
    """What of a migration's `upgrade` the release before may stumble over."""
    tree = ast.parse(source)
    upgrade = next(
        one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == "upgrade"
    )
    for call in (one for one in ast.walk(upgrade) if isinstance(one, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        said = {word.arg: word.value for word in call.keywords}
        if name in TAKES_AWAY:
            yield f"line {call.lineno}: {name}"
        if name == "alter_column" and (said.keys() & {"new_column_name", "type_"} or is_no(said)):
            yield f"line {call.lineno}: alter_column tightens or renames"
        if name == "add_column" and (column := _column(call)) and column:
            yield f"line {call.lineno}: add_column that old writers leave empty: {column}"
        for text in (one for one in ast.walk(call) if isinstance(one, ast.Constant)):
            if name == "execute" and isinstance(text.value, str) and WORDS.search(text.value):
                yield f"line {text.lineno}: {WORDS.findall(text.value)}"


def is_no(said: dict[str | None, ast.expr]) -> bool:
    """Whether it says that a column may not be empty."""
    value = said.get("nullable")
    return isinstance(value, ast.Constant) and value.value is False


def _column(call: ast.Call) -> str:
    """The name of a column that may not be empty and is not filled by the server."""
    column = next((one for one in call.args if isinstance(one, ast.Call)), None)
    if column is None:
        return ""
    said = {word.arg: word.value for word in column.keywords}
    is_tight = is_no(said) and not _is_filled(column, said)
    return ast.unparse(column.args[0]) if is_tight and column.args else ""


def _is_filled(column: ast.Call, said: dict[str | None, ast.expr]) -> bool:
    """Whether the server puts something in where a writer does not know the column."""
    return "server_default" in said or any("Identity" in ast.unparse(one) for one in column.args)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_only_adds_or_says_why_the_release_before_does_not_mind(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    declared = re.search(rf'^{DECLARED} = \(?\s*"(.{{20,}})', source, re.MULTILINE)
    if file.stem in BEFORE_THE_FIRST_RELEASE:
        assert list(breaches(source)), f"{file.name} needs no exception"
    elif found := list(breaches(source)):
        assert declared, f"{file.name}: {'; '.join(found)}. Add first, remove a release later"
    else:
        assert not declared, f"{file.name} declares what it does not do"


@pytest.mark.parametrize(
    "step",
    [
        'op.drop_column("feeds", "url")',
        'op.rename_table("feeds", "sources")',
        'op.alter_column("feeds", "url", nullable=False)',
        'op.alter_column("feeds", "url", new_column_name="address")',
        'op.add_column("feeds", sa.Column("mood", sa.Text(), nullable=False))',
        'op.execute("ALTER TABLE feeds DROP COLUMN url")',
        'op.execute(sa.text("ALTER TABLE feeds ALTER url SET NOT NULL"))',
        'op.create_unique_constraint("uq", "feeds", ["host"])',
    ],
)
def test_a_step_that_breaks_the_release_before_is_found(step: str) -> None:
    assert list(breaches(f"def upgrade():\n    {step}\n"))


def test_steps_that_add_are_let_through() -> None:
    added = (
        'op.add_column("feeds", sa.Column("mood", sa.Text(), nullable=False, server_default=""))'
    )
    assert not list(breaches(f"def upgrade():\n    {added}\n    op.create_index('i', 'feeds')\n"))
