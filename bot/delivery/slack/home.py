"""The Home tab."""

from bot.delivery.slack.client import SlackClient, harmless
from bot.delivery.slack.pace import Rank
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.render.home import home_view
from bot.render.seal import Seal


class SlackHome:
    """Carries PublishHome."""

    def __init__(self, client: SlackClient, seal: Seal) -> None:
        self._client = client
        self._seal = seal

    async def carry(self, job: Job) -> Receipt:
        """Publish the view; without a `hash`, because ours is the truth and the newest one wins."""
        if job.home is None:
            raise DeliveryError(Outcome.REJECTED, "nobody_to_show_it_to")
        args = {"user_id": job.home.user, "view": home_view(job.home, self._seal)}
        try:
            await self._client.write("views.publish", args, rank=Rank.COSMETIC)
        except DeliveryError as error:
            raise harmless(error) from error
        return Receipt()

    async def look_up(self, job: Job) -> Receipt | None:
        """Nothing to look for: publishing again changes nothing."""
        return None
