"""Recall: what Slack's cards remember of incidents is taken over where the database has forgotten it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from bot.clock import Clock
from bot.domain.commands import Command, Recalled
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.doubt import found
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status
from bot.domain.sight import Sight
from bot.ports import Sightings, Store, Tx, Witness

log = structlog.get_logger(__name__)

BATCH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Recollection:
    """What came of asking: how many were known to be handled, and how many were not known here at all."""

    handled: int = 0
    lost: int = 0
    complete: bool = True


class Recall:
    """Asks about every incident in doubt, and for those that the database does not know."""

    def __init__(
        self, store: Store, clock: Clock, configuration: Callable[[], Configuration], witness: Witness
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._witness = witness

    async def ask(self, since: datetime) -> Recollection:
        """Take over what Slack knows better. Raises DeliveryError when it does not answer.

        It is not complete when some of its cards could not be seen.
        """
        sightings = await self._sightings(since)
        sights = sightings.sights
        await self._store.write(partial(_skip_numbers, sights=sights))
        handled = lost = 0
        for start in range(0, len(sights), BATCH):
            work = partial(self._take_over, sights=sights[start : start + BATCH])
            came = await self._store.write(work)
            handled, lost = handled + came.handled, lost + came.lost
        return Recollection(handled=handled, lost=lost, complete=sightings.complete)

    async def _sightings(self, since: datetime) -> Sightings:
        """Of every card that was posted since then, and of those of older incidents."""
        seen: dict[IncidentId, Sight] = {}
        complete = True
        for channel in dict.fromkeys(each.channel for each in self._configuration().services.values()):
            told_here = await self._witness.since(channel, since)
            complete = complete and told_here.complete
            for sight in told_here.sights:
                if sight.id not in seen or sight.version > seen[sight.id].version:
                    seen[sight.id] = sight
        for incident in await self._store.read(lambda tx: list(unconfirmed(tx))):
            card = None if incident.id in seen else incident.card
            told = await self._witness.of(card) if card else None
            if told is not None:
                seen[incident.id] = told
        return Sightings(sights=list(seen.values()), complete=complete)

    def _take_over(self, tx: Tx, sights: Sequence[Sight]) -> Recollection:
        now = self._clock.now()
        known = tx.deciding([sight.id for sight in sights])
        told = [decide(known[sight.id], Recalled(sight=sight), now) for sight in sights if sight.id in known]
        changed = [decision for decision in told if decision.changed]
        handled = sum(decision.incident.unconfirmed is None for decision in changed)
        tx.save(changed, now)
        lost = sum(
            self._adopt(tx, sight, now) for sight in sights if sight.id not in known and _goes_on(sight)
        )
        return Recollection(handled=handled, lost=lost)

    def _adopt(self, tx: Tx, sight: Sight, now: datetime) -> bool:
        """Take in what nobody here knows. Its id is what it is: where its number is taken it gets another."""
        other = tx.open_for(sight.dedup_key) if sight.dedup_key is not None else None
        if other is not None:  # the same trouble is open, and pages
            log.warning(
                "incident_in_slack_not_taken", incident=f"INC-{sight.number}", id=sight.id, same_as=other.key
            )
            return False
        number = sight.number if tx.numbered(sight.number) is None else tx.next_number()
        log.warning(
            "incident_found_in_slack",
            incident=f"INC-{number}",
            was=f"INC-{sight.number}",
            status=sight.status,
        )
        configuration = self._configuration()
        default = configuration.services[configuration.default_service]
        service = configuration.services.get(sight.service, default)
        tx.save([found(sight, service, now, number=number)], now)
        return True


def _skip_numbers(tx: Tx, sights: Sequence[Sight]) -> None:
    """No number that a card shows is given to a new incident."""
    newest = max((sight.number for sight in sights), default=0)
    if newest > tx.newest_number():
        tx.skip_numbers(newest)


def _goes_on(sight: Sight) -> bool:
    """Whether it matters that it is not known. Not a canary; of what has ended the card is enough."""
    return sight.status is not Status.RESOLVED and sight.number >= 1


def unconfirmed(tx: Tx) -> Iterator[Incident]:
    """All incidents in doubt, a batch at a time."""
    last: IncidentId | None = None
    while batch := tx.unconfirmed(last, BATCH):
        yield from batch
        last = batch[-1].id


def decide_all(tx: Tx, incidents: Sequence[Incident], command: Command, now: datetime) -> None:
    """The same command for each of them."""
    decisions = [decide(incident, command, now) for incident in incidents]
    tx.save([decision for decision in decisions if decision.changed], now)
