"""The card and its thread: one message an incident, edited in place, with the timeline below it."""

import asyncio
from dataclasses import replace

from bot.clock import Clock
from bot.delivery.failures import Withheld
from bot.delivery.jobs import incident_of, next_up, rendered
from bot.delivery.slack.messages import GONE, Messages
from bot.delivery.slack.pace import Rank
from bot.domain.alert import MessageRef
from bot.domain.commands import CardPosted, ThreadPosted
from bot.domain.effects import PointCard
from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt
from bot.ports.outbox import GUARD
from bot.render.card import card, left_card
from bot.render.entries import loud, thread_reply
from bot.render.message import Message, message
from bot.render.seal import Seal
from bot.render.sight import facts

_PERMALINK_LIMIT = 1.0
_MARGIN = 0.5


class SlackCard:
    """Carries RefreshCard."""

    def __init__(self, messages: Messages, seal: Seal, clock: Clock) -> None:
        self._messages = messages
        self._seal = seal
        self._clock = clock

    async def carry(self, job: Job) -> Receipt:
        """Edit the card, or post it when there is none, or none any more."""
        incident = incident_of(job)
        began = self._clock.monotonic()
        channel = "" if incident.card else await self._messages.channel(incident.service.channel)
        self._messages.check(post=channel, rank=Rank.COSMETIC)
        plain = _plain(incident)
        shown = rendered(
            lambda: card(
                incident, self._seal, self._clock.now(), next_up=next_up(job), sightings=job.sightings
            ),
            plain,
            job,
        )
        if incident.card is not None and await self._edited(job, incident.card, shown, plain):
            if incident.permalink is not None:
                return Receipt(ref=incident.card)
            return await self._receipt(job, incident.card, began)
        channel = channel or await self._messages.channel(incident.service.channel)
        key = job.claim.effect.key
        ref = await self._messages.post(
            job, channel, shown, plain, key=key, facts=facts(incident), rank=Rank.COSMETIC
        )
        return await self._receipt(job, ref, began)

    async def look_up(self, job: Job) -> Receipt | None:
        """A card that was posted without our learning of it; editing needs no look-up.

        It shows what was true when it was posted.
        """
        incident = incident_of(job)
        began = self._clock.monotonic()
        channel = await self._messages.channel(incident.service.channel)
        known = incident.card.ts if incident.card else None
        found = await self._messages.find(job, channel, job.claim.effect.key, but=known)
        return replace(await self._receipt(job, found[0], began), outdated=True) if found else None

    async def _edited(self, job: Job, ref: MessageRef, shown: Message, plain: Message) -> bool:
        try:
            carrying = facts(incident_of(job))
            await self._messages.edit(job, ref, shown, plain, rank=Rank.COSMETIC, facts=carrying)
        except DeliveryError as error:
            if error.reason in GONE:
                return False
            raise
        return True

    async def _receipt(self, job: Job, ref: MessageRef, began: float) -> Receipt:
        """With the permalink, if there is time left for it: a card that stands is not put in doubt again."""
        left = GUARD * job.claim.lease.total_seconds() - (self._clock.monotonic() - began) - _MARGIN
        permalink = None
        if left > 0:
            try:
                async with asyncio.timeout(min(left, _PERMALINK_LIMIT)):
                    permalink = await self._messages.permalink(ref)
            except TimeoutError:
                permalink = None
        channel = incident_of(job).service.channel
        answer = CardPosted(card=ref, permalink=permalink, channel=channel)
        return Receipt(ref=ref, provider_id=ref.ts, answer=answer)


class SlackLeftCard:
    """Carries PointCard."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def carry(self, job: Job) -> Receipt:
        """Edit the card that was left behind; one that is gone shows no way."""
        effect, incident = job.claim.effect, incident_of(job)
        assert isinstance(effect, PointCard)
        shown = rendered(lambda: left_card(incident), _plain(incident), job)
        try:
            await self._messages.edit(job, effect.card, shown, _plain(incident), rank=Rank.COSMETIC, facts={})
        except DeliveryError as error:
            if error.reason not in GONE:
                raise
        return Receipt(ref=effect.card)

    async def look_up(self, job: Job) -> Receipt | None:
        """An edit that is made twice is one."""
        return None


class SlackThread:
    """Carries PostThread: what the card's thread does not have yet, as one reply."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    async def carry(self, job: Job) -> Receipt:
        """Post the entries after the last that the thread has."""
        incident = incident_of(job)
        root, entries = _root(incident), _new(job, incident)
        if not entries:
            return Receipt()
        plain = message(f"{len(entries)} new timeline entries; they could not be rendered.")
        through = entries[-1].seq
        ref = await self._messages.post(
            job,
            root.channel,
            rendered(lambda: thread_reply(entries), plain, job),
            plain,
            key=_key(job, incident),
            facts={"through": str(through)},
            thread=root.ts,
            loud=loud(entries),
            rank=Rank.COSMETIC,
        )
        return Receipt(ref=ref, provider_id=ref.ts, answer=ThreadPosted(through=through))

    async def look_up(self, job: Job) -> Receipt | None:
        """A reply that begins with the same entry; it says itself how far it goes."""
        incident = incident_of(job)
        root = _root(incident)
        found = await self._messages.find(job, root.channel, _key(job, incident), thread=root.ts)
        if found is None or not found[1].get("through", "").isdigit():
            return None
        ref, facts = found
        answer = ThreadPosted(through=int(facts["through"]))
        return Receipt(ref=ref, provider_id=ref.ts, answer=answer, outdated=True)


def _root(incident: Incident) -> MessageRef:
    if incident.card is None:
        raise Withheld(Outcome.NOT_SENT, "no_card_yet")
    return incident.card


def _new(job: Job, incident: Incident) -> tuple[Entry, ...]:
    return tuple(entry for entry in job.entries if entry.seq > incident.threaded)


def _key(job: Job, incident: Incident) -> str:
    return f"{job.claim.effect.key}:{incident.threaded + 1}"


def _plain(incident: Incident) -> Message:
    return message(f"{incident.key}: its details could not be rendered.")
