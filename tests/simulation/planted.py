"""Engines with a known bug each: what the oracles must find before anybody believes them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.commands import RungDue
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.roster import Roster
from bot.errors import DeliveryError
from bot.ports import Carrier, Job, Receipt, Tx
from bot.store.incidents import Incidents
from bot.store.outbox import Outbox
from bot.store.transaction import Transaction
from bot.workers.climber import BATCH, Climber
from bot.workers.dispatcher import Dispatcher
from bot.workers.ledger import Ledger
from tests.simulation.engine import Parts
from tests.simulation.store import InlineStore

TOO_LATE = timedelta(seconds=20)


class MarksFirst(Dispatcher):
    """Notes that it was sent, sends, and never looks back."""

    async def _carried(self, job: Job) -> Receipt | DeliveryError | None:
        await self._ledger.sent(job, Receipt())
        await super()._carried(job)
        return None


class AsksNobody(Dispatcher):
    """Sends again without a look-up."""

    async def _found(self, carrier: Carrier, job: Job) -> Receipt | None:
        return None


class HasNoGuard(Dispatcher):
    """Sends however old its claim is."""

    def _too_late(self, job: Job) -> bool:
        return False


class GivesUp(Ledger):
    """A failure is the end of it."""

    async def failed(self, job: Job, error: DeliveryError) -> None:
        await self.sent(job, Receipt())


class _Blind(Incidents):
    """Knows of no incident that could have been acknowledged."""

    def __init__(self, seeing: Incidents) -> None:
        vars(self).update(vars(seeing))

    def incidents(self, ids: Sequence[IncidentId]) -> dict[IncidentId, Incident]:
        return {}


class _CancelsNothing(Outbox):
    """Pages that nobody wants any more go out all the same."""

    def _cancel(self, rows: Mapping[str, int], now: object) -> None:
        return


class _Forgets(Transaction):
    """Forgets to cancel on an acknowledgement."""

    def _offer_outbox(self, outbox: Outbox) -> None:
        self._outbox = _CancelsNothing(outbox._session, _Blind(outbox._incidents))
        super()._offer_outbox(self._outbox)


class ForgetsToCancel(InlineStore):
    """A store of such transactions."""

    transaction = _Forgets


class DropsTheLate(Climber):
    """What is due for too long is passed by, as a scheduler with a grace time does it."""

    async def _climb(self) -> int:
        def work(tx: Tx) -> None:
            now, roster = self._clock.now(), self._configuration().roster
            for incident in tx.due(now, BATCH):
                if incident.due_at is not None and incident.due_at < now - TOO_LATE:
                    decision = decide(incident, RungDue(due_at=incident.due_at, roster=roster), now)
                    tx.save([replace(decision, effects=())], now)

        await self._store.write(work, page=True)
        return await super()._climb()


class ForgetsOverrides(Climber):
    """Knows the layers of the configuration alone."""

    def _roster(self, tx: Tx, now: datetime) -> Roster:
        return self._configuration().roster


class WakesEverybody(Climber):
    """Knows no quiet hours."""

    def _roster(self, tx: Tx, now: datetime) -> Roster:
        roster = super()._roster(tx, now)
        return replace(roster, people={name: replace(who, quiet=None) for name, who in roster.people.items()})


class AsksOnce(Climber):
    """Whoever was asked by hand is never asked again."""

    async def _climb(self) -> int:
        def work(tx: Tx) -> None:
            now = self._clock.now()
            for incident in tx.due(now, BATCH):
                if incident.ask_at is not None and incident.ask_at <= now:
                    once = tuple(replace(each, again_at=None) for each in incident.asked)
                    tx.save(
                        [Decision(incident=replace(incident, asked=once, version=incident.version + 1))], now
                    )

        await self._store.write(work, page=True)
        return await super()._climb()


class _RestoresNothing(Outbox):
    """What was cancelled stays so."""

    def __init__(self, outbox: Outbox) -> None:
        vars(self).update(vars(outbox))

    def _restore(self, incident: Incident, version: int) -> None:
        return


class _StaysQuiet(Transaction):
    """Forgets the pages that an undone acknowledgement had cancelled."""

    def _offer_outbox(self, outbox: Outbox) -> None:
        self._outbox = _RestoresNothing(outbox)
        super()._offer_outbox(self._outbox)


class StaysQuiet(InlineStore):
    """A store of such transactions."""

    transaction = _StaysQuiet


PLANTED: dict[str, tuple[Parts, set[str]]] = {
    "marks before it sends": (Parts(dispatcher=MarksFirst), {"lost", "late"}),
    "gives up after a failure": (Parts(ledger=GivesUp), {"lost", "late"}),
    "sends again without asking": (Parts(dispatcher=AsksNobody), {"doubled"}),
    "has no guard": (Parts(dispatcher=HasNoGuard), {"doubled", "after the acknowledgement"}),
    "forgets to cancel": (Parts(store=ForgetsToCancel), {"after the acknowledgement"}),
    "drops what is late": (Parts(climber=DropsTheLate), {"lost", "late"}),
    "forgets overrides": (Parts(climber=ForgetsOverrides), {"the wrong one"}),
    "knows no quiet hours": (Parts(climber=WakesEverybody), {"out of hours"}),
    "asks once": (Parts(climber=AsksOnce), {"lost"}),
    "restores nothing": (Parts(store=StaysQuiet), {"lost"}),
}
"""Each bug, and by which oracles it is to be found."""
