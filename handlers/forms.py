"""Opening a form: the one call to Slack that a listener makes itself, for a trigger lives three seconds."""

import asyncio

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
        try:
            async with asyncio.timeout(SECONDS):
                await self._client.views_open(trigger_id=trigger, view=view)
        except SlackApiError as error:
            log.warning("form not opened", why=str(error.response.get("error")))
            return False
        except (aiohttp.ClientError, SlackClientError, OSError, ValueError) as error:
            log.warning("form not opened", why=type(error).__name__)
            return False
        return True
