"""The laws of the house that linters cannot say: each walks a tree and gives its breaches."""

import ast
import io
import re
import tokenize
import tomllib
from collections.abc import Callable, Iterator
from itertools import chain

from tests.law.tree import PRODUCT, Breach, Module, Tree

Law = Callable[[Tree], Iterator[Breach]]

PLAIN_WORDS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "manager",
    "managers",
    "base",
    "data",
}
NOT_STEPS = {"__init__", "records", "errors"}  # what steps pass and raise: nothing to run in them

SOCKETS = {
    "socket", "socketserver", "ssl", "urllib3", "urllib.request", "http.client", "http.server",
    "requests", "httpx", "aiohttp", "ftplib", "smtplib", "imaplib", "poplib", "xmlrpc",
}  # fmt: skip
MAY_OPEN = {
    "workers/http/connections.py": {"socket", "ssl"},  # opens them: the one place
    "workers/http/names.py": {"socket"},  # asks name servers
    "workers/http/exchange.py": {"urllib3"},  # speaks HTTP over what connections.py opened
    "workers/http/reading.py": {"urllib3", "http.client"},  # reads what came back over it
    "workers/http/problems.py": {"ssl", "urllib3", "http.client"},  # says what these raise
    "workers/http/__init__.py": {"socket"},  # the name alone, as what its caller is given
    "workers/mailbox.py": {"imaplib", "socket"},  # speaks IMAP over what workers/http opened
    "workers/mailing.py": {"smtplib", "socket"},  # speaks SMTP over such a connection
    "cli/origin/server.py": {"http.server"},  # serves recorded feeds to ourselves, on loopback
    "cli/stack.py": {"http.server"},  # takes a free port on loopback for the desk
}
MAY_COMMIT = {
    "store/session.py": "the one place",
    "store/schema.py": "bringing the tables up to date is one transaction, before all others",
}
CLOCKS = {
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today",
    "datetime.date.today", "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns",
    "time.perf_counter", "time.perf_counter_ns", "time.process_time", "time.localtime",
    "time.gmtime", "time.ctime", "time.strftime", "time.sleep",
    "uuid.uuid1", "uuid.uuid4", "uuid.uuid6", "uuid.uuid7", "os.urandom",
}  # fmt: skip
PICKLES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
PLAIN = {"int", "str", "bool"}
PLAIN |= {f"list[{word}]" for word in PLAIN}

MARK = re.compile(
    r"(?P<noqa>noqa\b(?::\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?)"
    r"|(?P<type>type:\s*ignore(?:\[(?P<kinds>[\w, -]+)\])?)"
    r"|(?P<pragma>pragma:\s*no\s+(?:cover|branch))"
)
WHOLE_FILE = re.compile(r"#\s*(?:ruff|flake8):\s*noqa|#\s*mypy:\s*\S")
SHORTEST_REASON = 8  # characters: less is no sentence

PLACES = re.compile(r"(?<![\w.~*-])/(?:home|root|Users|work)/[\w.]")
HOSTS = re.compile(
    r"pythonhosted\.org|pypi\.org/simple|://[^\s\"'<>]+/simple\b"
    r"|\b(?:artifactory|nexus|devpi|registry|pypi-mirror)\.[a-z][\w-]*\.[a-z]"
    r"|\b(?:extra-)?index-url\b['\"]?\s*[= ]\s*['\"]?\w+://",
    re.IGNORECASE,
)


def modules_open_with_their_line(tree: Tree) -> Iterator[Breach]:
    """A reader learns from the first line what lives in a file."""
    for module in tree.modules:
        if not (ast.get_docstring(module.tree) or "").strip():
            yield Breach(
                module.path,
                1,
                "a module opens with one line that says what lives here",
                'begin the file with """..."""',
            )


def tasks_are_doors(tree: Tree) -> Iterator[Breach]:
    """A task opens, calls and closes; plain values in, nothing out."""
    for task in _tasks(tree):
        if not _name_is_written_out(task):
            yield _at(
                task,
                f"task {task.name} has no name written out",
                f'@app.task(name="workers.{task.name}"), so that the file can move and no message'
                " is orphaned",
            )
        for argument in _arguments(task):
            if argument.annotation is None or ast.unparse(argument.annotation) not in PLAIN:
                yield _at(
                    argument,
                    f"task {task.name} takes {ast.unparse(argument)}, which is not plain",
                    "send ids and slugs (int, str, bool or a list of one of them) and read the row",
                )
        if not (isinstance(task.returns, ast.Constant) and task.returns.value is None):
            yield _at(
                task,
                f"task {task.name} gives something back",
                "annotate it -> None and write what it finds into a row",
            )
        turns = [node for node in ast.walk(task) if _is_turn(node)]
        if len(turns) > 1:
            yield _at(
                turns[1],
                f"task {task.name} decides twice; a task is a door",
                "move the thought to workers/flow.py and call it from here",
            )


