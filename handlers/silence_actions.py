"""Buttons about what is kept quiet: taking a silence back, and ending one."""

from bot.render import actions as a
from bot.render.seal import NO_INCIDENT
from handlers.answers import Answer
from handlers.clerk import Clerk
from handlers.identity import Caller
from handlers.words import Unclear

UNKNOWN = "This button is outdated: nothing was changed. `/incident silence list` shows what is kept quiet."


class SilenceActions:
    """Follows presses of buttons whose action begins with `quiet.`."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk

    async def follow(self, action: str, value: str, caller: Caller, request: str) -> Answer:
        """One press. Raises Refused."""
        sealed = self._clerk.seal.open(action, value)
        if sealed is None or sealed.incident != NO_INCIDENT or action not in (a.QUIET_UNDO, a.QUIET_END):
            raise Unclear(UNKNOWN)
        undo = action == a.QUIET_UNDO
        told = await self._clerk.quiet.end(sealed.extra, caller, request, undo=undo)
        return Answer(message=told)
