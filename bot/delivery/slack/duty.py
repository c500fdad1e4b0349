"""Duty: people and channels are told of changes of schedules, and asked whether they swap."""

from bot.delivery.jobs import rendered
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pace import Rank
from bot.domain.effects import AskSwap, TellChange
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.render.duty import change_told, swap_asked
from bot.render.message import Message, message
from bot.render.seal import Seal


class SlackDuty:
    """Carries TellChange and AskSwap."""

    def __init__(self, messages: Messages, seal: Seal) -> None:
        self._messages = messages
        self._seal = seal

    async def carry(self, job: Job) -> Receipt:
        """Say it once."""
        effect, plain = _effect(job), message("Somebody changed who is on call; `/oncall` shows it.")
        channel = await self._place(effect)
        shown = rendered(lambda: self._shown(effect), plain, job)
        ref = await self._messages.post(job, channel, shown, plain, key=effect.key, rank=Rank.COSMETIC)
        return Receipt(ref=ref, provider_id=ref.ts)

    async def look_up(self, job: Job) -> Receipt | None:
        """The message that stands there already."""
        effect = _effect(job)
        found = await self._messages.find(job, await self._place(effect), effect.key)
        return Receipt(ref=found[0], provider_id=found[0].ts) if found else None

    def _shown(self, effect: TellChange | AskSwap) -> Message:
        if isinstance(effect, AskSwap):
            return swap_asked(effect.swap, effect.change, self._seal)
        return change_told(effect.change)

    async def _place(self, effect: TellChange | AskSwap) -> str:
        if effect.user is not None:
            return await self._messages.direct(effect.user)
        if effect.channel is None:
            raise DeliveryError(Outcome.REJECTED, "nobody_to_tell")
        return await self._messages.channel(effect.channel)


def _effect(job: Job) -> TellChange | AskSwap:
    effect = job.claim.effect
    assert isinstance(effect, TellChange | AskSwap), effect
    return effect
