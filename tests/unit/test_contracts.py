"""Each import contract is broken once on purpose, in a copy of the tree, and says so."""

import ast
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["id"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}

# contract, the module that breaks it, what it imports
VIOLATIONS = [
    ("layers", "bot.domain.planted", "bot.errors"),
    ("layers", "bot.render.planted", "bot.service"),
    ("layers", "handlers.planted", "bot.store"),
    ("layers", "bot.store.planted", "bot.delivery"),
    ("layers", "bot.ports", "bot.render"),
    ("service", "bot.delivery.planted", "bot.service"),
    ("service", "bot.store.planted", "bot.service"),
    ("service", "bot.sandbox.planted", "bot.service"),
    ("domain", "bot.domain.planted", "pydantic"),
    ("sqlalchemy", "bot.workers.planted", "sqlalchemy"),
    ("sqlalchemy", "bot.wiring", "psycopg"),
    ("slack_bolt", "bot.delivery.planted", "slack_bolt"),
    ("slack_sdk", "bot.sandbox.planted", "slack_sdk"),
    ("jira", "handlers.planted", "jira"),
    ("apscheduler", "bot.service", "apscheduler"),
    ("icalendar", "bot.workers.planted", "icalendar"),
    ("matplotlib", "bot.delivery.planted", "matplotlib"),
    ("cycles", "bot.store.planted", "bot.store.planted_too"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what the contracts are about."""
    for package in ("bot", "handlers"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run the linter as `make lint` does, without the cache of the real tree."""
    chosen = [word for contract in contracts for word in ("--contract", contract)]
    return subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", *chosen],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def plant(tree: Path, module: str, imports: str) -> None:
    """Add an import to a module, which is made when it does not exist."""
    for name, line in ((module, f"import {imports}\n"), (imports, "")):
        path = tree / f"{name.replace('.', '/')}"
        if name.split(".")[0] not in ("bot", "handlers"):
            continue
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        with file.open("a") as source:
            source.write(f"\n{line}")


def test_the_tree_keeps_every_contract(tree: Path) -> None:
    result = lint(tree)

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in result.stdout


@pytest.mark.parametrize(("contract", "module", "imports"), VIOLATIONS)
def test_a_violation_is_named(tree: Path, contract: str, module: str, imports: str) -> None:
    plant(tree, module, imports)
    if contract == "cycles":
        plant(tree, imports, module)

    result = lint(tree, contract)

    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{CONTRACTS[contract]['name']} BROKEN" in result.stdout
    assert "planted" in result.stdout or f"{module} -> {imports}" in result.stdout


def test_every_contract_is_broken_once() -> None:
    assert {contract for contract, _, _ in VIOLATIONS} == set(CONTRACTS)


def test_every_module_has_a_layer() -> None:
    named = {name.strip("() ") for layer in CONTRACTS["layers"]["layers"] for name in layer.split("|")}
    there = {
        f"bot.{path.stem}"
        for path in (ROOT / "bot").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }

    assert there - {"bot.__init__"} <= named


def test_the_domain_imports_only_itself_and_the_standard_library() -> None:
    strangers = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in (ROOT / "bot/domain").rglob("*.py")
        for name in imported(file)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("bot.domain")
    }

    assert not strangers


def test_the_domain_contract_forbids_every_dependency() -> None:
    modules = packages_distributions()
    wanted = {line.split("[")[0].split(">")[0].split("<")[0] for line in PYPROJECT["project"]["dependencies"]}
    forbidden = set(CONTRACTS["domain"]["forbidden_modules"])

    missing = {
        distribution
        for distribution in wanted
        if not forbidden
        & {name for name, owners in modules.items() if distribution in map(canonical, owners)}
    }

    assert not missing


def imported(file: Path) -> set[str]:
    """The absolute names that a file imports, wherever the statement stands."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module if node.module and not node.level else "bot.domain")
    return names


def canonical(name: str) -> str:
    """A distribution's name as pyproject.toml spells it."""
    return name.lower().replace("_", "-")
