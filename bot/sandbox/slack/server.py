"""The local Slack as a server: one object to start, to act through, and to ask what happened."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from bot.clock import Clock
from bot.sandbox.slack.api import Api
from bot.sandbox.slack.control import Control
from bot.sandbox.slack.delivery import ACK_SECONDS, POLL_SECONDS, REDELIVERIES, Deliveries
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.feed import Feed
from bot.sandbox.slack.files import PATH as UPLOADS
from bot.sandbox.slack.files import Uploads
from bot.sandbox.slack.hooks import Hooks
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.ids import Stamps
from bot.sandbox.slack.integrations import Integration
from bot.sandbox.slack.journal import Journal
from bot.sandbox.slack.limits import RateLimits
from bot.sandbox.slack.people import Person
from bot.sandbox.slack.requests import Requests
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.tasks import Tasks
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.workspace import Message, View, Workspace

BODY_LIMIT = 4_000_000


class SlackServer:
    """A Slack workspace on loopback. Socket Mode until `deliver_to` names a request URL.

    `limits` scales the rate limits (1 is Slack's, `math.inf` none); `ack_seconds` is how long the app
    may take; `journal_file` receives every journal entry as a line of JSON. `redeliveries` are the pauses
    after which an event that was not acknowledged is sent again.
    """

    def __init__(
        self,
        world: Workspace,
        clock: Clock,
        *,
        port: int = 0,
        limits: float = 1.0,
        ack_seconds: float = ACK_SECONDS,
        journal_file: Path | None = None,
        redeliveries: Sequence[timedelta] = REDELIVERIES,
    ) -> None:
        self._port = port
        self._ack_seconds = ack_seconds
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None
        journal = Journal(clock, journal_file)
        self.hub = _hub(world, clock, journal, limits, ack_seconds, redeliveries)

    @property
    def world(self) -> Workspace:
        """The workspace's state."""
        return self.hub.world

    @property
    def journal(self) -> Journal:
        """Everything that happened."""
        return self.hub.journal

    @property
    def faults(self) -> Faults:
        """The failure modes."""
        return self.hub.faults

    @property
    def api_url(self) -> str:
        """The Web API's address, for slack_sdk's `base_url`."""
        return self.hub.api_url

    @property
    def base_url(self) -> str:
        """The server's address without a path."""
        return self.hub.base_url

    def routes(self) -> list[web.RouteDef]:
        """What this server answers; another application may serve it together with pages of its own."""
        api, hooks = Api(self.hub), Hooks(self.hub)
        return [
            web.route("*", "/api/{method}", api.serve),
            web.get("/link/", self.hub.sockets.serve),
            web.post(UPLOADS, Uploads(self.hub).receive),
            web.get("/files/{id}", Uploads(self.hub).show),
            web.post("/services/{tail:.*}", hooks.webhook),
            *Control(self.hub).routes(),
            *(web.post(f"/{sort}/{{tail:.*}}", hooks.respond) for sort in ("commands", "actions", "app")),
        ]

    async def start(self, *more: web.RouteDef) -> None:
        """Listen on loopback, after a stop on the same port again; `more` are routes that other rooms add."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.add_routes([*self.routes(), *more])
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.2
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, self._port = self._runner.addresses[0][:2]
        self.hub.base_url = f"http://{host}:{self._port}"
        self._session = aiohttp.ClientSession()
        await self.hub.tasks.start()
        self.hub.tasks.spawn(self.hub.deliveries.redeliver(), forever=True)
        self.hub.tasks.spawn(self.hub.sockets.tend(), forever=True)

    async def stop(self) -> None:
        """Hang up on everyone; state and journal stay, and `start` comes back with them."""
        await self.hub.sockets.cut()
        await self.hub.tasks.stop()
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()
        self.hub.journal.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def deliver_to(self, url: str) -> Requests:
        """Deliver by signed HTTP to this request URL from now on, not by Socket Mode."""
        assert self._session, "start the server first"
        secret = self.hub.world.app.signing_secret
        requests = Requests(url=url, secret=secret, clock=self.hub.clock, session=self._session)
        self.hub.deliveries.transport = requests
        return requests

    def person(self, name: str) -> Person:
        """Someone of the workspace, by handle, name, e-mail or id."""
        user = self.world.user(name)
        assert user, f"no such person: {name}"
        return Person(self.hub, user)

    def integration(self, name: str) -> Integration:
        """An installed app, by name or id."""
        app = self.world.integration(name)
        assert app, f"no such integration: {name}"
        return Integration(self.hub, app)

    def messages(self, channel: str, *, thread: str = "") -> list[Message]:
        """The messages that stand in a channel, or in one of its threads (without the root), oldest first."""
        found = self.world.channel(channel)
        assert found, f"no such channel: {channel}"
        order = found.threads.get(thread, []) if thread else found.roots
        return list(found.standing(order))

    def message(self, channel: str, ts: str) -> Message | None:
        """One message as it stands now, or nothing if it was deleted."""
        found = self.world.channel(channel)
        return self.world.message(found.id, ts) if found else None

    def dms(self, person: str) -> list[Message]:
        """The direct conversation of a person with the app, oldest first, threads included."""
        user = self.world.user(person)
        assert user, f"no such person: {person}"
        found = self.world.dm(user.id, self.world.app.user_id)
        return list(found.standing(found.messages)) if found else []

    def home(self, person: str) -> View | None:
        """The Home tab that was last published for a person."""
        user = self.world.user(person)
        assert user, f"no such person: {person}"
        name = self.world.homes.get(user.id)
        return self.world.views[name] if name else None

    async def settled(self) -> None:
        """Wait until every delivery that is on its way or due was answered or given up for now."""
        while self.hub.tasks.busy or self.hub.deliveries.overdue:
            await self.hub.tasks.idle()
            if self.hub.deliveries.overdue:
                await self.hub.clock.sleep(POLL_SECONDS)

    async def until(self, claim: Callable[[], object], seconds: float = 5.0) -> None:
        """Wait until a claim about the workspace comes true; raises `TimeoutError` if it does not."""
        news = asyncio.Event()
        ignore = self.journal.listen(lambda _: news.set())
        try:
            async with asyncio.timeout(seconds):
                while not claim():
                    await news.wait()
                    news.clear()
        finally:
            ignore()


def _hub(
    world: Workspace,
    clock: Clock,
    journal: Journal,
    limits: float,
    ack_seconds: float,
    redeliveries: Sequence[timedelta],
) -> Hub:
    faults, tasks, stamps = Faults(clock), Tasks(), Stamps(clock)
    deliveries = Deliveries(
        world=world,
        clock=clock,
        journal=journal,
        faults=faults,
        tasks=tasks,
        limit=ack_seconds,
        redeliveries=redeliveries,
    )
    sockets = Sockets(app_id=world.app.id, clock=clock, journal=journal, faults=faults)
    deliveries.transport = sockets
    return Hub(
        world=world,
        clock=clock,
        journal=journal,
        faults=faults,
        limits=RateLimits(clock, limits),
        triggers=Triggers(clock, world.id),
        stamps=stamps,
        tasks=tasks,
        deliveries=deliveries,
        feed=Feed(world=world, journal=journal, stamps=stamps, deliveries=deliveries),
        sockets=sockets,
    )
