"""Opening a form: the one call to Slack that a listener makes itself, for a trigger lives three seconds."""

import asyncio
from collections.abc import Awaitable

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.render.message import Block

log = structlog.get_logger(__name__)

SECONDS = 1.5
NOT_OPENED = (
    "Couldn't open the form: Slack didn't take it in time. Try again, or use a command, such as "
    "`/incident resolve INC-42 what fixed it`."
)


class Forms:
    """Opens forms."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def open(self, trigger: str, view: Block) -> bool:
        """Open a form for the person who pulled that trigger; False when it could not be."""
        return await _shown(self._client.views_open(trigger_id=trigger, view=view))

    async def update(self, window: str, view: Block) -> bool:
        """Show it in the place of a window that is open; False when it could not be."""
        return await _shown(self._client.views_update(view_id=window, view=view))


async def _shown(asked: Awaitable[object]) -> bool:
    try:
        async with asyncio.timeout(SECONDS):
            await asked
    except SlackApiError as error:
        log.warning("form not opened", why=str(error.response.get("error")))
        return False
    except (aiohttp.ClientError, SlackClientError, OSError, ValueError) as error:
        log.warning("form not opened", why=type(error).__name__)
        return False
    return True
