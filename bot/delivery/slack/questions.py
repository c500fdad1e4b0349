"""Questions in private: asked once, and edited like pages when they are answered or not asked any more."""

from bot.clock import Clock
from bot.delivery.jobs import incident_of, rendered
from bot.delivery.slack.messages import Messages
from bot.domain.effects import AskHolder, OfferIncident, Question, TellGiver
from bot.ports import Job, Receipt
from bot.render.page import minimal_page
from bot.render.question import offer_answered, question
from bot.render.seal import Seal


class SlackQuestions:
    """Carries AskHolder, OfferIncident and TellGiver."""

    def __init__(self, messages: Messages, seal: Seal, clock: Clock) -> None:
        self._messages = messages
        self._seal = seal
        self._clock = clock

    async def carry(self, job: Job) -> Receipt:
        """Say it once."""
        effect, incident = _asked(job), incident_of(job)
        plain = minimal_page(incident.number)
        channel = await self._messages.direct(effect.user)
        if isinstance(effect, TellGiver):
            shown = rendered(lambda: offer_answered(effect, incident), plain, job)
        else:
            shown = rendered(
                lambda: question(effect, incident, self._seal, self._clock.now(), entries=job.entries),
                plain,
                job,
            )
        ref = await self._messages.post(job, channel, shown, plain, key=effect.key)
        return Receipt(ref=ref, provider_id=ref.ts)

    async def look_up(self, job: Job) -> Receipt | None:
        """What stands in the conversation already."""
        effect = _asked(job)
        found = await self._messages.find(job, await self._messages.direct(effect.user), effect.key)
        return Receipt(ref=found[0], provider_id=found[0].ts) if found else None


def _asked(job: Job) -> Question | TellGiver:
    effect = job.claim.effect
    assert isinstance(effect, AskHolder | OfferIncident | TellGiver), effect
    return effect
