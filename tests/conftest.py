"""What every test may ask for: PostgreSQL, rows of the fault and attack tables, and no silent skips."""

import gc
import json
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from tests.chromium import ADVICE, find_chromium
from tests.order import long_first
from tests.postgres import Cluster, Run, find_binaries

ROW = re.compile(r"[FA][0-9]{2,3}")
RUN = pytest.StashKey[Run]()
ALIVE = pytest.StashKey[int]()


settings.register_profile("tocsin", deadline=None)  # a machine under load is no mistake
settings.load_profile("tocsin")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--row", metavar="F06", help="only the tests that prove this row of faults or attacks")


def pytest_configure(config: pytest.Config) -> None:
    """The first process of a run makes its folder; workers are told where it is."""
    told = getattr(config, "workerinput", None)
    if told is None:
        config.stash[RUN], config.stash[ALIVE] = Run.begin()
        config.pluginmanager.register(TellWorkers(config.stash[RUN].folder))
    else:
        config.stash[RUN] = Run(Path(told["postgres"]))


class TellWorkers:
    """xdist's hook: a plugin of its own, so that pytest without xdist does not stumble over it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        told: dict[str, str] = node.workerinput  # type: ignore[attr-defined]  # xdist has no types
        told["postgres"] = str(self._folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if (alive := config.stash.get(ALIVE, None)) is not None:
        config.stash[RUN].end()
        os.close(alive)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check the rows, choose by row, and skip what needs a browser where there is none."""
    wanted = config.getoption("row")
    no_browser = pytest.mark.skip(reason=ADVICE)
    chromium = find_chromium()
    for item in items:
        for row in rows(item):
            if not ROW.fullmatch(row):
                raise pytest.UsageError(f"{item.nodeid}: {row!r} is no row such as F06 or A02")
        if chromium is None and item.get_closest_marker("browser"):
            item.add_marker(no_browser)
    if wanted:
        config.hook.pytest_deselected(items=[item for item in items if wanted not in rows(item)])
        items[:] = [item for item in items if wanted in rows(item)]
    if workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "0")):
        items[:] = long_first(items, workers)


def pytest_collection_finish() -> None:
    """Look for cycles seldom, as the bot does: the tests themselves and all that they import stay."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def rows(item: pytest.Item) -> list[str]:
    """The rows that a test says it proves."""
    return [str(row) for mark in item.iter_markers("row") for row in mark.args]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skip is a failure: what is not run is not known."""
    if os.environ.get("CI") == "true" and skips(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if nights := simulated(terminalreporter):
        terminalreporter.section("simulated nights")
        terminalreporter.write(nights)
    skipped = skips(config)
    if not skipped:
        return
    in_ci = os.environ.get("CI") == "true"
    terminalreporter.section("skipped, which fails the run in CI" if in_ci else "not run here", yellow=True)
    for reason, count in skipped.most_common():
        terminalreporter.line(f"{count} skipped: {reason}")


def simulated(reporter: pytest.TerminalReporter) -> str | None:
    """The figures of all simulated nights together, when there were any."""
    parts = [
        value
        for outcome in ("passed", "failed")
        for report in reporter.stats.get(outcome, [])
        for name, value in report.user_properties
        if name == "simulation"
    ]
    if not parts:
        return None
    from tests.simulation.report import Report  # noqa: PLC0415 - the engine is imported where it is needed

    return Report().merged(Report.read(json.loads(part)) for part in parts).text()


def skips(config: pytest.Config) -> Counter[str]:
    """How many tests were skipped, by reason; empty in a worker."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    return Counter(reason_of(report) for report in reports)


def reason_of(report: pytest.TestReport) -> str:
    """Why a test was skipped, in the words of whoever skipped it."""
    longrepr = report.longrepr
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).removeprefix("Skipped: ")


@pytest.fixture(autouse=True, scope="session")
def _short_tracebacks() -> None:
    """By default every local variable of every frame is drawn, for seconds each time."""
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], plain])


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Whatever a test does to the logs ends with it."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True, scope="module")
def _own_garbage() -> Iterator[None]:
    """What a module leaves unclosed in a cycle fails the module's last test, not a stranger's much later."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def postgres_binaries() -> Path:
    """The folder with initdb, pg_ctl and postgres."""
    return find_binaries() or pytest.skip("PostgreSQL is missing: apt-get install postgresql")


@pytest.fixture(scope="session")
def postgres_cluster(pytestconfig: pytest.Config, postgres_binaries: Path) -> Cluster:
    """The cluster that all tests of the run share: fast, not durable; never stop, crash or pause it."""
    return pytestconfig.stash[RUN].shared(postgres_binaries)


@pytest.fixture(scope="session")
def postgres_template(pytestconfig: pytest.Config, postgres_cluster: Cluster) -> str:
    """The name of a database of the present schema."""
    from bot.store.schema import migrate  # noqa: PLC0415 - the store is imported where it is needed

    return pytestconfig.stash[RUN].template(postgres_cluster, migrate)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster, postgres_template: str) -> Iterator[str]:
    """A new database of the present schema and of its own, as a SQLAlchemy address; dropped afterwards."""
    name = postgres_cluster.create_database(postgres_template)
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@pytest.fixture
def empty_postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """The same without any schema."""
    name = postgres_cluster.create_database()
    yield postgres_cluster.url(name)
    postgres_cluster.drop_database(name)


@pytest.fixture
def private_postgres(pytestconfig: pytest.Config, postgres_binaries: Path) -> Iterator[Cluster]:
    """A durable cluster for one test, which may stop, crash, pause and start it again."""
    cluster = pytestconfig.stash[RUN].private(postgres_binaries)
    yield cluster
    cluster.remove()
