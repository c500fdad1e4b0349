"""Warnings: what somebody who works on an incident is told in private, without being paged."""

from bot.delivery.jobs import incident_of, rendered
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pace import Rank
from bot.domain.effects import WarnPerson
from bot.ports import Job, Receipt
from bot.render.message import message
from bot.render.warning import intruder


class SlackWarning:
    """Carries WarnPerson."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def carry(self, job: Job) -> Receipt:
        """Say it once."""
        effect, incident = _warning(job), incident_of(job)
        plain = message(f"Somebody who may not tried several times to change INC-{incident.number}.")
        channel = await self._messages.direct(effect.user)
        shown = rendered(lambda: intruder(incident, effect.by), plain, job)
        ref = await self._messages.post(job, channel, shown, plain, key=effect.key, rank=Rank.COSMETIC)
        return Receipt(ref=ref, provider_id=ref.ts)

    async def look_up(self, job: Job) -> Receipt | None:
        """The warning that stands in the conversation already."""
        effect = _warning(job)
        found = await self._messages.find(job, await self._messages.direct(effect.user), effect.key)
        return Receipt(ref=found[0], provider_id=found[0].ts) if found else None


def _warning(job: Job) -> WarnPerson:
    effect = job.claim.effect
    assert isinstance(effect, WarnPerson), effect
    return effect
