"""What the command line does, apart from talking to the terminal."""

import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog
from rich.markup import escape
from rich.table import Table

from bot import failpoints, log
from bot.clock import SteadyClock, SystemClock
from bot.config.environment import check_paging
from bot.config.in_force import ConfigurationInForce
from bot.config.load import load
from bot.config.problem import InvalidConfiguration, Problem
from bot.errors import AlreadyRunning, ConfigurationError
from bot.ports import DeadLetter, Store, Tx
from bot.preflight import preflight
from bot.runtime import run as run_bot
from bot.settings import Settings
from bot.store import open_store
from bot.store.schema import migrate as migrate_database
from bot.wiring import build
from handlers.alerts import PARSERS

T = TypeVar("T")


async def run(settings: Settings) -> None:
    """Run the bot until a signal says stop. Raises InvalidConfiguration when nobody could be paged."""
    log.configure(settings.log_level, settings.log_format, patient=False)
    arm_failpoints()
    if problems := tuple(check_paging(settings)):
        raise InvalidConfiguration(problems)
    in_force = ConfigurationInForce(settings.config, settings, PARSERS)
    for problem in in_force.problems:
        structlog.get_logger(__name__).error(
            "broken_configuration",
            file=problem.file,
            line=problem.line,
            path=problem.path,
            problem=problem.message,
        )
    await run_bot(build(settings, in_force, SteadyClock()))


def arm_failpoints() -> None:
    """Arm what the environment asks for; tests do."""
    try:
        armed = failpoints.arm(os.environ.get(failpoints.VARIABLE, ""))
    except ValueError as error:
        raise ConfigurationError(
            f"{failpoints.VARIABLE}: {error}. It is for tests only: unset it."
        ) from error
    if armed:
        structlog.get_logger(__name__).warning(
            "failpoints_armed", remedy="for tests only: unset the variable"
        )


async def check_online(settings: Settings) -> list[Problem]:
    """What Slack and Jira would refuse. The configuration must be fine by itself."""
    configuration = load(settings.config, settings, PARSERS).configuration
    return await preflight(settings, configuration, SystemClock())


def migrate(settings: Settings) -> str:
    """Bring the database to this program's schema; answers the revision."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return migrate_database(settings.database)


async def dead_letters(settings: Settings) -> list[DeadLetter]:
    """What was given up, newest first."""
    store = open_store(settings.database, read_only=True)
    return await _with(store, lambda: store.read(lambda tx: tx.dead_letters()))


async def revive(settings: Settings, ids: Sequence[str]) -> int:
    """Try them again; none named means all."""
    now = SystemClock().now()
    return await _changed(settings, lambda tx: tx.revive(ids, now))


async def drop(settings: Settings, ids: Sequence[str]) -> int:
    """Forget them; none named means all."""
    return await _changed(settings, lambda tx: tx.drop(ids))


async def _changed(settings: Settings, work: Callable[[Tx], T]) -> T:
    """Change dead letters. A SQLite file belongs to the process that runs on it; PostgreSQL takes many."""
    store = open_store(settings.database)
    try:
        return await _with(store, lambda: store.write(work))
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error}. Stop it, do this again, and start it.") from error


async def _with(store: Store, work: Callable[[], Awaitable[T]]) -> T:
    await store.start()
    try:
        return await work()
    finally:
        await store.stop()


def letters_table(letters: Sequence[DeadLetter]) -> Table:
    """Dead letters for people."""
    table = Table(title=f"{len(letters)} given up")
    table.add_column("Id", no_wrap=True)  # to be copied whole
    for name in ("Incident", "What", "Attempts", "Why", "Since"):
        table.add_column(name, overflow="fold")
    for letter in letters:
        table.add_row(
            letter.id,
            letter.incident or "",
            letter.kind,
            str(letter.attempts),
            escape(letter.reason),
            f"{letter.at:%Y-%m-%d %H:%M}",
        )
    return table


def quiet_logs() -> None:
    """Only what went wrong, for commands that tell their own story."""
    log.configure("error", "console")
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
