"""The house rules that no linter knows, held over every file under version control."""

import ast
import re
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOP = {
    *("pyproject.toml", "README.md", "bot", "handlers", "tests", "Dockerfile"),
    *("Makefile", "CHANGELOG.md", "LICENSE", "compose.yaml", "uv.lock", ".ci", "docs", "bench"),
    *(".gitignore", ".dockerignore"),
}
VAGUE = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40

# "file::function": why it may be longer than a screen
LONG_FUNCTIONS: dict[str, str] = {}

# file: why it may catch everything
CATCHES_ALL = {
    "bot/workers/dispatcher.py": "around a delivery: the unknown becomes a retry, with its traceback logged",
    "bot/delivery/jobs.py": "around a rendering: what cannot be rendered goes out in plain words",
    "bot/delivery/siren.py": "around telling one place: what fails there keeps no other from being told",
    "bot/doctor/examination.py": "around one check: what fails there is a line of the report",
    "bot/workers/climber.py": "around one decision: a poisoned incident must not stop its neighbours",
    "bot/workers/lookout.py": "around one climb in memory: a poisoned incident must not stop its neighbours",
    "bot/intake/gathering.py": "around requests taken together: a poisoned one must not stop its neighbours",
    "handlers/backfill.py": "around one channel: what fails there keeps no other from being read",
    "handlers/ingress/door.py": "around one request: it is kept for people to read, and told as an alarm",
    "bot/workers/settlement.py": "around records made together: a poisoned one must not stop its neighbours",
    "bot/workers/survival.py": "around a loop's step or a periodic job: logged, counted and run again",
}

WRITES_SQL = {"text", "exec_driver_sql", "literal_column", "DDL"}
PLACES = re.compile(r"pythonhosted\.org|pypi\.org/simple|/(?:home|Users)/[a-z]+/|/root/|/opt/(?:wheels|pypi)")


def tracked(*patterns: str) -> list[Path]:
    """The files under version control that are still there."""
    command = ["git", "ls-files", "-z", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def product() -> list[Path]:
    return tracked("bot/*.py", "handlers/*.py")


def parsed() -> Iterator[tuple[str, ast.Module]]:
    for file in product():
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text())


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def catches_all(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in kinds)


def composed_sql(call: ast.Call) -> bool:
    """Is this SQL put together from pieces, where only bind parameters may carry values?"""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    parts = [node for argument in call.args[:1] for node in ast.walk(argument)]
    return name in WRITES_SQL and any(
        isinstance(node, ast.JoinedStr | ast.BinOp)
        or (isinstance(node, ast.Attribute) and node.attr in {"format", "format_map", "join", "replace"})
        for node in parts
    )


def test_nothing_else_stands_at_the_top() -> None:
    assert {file.relative_to(ROOT).parts[0] for file in tracked()} - TOP == set()


def test_a_file_has_at_most_400_lines() -> None:
    sources = tracked("*.py", "*.js", "*.css", "*.html")
    long = {
        f"{file.relative_to(ROOT)}: {lines}"
        for file in sources
        if (lines := len(file.read_text().splitlines())) > LONGEST_FILE
    }

    assert sources
    assert not long


def test_a_function_fits_on_a_screen() -> None:
    long = {
        f"{file}::{function.name}": length(function)
        for file, tree in parsed()
        if not file.startswith("bot/store/migrations/versions/")  # a schema is a list, not a thought
        for function in functions(tree)
        if length(function) > LONGEST_FUNCTION
    }

    assert {name: lines for name, lines in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long)


def test_everything_is_caught_only_around_a_delivery_and_a_job() -> None:
    places = [
        file
        for file, tree in parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    ]

    assert [file for file in places if file not in CATCHES_ALL] == []
    assert all(one != other for one, other in pairwise(sorted(places)))


def test_modules_are_named_after_their_subject() -> None:
    assert {file.stem for file in product()} & VAGUE == set()
    assert {file.parent.name for file in product()} & VAGUE == set()


def test_nothing_happens_at_import() -> None:
    calls = [
        f"{file}:{node.lineno}"
        for file, tree in parsed()
        if not file.endswith("__main__.py")
        for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)
    ]

    assert calls == []


def test_the_core_does_not_speak_of_any() -> None:
    core = ("bot/domain/", "bot/ports/", "bot/service.py", "bot/render/")
    door = "bot/render/submitted.py"  # where the JSON of a submitted form enters
    vague = [
        f"{file}:{node.lineno}"
        for file, tree in parsed()
        if file.startswith(core) and file != door
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id == "Any"
    ]

    assert vague == []


def test_every_exception_to_a_rule_says_why() -> None:
    bare = re.compile(r"#\s*(?:noqa(?::\s*[A-Z0-9, ]+)?|type: ignore(?:\[[a-z, -]+\])?)\s*$")
    silent = [
        f"{file.relative_to(ROOT)}:{number}"
        for file in tracked("*.py")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if bare.search(line)
    ]

    assert silent == []


@pytest.mark.row("A37")
def test_sql_is_never_put_together_from_pieces() -> None:
    composed = [
        f"{file}:{node.lineno}"
        for file, tree in parsed()
        if file.startswith("bot/store/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and composed_sql(node)
    ]

    assert composed == []


@pytest.mark.row("A37")
@pytest.mark.parametrize(
    "source",
    [
        'text(f"SELECT {name}")',
        'text("SELECT " + name)',
        'sa.text("SELECT %s" % name)',
        'connection.exec_driver_sql("SELECT {}".format(name))',
        'text(" ".join(parts))',
    ],
)
def test_every_way_of_putting_sql_together_is_seen(source: str) -> None:
    call = ast.parse(source, mode="eval").body

    assert isinstance(call, ast.Call)
    assert composed_sql(call)


def test_no_file_knows_a_package_host_or_a_machine() -> None:
    told = [
        f"{file.relative_to(ROOT)}: {found.group()}"
        for file in tracked()
        if file.name != "uv.lock" and file != Path(__file__) and "payloads" not in file.parts
        for found in PLACES.finditer(file.read_text(errors="replace"))
    ]

    assert told == []
