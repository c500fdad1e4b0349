"""Buttons about who is on call: answering offers, withdrawing overrides, opening forms."""

from bot.domain.duty import OfferOver
from bot.render import actions as a
from bot.render.escape import marked
from bot.render.message import message, section
from bot.render.seal import NO_INCIDENT
from handlers.answers import Answer
from handlers.clerk import Clerk
from handlers.identity import Caller
from handlers.words import Unclear

UNKNOWN = "This button is outdated: nothing was changed. `/oncall list` shows how things stand."


class OnCallActions:
    """Follows presses of buttons whose action begins with `duty.`."""

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk

    async def follow(self, action: str, value: str, caller: Caller, request: str) -> Answer:
        """One press. Raises Refused."""
        if action == a.OVERRIDE:
            return Answer(form=await self._clerk.on_call.override_form(caller.actor))
        if action == a.TEST:
            return Answer(message=await self._clerk.on_call.test(caller, request))
        sealed = self._clerk.seal.open(action, value)
        if sealed is None or sealed.incident != NO_INCIDENT:
            raise Unclear(UNKNOWN)
        clerk, by = self._clerk.on_call, caller.actor
        match action:
            case a.SWAP_AGREE | a.SWAP_DECLINE:
                agree = action == a.SWAP_AGREE
                try:
                    told = await clerk.answer(sealed.extra, by, request, agree=agree)
                except OfferOver as over:  # its buttons go: they would never do anything again
                    told = message(str(over), section(marked(str(over), 600)))
                return Answer(message=told, replacing=True)
            case a.WITHDRAW:
                override, sure = sealed.extra.removesuffix("!"), sealed.extra.endswith("!")
                return Answer(message=await clerk.withdraw(override, by, request, leaving_nobody=sure))
            case a.SHARE:
                return Answer(message=await clerk.foreseeing.shared(sealed.extra), openly=True)
            case _:
                raise Unclear(UNKNOWN)
