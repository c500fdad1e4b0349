"""Ladders: whom to page, in which order, and how long to wait."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from bot.domain.alert import Severity
from bot.domain.calendar import Calendar, Window
from bot.domain.ids import LadderId, PersonId, ScheduleId

LATE = timedelta(minutes=1)
"""A rung fired later than this gives everyone the whole wait from now on."""

SHORTEST_REPEAT = timedelta(minutes=5)
LONGEST_REPEAT = timedelta(hours=1)
"""An exhausted ladder goes on at least this often until somebody acknowledges."""

LONGEST_HOLD = timedelta(days=7)
"""A rung that was held so long fires whatever its condition says."""

LONGEST_PAUSE = timedelta(days=14)
"""A wait that counts only while a calendar is open is lengthened by this at most."""

RECHECK = timedelta(hours=1)
"""How often a rung that waits for somebody's own clock is looked at again: who is on call changes."""


class Which(StrEnum):
    """Whom of a schedule a target means."""

    NOW = "now"
    NEXT = "next"
    EVERYONE = "everyone"


class TurnBy(StrEnum):
    """How a round robin chooses: every incident the next one, or whoever was paged least."""

    INCIDENT = "incident"
    LOAD = "load"


class Otherwise(StrEnum):
    """What becomes of a rung whose condition does not hold."""

    SKIP = "skip"
    HOLD = "hold"


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonTarget:
    """One person."""

    person: PersonId
    kind: Literal["person"] = "person"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleTarget:
    """Whoever is on call in a schedule at the moment of paging; or who is next, or everyone in it."""

    schedule: ScheduleId
    which: Which = Which.NOW
    kind: Literal["schedule"] = "schedule"


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupTarget:
    """Everyone in a Slack user group, by its id (`S…`)."""

    group: str
    kind: Literal["group"] = "group"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelTarget:
    """A Slack channel, by id or `#name`: a loud message to everyone in it."""

    channel: str
    kind: Literal["channel"] = "channel"


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookTarget:
    """A machine that is told, by its name in the configuration."""

    name: str
    kind: Literal["webhook"] = "webhook"


@dataclass(frozen=True, kw_only=True, slots=True)
class RotatingTarget:
    """A round robin over these people, or over everyone of a schedule: one of them at a time.

    With `every` the next one is paged as well after that time, as long as the rung lasts.
    """

    people: tuple[PersonId, ...] = ()
    schedule: ScheduleId | None = None
    by: TurnBy = TurnBy.INCIDENT
    every: timedelta | None = None
    kind: Literal["rotating"] = "rotating"


PeopleTarget = PersonTarget | ScheduleTarget | GroupTarget | RotatingTarget
"""What stands for people, as opposed to channels and machines."""