def nothing_waits_in_a_message(tree: Tree) -> Iterator[Breach]:
    """Long waits are a column; a message with a date is delivered twice or lost."""
    for module in tree.product:
        if module.package != "workers":
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown"}:
                yield _at(
                    node,
                    f"a message waits ({node.arg})",
                    "write due_at on the row and let dispatch ring when it has come",
                    module,
                )
            elif _is_call_of(node, {"retry"}) and module.path == "workers/tasks.py":
                yield _at(
                    node,
                    "a task sends itself again",
                    "close the lease with store.work.fail: the row comes back at its due_at",
                    module,
                )


def bells_ring_after_the_commit(tree: Tree) -> Iterator[Breach]:
    """Who is woken before the commit finds nothing to do."""
    bells = {"delay", "apply_async", "send_task", "ring"}
    for module in tree.product:
        for block in ast.walk(module.tree):
            if not isinstance(block, ast.With) or not any(
                _is_call_of(item.context_expr, {"transaction"}) for item in block.items
            ):
                continue
            for node in (inner for line in block.body for inner in ast.walk(line)):
                if _is_call_of(node, bells):
                    yield _at(
                        node,
                        "a bell rings inside a transaction",
                        "keep the ids and ring after the `with transaction()` block",
                        module,
                    )


def one_place_commits(tree: Tree) -> Iterator[Breach]:
    """One task or one request is one transaction, and transaction() ends it."""
    for module in tree.product:
        if module.path in MAY_COMMIT:
            continue
        for node in ast.walk(module.tree):
            if _is_call_of(node, {"commit", "rollback", "begin"}, method=True):
                yield _at(
                    node,
                    "only store/session.py begins, commits and rolls back",
                    "work inside `with transaction() as session` (flush() gives an id; "
                    "begin_nested() is a savepoint)",
                    module,
                )


def one_place_opens_sockets(tree: Tree) -> Iterator[Breach]:
    """Limits, deadlines and the address guard are in workers/http, for every request."""
    for module in tree.product:
        allowed = MAY_OPEN.get(module.path, set())
        opening = {
            (line, word)
            for line, name in module.imports
            for word in SOCKETS - allowed
            if name == word or name.startswith(f"{word}.")
        }
        for line, word in sorted(opening):
            yield Breach(
                module.path,
                line,
                f"only workers/http opens sockets, and this imports {word}",
                "take a `get` as an argument, as workers/flow.py does, and hand in Http().get",
            )


def steps_read_no_clock(tree: Tree) -> Iterator[Breach]:
    """The same story gives the same answer today, tomorrow and in a replay."""
    for module in tree.product:
        if module.package == "pipeline":
            for line, name in module.names:
                if name in CLOCKS:
                    yield Breach(
                        module.path,
                        line,
                        f"a step reads no clock and draws no lots, and this uses {name}",
                        "take the moment (or the identifier) as an argument, named `now`",
                    )


def environment_is_read_once(tree: Tree) -> Iterator[Breach]:
    """Settings come from one frozen record, so that one place says what is in force."""
    for module in tree.product:
        if module.path == "config/settings.py":
            continue
        for line, name in module.names:
            if name in {"os.environ", "os.getenv", "os.environb", "os.putenv"}:
                yield Breach(
                    module.path,
                    line,
                    f"only config/settings.py reads the environment, and this uses {name}",
                    "add a field to Settings and take it as an argument; a child process is given "
                    "config.settings.environment()",
                )


def nothing_is_pickled(tree: Tree) -> Iterator[Breach]:
    """What is unpickled runs: a message, a file or a row that somebody slipped in would be code."""
    way_out = "write JSON, which is only read: ids in messages, records as jsonb in rows"
    for module in tree.modules:
        for node in ast.walk(module.tree):
            for name in _imported(node):
                if name.partition(".")[0] in PICKLES:
                    yield _at(node, f"nothing is pickled, and this imports {name}", way_out, module)
            if module.package in PRODUCT and _names_pickle(node):
                yield _at(node, "messages are JSON, and this names pickle", way_out, module)


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def _names_pickle(node: ast.AST) -> bool:
    """Whether it is a serializer of Celery's or kombu's that unpickles."""
    return isinstance(node, ast.Constant) and node.value in {
        *("pickle", "application/x-python-serialize", "yaml", "application/x-yaml"),
    }


def steps_have_tests(tree: Tree) -> Iterator[Breach]:
    """Each step is called and compared somewhere a newcomer finds it."""
    steps = {
        module.path.split("/")[1].removesuffix(".py")
        for module in tree.product
        if module.package == "pipeline"
    }
    for step in sorted(steps - NOT_STEPS):
        wanted = f"tests/pipeline/test_{step}.py"
        folder = f"tests/pipeline/{step}/test_"
        if not any(path == wanted or path.startswith(folder) for path in tree.files):
            where = f"pipeline/{step}.py"
            yield Breach(
                where if where in tree.files else f"pipeline/{step}/__init__.py",
                1,
                f"pipeline/{step} has no tests",
                f"write {wanted} (or the folder tests/pipeline/{step}/)",
            )


