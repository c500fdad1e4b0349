"""Notices: channels and people are told what the clock brought."""

from bot.delivery.jobs import rendered
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pace import Rank
from bot.domain.effects import SayTo
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.render.message import message
from bot.render.notices import notice_told


class SlackNotice:
    """Carries SayTo."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def carry(self, job: Job) -> Receipt:
        """Say it once."""
        effect, plain = _effect(job), message("Who is on call has changed; `/oncall` shows it.")
        place = await self._place(effect)
        shown = rendered(lambda: notice_told(effect.notice), plain, job)
        ref = await self._messages.post(job, place, shown, plain, key=effect.key, rank=Rank.COSMETIC)
        return Receipt(ref=ref, provider_id=ref.ts)

    async def look_up(self, job: Job) -> Receipt | None:
        """The message that stands there already."""
        effect = _effect(job)
        found = await self._messages.find(job, await self._place(effect), effect.key)
        return Receipt(ref=found[0], provider_id=found[0].ts) if found else None

    async def _place(self, effect: SayTo) -> str:
        if effect.user is not None:
            return await self._messages.direct(effect.user)
        if effect.channel is None:
            raise DeliveryError(Outcome.REJECTED, "nobody_to_tell")
        return await self._messages.channel(effect.channel)


def _effect(job: Job) -> SayTo:
    effect = job.claim.effect
    assert isinstance(effect, SayTo), effect
    return effect
