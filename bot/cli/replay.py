"""Replay: alerts taken in by the very intake, into a database of its own that is thrown away afterwards."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bot.domain.acknowledge import take
from bot.domain.alert import Alert, AlertState
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.decision import Draft
from bot.domain.effects import PageChannel, PagePerson, PageWebhook
from bot.domain.incident import Acknowledgement, Incident, Status
from bot.domain.people import SYSTEM
from bot.domain.quiet import cleared
from bot.domain.roster import Roster
from bot.domain.silence import Silence
from bot.domain.standing import Signal
from bot.domain.timers import due_command
from bot.intake.arrival import Brought, Ingested
from bot.intake.services import Services
from bot.intake.sitting import Sitting
from bot.ports import Store, Tx
from bot.store import open_store

AT_ONCE = 100
"""So many signals share a transaction, and so many timers are looked at together."""

MOST_TURNS = 1000
"""What is due again at once, again and again, is left alone after so many turns."""

BEGAN = frozenset({"opened", "reopened"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one signal, `why`, and how many pages there were until then that were not told yet."""

    ingested: Ingested
    cleared: bool = False

    @property
    def word(self) -> str:
        """`paged`, `grouped`, `suppressed`, `lost`; `cleared` and `repeated` concern nobody."""
        incident, outcome = self.ingested.incident, self.ingested.outcome
        if self.cleared:
            return "cleared"
        if outcome == "muted":
            return "suppressed"
        if outcome in BEGAN:
            return "paged" if incident is not None and incident.escalation is not None else "lost"
        if outcome == "added":
            return "grouped"
        return "lost" if incident is None else "repeated"


@dataclass(kw_only=True)
class Replay:
    """One configuration at work. Whoever is paged acknowledges at once, so that one page tells of a climb.

    `paged` counts the climbs that reached somebody, `opened` the incidents, some of which are over before.
    """

    configuration: Configuration
    store: Store
    roster: Roster | None = None
    paged: int = 0
    opened: int = 0
    by_service: Counter[str] = field(default_factory=Counter)
    _services: Services = field(default_factory=Services)

    async def play(self, signals: Sequence[Signal]) -> list[Outcome]:
        """What becomes of each, at the time when it came."""
        found: list[Outcome] = []
        for begin in range(0, len(signals), AT_ONCE):
            part = signals[begin : begin + AT_ONCE]

            def work(tx: Tx, part: Sequence[Signal] = part) -> tuple[list[Outcome], "_Count"]:
                count = _Count()
                return [self._one(tx, signal, count) for signal in part], count

            outcomes, count = await self.store.write(work)
            self._counted(count)
            found += outcomes
        return found

    async def wait(self, until: datetime) -> None:
        """Let the clock go on to that time."""

        def work(tx: Tx) -> "_Count":
            count = _Count()
            self._until(tx, until, count)
            return count

        self._counted(await self.store.write(work))

    async def hide(self, silences: Sequence[Silence]) -> None:
        """Know these silences."""

        def work(tx: Tx) -> None:
            for silence in silences:
                tx.add_silence(silence)

        await self.store.write(work)

    def _counted(self, count: "_Count") -> None:
        self.paged += count.paged
        self.opened += count.opened
        self.by_service += count.by_service

    def _one(self, tx: Tx, signal: Signal, count: "_Count") -> Outcome:
        at, alert = signal.at, signal.alert
        self._until(tx, at, count)
        if signal.outcome in BEGAN:
            self._end_before(tx, alert, at)
        (taken,) = self._take(tx, alert, at, signal.facts.get("service"))
        if taken.outcome in BEGAN:
            count.opened += 1
        return Outcome(ingested=taken, cleared=alert.state is AlertState.CLEARED)

    def _end_before(self, tx: Tx, alert: Alert, at: datetime) -> None:
        """It began something new: what it belonged to had been resolved by hand, which no signal tells."""
        known = tx.standings([(alert.source, alert.fingerprint)]).get((alert.source, alert.fingerprint))
        if known is not None and known.firing and known.muted_by is None and known.since < at:
            self._take(tx, cleared(known), at, None)

    def _take(self, tx: Tx, alert: Alert, at: datetime, service: str | None) -> list[Ingested]:
        brought = Brought(request=None, alerts=[alert], service=service)
        return Sitting(tx, self.configuration, at, self._services).take([brought])[0]

    def _until(self, tx: Tx, until: datetime, count: "_Count") -> None:
        """What the clock does until then, in order: alerts that are judged again, rungs, ends of storms."""
        for _ in range(MOST_TURNS):
            judged, rung = tx.next_judgement(), _next_timer(tx, until)
            at = min((each for each in (judged, rung) if each is not None), default=None)
            if at is None or at > until:
                return
            if judged is not None and judged <= at:
                due = tx.standings_due(at, AT_ONCE)
                taken = Sitting(tx, self.configuration, at, self._services).again(due) if due else []
                count.opened += sum(each.outcome in BEGAN for each in taken)
            for incident in tx.due(at, AT_ONCE):
                self._climb(tx, incident, at, count)

    def _climb(self, tx: Tx, incident: Incident, at: datetime, count: "_Count") -> None:
        roster = self.roster or self.configuration.roster
        command = due_command(incident, roster, at)
        decision = decide(incident, command, at) if command is not None else None
        if decision is None or not decision.changed:
            return
        tx.save([decision], at)
        after = decision.incident
        pages = [
            each for each in decision.effects if isinstance(each, PagePerson | PageChannel | PageWebhook)
        ]
        if pages:
            count.paged += 1
            count.by_service[after.service.id] += 1
        if after.status is Status.TRIGGERED and pages:
            draft = Draft(incident=after, now=at)
            take(draft, (Acknowledgement(by=SYSTEM, at=at),), None)
            tx.save([draft.done(card=False)], at)


@dataclass(kw_only=True)
class _Count:
    """What one transaction counted; it may run more than once."""

    paged: int = 0
    opened: int = 0
    by_service: Counter[str] = field(default_factory=Counter)


def _next_timer(tx: Tx, until: datetime) -> datetime | None:
    coming = tx.coming(until, 1)
    times = (coming[0].next_at,) if coming else ()
    return min((at for at in times if at is not None), default=None)


@asynccontextmanager
async def replaying(configuration: Configuration) -> AsyncIterator[Replay]:
    """A replay with this configuration, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tocsin-replay-") as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'replay.db'}", auto_migrate=True)
        await store.start()
        try:
            yield Replay(configuration=configuration, store=store)
        finally:
            await store.stop()
