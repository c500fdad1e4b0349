"""Duty: people are told of changes of schedules, asked whether they swap, and shown their tests."""

from bot.delivery.jobs import rendered
from bot.delivery.slack.messages import GONE, Messages
from bot.delivery.slack.pace import Rank
from bot.domain.effects import AskSwap, EndSwap, ReportTrial, TellChange
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.render.duty import change_told, swap_asked, swap_expired, trial_report
from bot.render.message import Message, message
from bot.render.seal import Seal

Told = TellChange | AskSwap | ReportTrial


class SlackDuty:
    """Carries TellChange, AskSwap and ReportTrial."""

    def __init__(self, messages: Messages, seal: Seal) -> None:
        self._messages = messages
        self._seal = seal

    async def carry(self, job: Job) -> Receipt:
        """Say it once."""
        effect, plain = _effect(job), message("Somebody changed who is on call; `/oncall` shows it.")
        channel = await self._place(effect)
        shown = rendered(lambda: self._shown(effect, job), plain, job)
        ref = await self._messages.post(job, channel, shown, plain, key=effect.key, rank=Rank.COSMETIC)
        return Receipt(ref=ref, provider_id=ref.ts)

    async def look_up(self, job: Job) -> Receipt | None:
        """The message that stands there already."""
        effect = _effect(job)
        found = await self._messages.find(job, await self._place(effect), effect.key)
        return Receipt(ref=found[0], provider_id=found[0].ts) if found else None

    def _shown(self, effect: Told, job: Job) -> Message:
        match effect:
            case AskSwap(swap=swap, change=change):
                return swap_asked(swap, change, self._seal)
            case TellChange(change=change):
                return change_told(change)
            case ReportTrial():
                return trial_report(job.person, job.entries)

    async def _place(self, effect: Told) -> str:
        if effect.user is not None:
            return await self._messages.direct(effect.user)
        if effect.channel is None:
            raise DeliveryError(Outcome.REJECTED, "nobody_to_tell")
        return await self._messages.channel(effect.channel)


class SlackOfferOver:
    """Carries EndSwap."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def carry(self, job: Job) -> Receipt:
        """Edit the question; one that was answered, or is gone, stays as it is."""
        effect = job.claim.effect
        assert isinstance(effect, EndSwap)
        if job.asked is not None:
            shown, plain = swap_expired(effect.swap, effect.change), message("The offer has expired.")
            try:
                await self._messages.edit(job, job.asked, shown, plain, rank=Rank.COSMETIC)
            except DeliveryError as error:
                if error.reason not in GONE:
                    raise
        return Receipt(ref=job.asked)

    async def look_up(self, job: Job) -> Receipt | None:
        """An edit that is made twice is one."""
        return None


def _effect(job: Job) -> Told:
    effect = job.claim.effect
    assert isinstance(effect, Told), effect
    return effect
