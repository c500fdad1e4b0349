"""The ledger: what came of a delivery, and what follows from it, in one transaction (T4)."""

import logging
import random
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.clock import Clock
from bot.domain.commands import Answer, DeliveryGivenUp, PageFailed, TicketTrouble
from bot.domain.effects import (
    Announce,
    CommentTicket,
    Lane,
    MoveTicket,
    OpenTicket,
    PageChannel,
    PagePerson,
    PageWebhook,
    RefreshCard,
)
from bot.domain.incident import TicketState
from bot.domain.people import MethodKind
from bot.errors import PACED, DeliveryError, NotLookedUp, Outcome, Vanished
from bot.failpoints import Point, hit
from bot.metrics import Metrics
from bot.ports import Alarms, Claim, Job, Receipt, Store, Tx
from bot.workers.retry import impatient, pause
from bot.workers.settlement import Settlement, follow

log = structlog.get_logger(__name__)


class Ledger:
    """Records attempts. A claim whose lease has passed to somebody else writes nothing: it is fenced off."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        changed: Callable[[], None],
        metrics: Metrics,
        chance: random.Random,
        alarms: Alarms | None = None,
    ) -> None:
        self._alarms = alarms
        self._store = store
        self._clock = clock
        self._changed = changed
        self._metrics = metrics
        self._chance = chance
        self._settlements = {lane: Settlement(lane, store, clock, changed) for lane in Lane}

    async def sent(self, job: Job, receipt: Receipt) -> None:
        """The provider has it."""
        self._metrics.deliveries.labels(job.claim.effect.kind, "accepted").inc()
        if isinstance(job.claim.effect, PagePerson) and not (job.incident and job.incident.canary):
            late = self._clock.now() - job.claim.effect.at + job.claim.effect.late
            self._metrics.lateness.observe(max(late.total_seconds(), 0))

        if self._alarms is not None and (channel := _channel(job)) is not None:
            self._alarms.cleared(f"channel: {channel}")
        self._tell(job, await self._settlements[job.claim.lane].record(job.claim.all, receipt))

    async def failed(self, job: Job, error: DeliveryError) -> None:
        """It failed: for good, or to be tried again."""
        self._metrics.deliveries.labels(job.claim.effect.kind, error.outcome.value).inc()
        waits = error.reason == PACED and job.claim.lane is not Lane.PAGE  # thousands do, in a storm
        log.log(
            logging.DEBUG if waits else logging.INFO,
            "delivery_failed",
            kind=job.claim.effect.kind,
            incident=job.incident.key if job.incident else None,
            outcome=error.outcome,
            reason=error.reason,
            attempt=job.claim.attempt,
        )
        if error.outcome is Outcome.REJECTED:
            self._refused_by_channel(job, error)
            await self._write(job, lambda tx: [self._rejected(tx, each, error) for each in job.claim.all])
        else:
            await self._write(job, lambda tx: [self._again(tx, each, error) for each in job.claim.all])

    def _refused_by_channel(self, job: Job, error: DeliveryError) -> None:
        """What a channel was to be told is told elsewhere; and that the file names one that is no good."""
        channel = _channel(job)
        if self._alarms is None or channel is None or job.incident is None or isinstance(error, Vanished):
            return
        what = "an announcement" if isinstance(job.claim.effect, Announce) else "what was to be said"
        self._alarms.raised(
            f"channel: {channel}",
            f"Slack refuses {channel} ({error.reason}), so {what} about {job.incident.key} "
            f"({job.incident.service.name}) could not be told there. Look after that incident, and correct "
            "the channel in tocsin.yaml or invite the bot.",
        )

    async def _write(self, job: Job, work: Callable[[Tx], list[bool]]) -> None:
        """Of all that shared a message in one transaction."""
        lane = job.claim.lane

        def recorded(tx: Tx) -> bool:
            written = all(work(tx))
            hit(Point.BEFORE_RECORD_COMMIT, lane)
            return written

        written = await self._store.write(recorded, page=lane is Lane.PAGE)
        hit(Point.AFTER_RECORD_COMMIT, lane)
        self._tell(job, written)
        self._changed()

    def _tell(self, job: Job, written: bool) -> None:
        if not written:
            self._metrics.fenced.inc()
            log.warning("fenced", kind=job.claim.effect.kind, attempt=job.claim.attempt, effect=job.claim.id)

    def _rejected(self, tx: Tx, claim: Claim, error: DeliveryError) -> bool:
        now = self._clock.now()
        if not tx.record_rejected(claim, error.reason, now):
            return False
        follow(tx, [(claim, _given_up(tx, claim, error, now))], now)
        return True

    def _again(self, tx: Tx, claim: Claim, error: DeliveryError) -> bool:
        now = self._clock.now()
        again_at = now + pause(error, claim.failures, self._chance)
        doubtful = error.outcome is Outcome.UNKNOWN
        recorded = tx.record_retry(
            claim,
            f"look-up: {error.reason}" if isinstance(error, NotLookedUp) else error.reason,
            unknown=doubtful or claim.uncertain,
            again_at=again_at,
            now=now,
            doubted_at=now if doubtful and not isinstance(error, NotLookedUp) else None,
        )
        if not recorded:
            return False
        if isinstance(claim.effect, PagePerson) and impatient(error, claim, now - claim.since):
            tx.hasten_method(claim, now)
        if isinstance(claim.effect, OpenTicket):
            follow(tx, [(claim, TicketTrouble(state=TicketState.UNAVAILABLE, problem=error.reason))], now)
        return True


def _channel(job: Job) -> str | None:
    """The channel that the file names for this effect, if it goes to one."""
    match job.claim.effect:
        case PageChannel(channel=channel):
            return channel
        case Announce() | RefreshCard() if job.incident is not None:
            return job.incident.service.channel
        case _:
            return None


def _given_up(tx: Tx, claim: Claim, error: DeliveryError, now: datetime) -> Answer:
    match claim.effect:
        case PagePerson() as page:
            more = tx.hasten_method(claim, now) or tx.pages_left(claim, now)
            return PageFailed(
                person=page.name,
                method=page.method,
                reason=error.reason,
                epoch=page.epoch,
                step=page.step,
                more=more,
            )
        case PageChannel() as page:
            return PageFailed(
                person=page.channel,
                method=MethodKind.SLACK,
                reason=error.reason,
                epoch=page.epoch,
                step=page.step,
                more=tx.pages_left(claim, now),
            )
        case PageWebhook() as page:
            return PageFailed(
                person=page.name,
                method="webhook",
                reason=error.reason,
                epoch=page.epoch,
                step=page.step,
                more=tx.pages_left(claim, now),
            )
        case OpenTicket():
            return TicketTrouble(state=TicketState.FAILED, problem=error.reason)
        case MoveTicket() | CommentTicket() if isinstance(error, Vanished):
            return TicketTrouble(state=TicketState.FAILED, problem=error.reason)
        case _:
            return DeliveryGivenUp(what=claim.effect.kind.replace("_", " "), reason=error.reason)
