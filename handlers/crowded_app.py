"""Bolt in a crowd: of the events that come at once, few are under way and the others wait for their turn.

With a thousand under way nothing else gets a turn of the event loop in time, not even a page that is being
sent, and all of them are cut off together. What waits costs nothing, and is taken in when its turn comes.
"""

import asyncio

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

MOST = 64
"""Events at once: as many alerts as share a transaction well."""


class CrowdedApp(AsyncApp):
    """Commands and buttons do not wait: people are few, and look at the screen."""

    def __init__(self, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]  # Bolt's own checks
        self._turns = asyncio.Semaphore(MOST)

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Answer a request."""
        if req.body.get("type") != "event_callback":
            return await super().async_dispatch(req)
        async with self._turns:
            return await super().async_dispatch(req)
