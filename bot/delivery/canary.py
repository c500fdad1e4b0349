"""The canary's carrier: it posts to a channel that nobody has to read, or takes the page itself."""

from bot.delivery.jobs import incident_of
from bot.delivery.slack.messages import Messages
from bot.delivery.slack.pace import Rank
from bot.domain.commands import PageSent
from bot.domain.people import MethodKind
from bot.ports import Job, Receipt
from bot.render.escape import utc
from bot.render.message import message

_SENT = PageSent(person="canary", method=MethodKind.SLACK)


class InnerCanary:
    """Takes the page: the road ends here, within the house."""

    async def carry(self, job: Job) -> Receipt:
        """It arrived."""
        return Receipt(provider_id="canary", answer=_SENT)

    async def look_up(self, job: Job) -> Receipt | None:
        """What was not recorded is carried again; nobody sees it twice."""
        return None


class SlackCanary:
    """Posts the page to a channel of its own, with its key, like every page."""

    def __init__(self, messages: Messages, channel: str) -> None:
        self._messages = messages
        self._channel = channel

    async def carry(self, job: Job) -> Receipt:
        """Post it."""
        opened = utc(incident_of(job).opened_at)
        shown = message(f"Canary of {opened}. Nothing is wrong; nobody has to do anything.")
        key = job.claim.effect.key
        ref = await self._messages.post(job, self._channel, shown, shown, key=key, rank=Rank.COSMETIC)
        return Receipt(ref=ref, provider_id=ref.ts, answer=_SENT)

    async def look_up(self, job: Job) -> Receipt | None:
        """The message with that key, if it stands."""
        found = await self._messages.find(job, self._channel, job.claim.effect.key)
        return Receipt(ref=found[0], provider_id=found[0].ts, answer=_SENT) if found else None
