"""Messages as effects: posted once with their key, edited in place, and found again by that key."""

from collections.abc import Mapping

import structlog

from bot.clock import Clock
from bot.delivery.failures import PayloadRefused, Withheld
from bot.delivery.last_moment import TOO_LATE
from bot.delivery.slack.client import Answer, SlackClient, harmless
from bot.delivery.slack.pace import POST, Rank
from bot.delivery.slack.search import EVENT_TYPE, Found, Place, Searches
from bot.domain.alert import MessageRef
from bot.errors import DeliveryError, Outcome
from bot.ports import Directory, Job
from bot.render.message import Message

log = structlog.get_logger(__name__)

GONE = frozenset({"message_not_found", "cant_update_message"})
"""The message was deleted, or belongs to an earlier installation: it cannot be edited any more."""


class Messages:
    """What all carriers to Slack do with messages. Raises DeliveryError and nothing else."""

    def __init__(self, client: SlackClient, directory: Directory, clock: Clock) -> None:
        self.client = client
        self._directory = directory
        self._clock = clock
        self._direct: dict[str, str] = {}
        self._searches = Searches(client)

    async def channel(self, name: str) -> str:
        """The id of a channel by its name or id."""
        found = await self._directory.channel_id(name)
        if found is None:
            raise DeliveryError(Outcome.REJECTED, "channel_not_found")
        return found

    async def direct(self, user: str) -> str:
        """The direct conversation with a user: a message to the user's id may end up elsewhere."""
        if user not in self._direct:
            try:
                answer = await self.client.write("conversations.open", {"users": user})
            except DeliveryError as error:
                raise harmless(error) from error
            self._direct[user] = str(answer["channel"]["id"])
        return self._direct[user]

    def check(self, *, post: str = "", rank: Rank = Rank.URGENT) -> None:
        """Raise what posting to that channel, or editing without one, would raise if it is not its turn."""
        self.client.check(POST if post else "chat.update", channel=post, rank=rank)

    async def post(
        self,
        job: Job,
        channel: str,
        shown: Message,
        plain: Message,
        *,
        key: str,
        facts: Mapping[str, str] | None = None,
        thread: str | None = None,
        loud: bool = False,
        rank: Rank = Rank.URGENT,
    ) -> MessageRef:
        """Post a message that carries the key; refused for its content, `plain` goes out at once instead."""
        metadata = _metadata(key, facts or {})
        place: dict[str, object] = {"channel": channel, "unfurl_links": False, "unfurl_media": False}
        if thread is not None:
            place |= {"thread_ts": thread, "reply_broadcast": loud}
        try:
            answer = await self._send(job, {**place, **shown.body(), "metadata": metadata}, channel, rank)
        except PayloadRefused as refusal:
            log.warning("message_refused", kind=job.claim.effect.kind, reason=refusal.reason)
            body = {**place, **plain.body()}
            if "metadata" not in refusal.reason:
                body["metadata"] = metadata
            answer = await self._send(job, body, channel, rank)
        return MessageRef(channel=str(answer["channel"]), ts=str(answer["ts"]))

    async def edit(
        self,
        job: Job,
        ref: MessageRef,
        shown: Message,
        plain: Message,
        *,
        rank: Rank = Rank.URGENT,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """Make a message of ours show something else, and carry other facts, if there are any."""
        self._in_time(job)
        place: dict[str, object] = {"channel": ref.channel, "ts": ref.ts}
        if facts is not None:
            place["metadata"] = _metadata(job.claim.effect.key, facts)
        try:
            await self.client.write("chat.update", {**place, **shown.body()}, rank=rank)
        except PayloadRefused as refusal:
            log.warning("message_refused", kind=job.claim.effect.kind, reason=refusal.reason)
            place.pop("metadata", None)
            await self.client.write("chat.update", {**place, **plain.body()}, rank=rank)

    async def find(
        self, job: Job, channel: str, key: str, *, thread: str | None = None, but: str | None = None
    ) -> Found | None:
        """Our message with that key since the first attempt, other than `but`; with it, what it carries."""
        place = Place(channel=channel, thread=thread)
        return await self._searches.find(place, key, job.claim.since, but=but)

    async def permalink(self, ref: MessageRef) -> str | None:
        """The message's address, when Slack tells it; a card without one is a card all the same."""
        try:
            answer = await self.client.read(
                "chat.getPermalink", {"channel": ref.channel, "message_ts": ref.ts}, rank=Rank.COSMETIC
            )
        except DeliveryError as error:
            log.info("no_permalink", reason=error.reason)
            return None
        link = answer.get("permalink")
        return str(link) if link else None

    async def _send(self, job: Job, args: Mapping[str, object], channel: str, rank: Rank) -> Answer:
        self._in_time(job)
        last = job.claim.last_moment
        try:
            return await self.client.write(POST, args, channel=channel, rank=rank, before=last)
        except DeliveryError as error:
            if error.reason != "not_in_channel":
                raise
            await self._join(channel, error)
        return await self.client.write(POST, args, channel=channel, rank=rank, before=last)

    async def _join(self, channel: str, refusal: DeliveryError) -> None:
        """Public channels can be joined; what keeps us out of others is told by the first refusal."""
        try:
            await self.client.write("conversations.join", {"channel": channel})
        except DeliveryError as error:
            raise refusal from error

    def _in_time(self, job: Job) -> None:
        if self._clock.monotonic() > job.claim.last_moment:
            raise Withheld(Outcome.NOT_SENT, TOO_LATE)


def _metadata(key: str, facts: Mapping[str, str]) -> Mapping[str, object]:
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key, **facts}}
