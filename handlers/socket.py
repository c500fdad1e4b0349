"""Socket Mode: several connections at once, and a watch over each that replaces one which is stuck."""

import asyncio
import contextlib
import random
from collections.abc import Callable

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.clock import Clock

log = structlog.get_logger(__name__)

CONNECTIONS = 2
"""slack_sdk closes a connection before it opens the next one; the other one hears meanwhile."""
PERIOD = 1.0
PING = 4.0
"""A connection that does not answer a ping within half of that is cut; so long at most until it is sent."""
LIMIT = 45.0
"""apps.connections.open may be called about once a minute, so a client is not replaced sooner."""
CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 2.0
JITTER = 1.0
"""Seconds within which a lost connection is made anew: not by everybody at the same instant."""
SHORT_LIFE = 5.0
LONGEST_PAUSE = 30.0
"""For connections that end within SHORT_LIFE, as while Socket Mode is switched off in the app's settings."""


class SocketMode:
    """Keeps connections to Slack open from `run` until `stop` is set."""

    def __init__(
        self,
        *,
        app: AsyncApp,
        app_token: str,
        clock: Clock,
        connections: int = CONNECTIONS,
        period: float = PERIOD,
        limit: float = LIMIT,
        ping: float = PING,
        jitter: float = JITTER,
        changed: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._app, self._token, self._clock = app, app_token, clock
        self._lines = [_Line(number=number) for number in range(connections)]
        self._period, self._limit, self._ping = period, limit, ping
        self._jitter = jitter
        self._changed = changed
        self._turn = asyncio.Lock()
        self._chance = random.Random()  # noqa: S311 - jitter, no secret

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us over at least one connection."""
        return self.open > 0

    @property
    def open(self) -> int:
        """How many connections are well."""
        return sum(line.well for line in self._lines)

    @property
    def rebuilt(self) -> int:
        """How many connections had to be replaced."""
        return sum(line.rebuilt for line in self._lines)

    @property
    def renewed(self) -> int:
        """How many connections were made after those of the start."""
        return sum(max(line.made - 1, 0) for line in self._lines)

    async def run(self, stop: asyncio.Event) -> None:
        """Connect, watch and replace; hang up when `stop` is set."""
        async with asyncio.TaskGroup() as group:
            watches = [group.create_task(self._keep(line, stop)) for line in self._lines]
            await stop.wait()
            for line, watch in zip(self._lines, watches, strict=True):
                if not line.leaving:  # it may have seen by itself that it is over, and say good-bye by now
                    watch.cancel()

    async def _keep(self, line: "_Line", stop: asyncio.Event) -> None:
        """Until told to stop. A cancellation can get lost while slack_sdk connects, so `stop` counts."""
        try:
            await self._connect(line)
            while not stop.is_set():
                await self._look(line)
                if not stop.is_set():
                    await self._clock.sleep(self._period)
        finally:
            line.well, line.leaving = False, True
            await _hang_up(line)

    async def _look(self, line: "_Line") -> None:
        """Whether the line is well; one that has been ill for too long is replaced.

        slack_sdk 3.47 tries a ticket that was refused for ever and keeps its lock meanwhile: only a
        new client asks for a new ticket.
        """
        well = await _is_well(line)
        if well != line.well:
            line.well = well
            self._changed(self.open)
            log.info("slack connection", number=line.number, well=well)
        now = self._clock.monotonic()
        line.ill_since = None if well else line.ill_since or now
        if line.ill_since is not None and now - line.ill_since > self._limit:
            log.warning("slack connection replaced", number=line.number)
            await _hang_up(line)
            line.rebuilt += 1
            await self._connect(line)
            line.ill_since = None
        elif line.lost:
            await self._reach(line)

    async def _connect(self, line: "_Line") -> None:
        line.handler = AsyncSocketModeHandler(self._app, self._token, ping_interval=self._ping)
        self._pace(line, line.handler)
        await self._reach(line)

    async def _reach(self, line: "_Line") -> None:
        assert line.handler is not None
        try:
            await line.handler.client.connect_to_new_endpoint()
        except TimeoutError:
            log.warning("slack connection not made in time", number=line.number)
        except (SlackClientError, aiohttp.ClientError, OSError, ValueError, AttributeError) as error:
            said = error.response.get("error") if isinstance(error, SlackApiError) else None
            log.warning("slack connection refused", number=line.number, why=said or type(error).__name__)

    def _pace(self, line: "_Line", handler: AsyncSocketModeHandler) -> None:
        """Whoever makes a connection waits a moment, and its turn.

        slack_sdk connects at once and without end, also from within itself; and it closes the old connection
        first, so that both of them would be away when Slack asks both to go.
        """
        client = handler.client
        connect = client.connect_to_new_endpoint

        async def paced(force: bool = False) -> None:
            session = client.current_session
            await self._clock.sleep(self._pause(line))
            async with self._turn, asyncio.timeout(min(CONNECT_SECONDS, self._limit)):
                if client.current_session is not session:
                    return  # somebody else has replaced it meanwhile
                line.since = None
                await connect(force)
                if client.current_session is not session:
                    line.since = self._clock.monotonic()
                    line.made += 1

        client.connect_to_new_endpoint = paced  # type: ignore[method-assign]  # there is no other hook

    def _pause(self, line: "_Line") -> float:
        """A moment; more and more when connections end as soon as they are made, or cannot be made."""
        if not line.made and not line.failures:
            line.failures = 1
            return 0.0
        lasted = line.since is not None and self._clock.monotonic() - line.since >= SHORT_LIFE
        line.failures = 0 if lasted else line.failures + 1
        most = min(self._jitter * 2.0 ** (line.failures - 1), LONGEST_PAUSE)
        return most * (0.5 + self._chance.random() / 2)


class _Line:
    """One connection, as it is now."""

    def __init__(self, *, number: int) -> None:
        self.number = number
        self.handler: AsyncSocketModeHandler | None = None
        self.well = False
        self.leaving = False
        self.ill_since: float | None = None
        self.since: float | None = None
        self.failures = 0
        self.rebuilt = 0
        self.made = 0

    @property
    def lost(self) -> bool:
        """Whether there is no connection, and nobody makes one."""
        if self.handler is None:
            return False
        client = self.handler.client
        gone = client.current_session is None or client.current_session.closed
        return gone and not client.connect_operation_lock.locked()


async def _is_well(line: _Line) -> bool:
    if line.handler is None:
        return False
    try:
        async with asyncio.timeout(2):
            return bool(await line.handler.client.is_connected())
    except TimeoutError:
        return False


async def _hang_up(line: _Line) -> None:
    """Close for good. The client's own tasks end first: otherwise one of them opens another socket."""
    if line.handler is None:
        return
    client, line.handler = line.handler.client, None
    client.closed = True
    tasks = [client.current_session_monitor, client.message_receiver, client.message_processor]
    for task in tasks:
        if task is not None:
            task.cancel()
    try:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(CLOSE_SECONDS):
                await client.close()  # type: ignore[no-untyped-call]  # slack_sdk has none
    finally:
        await client.aiohttp_client_session.close()  # it stays open if Slack never answers the good-bye
        if client.current_session is not None:
            await client.current_session.close()  # made meanwhile, or not let go of because we were cancelled