def steps_are_called_by_their_verb(tree: Tree) -> Iterator[Breach]:
    """What lies inside a step's package may be moved about without anybody noticing."""
    packages = {
        f"pipeline.{module.path.split('/')[1]}"
        for module in tree.product
        if re.fullmatch(r"pipeline/\w+/__init__\.py", module.path)
    }
    insides = {
        module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for module in tree.product
    }
    for module in tree.product:
        inside = ".".join(module.path.split("/")[:2])
        for line, name in module.imports:
            step = ".".join(name.split(".")[:2])
            if step in packages - {inside} and name != step and name in insides:
                yield Breach(
                    module.path,
                    line,
                    f"{name} is the inside of the step {step}",
                    f"import what {step} offers, or let its __init__ offer this (in __all__)",
                )


def names_say_something(tree: Tree) -> Iterator[Breach]:
    """A file called by what it is for can be found, and does not collect what is left over."""
    for module in tree.modules:
        for word in module.path.removesuffix(".py").split("/"):
            if word.removeprefix("test_") in PLAIN_WORDS:
                yield Breach(
                    module.path,
                    1,
                    f"`{word}` says nothing about what is in it",
                    "name it by what a journalist would call the thing: docs/glossary.md",
                )


def what_is_there_is_used(tree: Tree) -> Iterator[Breach]:
    """Queries and pages that nothing names are read and kept up for nobody; tests do not count."""
    way_out = "delete it with its tests, or let the page or task that wants it call it"
    templates = (tree.read(one) for one in tree.files if one.endswith(".html"))
    named = {word for text in templates for word in re.findall(r"\w+", text)}
    for module in tree.modules:
        if module.package in {*PRODUCT, "bench"}:
            named |= set(_named(module.tree))
    for module in tree.product:
        for node in module.tree.body if module.package in {"store", "desk"} else ():
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if node.name not in named:
                yield _at(node, f"nothing calls {node.name}", way_out, module)


