"""What the command line does, apart from talking to the terminal."""

import logging
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
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
from bot.domain.incident import Via
from bot.domain.people import Actor, ActorKind
from bot.errors import AlreadyRunning, ConfigurationError, DatabaseDamaged, SchemaMismatch
from bot.ports import HIGH_WATER, SAFE_MODE, DeadLetter, Mark, SafeModePhase, Store, Tx
from bot.render.escape import clean
from bot.runtime import run as run_bot
from bot.service import confirm_all
from bot.settings import Settings
from bot.store import open_store
from bot.store.backup import Backup, dated, inspect, name_at
from bot.store.backup import back_up as make_backup
from bot.store.highwater import HighWater
from bot.store.restore import Restored
from bot.store.restore import restore as restore_backup
from bot.store.schema import migrate as migrate_database
from bot.wiring import build
from bot.wiring.care import water_file
from handlers.alerts import PARSERS
from handlers.webhooks.sources import SOURCES

T = TypeVar("T")

MIGRATION_TRIES = 5
"""Each waits two seconds for a lock; between them goes on whoever had to wait."""


async def run(settings: Settings) -> None:
    """Run the bot until a signal says stop. Raises InvalidConfiguration when nobody could be paged."""
    log.configure(settings.log_level, settings.log_format, patient=False)
    arm_failpoints()
    if problems := tuple(check_paging(settings)):
        raise InvalidConfiguration(problems)
    in_force = ConfigurationInForce(settings.config, settings, PARSERS, frozenset(SOURCES))
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
    from bot.preflight import preflight  # noqa: PLC0415 - a start needs none of it

    configuration = load(settings.config, settings, PARSERS, frozenset(SOURCES)).configuration
    return await preflight(settings, configuration, SystemClock())


def migrate(settings: Settings) -> str:
    """Bring the database to this program's schema; answers the revision."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return migrate_database(settings.database, tries=MIGRATION_TRIES)


def back_up(settings: Settings, file: Path | None) -> Backup:
    """Copy the SQLite database to a file, one in the folder of backups unless it is named."""
    _only_sqlite(settings, "pg_dump --format=custom --file=tocsin.dump")
    target = file or settings.backups / name_at(SystemClock().now())
    return make_backup(settings.database, target)


def restore(settings: Settings, file: Path) -> Restored:
    """Put a backup in the database's place."""
    _only_sqlite(settings, "pg_restore --clean --if-exists --dbname=tocsin tocsin.dump")
    return restore_backup(settings.database, file, SystemClock().now())


def _only_sqlite(settings: Settings, instead: str) -> None:
    if not settings.database.startswith("sqlite"):
        raise ConfigurationError(
            f"This database is PostgreSQL, which has better tools for this: `{instead}`, or pgBackRest where "
            "every minute counts. docs/operating.md says what matters, above all after a restore: "
            "`tocsin safe-mode begin` before the bot starts."
        )


def told(backup: Backup) -> str:
    """What a backup holds, in words."""
    newest = f"the newest entry of {backup.newest:%Y-%m-%d %H:%M:%S} UTC" if backup.newest else "no entry yet"
    return f"{backup.incidents} incidents ({backup.open} open), {newest}, {_size(backup.size)}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"


def backups_table(settings: Settings) -> Table:
    """The backups that the bot made, newest first."""
    _only_sqlite(settings, "pg_restore --list tocsin.dump")
    table = Table(title=f"Backups in {settings.backups}")
    for name in ("File", "Made", "Holds"):
        table.add_column(name, overflow="fold")
    for at, path in dated(settings.backups):
        try:
            holds = told(inspect(path))
        except (DatabaseDamaged, SchemaMismatch, OSError) as error:
            holds = str(error)
        table.add_row(escape(str(path)), f"{at:%Y-%m-%d %H:%M}", escape(holds))
    return table


async def safe_mode(settings: Settings) -> str:
    """Whether the database is believed, in words."""
    store = open_store(settings.database, read_only=True)
    mark = await _with(store, lambda: store.read(lambda tx: tx.mark(SAFE_MODE)))
    if mark is None:
        return "The database is believed: no safe mode."
    return f"Safe mode: {mark.text}."


async def begin_safe_mode(settings: Settings, why: str) -> None:
    """Have the database doubted at the next start."""
    words = f"{clean(why, 200)}, on {SystemClock().now():%Y-%m-%d %H:%M} UTC"

    def work(tx: Tx) -> None:
        known = tx.mark(HIGH_WATER)
        at = known.at if known else SystemClock().now()
        tx.set_mark(Mark(name=SAFE_MODE, value=SafeModePhase.ENTERED, at=at, text=words))

    await _changed(settings, work)


async def end_safe_mode(settings: Settings, *, page: bool) -> int:
    """Confirm every incident that is in doubt; how many."""
    by = Actor(kind=ActorKind.SYSTEM, id="tocsin safe-mode end", name="tocsin safe-mode end")
    looking = open_store(settings.database, read_only=True)
    missing = await _with(looking, HighWater(looking, water_file(settings)).setback)

    def work(tx: Tx) -> int:
        if missing is not None:  # or the next start would find the same again
            tx.advance(missing.missing, SystemClock().now())
            tx.skip_numbers(missing.newest)
        count = confirm_all(tx, by, Via.COMMAND, SystemClock().now(), page=page)
        tx.drop_mark(SAFE_MODE)
        return count

    return await _changed(settings, work)


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
    """Change the database. A SQLite file belongs to the process that runs on it; PostgreSQL takes many."""
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
