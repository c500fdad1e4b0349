"""The lookout: knows what is coming, so that people are told although the database is away."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.domain.commands import AddNote, RungDue, WakeDue
from bot.domain.decide import decide
from bot.domain.effects import Effect, PageChannel, PagePerson
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.outlook import outlook
from bot.domain.people import SYSTEM, MethodKind, Person
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.duty import Duty
from bot.errors import Away, StoreUnavailable
from bot.ports import Alarms, LastResort, Store, Tx
from bot.render import emergency
from bot.workers.climber import Climber
from bot.workers.survival import survive

log = structlog.get_logger(__name__)

KIND = "database"
GRACE = 20.0
"""Seconds without a tick that ends well after which people are told; shorter absences are bridged."""

STEP = 2.0
"""The most that one look counts: a process that stood still itself has not seen the database away."""

HORIZON = timedelta(hours=2)
MOST = 200
"""So many incidents are kept in mind, those that are due first."""

AT_ONCE = 8
AGAIN = 15.0
"""Seconds until somebody who could not be reached is tried again."""

LOOK_LIMIT = 4.0


@dataclass(kw_only=True)
class Errand:
    """Somebody who is to be told of an incident, by all of their addresses at once."""

    incident: IncidentId
    who: str
    why: str
    slack: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    again_at: float = 0.0


@dataclass(kw_only=True)
class Absence:
    """The database is away. `shadows` are the incidents as they would stand by now.

    `asked` are those who have an errand of their own or were told, `told` what the timelines will say.
    """

    since: datetime
    known_at: datetime | None
    shadows: dict[IncidentId, Incident]
    errands: list[Errand] = field(default_factory=list)
    asked: set[tuple[IncidentId, str]] = field(default_factory=set)
    told: dict[IncidentId, list[str]] = field(default_factory=dict)


class Lookout:
    """Climbs in memory while the climber cannot, and tells people directly: each once for each incident.

    What it tells is recorded nowhere, and nobody can acknowledge it; the texts say so. When the database is
    back the ladders go on from where they were recorded, and the timeline tells who was told meanwhile.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        climber: Climber,
        alarms: Alarms,
        out: LastResort,
        duty: Duty,
    ) -> None:
        self._store = store
        self._clock = clock
        self._climber = climber
        self._alarms = alarms
        self._out = out
        self._duty = duty
        self._coming: dict[IncidentId, Incident] = {}
        self._known_at: datetime | None = None
        self._ticked_at = climber.last_tick
        self._watched_at = clock.monotonic()
        self._silence = 0.0
        self._absence: Absence | None = None
        self._unwritten: list[Absence] = []

    @property
    def away_since(self) -> datetime | None:
        """Since when the database has been away; None when all is well."""
        return self._absence.since if self._absence else None

    @property
    def coming(self) -> Sequence[Incident]:
        """What is due next, as far as it is known."""
        return tuple(self._coming.values())

    async def look(self) -> None:
        """Every few seconds: keep in mind what is due next. While nothing can be read, that stays."""
        now = self._clock.now()
        try:
            reading = self._store.read(self._read, page=True)
            coming, roster = await asyncio.wait_for(reading, LOOK_LIMIT)
        except (StoreUnavailable, TimeoutError):
            return
        self._duty.learn(roster)
        self._coming = {incident.id: incident for incident in coming if not incident.canary}
        self._known_at = now
        if self._absence is not None:
            self._absence.known_at = now
            self._renew(self._absence)

    def _read(self, tx: Tx) -> tuple[list[Incident], Roster]:
        return tx.coming(self._clock.now() + HORIZON, MOST), self._duty.now(tx)

    async def watch(self) -> None:
        """Every second: see whether the climber ticks. When it has not for a while, do what can be done."""
        if self._ticks():
            if self._absence is not None:
                self._over(self._absence)
            await self._write_down()
            return
        if self._silence < GRACE:
            return
        if self._absence is None:
            self._absence = self._begin()
        self._alarm(self._absence)
        self._climb(self._absence)
        await self._run(self._absence)

    def _ticks(self) -> bool:
        now, ticked = self._clock.monotonic(), self._climber.last_tick
        self._silence += min(max(now - self._watched_at, 0.0), STEP)
        self._watched_at = now
        if ticked != self._ticked_at:
            self._ticked_at, self._silence = ticked, 0.0
        return self._silence == 0.0

    def _begin(self) -> Absence:
        since = self._clock.now() - timedelta(seconds=self._silence)
        log.error("database_away", since=since.isoformat(), why=self._why, coming=len(self._coming))
        return Absence(since=since, known_at=self._known_at, shadows=dict(self._coming))

    @property
    def _why(self) -> Away:
        return self._climber.away or Away.SILENT

    def _renew(self, absence: Absence) -> None:
        """What can be read counts more than what was worked out: somebody may have written meanwhile."""
        for incident in self._coming.values():
            shadow = absence.shadows.get(incident.id)
            if shadow is None or shadow.version < incident.version:
                absence.shadows[incident.id] = incident

    def _alarm(self, absence: Absence) -> None:
        roster = self._duty.known
        coming = [
            (incident, ahead)
            for incident in absence.shadows.values()
            if (ahead := outlook(incident, roster)) is not None
        ]
        coming.sort(key=lambda each: each[1].at)
        people = {person.name: person for person in roster.people.values()}
        told = [f"{absence.shadows[each].key}: {', '.join(who)}" for each, who in absence.told.items()]
        words = emergency.alarm(absence.since, self._why, absence.known_at, coming, people, told)
        self._alarms.raised(KIND, words)

    def _climb(self, absence: Absence) -> None:
        for shadow in list(absence.shadows.values()):
            try:
                after, effects = self._stepped(shadow)
            except Exception:
                log.exception("climb_failed", incident=shadow.key)
                absence.shadows.pop(shadow.id)
                continue
            absence.shadows[shadow.id] = after
            for errand in self._errands(shadow.id, effects):
                if (errand.incident, errand.who) not in absence.asked:
                    absence.asked.add((errand.incident, errand.who))
                    absence.errands.append(errand)

    def _stepped(self, shadow: Incident) -> tuple[Incident, Sequence[Effect]]:
        """What the clock means for it by now, worked out as the climber would."""
        now, roster = self._clock.now(), self._duty.known
        if shadow.wake_at is not None and shadow.wake_at <= now:
            shadow = decide(shadow, WakeDue(wake_at=shadow.wake_at), now).incident
        if shadow.due_at is not None and shadow.due_at <= now:
            decision = decide(shadow, RungDue(due_at=shadow.due_at, roster=roster), now)
            return decision.incident, decision.effects
        return shadow, ()

    def _errands(self, incident: IncidentId, effects: Sequence[Effect]) -> Iterator[Errand]:
        roster = self._duty.known
        for effect in effects:
            if isinstance(effect, PageChannel):
                why, channel = "this channel is the next rung of the ladder", effect.channel
                yield Errand(incident=incident, who=channel, why=why, slack=(channel,))
            elif isinstance(effect, PagePerson):
                slack, email = addresses(roster.person(effect.person), effect.slack_user)
                yield Errand(incident=incident, who=effect.name, why=effect.why, slack=slack, email=email)

    async def _run(self, absence: Absence) -> None:
        """Tell whoever is to be told, and was not; those who could not be reached are tried again."""
        now = self._clock.monotonic()
        due = [errand for errand in absence.errands if errand.again_at <= now][:AT_ONCE]
        for errand in due:
            errand.again_at = now + AGAIN
        async with asyncio.TaskGroup() as group:
            for errand in due:
                group.create_task(self._tell(absence, errand))

    async def _tell(self, absence: Absence, errand: Errand) -> None:
        incident = absence.shadows.get(errand.incident)
        if incident is None or incident.status is not Status.TRIGGERED:
            absence.errands.remove(errand)
            return
        ahead = outlook(incident, self._duty.known)
        subject, text = emergency.page(incident, errand.why, absence.since, absence.known_at, ahead)
        told = await self._out.page(subject, text, slack=errand.slack, email=errand.email)
        if not told.taken:
            return
        absence.errands.remove(errand)
        said = emergency.told(errand.who, told.taken, self._clock.now())
        absence.told.setdefault(errand.incident, []).append(said)

    def _over(self, absence: Absence) -> None:
        log.warning("database_back", since=absence.since.isoformat())
        self._alarms.cleared(KIND)
        self._absence = None
        if absence.told:
            self._unwritten.append(absence)

    async def _write_down(self) -> None:
        """What was told is written into the timelines as soon as that is possible."""
        while self._unwritten:
            absence = self._unwritten.pop(0)
            if await survive("write down", self._store.write(partial(self._notes, absence=absence))) is None:
                self._unwritten.insert(0, absence)
                return

    def _notes(self, tx: Tx, absence: Absence) -> bool:
        now, decisions = self._clock.now(), []
        for incident in tx.deciding(list(absence.told)).values():
            note = AddNote(
                by=SYSTEM, via=Via.CLOCK, text=emergency.note(absence.since, absence.told[incident.id])
            )
            try:
                decisions.append(decide(incident, note, now))
            except Refused as refused:
                log.warning("not_written_down", incident=incident.key, why=str(refused))
        tx.save(decisions, now)
        return True


def addresses(person: Person | None, slack_user: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Every way to somebody, by Slack and by mail: nobody could notice that the first one failed."""
    by_slack, by_mail = [slack_user], [person.email if person else None]
    for method in person.methods if person else ():
        (by_slack if method.kind is MethodKind.SLACK else by_mail).append(method.address)
    return tuple(dict.fromkeys(filter(None, by_slack))), tuple(dict.fromkeys(filter(None, by_mail)))
