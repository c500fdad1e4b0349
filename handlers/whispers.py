"""Whispers: short answers to one person that are told after the commit, off the request's path."""

import asyncio
import contextlib
from dataclasses import dataclass

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.render.message import Message

log = structlog.get_logger(__name__)

MOST_WAITING = 1000
SPEAKERS = 4
SECONDS = 5.0
LAST_WORDS = 3.0
"""Seconds that what waits gets when the bot stops."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ear:
    """Where a person can be reached: the request's response URL, the channel they are in, or in private.

    `replacing`: what is told takes the place of the message on which they pressed. `openly`: it is said
    to everybody in the channel.
    """

    user: str
    channel: str = ""
    thread: str = ""
    response_url: str = ""
    replacing: bool = False
    openly: bool = False

    @property
    def private(self) -> bool:
        """Whether nobody else reads that channel."""
        return self.channel.startswith("D")


class Whispers:
    """Tells whispers in the order in which they came. One that cannot be told is logged and forgotten."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._waiting: asyncio.Queue[tuple[Ear, Message]] = asyncio.Queue(MOST_WAITING)
        self._untold = 0

    @property
    def idle(self) -> bool:
        """Whether all that was to be told was told."""
        return self._untold == 0

    def tell(self, ear: Ear, message: Message) -> None:
        """Tell it soon."""
        try:
            self._waiting.put_nowait((ear, message))
            self._untold += 1
        except asyncio.QueueFull:
            log.warning("whisper dropped", why="too many wait")

    async def run(self, stop: asyncio.Event) -> None:
        """Tell what waits, until `stop` is set and what waited then is told."""
        async with asyncio.TaskGroup() as group:
            speakers = [group.create_task(self._speak()) for _ in range(SPEAKERS)]
            await stop.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await self._waiting.join()
            for speaker in speakers:
                speaker.cancel()

    async def _speak(self) -> None:
        while True:
            ear, message = await self._waiting.get()
            try:
                if not (ear.response_url and await self._answer(ear, message)):
                    await self._post(ear, message)
            finally:
                self._untold -= 1
                self._waiting.task_done()

    async def _answer(self, ear: Ear, message: Message) -> bool:
        """Over the response URL. It dies after five answers or thirty minutes; then another way is taken."""
        hook = AsyncWebhookClient(ear.response_url, timeout=int(SECONDS), retry_handlers=[])
        how = "in_channel" if ear.openly else "ephemeral"
        body = {**message.body(), "response_type": how, "replace_original": ear.replacing}
        try:
            async with asyncio.timeout(SECONDS):
                told = await hook.send_dict(body)
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError, AttributeError) as error:
            log.info("response url failed", why=type(error).__name__)
            return False
        if told.status_code != 200:
            log.info("response url refused", status=told.status_code)
        return told.status_code == 200

    async def _post(self, ear: Ear, message: Message) -> None:
        body = message.body()
        if ear.thread:
            body["thread_ts"] = ear.thread
        try:
            async with asyncio.timeout(SECONDS):
                if ear.channel and not ear.private and not ear.openly:
                    args = {**body, "channel": ear.channel, "user": ear.user}
                    await self._client.api_call("chat.postEphemeral", json=args)
                else:
                    args = {**body, "channel": ear.channel or ear.user}
                    await self._client.api_call("chat.postMessage", json=args)
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError, AttributeError) as error:
            log.warning("whisper not told", why=type(error).__name__)
