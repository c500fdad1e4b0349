"""Orders of the command line that change something: done here, or by the bot that runs on the database."""

import asyncio
from collections.abc import Mapping

import aiohttp

from bot.cli.terminal import Exit, fail
from bot.clock import SystemClock
from bot.config.environment import trusted
from bot.config.load import load
from bot.domain.configuration import Configuration
from bot.domain.refused import Refused
from bot.errors import AlreadyRunning, StoreUnavailable
from bot.integrations import Integrations
from bot.settings import Settings
from bot.store import open_store
from bot.teaching import Teaching
from handlers.alerts import PARSERS
from handlers.ingress.office import OFFICE_PATH, carry_out
from handlers.state import KEY_HEADER, StateKey
from handlers.webhooks.sources import SOURCES

Order = Mapping[str, str]
Done = Mapping[str, str | int]

ASKING = 10.0


def done_by(order: Order, settings: Settings) -> Done:
    """Do it in the database; a SQLite file belongs to the process that runs on it, which is asked then."""
    try:
        try:
            return asyncio.run(_here(order, settings))
        except AlreadyRunning as error:
            return asyncio.run(_there(order, settings, str(error)))
    except Refused as error:
        fail(str(error), Exit.FAILED)


async def _here(order: Order, settings: Settings) -> Done:
    def configuration() -> Configuration:
        return load(settings.config, trusted(settings), PARSERS, frozenset(SOURCES)).configuration

    store = open_store(settings.database)
    await store.start()
    try:
        clock = SystemClock()
        teaching = Teaching(store, clock, configuration)
        return await carry_out(Integrations(store, clock, configuration, SOURCES), teaching, order)
    finally:
        await store.stop()


async def _there(order: Order, settings: Settings, running: str) -> Done:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.http.host, settings.http.host)  # noqa: S104 - read, not listened on
    url = f"http://{host}:{settings.http.port}{OFFICE_PATH}"
    key = StateKey(settings.data_dir, settings.http.port).read()
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ASKING)) as session,
            session.post(url, json=dict(order), headers={KEY_HEADER: key}, allow_redirects=False) as answer,
        ):
            told = await answer.json()
            status = answer.status
    except (aiohttp.ClientError, ValueError, OSError, TimeoutError):
        raise StoreUnavailable(
            f"{running}, and it does not answer us: run this as its user, with its data folder"
        ) from None
    if status != 200:
        raise Refused(str(told.get("refused", f"The bot answered {status}.")))
    done: Done = told
    return done
