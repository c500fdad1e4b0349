"""The rehearsal: an incident that never was, on a clock that jumps from timer to timer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.alert import Severity
from bot.domain.commands import Declare
from bot.domain.decide import decide, wanted
from bot.domain.decision import Decision
from bot.domain.effects import Effect, Lane, due, lane
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.informed import turn_wanted
from bot.domain.intake import declared
from bot.domain.people import SYSTEM
from bot.domain.roster import Roster
from bot.domain.service import Service
from bot.domain.timeline import Entry
from bot.domain.timers import due_command

LONGEST = timedelta(hours=24)
"""How far a rehearsal looks at most, unless somebody asks for more."""

MOST = 5000
"""More moments than any sane ladder has in a day; one that has more is cut off there."""


class End(StrEnum):
    """Why a rehearsal ended."""

    NOBODY = "nobody is paged"
    EXHAUSTED = "exhausted"
    TIME = "time"
    STILL = "nothing is due any more"


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What happens, and when: an incident of that service is opened, and nobody ever answers."""

    service: Service
    severity: Severity
    at: datetime
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One instant at which the clock said something, and the incident as it was right after."""

    at: datetime
    entries: tuple[Entry, ...]
    effects: tuple[Effect, ...]
    after: Incident


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A page, or an announcement, at the instant at which it would be carried out.

    `moment` is the number of the moment that decided it.
    """

    at: datetime
    moment: int
    effect: Effect


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """What would happen. `told` stands in the order in which it would be carried out; `end` is when."""

    case: Case
    moments: tuple[Moment, ...]
    told: tuple[Told, ...]
    end: datetime
    why: End


def rehearse(
    case: Case,
    roster: Callable[[datetime], Roster],
    *,
    turn: Callable[[str], int] = lambda _: 0,
    span: timedelta | None = None,
    enough: Callable[[Incident], bool] | None = None,
) -> Rehearsal:
    """Play it with the rules of production; `roster` answers for any instant, as the climber's does.

    `turn` says which turn of a round robin the incident would get. Without a `span` it ends with one round
    of the catch-all, or after a day. `enough` ends it sooner.
    """
    until = case.at + (LONGEST if span is None else span)
    finished = enough or (exhausted if span is None else _never)
    stage = _Stage(case, turn)
    while (
        not (finished(stage.incident) and (enough or not stage.waits))
        and (at := stage.incident.next_at) is not None
    ):
        if at > until or len(stage.moments) >= MOST:
            return stage.ended(until if at > until else stage.now, End.TIME)
        stage.carry_out(at)
        if not stage.turn(at, roster(at)):
            return stage.ended(at, End.STILL)
    why = End.EXHAUSTED if finished(stage.incident) else End.STILL
    return stage.ended(until, End.NOBODY if stage.incident.unpaged else why)


class _Stage:
    """The incident in play, what happened, and what waits to be carried out."""

    def __init__(self, case: Case, turn: Callable[[str], int]) -> None:
        decision = declared(*opening(case))
        if name := turn_wanted(None, decision.incident):
            decision = replace(decision, incident=replace(decision.incident, turn=turn(name)))
        self.case = case
        self.now = case.at
        self.incident = decision.incident
        self.moments: list[Moment] = []
        self._told: list[Told] = []
        self._waiting: list[Told] = []
        self._note(decision)

    @property
    def waits(self) -> bool:
        """Whether a page of the climb waits for somebody's quiet hours to end."""
        climb = self.incident.escalation
        return climb is not None and any(each.asleep for each in climb.owed)

    def turn(self, at: datetime, roster: Roster) -> bool:
        """Let the clock say what is due; False when it has nothing to say."""
        command = due_command(self.incident, roster, at)
        if command is None:
            return False
        decision = decide(self.incident, command, at)
        self.now, self.incident = at, decision.incident
        self._note(decision)
        return decision.changed

    def carry_out(self, through: datetime) -> None:
        """What is due by then is told, unless the incident does not want it any more."""
        ready = sorted((each for each in self._waiting if each.at <= through), key=lambda each: each.at)
        self._waiting = [each for each in self._waiting if each.at > through]
        self._told += (each for each in ready if wanted(self.incident, each.effect))

    def ended(self, end: datetime, why: End) -> Rehearsal:
        """The whole of it; pages that were decided and are due later still go out."""
        self.carry_out(end if why is End.TIME else datetime.max.replace(tzinfo=end.tzinfo))
        return Rehearsal(
            case=self.case,
            moments=tuple(self.moments),
            told=tuple(self._told),
            end=end if why is End.TIME else max([self.now, *(each.at for each in self._told)]),
            why=why,
        )

    def _note(self, decision: Decision) -> None:
        pages = [effect for effect in decision.effects if lane(effect) is Lane.PAGE]
        moment = len(self.moments)
        self._waiting += (Told(at=due(each, self.now), moment=moment, effect=each) for each in pages)
        self.moments.append(
            Moment(
                at=self.now,
                entries=decision.entries,
                effects=tuple(pages),
                after=decision.incident,
            )
        )


def opening(case: Case) -> tuple[Incident, Declare]:
    """The incident as it is declared, and the command that does it."""
    title = f"Rehearsal of {case.severity} for {case.service.name}"
    command = Declare(by=SYSTEM, title=title, service=case.service, severity=case.severity, via=Via.CLOCK)
    new = Incident(
        id=IncidentId("rehearsal"),
        number=0,
        title=title,
        service=case.service,
        severity=case.severity,
        status=Status.TRIGGERED,
        source="a rehearsal",
        opened_at=case.at,
        opened_by=SYSTEM,
        labels=case.labels,
    )
    return new, command


def exhausted(incident: Incident) -> bool:
    """Whether the ladder is exhausted and the catch-all was climbed once as well."""
    escalation = incident.escalation
    return (
        escalation is not None
        and escalation.exhausted_at is not None
        and escalation.step.round > escalation.ladder.rounds + 1
    )


def _never(_: Incident) -> bool:
    return False
