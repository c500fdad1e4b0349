"""Lost and late: each incident's climbs, followed from rung to rung by a plain reading of its ladder."""

from dataclasses import replace
from functools import partial

from bot.domain.ladder import Step
from tests.simulation.accounts import SKEW, Climb
from tests.simulation.almanac import Duty
from tests.simulation.company import EVERY, mailed
from tests.simulation.evidence import (
    CLIMBS_WITHIN,
    MAIL_AFTER,
    NOBODY_REACHED,
    NOWHERE,
    Due,
    Evidence,
    Fits,
    Place,
)
from tests.simulation.reading import Reading, awakes
from tests.simulation.records import Accepted, Page

JUST_NOW = 60.0
"""Whoever woke so shortly before a rung fired has heard of it by the page that had waited."""

ONCE_ROUND = 5
"""No ladder has as many rungs."""

LOOK_BACK = 600.0
"""Whoever was on call for so long before a page was accepted was so when it was decided."""


class Climbs:
    """One incident: what was owed to it, and what came of that."""

    def __init__(self, evidence: Evidence, reading: Reading, duties: dict[str, Duty]) -> None:
        self._evidence = evidence
        self._reading = reading
        self._duties = duties
        self._carry: tuple[Place, float, bool] | None = None
        """Where an interrupted climb stood, when its next rung was due, whether it is the first."""
        self._begun = self._ended = 0.0

    def judge(self) -> None:
        """Every climb."""
        for climb in self._evidence.account.climbs:
            self._follow(climb)
            self._ended = self._until(climb)
            self._by_mail(climb)

    def _follow(self, climb: Climb) -> None:
        """From rung to rung: when each is due at the latest, and when a page of it was accepted."""
        until = self._until(climb)
        place = self._before(climb)
        base, began, fresh = self._base(climb, place), climb.began, self._at_its_beginning(climb, place)
        self._carry = (place, base, fresh)
        while True:
            step = NOWHERE[1] if fresh else place[1]
            following, due = self._reading.next(step, base, climb.severity)
            due = max(due, climb.since)
            if due >= until:
                return
            fits = _later(place, fresh=fresh)
            woke = self._reading.wakes(following, base - JUST_NOW, climb.severity)
            if not fresh and woke > base - JUST_NOW:
                fits = partial(_once, place, frozenset(self._reading.rung(following).targets))
                began = woke - 2 * SKEW
            later, what = partial(self._later, step, climb, fits), _after(place)
            found = self._evidence.owed(
                Due(since=due, until=until, began=began, what=what, rung=True, later=later), fits
            )
            if found is None:
                return
            each, page = found
            if not fresh and (page.epoch, page.step) <= place:  # that page has waited with an earlier rung
                page = replace(page, step=following)
            self._everybody(climb, (due, each, page), until, fresh=fresh)
            base = self._wait(each, page, due, following)
            asked_for = [answered for asked, answered in climb.nudges if asked >= each.at]
            if asked_for and climb.declined:  # it may have been said by the last one who was left
                least = base if page.step.rung and self._reading.rung(page.step).turning else 0.0
                base = max(least, asked_for[0] + NOBODY_REACHED)
            elif asked_for:
                base = min(base, *asked_for)
            place, began, fresh = (page.epoch, page.step), 0.0, False
            self._carry = (place, base, fresh)

    def _later(self, step: Step, climb: Climb, fits: Fits, at: float) -> float:
        """When it is due if it was looked at then: in other hours, after a refusal, or an "I can't"."""
        severity = climb.severity
        following, due = self._reading.next(step, at, severity)
        for _ in range(ONCE_ROUND):
            if not climb.gone.issuperset(self._reading.rung(following).targets):
                break
            following, due = self._reading.next(following, due, severity)
        refused = [
            missed.page.step
            for missed in self._evidence.missed
            if missed.for_good and missed.until <= at and fits(missed.page) and missed.page.step.rung
        ]
        if refused:  # nobody may be left of that rung but those who are not to be woken
            sleepers = (awakes(name, at, severity) for name in self._reading.rung(max(refused)).targets)
            due = max(due, *sleepers, self._reading.next(max(refused), at, severity)[1])
        return due

    def _wait(self, each: Accepted, page: Page, due: float, following: Step) -> float:
        """When the wait of the rung is over at the latest."""
        fired = self._evidence.undisturbed.after(due, CLIMBS_WITHIN) if page.step == following else None
        return self._reading.after(page.step, each.at if fired is None else min(each.at, fired))

    def _base(self, climb: Climb, place: Place) -> float:
        """When the first wait is over that this climb has to wait for."""
        if climb.fresh:
            return climb.since + (self._reading.delay if climb.delayed else 0.0)
        if not climb.resumed:
            return climb.since
        if self._carry is not None and self._carry[0] == place:
            base = self._carry[1]  # what was decided while it climbed is decided
            return base if base < self._ended else max(climb.since, base)
        return self._reading.after(place[1], climb.since)

    def _at_its_beginning(self, climb: Climb, place: Place) -> bool:
        """Whether its first rung is still to come."""
        same = self._carry is not None and self._carry[0] == place
        return climb.fresh or (climb.resumed and same and self._carry is not None and self._carry[2])

    def _until(self, climb: Climb) -> float:
        end = self._evidence.end
        return end if climb.until is None else min(climb.until, end)

    def _before(self, climb: Climb) -> Place:
        """The farthest rung of which a page was sent before this climb can have begun."""
        before = climb.began if climb.fresh else climb.since
        places = [(page.epoch, page.step) for each, page in self._evidence.pages if each.sent_at < before]
        return max((place for place in places if place[1].round), default=NOWHERE)

    def _everybody(
        self, climb: Climb, fired: tuple[float, Accepted, Page], until: float, *, fresh: bool
    ) -> None:
        """Everyone whom a rung means is paged, not only the first of them."""
        due, first, page = fired
        if climb.declined:
            return
        people = set(climb.also) if fresh else set[str]()
        plain = self._reading.rung(page.step) if page.step.rung else None
        if plain is not None and plain.turning:
            self._turning(climb, first, page, until, plain.targets)
        elif plain is not None and plain.turning is None:
            since = min(due, first.at - LOOK_BACK)
            people |= {name for target in plain.targets for name in self._meant(target, since, first.at)}
        for person in sorted(people - climb.answered - {page.person}):
            self._person(climb, person, page, (first.at, until), also=person in climb.also)

    def _person(
        self, climb: Climb, person: str, page: Page, span: tuple[float, float], *, also: bool
    ) -> None:
        """Somebody is owed a page of that rung, at the end of their quiet hours where they have any."""
        what, since = f"{person} on rung {page.step.round}.{page.step.rung}", span[0]
        wakes, woke = (awakes(person, at, climb.severity) for at in (since, since - JUST_NOW))
        fits: Fits = partial(_same, page, person, also=also)
        waited = woke > since - JUST_NOW
        if waited:  # of all rungs that meant them one page waits until then
            fits = partial(_any, page.epoch, person)
        began = woke - 2 * SKEW if waited else 0.0
        self._evidence.owed(Due(since=wakes, until=span[1], what=what, began=began), fits)

    def _meant(self, target: str, since: float, until: float) -> frozenset[str]:
        """Whom a target means; of a schedule those alone who are on call beyond doubt."""
        if target.startswith("#"):
            return frozenset()
        if not target.startswith("@"):
            return frozenset({target})
        duty = self._duties[target[1:]]
        sure = frozenset.intersection(*duty.possible(until, SKEW))
        return frozenset(person for person in sure if duty.certainly(person, since, until, SKEW))

    def _turning(
        self, climb: Climb, first: Accepted, page: Page, until: float, names: tuple[str, ...]
    ) -> None:
        """A round robin that goes on pages the next ones as well, each in their time."""
        if climb.nudges or page.person not in names:
            return
        place = names.index(page.person)
        for number in range(1, len(names)):
            person = names[(place + number) % len(names)]
            self._person(climb, person, page, (first.at + number * EVERY, until), also=False)

    def _by_mail(self, climb: Climb) -> None:
        """Whoever is paged in Slack gets the mail too; also when an acknowledgement was taken back."""
        until, pages = self._until(climb), self._evidence.pages
        if not climb.resumed:
            self._begun = climb.since
        begun = self._begun
        if climb.declined or not climb.since < until:
            return
        epoch = max((page.epoch for each, page in pages if each.sent_at < until), default=0)
        for each, page in pages:
            mine = each.provider == "slack" and page.epoch == epoch and begun <= each.at < until
            if not mine or not page.step.round or not mailed(page.person) or page.person in climb.answered:
                continue
            due = Due(
                since=max(each.at + MAIL_AFTER, climb.since), until=until, what=f"the mail to {page.person}"
            )
            mails = [(mail, copy) for mail, copy in pages if mail.provider == "mail"]
            self._evidence.owed(due, partial(_same, page, page.person, also=False), mails)


def _same(page: Page, person: str, other: Page, *, also: bool) -> bool:
    """Whether a page is of that rung for somebody; who had it before may have been paged ahead of it."""
    if (other.epoch, other.person) != (page.epoch, person):
        return False
    return other.step == page.step or (also and other.step.round == page.step.round)


def _any(epoch: int, person: str, page: Page) -> bool:
    """Whether a page is for somebody, of whichever rung of that climb."""
    return (page.epoch, page.person) == (epoch, person) and page.step.round > 0


def _once(place: Place, targets: frozenset[str], page: Page) -> bool:
    """Whether it is of a later rung, or has waited for one of those whom a rung of sleepers means."""
    mine = page.epoch == place[0] and page.step.round > 0 and page.person in targets
    return mine or _later(place, fresh=False)(page)


def _later(place: Place, *, fresh: bool) -> Fits:
    """Whether a page is of a later rung; at the beginning of a climb, of a later climb."""

    def fits(page: Page) -> bool:
        if not page.step.round:
            return False
        return page.epoch > place[0] if fresh else (page.epoch, page.step) > place

    return fits


def _after(place: Place) -> str:
    step = place[1]
    return f"the rung after {place[0]}:{step.round}.{step.rung}" if step.round else "the first rung"
