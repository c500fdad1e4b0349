"""The one connection to Slack's Web API: a time limit on every call, and no retries but the outbox's."""

import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from bot.clock import Clock
from bot.delivery.failures import Outage, Withheld
from bot.delivery.last_moment import TimelyRequest, until
from bot.delivery.names import Names
from bot.delivery.slack.outcomes import classify
from bot.delivery.slack.pace import Pace, Rank
from bot.errors import DeliveryError, Outcome
from bot.ports import Whoami

SLACK = "https://slack.com/api/"
LIMIT = 5.0
"""Seconds for a whole call: below 0.4 of a page's lease of 15 s."""

CONNECT_LIMIT = 3.0
"""Seconds until a connection stands. What is not connected by then was certainly not sent."""

UPLOAD = aiohttp.ClientTimeout(total=20, connect=CONNECT_LIMIT)
"""For a picture, which nobody has to wait for."""

Answer = Mapping[str, Any]


class SlackClient:
    """Calls methods of the Web API. Raises DeliveryError and nothing else.

    The session is opened by the first call and shared by all; `close` ends it.
    """

    def __init__(
        self,
        *,
        token: str,
        clock: Clock,
        pace: Pace,
        base_url: str = SLACK,
        limit: float = LIMIT,
        names: Names | None = None,
    ) -> None:
        self._token = token
        self._clock = clock
        self._pace = pace
        self._base_url = base_url if base_url.endswith("/") else base_url + "/"
        self._limit = limit
        self._names = names or Names()
        self._web: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._whoami: Whoami | None = None
        self._hung_up = False

    def check(self, method: str, *, channel: str = "", rank: Rank = Rank.URGENT) -> None:
        """Raise what calling would raise now, if it is not the method's turn."""
        self._pace.check(method, channel, rank)

    async def write(
        self,
        method: str,
        args: Mapping[str, object],
        *,
        channel: str = "",
        rank: Rank = Rank.URGENT,
        before: float | None = None,
    ) -> Answer:
        """Call a method that changes something, once; after `before` (monotonic) nothing is sent any more."""
        with until(self._clock, before):
            return await self._call(method, channel, rank, json=dict(args))

    async def read(self, method: str, args: Mapping[str, object], *, rank: Rank = Rank.URGENT) -> Answer:
        """Call a method that only tells: whatever goes wrong, nothing was changed."""
        try:
            return await self._call(method, "", rank, http_verb="GET", params=dict(args))
        except DeliveryError as error:
            raise harmless(error) from error

    async def form(self, method: str, args: Mapping[str, object], *, rank: Rank = Rank.URGENT) -> Answer:
        """Call a method that takes a form and no JSON, once."""
        return await self._call(method, "", rank, data=dict(args))

    async def upload(self, url: str, content: bytes) -> None:
        """Send the bytes of a file to the address that Slack named; only over https, or to a sandbox."""
        here, there = URL(self._base_url), URL(url)
        if there.scheme != "https" and there.origin() != here.origin():
            raise DeliveryError(Outcome.REJECTED, "upload_address_refused")
        self._connected()
        assert self._session is not None
        try:
            async with self._session.post(url, data=content, timeout=UPLOAD) as answer:
                if answer.status != 200:
                    raise DeliveryError(Outcome.NOT_SENT, f"http_{answer.status}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise classify(error, self._clock.now()) from error

    async def whoami(self, *, again: bool = False) -> Whoami:
        """Who we are; asked once, as long as Slack did not answer, and `again`."""
        if self._whoami is None or again:
            me = await self.read("auth.test", {})
            bot_id = str(me.get("bot_id") or "")
            bot = (await self.read("bots.info", {"bot": bot_id})).get("bot") or {}
            self._whoami = Whoami(
                team_id=str(me.get("team_id") or ""),
                bot_id=bot_id,
                bot_user_id=str(me.get("user_id") or ""),
                app_id=str(bot.get("app_id") or ""),
                enterprise_id=str(me.get("enterprise_id") or ""),
            )
        return self._whoami

    async def close(self) -> None:
        """Hang up for good: whoever still calls is told that nothing was sent."""
        self._hung_up = True
        if self._session is not None:
            await self._session.close()
        self._session = self._web = None

    async def _call(self, method: str, channel: str, rank: Rank, **args: Any) -> Answer:
        await self._pace.admit(method, channel, rank)
        if self._hung_up:
            raise Withheld(Outcome.NOT_SENT, "hung_up")
        try:
            response = await self._connected().api_call(method, **args)
        # slack_sdk stumbles (AttributeError) over an answer that is text or a list
        except (SlackClientError, aiohttp.ClientError, OSError, ValueError, AttributeError) as error:
            failure = classify(error, self._clock.now())
            if failure.reason == "ratelimited" and failure.retry_after is not None:
                self._pace.block(method, channel, failure.retry_after)
            raise failure from error
        if not isinstance(response.data, dict):
            raise Outage(Outcome.UNKNOWN, "unreadable_answer")
        return response.data

    def _connected(self) -> AsyncWebClient:
        if self._web is None:
            # slack_sdk ignores its own time limit when it is given a session
            limits = aiohttp.ClientTimeout(
                total=self._limit,
                connect=min(CONNECT_LIMIT, self._limit * 0.6),
            )
            connector = aiohttp.TCPConnector(resolver=self._names)
            self._session = aiohttp.ClientSession(
                timeout=limits, trust_env=True, connector=connector, request_class=TimelyRequest
            )
            self._web = AsyncWebClient(
                token=self._token,
                base_url=self._base_url,
                session=self._session,
                retry_handlers=[],  # by default a dropped connection is tried again: a second page
                logger=_quiet(),
            )
            self._web.proxy = None  # the session knows the environment's proxies, and where none is wanted
        return self._web


def harmless(error: DeliveryError) -> DeliveryError:
    """The same failure of a call that only prepares or asks: it can be made again freely."""
    if error.outcome is not Outcome.UNKNOWN:
        return error
    return type(error)(Outcome.NOT_SENT, error.reason, retry_after=error.retry_after)


def _quiet() -> logging.Logger:
    """Without a level slack_sdk formats every request and answer for a log that nobody keeps."""
    logger = logging.getLogger("bot.delivery.slack.web")
    logger.setLevel(logging.WARNING)
    return logger
