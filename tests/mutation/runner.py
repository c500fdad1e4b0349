"""Runs chosen tests in a forked process, with a module as it is or with a mutant of it."""

import ast
import contextlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import coverage
import hypothesis
import pytest
import structlog

from tests.postgres import Run, find_binaries

ROOT = Path(__file__).parent.parent.parent
MEMORY = 4 << 30
OPTIONS = (
    *("-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "--color=no"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # the parent has hypothesis already
)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of a run: pytest's exit code, None when it had to be ended; and how long it took."""

    code: int | None
    seconds: float
    output: str


class Runner:
    """Forks. The parent has everything imported but the bot, so that a run begins quickly."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)
        self._run, self._alive = Run.begin()
        binaries = find_binaries()
        if binaries is not None:
            self._run.shared(binaries)

    def close(self) -> None:
        """Remove the databases."""
        self._run.end()
        os.close(self._alive)

    def map(self, files: Sequence[str], source: str) -> "Map":
        """Run all tests of the files and see which of them goes through which lines of the source."""
        told = self._folder / "map.json"
        trial = self._fork(files, None, (), told, 1800)
        if trial.code != 0:
            raise SystemExit(f"the tests fail before anything was changed:\n{trial.output[-3000:]}")
        found = json.loads(told.read_text())
        lines = {test: set(each.get(source, ())) for test, each in found["lines"].items()}
        return Map(lines=lines, seconds=found["seconds"])

    def try_out(self, source: str, tree: ast.Module, tests: Sequence[str], limit: float) -> Trial:
        """Run these tests, in this order, up to the first that fails."""
        files = list(dict.fromkeys(test.split("::")[0] for test in tests))
        return self._fork(files, (source, tree), tests, None, limit)

    def _fork(
        self,
        files: Sequence[str],
        mutant: tuple[str, ast.Module] | None,
        tests: Sequence[str],
        told: Path | None,
        limit: float,
    ) -> Trial:
        output, began = self._folder / "output", time.monotonic()
        pid = os.fork()
        if pid == 0:
            code = 3
            try:
                code = self._child(files, mutant, tests, told, output)
            except BaseException:  # noqa: BLE001 - this process must not go on as its parent would
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        while time.monotonic() - began < limit:
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                code = os.waitstatus_to_exitcode(status)
                return Trial(code=code, seconds=time.monotonic() - began, output=output.read_text("utf-8"))
            time.sleep(0.01)  # noqa: TID251 - a driver beside the bot, without its Clock
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return Trial(code=None, seconds=limit, output="")

    def _child(
        self,
        files: Sequence[str],
        mutant: tuple[str, ast.Module] | None,
        tests: Sequence[str],
        told: Path | None,
        output: Path,
    ) -> int:
        os.setsid()
        descriptor = os.open(output, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutants", derandomize=True, database=None, phases=phases)
        hypothesis.settings.load_profile("mutants")
        structlog.configure(processors=[_silence])  # a traceback with all its locals takes seconds to draw
        if mutant is not None:
            sys.meta_path.insert(0, Mutation(*mutant))
        plugin = Chosen(self._run.folder, tests, told)
        return int(pytest.main([*OPTIONS, *files], plugins=[plugin]))


def _silence(_logger: object, _name: str, _event: MutableMapping[str, Any]) -> dict[str, Any]:
    raise structlog.DropEvent


class Mutation(importlib.abc.MetaPathFinder):
    """Finds one module changed, and leaves all others to those who find them otherwise."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        self._name = source.removesuffix(".py").replace("/", ".")
        self._path = str(ROOT / source)
        self._tree = tree

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The changed module, when it is the one."""
        if name != self._name:
            return None
        loader = Changed(name, self._path)
        loader.tree = self._tree
        return importlib.machinery.ModuleSpec(name, loader, origin=self._path)


class Changed(importlib.machinery.SourceFileLoader):
    """Loads a tree instead of the file."""

    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:
        """Nothing is read from or written to a cache."""
        code: CodeType = compile(self.tree, self.path, "exec")
        return code


@dataclass(frozen=True, kw_only=True)
class Map:
    """Which test goes through which lines, and how many seconds it takes."""

    lines: Mapping[str, set[int]]
    seconds: Mapping[str, float]

    def through(self, first: int, last: int) -> list[str]:
        """The tests that come by, the quickest first."""
        wanted = set(range(first, last + 1))
        return sorted(
            (test for test in self.lines if self.lines[test] & wanted), key=self.seconds.__getitem__
        )

    def anywhere(self) -> list[str]:
        """All tests: first those that go through any line at all, the quickest first."""
        return sorted(self.lines, key=lambda test: (not self.lines[test], self.seconds[test]))


class Chosen:
    """A plugin: only the chosen tests, in their order; the databases of the run; and, if asked, the map."""

    def __init__(self, postgres: Path, tests: Sequence[str], told: Path | None) -> None:
        self._postgres = postgres
        self._places = {test: place for place, test in enumerate(tests)}
        self._told = told
        self._seconds: dict[str, float] = {}
        self._coverage: coverage.Coverage | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """As for a worker of xdist: the databases are somebody else's to end."""
        config.workerinput = {"postgres": str(self._postgres)}  # type: ignore[attr-defined]  # see tests/conftest.py
        if self._told is not None:
            self._coverage = coverage.Coverage(data_file=None, include=["bot/*"], config_file=False)
            self._coverage.start()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Those that were chosen; all when none was."""
        items[:] = [item for item in items if not item.get_closest_marker("chaos")]
        if self._places:
            items[:] = sorted(
                (item for item in items if item.nodeid in self._places),
                key=lambda item: self._places[item.nodeid],
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> object:
        """Note the time, and whose lines they are."""
        if self._coverage is not None:
            self._coverage.switch_context(item.nodeid)
        began = time.monotonic()
        result = yield
        self._seconds[item.nodeid] = time.monotonic() - began
        return result

    def pytest_sessionfinish(self) -> None:
        """Write the map."""
        if self._coverage is None or self._told is None:
            return
        self._coverage.stop()
        data = self._coverage.get_data()
        lines: dict[str, dict[str, list[int]]] = {test: {} for test in self._seconds}
        for file in data.measured_files():
            name = Path(file).relative_to(ROOT).as_posix()
            for line, tests in data.contexts_by_lineno(file).items():
                for test in tests:
                    if test in lines:
                        lines[test].setdefault(name, []).append(line)
        self._told.write_text(json.dumps({"lines": lines, "seconds": self._seconds}))
