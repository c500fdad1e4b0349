"""Those who were asked by hand, or have it: paged until they answer, and reminded before it ends."""

from functools import partial

from tests.simulation.accounts import SKEW, Asked, Peace
from tests.simulation.evidence import BOUND, CLIMBS_WITHIN, ON_THE_WIRE, Due, Evidence
from tests.simulation.records import Page

PAUSES = (300.0, 600.0, 1200.0, 2400.0, 3600.0)
"""Seconds until somebody is asked again, each time; the last one for ever."""

REMINDED = 300.0
"""Seconds before an acknowledgement ends at which those who have it are asked."""


class Asks:
    """One incident's people besides the ladder."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._carry: dict[str, tuple[int, int, float, float]] = {}
        """For each person: how often they were asked, the last number, when next, and not before when."""

    def judge(self) -> None:
        """Everybody who was asked by hand, and everybody who has it."""
        for asked in self._evidence.account.asked:
            self._until_they_answer(asked)
        for asked in self._evidence.account.asked:
            if asked.over is not None:
                self._left_alone(asked, asked.over)
        for peace in self._evidence.account.peaces:
            if peace.wake is not None:
                self._reminded(peace, peace.wake)

    def _until_they_answer(self, asked: Asked) -> None:
        """Again and again, ever more seldom, but not sooner."""
        until = self._evidence.end if asked.until is None else asked.until
        times, last, due, low = self._begin(asked)
        while due < until:
            what = f"{asked.person}, asked by hand for the {times + 1}. time"
            wanted = Due(since=due, until=asked.until, began=asked.began, what=what)
            found = self._evidence.owed(wanted, partial(_by_hand, asked.person, last))
            if found is None:
                break
            each, page = found
            refused = self._refused(asked.person, last, page)
            for _ in range(refused):
                times, low = times + 1, low + _pause(times)
            if each.sent_at < low - 2 * SKEW:
                self._evidence.wrong("early", each.sent_at, f"{what}, {low - each.sent_at:.0f} s too soon")
            fired = self._evidence.undisturbed.after(due, CLIMBS_WITHIN)
            pause = _pause(times)
            times, last, low = times + 1, page.step.rung, low + pause
            due = (each.at if fired is None or refused else min(each.at, fired)) + pause
        self._carry[asked.person] = (times, last, due, low)

    def _refused(self, person: str, last: int, page: Page) -> int:
        """How often they were asked meanwhile, and refused for good."""
        refused = (miss.page for miss in self._evidence.missed if miss.for_good)
        numbers = {each.step.rung for each in refused if _by_hand(person, last, each)}
        return sum(1 for number in numbers if number < page.step.rung)

    def _begin(self, asked: Asked) -> tuple[int, int, float, float]:
        if asked.again and asked.person in self._carry:
            times, last, due, low = self._carry[asked.person]
            return times, last, max(due, asked.since), low
        before = [
            page.step.rung
            for each, page in self._evidence.pages
            if each.sent_at < asked.began and _by_hand(asked.person, 0, page)
        ]
        return 0, max(before, default=0), asked.since, asked.began

    def _left_alone(self, asked: Asked, over: float) -> None:
        """Whoever has answered is not asked any more, unless somebody asks them anew."""
        later = (each.began for each in self._evidence.account.asked if each.person == asked.person)
        until = min((began for began in later if began >= over), default=self._evidence.end)
        for each, page in self._evidence.pages:
            if not (over < each.sent_at < until and _by_hand(asked.person, 0, page)):
                continue
            if each.claimed_at > over or each.sent_at > over + ON_THE_WIRE:
                what = f"{each.key}: {asked.person} is asked {each.sent_at - over:.1f} s after the answer"
                self._evidence.wrong("after the acknowledgement", each.sent_at, what)

    def _reminded(self, peace: Peace, wake: float) -> None:
        """Everybody who has it for so long is asked whether they still do, while nothing goes wrong."""
        due = wake - REMINDED
        if peace.since > due - SKEW or not self._evidence.undisturbed.all(due - SKEW, due + SKEW + BOUND):
            return
        for person in sorted(peace.holders):
            wanted = Due(since=due + SKEW, until=peace.until, what=f"{person} is reminded")
            self._evidence.owed(wanted, partial(_reminder, person, wake), self._evidence.reminders)


def _pause(times: int) -> float:
    return PAUSES[min(times, len(PAUSES) - 1)]


def _by_hand(person: str, after: int, page: Page) -> bool:
    return page.step.round == 0 and page.person == person and page.step.rung > after


def _reminder(person: str, wake: float, page: Page) -> bool:
    return page.person == person and abs(page.wake - wake) < 1
