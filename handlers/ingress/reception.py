"""The reception: whoever posts is known first; then what they post is read, taken in, and answered."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from bot.domain.alert import Alert
from bot.domain.integration import Integration
from bot.domain.webhook import in_variable
from bot.intake import Ingested, Intake
from bot.integrations import Admitted, Integrations, Puzzle
from bot.metrics import Metrics
from handlers.ingress.amazon import Amazon, Proof
from handlers.ingress.credentials import delivery_id, signed
from handlers.ingress.limits import Limits, urgent
from handlers.ingress.reading import Posted, Reader, Reading, reading
from handlers.webhooks.integrations import read
from handlers.webhooks.sns import Envelope, Kind, envelope

log = structlog.get_logger(__name__)

LONG = 128 * 1024
"""So many bytes are read beside the event loop, which pages meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a request: of its alerts, in order, and of what could not be read.

    `repeated`: this very delivery came before, and nothing was done. `said` is about the request itself.
    """

    alerts: Sequence[Alert] = ()
    ingested: Sequence[Ingested] = ()
    reading: Reading = field(default_factory=Reading)
    repeated: bool = False
    said: str = ""


class Turned(Exception):
    """A request that is not taken: the status, and the part of it that is wrong."""

    def __init__(self, status: int, place: str, why: str, *, again: float = 0.0) -> None:
        super().__init__(why)
        self.status, self.place, self.why, self.again = status, place, why, again


class Reception:
    """What all ways in have in common. `secrets` are those with which integrations sign, by variable."""

    def __init__(
        self,
        *,
        integrations: Integrations,
        intake: Intake,
        metrics: Metrics,
        limits: Limits,
        amazon: Amazon,
        secrets: Mapping[str, str],
    ) -> None:
        self._integrations = integrations
        self._intake = intake
        self._metrics = metrics
        self._limits = limits
        self._amazon = amazon
        self._secrets = secrets

    async def admitted(self, shown: str, whence: str | None = None) -> Admitted:
        """Whose token this is. Raises Turned, and StoreUnavailable. `whence`: the address that showed it."""
        found = await self._integrations.admit(shown)
        if found is None:
            self._metrics.alerts.labels("denied").inc()
            if whence is not None and (wait := self._limits.guesses.wait(whence)):
                raise Turned(429, "token", "too many tokens that do not count came from here", again=wait)
            raise Turned(401, "token", "the token is missing, or none that counts")
        return found

    async def turned(self, name: str, error: Turned, raw: bytes) -> None:
        """Keep what somebody sent who may, and was turned away: it may have been an alert."""
        apart = error.status == 404
        puzzle = Puzzle(place=error.place, why=error.why, body=raw, apart=apart)
        await self._integrations.note_unread(name, [puzzle])

    def hold(self, name: str, raw: bytes | None = None) -> float:
        """Raise Turned when an integration posts more than it may, unless its document seems to be urgent.

        Without a document: the seconds until it may again, if this one is to be looked into all the same.
        """
        wait = self._limits.wait(name)
        if not wait or (self._limits.spared(name) and (raw is None or urgent(raw))):
            return wait
        raise self.held(name, wait)

    def held(self, name: str, wait: float) -> Turned:
        """That it posts more than it may, which is counted and told."""
        self._metrics.alerts.labels("limited").inc()
        self._limits.refused(name)
        return Turned(429, "rate", "more requests within a minute than the limit allows", again=wait)

    async def take(self, integration: Integration, posted: Posted, reader: Reader = read) -> Taken:
        """Take in what can be read, and keep the rest. Raises Turned, and StoreUnavailable."""
        secret = self._secrets.get(in_variable(integration.name))
        if secret is not None and not signed(integration.source, secret, posted):
            raise Turned(401, "signature", "the signature is missing, or wrong")
        if len(posted.raw) > LONG:
            found = await asyncio.to_thread(reading, integration, posted, reader)
        else:
            found = reading(integration, posted, reader)
        request = delivery_id(integration.source, posted)
        if enveloped := _enveloped(integration, found):
            if said := await self._believed(enveloped):
                return Taken(reading=found, said=said)
            request = f"sns:{hashlib.sha256(posted.raw).hexdigest()[:32]}"
        return await self.ingest(integration, found, request)

    async def ingest(self, integration: Integration, found: Reading, request: str | None) -> Taken:
        """Take in what was read. Pages first: what could not be read is kept after that."""
        key = f"hook:{integration.name}:{request}" if request else None
        ingested = await self._intake.take(key, found.alerts, integration.service) if found.alerts else []
        for outcome, count in Counter(each.outcome for each in ingested).items():
            self._metrics.alerts.labels(outcome).inc(count)
        if any(each.incident for each in ingested):
            self._limits.heard(integration.name)
        if found.puzzles:
            self._metrics.alerts.labels("unread").inc(len(found.puzzles))
            await self._integrations.note_unread(integration.name, found.puzzles)
        return Taken(
            alerts=found.alerts,
            ingested=ingested,
            reading=found,
            repeated=bool(found.alerts) and not ingested,
        )

    async def _believed(self, posted: Envelope) -> str:
        """Empty for a notification that may be taken in; what was done about anything else."""
        proof = await self._amazon.proof(posted)
        if proof is Proof.FORGED:
            raise Turned(401, "Signature", "this was not signed by Amazon SNS")
        match posted.kind:
            case Kind.NOTIFICATION:
                return ""  # the token is proof enough while the certificate cannot be had
            case Kind.UNSUBSCRIPTION:
                log.warning("unsubscribed", topic=posted.topic)
                return "unsubscribed"
            case Kind.SUBSCRIPTION if posted.confirmation_url is None:
                raise Turned(400, "SubscribeURL", "this is no address at which SNS confirms subscriptions")
            case Kind.SUBSCRIPTION:
                if proof is Proof.UNKNOWN or not await self._amazon.confirm(posted):
                    raise Turned(503, "SubscribeURL", "it could not be confirmed now", again=30)
                return "confirmed"


def _enveloped(integration: Integration, found: Reading) -> Envelope | None:
    sns = integration.source == "aws_sns" and found.delivery is not None
    return envelope(found.delivery) if sns and found.delivery else None
