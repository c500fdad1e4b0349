"""The case before the doctor: the settings, the file, the database, and what the running process says."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.clock import Clock
from bot.config.load import load
from bot.config.problem import InvalidConfiguration, Problem
from bot.domain.configuration import Configuration
from bot.errors import AlreadyRunning, SchemaMismatch, StoreUnavailable
from bot.ports import Store
from bot.settings import Settings
from bot.store import open_store
from handlers.alerts import PARSERS
from handlers.state import KEY_HEADER, STATE_PATH, StateKey
from handlers.webhooks.sources import SOURCES

ASKING = 3.0
"""Seconds that the running process gets to answer."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What checks look at. What is missing is told by one check, and passed over by the others.

    `state` is what the process on this machine says of itself (bot/wiring/state.py); None when none runs,
    and then `silence` says why. `store` is opened read-only; None when it cannot be, and `closed` says why.
    """

    settings: Settings
    clock: Clock
    online: bool = True
    configuration: Configuration | None = None
    problems: Sequence[Problem] = ()
    store: Store | None = None
    closed: str = ""
    state: Mapping[str, object] | None = None
    silence: str = ""

    def told(self, name: str) -> Mapping[str, object]:
        """A part of the running process's state; empty when nothing runs, or it is too old to tell."""
        part = (self.state or {}).get(name)
        return part if isinstance(part, Mapping) else {}


@asynccontextmanager
async def opened(settings: Settings, clock: Clock, *, online: bool) -> AsyncIterator[Case]:
    """Gather everything, and hang up at the end."""
    configuration, problems = _file(settings)
    state, silence = await _asked(settings)
    store, closed = await _store(settings)
    try:
        yield Case(
            settings=settings,
            clock=clock,
            online=online,
            configuration=configuration,
            problems=problems,
            store=store,
            closed=closed,
            state=state,
            silence=silence,
        )
    finally:
        if store is not None:
            await store.stop()


def _file(settings: Settings) -> tuple[Configuration | None, Sequence[Problem]]:
    try:
        return load(settings.config, settings, PARSERS, frozenset(SOURCES)).configuration, ()
    except InvalidConfiguration as error:
        return None, error.problems


async def _store(settings: Settings) -> tuple[Store | None, str]:
    store = open_store(settings.database, read_only=True)
    try:
        await store.start()
    except (SchemaMismatch, StoreUnavailable, AlreadyRunning, OSError) as error:
        return None, str(error)
    return store, ""


async def _asked(settings: Settings) -> tuple[Mapping[str, object] | None, str]:
    """Ask the process that listens where ours would; it answers whoever can read its key."""
    url, key = f"{_base(settings)}{STATE_PATH}", _key(settings).read()
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASKING)) as session,
            session.get(url, headers={KEY_HEADER: key}, allow_redirects=False) as answer,
        ):
            told: object = await answer.json() if answer.status == 200 else None
    except TimeoutError:
        return None, f"{url} does not answer within {ASKING:.0f} s"
    except (aiohttp.ClientError, ValueError, OSError):
        return None, f"nothing answers at {url}"
    if isinstance(told, Mapping):
        return told, ""
    return None, f"{url} does not answer us: {_unheard(settings, key)}"


def _unheard(settings: Settings, key: str) -> str:
    if not key:
        return f"{_key(settings).file} cannot be read; ask as the user who runs the bot, with its data folder"
    return "another version or another program listens there"


def _key(settings: Settings) -> StateKey:
    return StateKey(settings.data_dir, settings.http.port)


def _base(settings: Settings) -> str:
    host = settings.http.host
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104 - it listens everywhere, so also here
        host = "127.0.0.1"
    return f"http://[{host}]:{settings.http.port}" if ":" in host else f"http://{host}:{settings.http.port}"