def _named(tree: ast.Module) -> Iterator[str]:
    """Every name that is used; what is defined or imported alone is not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def packages_are_under_contract(tree: Tree) -> Iterator[Breach]:
    """A new folder of code has its place among the layers before it has its first importer."""
    packages = {module.package: module.path for module in reversed(tree.modules)}
    for package in sorted(set(packages) - set(PRODUCT) - {"tests", "bench", "stubs"}):
        yield Breach(
            packages[package],
            1,
            f"`{package or 'the root'}` is a place for code that no contract knows",
            "move it into one of our packages, or decide its layer in pyproject.toml "
            "([tool.importlinter]) and in tests/law/tree.py (PRODUCT)",
        )


def nobody_imports_tests_or_bench(tree: Tree) -> Iterator[Breach]:
    """Measurements and tests lean on the product, never the other way about."""
    for module in tree.modules:
        for line, name in module.imports:
            package = name.partition(".")[0]
            is_its_test = package == "bench" and module.path.startswith("tests/bench/")
            if package in {"tests", "bench"} and package != module.package and not is_its_test:
                yield Breach(
                    module.path,
                    line,
                    f"nobody imports {package}, and this imports {name}",
                    "move what is needed here into the package that needs it",
                )


def ignores_carry_code_and_reason(tree: Tree) -> Iterator[Breach]:
    """An exception without a reason is found again by nobody."""
    for module in tree.modules:
        for token in tokenize.generate_tokens(io.StringIO(module.text).readline):
            if token.type != tokenize.COMMENT:
                continue
            marks = list(MARK.finditer(token.string))
            why = MARK.sub("", token.string).strip("#-\u2013\u2014:;,. \t")
            if WHOLE_FILE.search(token.string):
                yield Breach(
                    module.path,
                    token.start[0],
                    "a whole file is let off",
                    "ignore single lines, or say it in pyproject.toml with the reason beside it",
                )
            elif any(_is_blanket(mark) for mark in marks):
                yield Breach(
                    module.path,
                    token.start[0],
                    "an ignore names no code and hides whatever comes next",
                    "name the rule that is ignored: noqa: X123, or type: ignore[kind]",
                )
            elif marks and len(why) < SHORTEST_REASON:
                yield Breach(
                    module.path,
                    token.start[0],
                    "an ignore gives no reason",
                    "add why the rule does not fit here, after a second #",
                )


def exceptions_carry_a_reason(tree: Tree) -> Iterator[Breach]:
    """The linters run with every rule on; each one left out is a decision, and says so."""
    if "pyproject.toml" not in tree.files:
        return
    text = tree.read("pyproject.toml")
    settled = tomllib.loads(text)["tool"]["ruff"]["lint"]
    codes = {*settled["ignore"], *chain.from_iterable(settled["per-file-ignores"].values())}
    for number, line in enumerate(text.splitlines(), 1):
        quoted = set(re.findall(r'"([A-Z]+[0-9]*)"', line.partition("#")[0]))
        if quoted & codes and "#" not in line:
            yield Breach(
                "pyproject.toml",
                number,
                f"{', '.join(sorted(quoted & codes))} is left out without a reason",
                "write the reason beside it, after a #",
            )


def no_place_of_one_machine(tree: Tree) -> Iterator[Breach]:
    """What is committed works on any machine, and tells nothing about the one it was written on."""
    for path in tree.files:
        for number, line in enumerate(tree.read(path).splitlines(), 1):
            if found := PLACES.search(line):
                yield Breach(
                    path,
                    number,
                    f"a path of one machine is written down ({found[0]}...)",
                    "use a path from the project's root, or a setting",
                )
            if found := HOSTS.search(line):
                yield Breach(
                    path,
                    number,
                    f"a package registry is written down ({found[0]})",
                    "leave it out: where packages come from is configured on each machine",
                )


def requirements_hold_only_hashes(tree: Tree) -> Iterator[Breach]:
    """Names, exact versions and hashes: the same everywhere, from wherever it is fetched."""
    for path in tree.files:
        if not re.fullmatch(r"requirements/[\w-]+\.txt", path):
            continue
        held = tree.read(path)
        for number, line in enumerate(held.splitlines(), 1):
            wrong = "://" in line or " @ " in line or re.match(r"\s*-(?!-hash=sha256:)", line)
            if wrong and not line.lstrip().startswith("#"):
                yield Breach(
                    path,
                    number,
                    "a requirement is an address or an option",
                    "make it from pyproject.toml: `make lock`",
                )
        for wanted in re.finditer(r"^[A-Za-z0-9][^\n]*$(?:\n +[^\n]*)*", held, re.MULTILINE):
            if "==" not in wanted[0] or "--hash=sha256:" not in wanted[0]:
                yield Breach(
                    path,
                    held.count("\n", 0, wanted.start()) + 1,
                    "a requirement has no exact version or no hash",
                    "make it from pyproject.toml: `make lock`",
                )


LAWS: tuple[Law, ...] = (
    modules_open_with_their_line,
    tasks_are_doors,
    nothing_waits_in_a_message,
    bells_ring_after_the_commit,
    one_place_commits,
    one_place_opens_sockets,
    steps_read_no_clock,
    environment_is_read_once,
    nothing_is_pickled,
    steps_have_tests,
    steps_are_called_by_their_verb,
    names_say_something,
    what_is_there_is_used,
    packages_are_under_contract,
    nobody_imports_tests_or_bench,
    ignores_carry_code_and_reason,
    exceptions_carry_a_reason,
    no_place_of_one_machine,
    requirements_hold_only_hashes,
)


def _tasks(tree: Tree) -> Iterator[ast.FunctionDef]:
    for module in tree.product:
        if module.path == "workers/tasks.py":
            for node in module.tree.body:
                if isinstance(node, ast.FunctionDef) and any(map(_makes_task, node.decorator_list)):
                    yield node


def _makes_task(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called) in {"app.task", "shared_task", "celery.shared_task"}


def _name_is_written_out(task: ast.FunctionDef) -> bool:
    return any(
        isinstance(decorator, ast.Call)
        and any(k.arg == "name" and isinstance(k.value, ast.Constant) for k in decorator.keywords)
        for decorator in task.decorator_list
        if _makes_task(decorator)
    )


def _arguments(task: ast.FunctionDef) -> list[ast.arg]:
    given = task.args
    extra = [argument for argument in (given.vararg, given.kwarg) if argument]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *extra]


def _is_turn(node: ast.AST) -> bool:
    return isinstance(node, ast.If | ast.IfExp | ast.Match | ast.While) or (
        isinstance(node, ast.comprehension) and bool(node.ifs)
    )


def _is_call_of(node: ast.AST, names: set[str], *, method: bool = False) -> bool:
    """Whether this calls a function (or, with `method`, only a method) of one of those names."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in names
    return not method and isinstance(node.func, ast.Name) and node.func.id in names


def _is_blanket(mark: re.Match[str]) -> bool:
    return bool((mark["noqa"] and not mark["codes"]) or (mark["type"] and not mark["kinds"]))


def _at(node: ast.AST, rule: str, way_out: str, module: Module | None = None) -> Breach:
    path = module.path if module else "workers/tasks.py"
    return Breach(path, getattr(node, "lineno", 1), rule, way_out)
