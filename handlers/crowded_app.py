"""Bolt in a crowd: of the alerts that come at once, few are under way and the others wait for their turn.

With a thousand under way nothing else gets a turn of the event loop in time, not even a page that is being
sent, and all of them are cut off together. What waits is taken in when its turn comes; Slack, which waits for
three seconds only, may bring it once more by then, and the second copy does nothing.
"""

import asyncio

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from handlers.slack_messages import by_integration

MOST = 64
"""Messages at once: as many alerts as share a transaction well."""


class CrowdedApp(AsyncApp):
    """What people do and say does not wait behind what integrations post: they are few, and look at it."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # Bolt's own checks
        self._turns = asyncio.Semaphore(MOST)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Answer a request."""
        event = req.body.get("event")
        if not (isinstance(event, dict) and event.get("type") == "message" and by_integration(event)):
            return await super().async_dispatch(req)
        async with self._turns:
            return await super().async_dispatch(req)