Target = PeopleTarget | ChannelTarget | WebhookTarget


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """When a rung counts: all of what is given must hold. No severities mean every one.

    `local` looks at the clock of each person who would be paged.
    """

    severities: tuple[Severity, ...] = ()
    during: Calendar | None = None
    outside: Calendar | None = None
    local: Window | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """Some targets and the time until the next rung, which may count only while a calendar is open."""

    targets: tuple[Target, ...]
    wait: timedelta
    when: Condition | None = None
    otherwise: Otherwise = Otherwise.SKIP
    wait_in: Calendar | None = None

    @property
    def every(self) -> timedelta | None:
        """How often a round robin turns within the rung; None when none does."""
        turns = (target.every for target in self.targets if isinstance(target, RotatingTarget))
        return min((every for every in turns if every is not None), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """Rungs, climbed `rounds` times from the first to the last.

    The first one fires `delay` after the incident began. The climb goes on until so many people, or
    somebody for each of the `roles`, have acknowledged.
    """

    id: LadderId
    rungs: tuple[Rung, ...]
    rounds: int = 1
    delay: timedelta = timedelta()
    acknowledgements: int = 1
    roles: tuple[ScheduleId, ...] = ()


def turns(ladder: Ladder) -> tuple[RotatingTarget, ...]:
    """Its round robins."""
    return tuple(
        target for rung in ladder.rungs for target in rung.targets if isinstance(target, RotatingTarget)
    )


def weighs(ladder: Ladder) -> bool:
    """Whether it asks how often people were paged."""
    return any(target.by is TurnBy.LOAD for target in turns(ladder))


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Step:
    """A place on a ladder; both counts begin at 1."""

    round: int
    rung: int


FIRST_STEP = Step(round=1, rung=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A rung that waits for its condition: since when, and until when as far as can be told."""

    since: datetime
    until: datetime
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spin:
    """A round robin that goes on within the rung that fired last, until the next rung is due.

    `paged` are those who have had their turn in this rung.
    """

    step: Step
    paged: tuple[PersonId, ...]
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Resting:
    """Somebody whose quiet hours are waited for until then; `told`: whoever was paged then, after a wait.

    `queued`: an earlier version put their page into the outbox, where it waits; it is the only one then.
    """

    person: PersonId
    until: datetime
    told: bool = False
    queued: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A rung that waits because all whom it means have quiet hours: since when, and until the first wakes.

    `people` are those for whom it waits.
    """

    since: datetime
    until: datetime
    people: tuple[PersonId, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """A rung that was passed although not all whom it means were paged. They are, as soon as they can be.

    `targets` are the places of its targets that are owed a page, `nobody` those of them for which nobody was
    there; `also` had it before. `paged` need no page of it any more. `since` is when it was passed, `asleep`
    since when it waits for somebody's quiet hours. It is looked at again at `again_at`.
    `exhausted`: it is a rung of the catch-all. `forced`: its condition does not count.
    """

    step: Step
    targets: tuple[int, ...]
    nobody: tuple[int, ...] = ()
    also: tuple[str, ...] = ()
    since: datetime
    asleep: datetime | None = None
    paged: tuple[PersonId, ...] = ()
    again_at: datetime
    exhausted: bool = False
    forced: bool = False

    def same_rung(self, other: "Owed") -> bool:
        """Whether it is the same rung, perhaps of another round."""
        return (self.step.rung, self.exhausted) == (other.step.rung, other.exhausted)


@dataclass(frozen=True, kw_only=True, slots=True)
class PagedFor:
    """Somebody, by their Slack user id, was paged because of a schedule whose answer is needed."""

    schedule: ScheduleId
    slack_user: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalation:
    """One live climb of a ladder for one incident, on the ladder as it was when the climb began.

    `step` is the rung that fires next, at `due_at`; with `due_at` None the climb is halted.
    `epoch` counts the climbs of the incident, so that no two pages of its life have the same key.
    `exhausted_at` is when the last round ended unanswered; then the catch-all is climbed, again and again.
    `stuck`: its rung could not be decided, and people were told so.
    `also` are paged together with the first rung: those who had acknowledged before, by their Slack id, or
    by the identity under which a link in an e-mail knows them.
    `forced`: somebody asked for the next rung, so its condition does not count. `hurried`: somebody asked for
    whatever comes next, so that nothing is held. `kept`: the rung waits for the end of quiet hours.
    `more_rounds` were added by somebody who went back to a rung that had been paged.
    `owed` are rungs that were passed and still have somebody to page.
    """

    epoch: int
    ladder: Ladder
    catch_all: Ladder | None
    step: Step = FIRST_STEP
    due_at: datetime | None
    exhausted_at: datetime | None = None
    also: tuple[str, ...] = ()
    stuck: bool = False
    hold: Hold | None = None
    spin: Spin | None = None
    forced: bool = False
    hurried: bool = False
    more_rounds: int = 0
    paged_for: tuple[PagedFor, ...] = ()
    resting: tuple[Resting, ...] = ()
    kept: Kept | None = None
    owed: tuple[Owed, ...] = ()

    @property
    def owed_at(self) -> datetime | None:
        """When the rungs that were passed are looked at again; None when they owe nobody a page."""
        return min((each.again_at for each in self.owed), default=None) if self.owed else None

    @property
    def climbed(self) -> Ladder:
        """The ladder that is being climbed now."""
        if self.exhausted_at is not None and self.catch_all is not None:
            return self.catch_all
        return self.ladder

    @property
    def rung(self) -> Rung:
        """The rung that fires next."""
        return self.climbed.rungs[self.step.rung - 1]

    @property
    def rounds(self) -> int:
        """How often the ladder is climbed before it counts as exhausted."""
        return self.ladder.rounds + self.more_rounds

    @property
    def over(self) -> bool:
        """Whether the last round has ended, and it counts as exhausted as soon as the next rung is due."""
        return self.exhausted_at is None and self.step.round > self.rounds


def moved(escalation: Escalation, step: Step) -> Escalation:
    """The same climb at another rung, of which nothing is known yet."""
    return replace(
        escalation, step=step, also=(), hold=None, spin=None, forced=False, hurried=False, kept=None
    )


def step_after(ladder: Ladder, step: Step) -> Step:
    """The next rung, or the first one of the next round."""
    if step.rung < len(ladder.rungs):
        return Step(round=step.round, rung=step.rung + 1)
    return Step(round=step.round + 1, rung=1)


def lateness(due_at: datetime, now: datetime) -> timedelta:
    """How late a rung fires, where that is worth telling; nothing otherwise."""
    return now - due_at if now - due_at > LATE else timedelta()


def next_due(due_at: datetime, wait: timedelta, now: datetime, within: Calendar | None = None) -> datetime:
    """On time there is no drift; when late, everyone keeps the whole wait.

    Short waits count as late sooner: nobody may be left without time to answer. `within` is the calendar
    whose open time alone counts; one that stays shut lengthens the wait by LONGEST_PAUSE at most.
    """
    begin = now if now - due_at > min(LATE, wait / 2) else due_at
    if within is None:
        return begin + wait
    longest = wait + LONGEST_PAUSE
    return min(within.add(begin, wait, longest), begin + longest)
