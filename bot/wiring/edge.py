"""Slack's way in: it opens as soon as Slack says who we are, however long that takes."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import aiohttp
import structlog
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.delivery.slack.client import SlackClient
from bot.delivery.slack.history import SlackHistory
from bot.errors import DeliveryError
from bot.metrics import Metrics
from bot.ports import Alarms, Directory, Whoami
from bot.render.seal import Seal
from bot.service import Desk
from bot.settings import SlackSettings
from handlers.calendars import Calendars
from handlers.http import SLACK_PATH

if TYPE_CHECKING:
    from handlers.slack_app import SlackSide
    from handlers.slack_gate import SlackGate
    from handlers.socket import SocketMode

log = structlog.get_logger(__name__)

CALL = aiohttp.ClientTimeout(total=5, connect=3)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
REFRESH_EVERY = timedelta(minutes=10)
RECOGNISE_EVERY, SUSPICIOUS_EVERY = timedelta(minutes=10), timedelta(minutes=1)
"""How often Slack is asked who we are; and how often when requests come that seem to be another's."""


class SlackEdge:
    """Hears Slack over Socket Mode or HTTP. Paging does not wait for it, and goes on without it."""

    def __init__(
        self,
        *,
        settings: SlackSettings,
        client: SlackClient,
        directory: Directory,
        desk: Desk,
        seal: Seal,
        metrics: Metrics,
        clock: Clock,
        alarms: Alarms,
        calendars: Calendars | None = None,
    ) -> None:
        self._calendars, self._alarms = calendars, alarms
        self._settings = settings
        self._client = client
        self._directory = directory
        self._desk = desk
        self._seal = seal
        self._metrics = metrics
        self._clock = clock
        self._side: SlackSide | None = None
        self._gate: SlackGate | None = None
        self._socket: SocketMode | None = None
        self._refreshed: float | None = None
        self._known_digest = ""
        self.whoami: Whoami | None = None
        """As whom we listen now."""
        self._recognised: float | None = None
        self._suspicious = False
        self._leave = asyncio.Event()
        self.problem = "Slack has not said yet who we are"

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us."""
        return self._gate is not None if self._settings.mode == "http" else self.connections > 0

    @property
    def connections(self) -> int:
        """Open Socket Mode connections."""
        return self._socket.open if self._socket is not None else 0

    @property
    def renewed(self) -> int:
        """How many Socket Mode connections had to be made anew."""
        return self._socket.renewed if self._socket is not None else 0

    @property
    def idle(self) -> bool:
        """Whether everybody who asked something has their answer."""
        return self._side is None or self._side.whispers.idle

    def routes(self) -> list[web.RouteDef]:
        """The request URL, in mode HTTP."""
        return [web.post(SLACK_PATH, self._serve)] if self._settings.mode == "http" else []

    async def run(self, stop: asyncio.Event) -> None:
        """Learn who we are, then listen until `stop` is set, or until we are somebody else."""
        whoami = await self._introduced(stop)
        if whoami is None:
            return
        await asyncio.to_thread(_load)
        from handlers.slack_app import slack_side  # noqa: PLC0415 - that is what was loaded

        self.whoami, self._recognised, self._suspicious = whoami, self._clock.monotonic(), False
        self._leave = leave = asyncio.Event()
        async with aiohttp.ClientSession(timeout=CALL, trust_env=True) as session:
            side = slack_side(
                client=self._web(session),
                whoami=whoami,
                desk=self._desk,
                directory=self._directory,
                seal=self._seal,
                clock=self._clock,
                metrics=self._metrics,
                moved=self._suspect,
                calendars=self._calendars,
                history=SlackHistory(self._client),
                alarms=self._alarms,
            )
            self._side = side
            await self.refresh()
            async with asyncio.TaskGroup() as group:
                following = group.create_task(_follow(stop, leave))
                group.create_task(side.whispers.run(leave))
                if side.backfill is not None:
                    group.create_task(side.backfill.run(leave, self._gaps))
                if side.easel is not None:
                    group.create_task(side.easel.run(leave))
                await self._listen(side, leave)
                following.cancel()
        self._side = self._gate = None

    async def refresh(self) -> None:
        """Learn who we are and the ids of watched channels: after a change, and now and then."""
        if self._side is None:
            return
        await self._recognise()
        digest, now = self._desk.configuration.digest, self._clock.monotonic()
        fresh = self._refreshed is not None and now - self._refreshed < REFRESH_EVERY.total_seconds()
        if digest == self._known_digest and fresh and self._side.watches.complete:
            return
        await self._side.watches.refresh()
        self._refreshed, self._known_digest = now, digest

    def _gaps(self) -> int | None:
        """How often events may have been lost, as far as we can know; None while none can come."""
        if not self.connected:
            return None
        return self._socket.renewed if self._socket is not None else 0

    def _suspect(self) -> None:
        """A request came that was for us, from a workspace that is not ours."""
        self._suspicious = True

    async def _recognise(self) -> None:
        """A workspace that joins a grid, or moves in it, gets another id: then everything begins anew."""
        now, every = self._clock.monotonic(), SUSPICIOUS_EVERY if self._suspicious else RECOGNISE_EVERY
        due = self._recognised is None or now - self._recognised >= every.total_seconds()
        if due:
            self._recognised, self._suspicious = now, False
        try:
            whoami = await self._client.whoami(again=due)
        except DeliveryError as error:
            log.warning("slack_unreachable", reason=error.reason)
            return
        if whoami != self.whoami:
            log.warning("slack_identity_changed", team=whoami.team_id, enterprise=whoami.enterprise_id)
            self._leave.set()

    async def _introduced(self, stop: asyncio.Event) -> Whoami | None:
        pause = FIRST_PAUSE
        while not stop.is_set():
            try:
                return await self._client.whoami()
            except DeliveryError as error:
                self.problem = f"Slack did not say who we are: {error.reason}"
                log.warning(
                    "slack_unreachable", reason=error.reason, again_in=pause, remedy=_remedy(error.reason)
                )
            try:
                async with asyncio.timeout(pause):
                    await stop.wait()
            except TimeoutError:
                pause = min(pause * 2, LONGEST_PAUSE)
        return None

    async def _listen(self, side: "SlackSide", stop: asyncio.Event) -> None:
        from handlers.slack_gate import SlackGate  # noqa: PLC0415 - it was loaded before
        from handlers.socket import SocketMode  # noqa: PLC0415 - the same

        settings = self._settings
        if settings.mode == "http":
            assert settings.signing_secret is not None
            self._gate = SlackGate(side.app, settings.signing_secret.get_secret_value(), self._clock)
            await stop.wait()
            return
        assert settings.app_token is not None
        self._socket = SocketMode(
            app=side.app, app_token=settings.app_token.get_secret_value(), clock=self._clock
        )
        self.problem = "no Socket Mode connection is open"
        await self._socket.run(stop)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if self._gate is None:
            return web.json_response({"error": "starting"}, status=503, headers={"Retry-After": "5"})
        return await self._gate.serve(request)

    def _web(self, session: aiohttp.ClientSession) -> AsyncWebClient:
        """The client that opens forms and whispers; nothing that must not be lost goes through it."""
        url = self._settings.api_url
        return AsyncWebClient(
            token=self._settings.bot_token.get_secret_value(),
            base_url=url if url.endswith("/") else f"{url}/",
            session=session,
            retry_handlers=[],
        )


def _remedy(reason: str) -> str:
    """What somebody who has just started the bot can do about it."""
    if reason.startswith("token_") or reason in {"invalid_auth", "not_authed", "account_inactive"}:
        return "put the bot token that Slack shows under OAuth & Permissions into TOCSIN_SLACK__BOT_TOKEN"
    if reason == "missing_scope":
        return "install the app anew with the scopes of `tocsin manifest`"
    if reason in {"name_not_resolved", "connection_refused", "connect_timeout", "tls_failed", "timeout"}:
        return "see whether this machine reaches Slack: network, proxy, DNS, certificates"
    return "see https://docs.slack.dev and `tocsin check --online`"


def _load() -> None:
    """Load what hears Slack: a tenth of the program, and nothing that the first pages need."""
    from handlers import slack_app, slack_gate, socket  # noqa: F401, PLC0415 - it takes long, so in a thread


async def _follow(stop: asyncio.Event, leave: asyncio.Event) -> None:
    await stop.wait()
    leave.set()
