"""Rules of single pages: nobody is paged too soon, out of hours, for what is not theirs, or out of turn."""

from collections.abc import Sequence

from bot.domain.alert import Severity
from tests.simulation.accounts import SKEW, Account, Climb
from tests.simulation.almanac import Duty, hours
from tests.simulation.company import EVERY, QUIET, ROUND
from tests.simulation.evidence import Evidence
from tests.simulation.reading import Reading
from tests.simulation.records import Accepted, Missed, Page
from tests.simulation.verdict import Verdict, Wrong

Sent = tuple[Accepted, Page]
BEGIN_OF_ROUND = (1, 1)


class Rules:
    """What must hold of every page of one incident's ladder."""

    def __init__(self, evidence: Evidence, reading: Reading, duties: dict[str, Duty]) -> None:
        self._evidence = evidence
        self._reading = reading
        self._duties = duties

    def judge(self) -> None:
        """Every page in the climb in which it was sent, where there is no doubt which one that is."""
        account = self._evidence.account
        for number, climb in enumerate(account.climbs):
            following = account.climbs[number + 1].began if number + 1 < len(account.climbs) else None
            until = self._evidence.end if following is None else following
            before = [page.epoch for each, page in self._evidence.pages if each.sent_at < climb.began]
            old = max(before, default=0) if climb.fresh else -1
            for each, page in self._evidence.pages:
                if climb.began <= each.sent_at < until and page.step.round and page.epoch > old:
                    self._page(climb, (each, page))

    def _page(self, climb: Climb, sent: Sent) -> None:
        each, page = sent
        plain = self._reading.rung(page.step) if page.step.rung else None
        if page.person in climb.also or plain is None:
            return
        untouched = climb.fresh and not climb.nudges and not climb.declined
        sure = untouched and not any(missed.for_good for missed in self._evidence.missed)
        if not self._meant(climb, sent, plain.targets):
            self._evidence.wrong("the wrong one", each.sent_at, f"{each.key} to {page.person}")
        if not sure:
            return
        if not self._reading.is_for(page.step, climb.severity):
            self._evidence.wrong("out of hours", each.sent_at, f"{each.key} at {climb.severity}")
        self._in_time(climb, sent)
        self._in_its_hours(climb, sent)
        if climb.severity is Severity.SEV3 and page.person in QUIET:
            self._waking(climb, sent)

    def _in_time(self, climb: Climb, sent: Sent) -> None:
        """No rung fires before the waits of those before it are over."""
        each, page = sent
        if not climb.fresh or climb.answered:
            return
        began = climb.began + (self._reading.delay if climb.delayed else 0.0)
        low = self._reading.not_before(page.step, began - SKEW, climb.severity, attended=bool(climb.also))
        if each.sent_at < low - SKEW:
            self._evidence.wrong("early", each.sent_at, f"{each.key}, {low - each.sent_at:.0f} s too soon")

    def _in_its_hours(self, climb: Climb, sent: Sent) -> None:
        """A rung that counts in some hours alone was decided in these."""
        each, page = sent
        if climb.severity is Severity.SEV3 and page.person in QUIET:
            return  # it may have been decided long before
        moments = self._evidence.decided_since(each, page, climb.began)
        if not any(self._about(page, at) for at in moments):
            self._evidence.wrong("out of hours", each.sent_at, f"{each.key} to {page.person}")

    def _about(self, page: Page, at: float) -> bool:
        return any(self._reading.allows(page.step, at + skew) for skew in (-SKEW, 0.0, SKEW))

    def _waking(self, climb: Climb, sent: Sent) -> None:
        """What may wait does not come in somebody's quiet hours, unless it was decided before them."""
        each, page = sent
        quiet = hours(QUIET[page.person])
        moments = self._evidence.decided_since(each, page, climb.began)
        if not any(not quiet.open(at + skew) for at in moments for skew in (-SKEW, 0.0, SKEW)):
            self._evidence.wrong("out of hours", each.sent_at, f"{each.key} wakes {page.person}")

    def _meant(self, climb: Climb, sent: Sent, targets: Sequence[str]) -> bool:
        """Whether the rung means them, at some moment at which the page may have been decided."""
        each, page = sent
        if page.person in targets:
            return True
        duties = [self._duties[target[1:]] for target in targets if target.startswith("@")]
        return any(
            page.person in people
            for at in self._evidence.decided_since(each, page, self._evidence.account.climbs[0].began)
            for duty in duties
            for people in duty.possible(at, SKEW)
        )


class Round:
    """The round robin: every new incident goes to the next one, and so does each turn within a rung."""

    def __init__(self, titles: dict[int, str], verdict: Verdict) -> None:
        self._titles = titles
        self._verdict = verdict
        self._firsts: dict[str, str | None] = {}
        self._mine: set[str] = set()

    def add(self, account: Account, pages: Sequence[Sent], missed: Sequence[Missed]) -> None:
        """One incident that goes round: who was the first to be paged for it."""
        self._mine.add(account.name)
        tried = sorted(
            [(each.sent_at, page) for each, page in pages] + [(each.since, each.page) for each in missed],
            key=lambda item: item[0],
        )
        turns = [(at, page) for at, page in tried if _of_the_round(page) and page.person in ROUND]
        own = [(at, page) for at, page in turns if (page.epoch, page.step.round) == (1, 1)]
        begun = account.climbs[0] if account.climbs else None
        if begun is None or account.lost_track or not own or own[0][0] > begun.began + EVERY - 60:
            return
        self._firsts[account.name] = own[0][1].person
        hastened = any(climb.declined or climb.nudges for climb in account.climbs)
        if not hastened and not any(each.for_good for each in missed):
            self._in_turn(account, own, begun.began)

    def judge(self) -> None:
        """One after the other, by their numbers; where one is unknown nothing is said of those after it."""
        known: tuple[int, str] | None = None
        place, last = 0, 0
        for number in sorted(self._titles):
            if number != last + 1:
                known = None
            last = number
            name = self._titles[number]
            if name not in self._mine:
                continue
            place += 1
            person = self._firsts.get(name)
            if person is None:
                continue
            if known is not None:
                wanted = ROUND[(ROUND.index(known[1]) + place - known[0]) % len(ROUND)]
                if wanted != person:
                    what = f"{name} went to {person} and not to {wanted}"
                    self._verdict.wrongs.append(Wrong(kind="out of turn", at=0.0, what=what))
            known = (place, person)

    def _in_turn(self, account: Account, own: Sequence[tuple[float, Page]], began: float) -> None:
        """Within the first rung the others follow in their order, and not too soon."""
        order: dict[str, float] = {}
        for at, page in own:
            order.setdefault(page.person, at)
        first = next(iter(order))
        for number, (person, at) in enumerate(order.items()):
            wanted = ROUND[(ROUND.index(first) + number) % len(ROUND)]
            if person != wanted or at < began + number * EVERY - 2 * SKEW:
                what = f"{account.name}: {person} instead of {wanted}, {at - began:.0f} s after its beginning"
                self._verdict.wrongs.append(Wrong(kind="out of turn", at=at, what=what))


def _of_the_round(page: Page) -> bool:
    return page.step.rung == BEGIN_OF_ROUND[1] and page.step.round > 0
