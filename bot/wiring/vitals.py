"""How the bot is: what /healthz and /readyz say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.config.in_force import ConfigurationInForce
from bot.delivery.breaker import Breaker
from bot.ports import Store
from bot.wiring.edge import SlackEdge
from bot.workers.alarms import StandingAlarms
from bot.workers.climber import Climber
from bot.workers.feeds import FeedKeeper, trouble_of
from bot.workers.upkeep import Auditor
from handlers.http import Health

BROKEN_FILE = "the file is broken; the last good one is in force"

TICK_TOO_OLD = 15.0
"""Seconds after which a climber that did not tick makes the bot unready."""

TURN_TOO_OLD = 25.0
"""Seconds after which one that does not even fail makes it unhealthy: soon the watchdog ends the process."""


@dataclass(frozen=True, kw_only=True)
class Vitals:
    """Asks the parts how they are."""

    clock: Clock
    store: Store
    climber: Climber
    edge: SlackEdge | None
    breakers: Sequence[Breaker]
    in_force: ConfigurationInForce
    alarms: StandingAlarms
    auditor: Auditor
    feeds: FeedKeeper

    async def health(self) -> Health:
        """Whether the process does its work: it goes on trying.

        To restart it would not bring a database back, and it would forget what is due meanwhile.
        """
        problems, notes = dict[str, str](), dict[str, str]()
        age = self.clock.monotonic() - self.climber.last_turn
        if age > TURN_TOO_OLD:
            problems["clock"] = f"the last turn ended {age:.0f} s ago"
        if self.climber.away is not None:
            notes["database"] = str(self.climber.away)
        return Health(problems=problems, notes=notes)

    async def readiness(self) -> Health:
        """Whether Slack can reach a process that works; what else is wrong is named beside it."""
        problems, notes = dict((await self.health()).problems), dict[str, str]()
        problems |= await self._database_problems()
        if self.edge is not None and not self.edge.connected:
            problems["slack"] = self.edge.problem
        for breaker in self.breakers:
            if breaker.reason is not None:
                notes[breaker.provider] = breaker.reason
        if self.in_force.problems:
            notes["configuration"] = BROKEN_FILE
        for kind, alarm in self.alarms.standing.items():
            notes[f"alarm: {kind}"] = alarm.headline
        for state in self.feeds.states.values():
            if (trouble_told := trouble_of(state)) is not None:
                notes[f"calendar: {state.name}"] = trouble_told
        for trouble in self.auditor.troubles or ():
            notes[f"audit: {trouble.kind}"] = f"{trouble.count}: {trouble.detail}"
        return Health(problems=problems, notes=notes)

    async def _database_problems(self) -> Mapping[str, str]:
        if self.climber.away is not None:
            return {"database": str(self.climber.away)}
        age = self.clock.monotonic() - self.climber.last_tick
        if age > TICK_TOO_OLD:
            return {"clock": f"the last tick was {age:.0f} s ago"}
        await self.store.read(lambda tx: tx.next_climb())
        return {}
