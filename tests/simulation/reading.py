"""A plain reading of a service's ladder: which rung follows, and when. It asks nothing of the engine."""

from bot.domain.alert import Severity
from bot.domain.ladder import Step
from bot.domain.service import Service
from tests.simulation.almanac import hours
from tests.simulation.company import DELAY, EVERYBODY, LADDERS, QUIET, Plain

HOUR = 3600.0
FAR = 200
"""More rungs than any climb here passes at once."""


class Reading:
    """The ladder of one service, rung by rung. A step of rung 0 stands before the first of its round."""

    def __init__(self, service: Service) -> None:
        self.name = str(service.id)
        self.rounds = service.ladder.rounds
        self.delay = DELAY.get(self.name, 0.0)
        self._rungs = LADDERS[self.name]
        self._last_resort = EVERYBODY if service.catch_all else self._rungs

    def rungs(self, step: Step) -> tuple[Plain, ...]:
        """The ladder that is climbed there: after the last round, that of last resort."""
        return self._last_resort if step.round > self.rounds else self._rungs

    def rung(self, step: Step) -> Plain:
        """The rung of that step."""
        return self.rungs(step)[step.rung - 1]

    def following(self, step: Step) -> Step:
        """The next one."""
        if not step.round:
            return Step(round=1, rung=1)
        if step.rung < len(self.rungs(step)):
            return Step(round=step.round, rung=step.rung + 1)
        return Step(round=step.round + 1, rung=1)

    def after(self, step: Step, fired: float) -> float:
        """When the wait of a rung is over that began at that moment."""
        if not (step.round and step.rung):
            return fired
        plain, seconds = self.rung(step), 60 * self.rung(step).minutes
        if step.round > self.rounds:
            return fired + min(seconds, HOUR)
        return hours(plain.waits_in).add(fired, seconds) if plain.waits_in else fired + seconds

    def next(self, step: Step, due: float, severity: Severity) -> tuple[Step, float]:
        """The rung after that step that pages somebody, if the wait is over at `due`, and when it does."""
        for _ in range(FAR):
            step = self.following(step)
            fires = self._fires(step, due, severity)
            if fires is not None:
                return step, self._begins(step, fires, severity)
        raise AssertionError("nothing but rungs that are passed by")

    def not_before(self, wanted: Step, began: float, severity: Severity, *, attended: bool = False) -> float:
        """The earliest moment at which a climb that began then can have come to that step by itself.

        `attended`: its first rung pages also those who had it, and waits for nobody to wake.
        """
        step, low = Step(round=0, rung=0), began
        for _ in range(FAR):
            step = self.following(step)
            plain = self.rung(step)
            timed = plain.inside or plain.outside or plain.awake
            fires = self._fires(step, low, severity) if plain.hold or not timed else low
            if fires is not None:
                low = fires if attended else self._begins(step, fires, severity)
                attended = False
            if step == wanted:
                break
            if plain.turning:
                low += plain.turning * (len(plain.targets) - 2)  # it ends when all had their turn
            elif fires is not None and (plain.hold or not timed):
                low = self.after(step, low)
        return low

    def allows(self, step: Step, at: float) -> bool:
        """Whether the hours of a rung allow that moment."""
        if step.round > self.rounds or not step.rung:
            return True
        plain = self.rung(step)
        inside = plain.inside is None or hours(plain.inside).open(at)
        outside = plain.outside is None or not hours(plain.outside).open(at)
        return inside and outside and (plain.awake is None or hours(plain.awake).open(at))

    def is_for(self, step: Step, severity: Severity) -> bool:
        """Whether a rung is for incidents that bad."""
        if step.round > self.rounds or not step.rung:
            return True
        severities = self.rung(step).severities
        return not severities or severity in severities

    def wakes(self, step: Step, at: float, severity: Severity) -> float:
        """When the quiet hours of the first of its people end, if all have some then; that moment if not."""
        return self._begins(step, at, severity)

    def _fires(self, step: Step, due: float, severity: Severity) -> float | None:
        """When the rung fires that is due then; None when it is passed by."""
        if not self.is_for(step, severity):
            return None
        plain = self.rung(step)
        if self.allows(step, due):
            return due
        if not plain.hold:
            return None
        for plan in (plain.inside, plain.awake):
            due = hours(plan).next_open(due) if plan else due
        return due

    def _begins(self, step: Step, fires: float, severity: Severity) -> float:
        """A rung of people who are all in their quiet hours begins when the first of these end."""
        return min(awakes(name, fires, severity) for name in self.rung(step).targets)


def awakes(name: str, at: float, severity: Severity) -> float:
    """When somebody may be paged for that severity: at once, or when their quiet hours end."""
    plan = QUIET.get(name)
    return hours(plan).next_shut(at) if plan and severity is Severity.SEV3 else at
