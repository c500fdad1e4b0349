"""Pages by Slack: to a person, to a channel, the loud announcement, and what is left of them afterwards."""

from collections.abc import Mapping

import structlog

from bot.clock import Clock
from bot.delivery.failures import Outage, Withheld
from bot.delivery.jobs import bundled, incident_of, next_up, rendered
from bot.delivery.slack.messages import GONE, Messages
from bot.delivery.slack.pace import Rank
from bot.delivery.slack.search import short
from bot.domain.alert import MessageRef
from bot.domain.commands import PageSent
from bot.domain.effects import Announce, AskHolder, OfferIncident, Page, PageChannel, PagePerson
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.people import MethodKind
from bot.errors import DeliveryError, Outcome
from bot.ports import Job, Receipt, SentPage
from bot.render.bundle import bundle, minimal_bundle
from bot.render.message import Message
from bot.render.page import announcement, channel_page, minimal_page, page
from bot.render.question import question
from bot.render.seal import Seal

log = structlog.get_logger(__name__)

_MANY_SHOWN = 5000


class SlackPages:
    """Carries PagePerson (method `slack`), PageChannel and Announce."""

    def __init__(self, messages: Messages, seal: Seal, clock: Clock) -> None:
        self._messages = messages
        self._seal = seal
        self._clock = clock

    async def carry(self, job: Job) -> Receipt:
        """Page once. A page that cannot be rendered, or is refused for its looks, goes out in plain words."""
        effect, incident = _page_of(job)
        channel = await self._place(effect, incident, job)
        if job.also:
            return _receipt(effect, await self._together(job, channel))
        plain = minimal_page(incident.number)
        shown = rendered(lambda: self._shown(effect, incident, next_up(job)), plain, job)
        ref = await self._messages.post(job, channel, shown, plain, key=effect.key)
        return _receipt(effect, ref)

    async def _together(self, job: Job, channel: str) -> MessageRef:
        """One message for several pages; it carries the keys of all of them."""
        pages = bundled(job)
        plain = minimal_bundle(pages)
        shown = rendered(lambda: bundle(pages, self._seal, self._clock.now()), plain, job)
        facts = {"keys": " ".join(short(each.claim.effect.key) for each in job.also)}
        return await self._messages.post(job, channel, shown, plain, key=job.claim.effect.key, facts=facts)

    async def look_up(self, job: Job) -> Receipt | None:
        """The page that stands in the conversation already."""
        effect, incident = _page_of(job)
        channel = await self._place(effect, incident, job)
        found = await self._messages.find(job, channel, effect.key)
        return _receipt(effect, found[0]) if found else None

    async def _place(self, effect: Page, incident: Incident, job: Job) -> str:
        match effect:
            case PagePerson():
                if job.method is None:
                    raise DeliveryError(Outcome.REJECTED, "no_contact_method")
                return await self._messages.direct(job.method.address)
            case PageChannel():
                return await self._messages.channel(effect.channel)
            case Announce():
                return await self._messages.channel(incident.service.channel)

    def _shown(self, effect: Page, incident: Incident, following: str | None) -> Message:
        return page_message(effect, incident, self._seal, self._clock, following)


class SlackPageRefresh:
    """Carries RefreshPages: every page that stands as a message shows what is true now.

    A page that is gone is none to refresh. What was shown by this process is not shown again when
    the rest has to be repeated.
    """

    def __init__(self, messages: Messages, seal: Seal, clock: Clock) -> None:
        self._messages = messages
        self._seal = seal
        self._clock = clock
        self._versions: dict[tuple[MessageRef, IncidentId], Mapping[IncidentId, int]] = {}

    async def carry(self, job: Job) -> Receipt:
        """Edit them one by one; one that fails does not keep the others from being edited."""
        incident = incident_of(job)
        failure: DeliveryError | None = None
        for sent in job.pages:
            if self._versions.get((sent.ref, incident.id)) == _versions(sent, incident):
                continue
            try:
                await self._refresh(job, incident, sent)
            except (Outage, Withheld):
                raise
            except DeliveryError as error:
                if error.outcome is not Outcome.REJECTED:
                    failure = error
                    continue
                if error.reason not in GONE:
                    log.warning("page_not_refreshed", incident=incident.key, reason=error.reason)
            self._remember(sent, incident)
        if failure is not None:
            raise failure
        return Receipt(shown={other.id: other.version for sent in job.pages for _, other in sent.also})

    async def look_up(self, job: Job) -> Receipt | None:
        """Nothing to look for: editing again changes nothing."""
        return None

    async def _refresh(self, job: Job, incident: Incident, sent: SentPage) -> None:
        effect = sent.effect
        plain = minimal_page(incident.number)
        others = [(page, other) for page, other in sent.also if isinstance(page, PagePerson)]
        if others and isinstance(effect, PagePerson):
            together = [(effect, incident), *others]
            plain = minimal_bundle(together)
            shown = rendered(lambda: bundle(together, self._seal, self._clock.now()), plain, job)
        elif isinstance(effect, AskHolder | OfferIncident):
            now, entries = self._clock.now(), job.entries
            shown = rendered(lambda: question(effect, incident, self._seal, now, entries=entries), plain, job)
        elif isinstance(effect, PagePerson | PageChannel | Announce):
            shown = rendered(
                lambda: page_message(effect, incident, self._seal, self._clock, next_up(job)), plain, job
            )
        else:
            return
        await self._messages.edit(job, sent.ref, shown, plain, rank=Rank.URGENT)

    def _remember(self, sent: SentPage, incident: Incident) -> None:
        if len(self._versions) >= _MANY_SHOWN:
            self._versions.clear()
        self._versions[sent.ref, incident.id] = _versions(sent, incident)


def _versions(sent: SentPage, incident: Incident) -> Mapping[IncidentId, int]:
    return {each.id: each.version for each in (incident, *(other for _, other in sent.also))}


def page_message(
    effect: Page, incident: Incident, seal: Seal, clock: Clock, following: str | None
) -> Message:
    """A page as it should look now."""
    match effect:
        case PagePerson():
            return page(effect, incident, seal, clock.now(), next_up=following)
        case PageChannel():
            return channel_page(effect, incident, seal, clock.now(), next_up=following)
        case Announce():
            return announcement(effect, incident, seal, clock.now(), next_up=following)


def _page_of(job: Job) -> tuple[Page, Incident]:
    effect = job.claim.effect
    assert isinstance(effect, PagePerson | PageChannel | Announce), effect
    return effect, incident_of(job)


def _receipt(effect: Page, ref: MessageRef) -> Receipt:
    match effect:
        case PagePerson():
            answer = PageSent(person=effect.name, method=MethodKind.SLACK)
        case PageChannel():
            answer = PageSent(person=effect.channel, method=MethodKind.SLACK)
        case Announce():
            return Receipt(ref=ref, provider_id=ref.ts)
    return Receipt(ref=ref, provider_id=ref.ts, answer=answer)
