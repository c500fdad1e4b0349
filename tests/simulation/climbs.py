"""Lost and late: each incident's climbs, followed from rung to rung by a plain reading of its ladder."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bot.domain.ladder import FIRST_STEP, LONGEST_REPEAT, Ladder, PersonTarget, Step, step_after
from tests.simulation.accounts import Account, Climb
from tests.simulation.company import service
from tests.simulation.records import Accepted, Missed, Page
from tests.simulation.verdict import Verdict, Wrong

BOUND = 75.0
"""Seconds of undisturbed time within which what is due must have been accepted.

A lease (15 s), the longest pause between two attempts (30 s), and an attempt that hangs, with room to spare.
"""
CLIMBS_WITHIN = 15.0
"""Seconds of undisturbed time within which a rung fires: a tick that hung is cut off after ten."""

NOBODY_REACHED = 310.0
"""After a refusal for good, or "I can't", the ladder may find nobody else: it comes again in five minutes."""

Place = tuple[int, Step]
NOWHERE: Place = (0, Step(round=0, rung=0))


class Undisturbed:
    """The stretches in which nothing was done to the machinery."""

    def __init__(self, unfair: Sequence[tuple[float, float]], end: float) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []
        at = 0.0
        for since, until in sorted(unfair):
            if since > at:
                self._starts.append(at)
                self._ends.append(since)
            at = max(at, until)
        if end > at:
            self._starts.append(at)
            self._ends.append(end)

    def after(self, since: float, length: float, gaps: Sequence[tuple[float, float]] = ()) -> float | None:
        """The end of the first stretch of that length that begins at `since` or later and has no gap."""
        for begin, end in self._from(since):
            at = max(begin, since)
            for gap_since, gap_until in gaps:
                if gap_until > at:
                    if gap_since - at >= length:
                        break
                    at = max(at, gap_until)
            if end - at >= length:
                return at + length
        return None

    def _from(self, since: float) -> Iterator[tuple[float, float]]:
        first = bisect_right(self._ends, since)
        yield from zip(self._starts[first:], self._ends[first:], strict=True)


class Climbs:
    """One incident: what was owed to it, and what came of that."""

    def __init__(
        self,
        account: Account,
        pages: Sequence[Accepted],
        missed: Sequence[Missed],
        undisturbed: Undisturbed,
        verdict: Verdict,
        end: float,
    ) -> None:
        self._account = account
        self._pages = [(each, each.page) for each in pages if each.page and not each.page.announcement]
        self._missed = [each for each in missed if not each.page.announcement]
        self._undisturbed = undisturbed
        self._verdict = verdict
        self._end = end
        self._service = service(account.service)

    def judge(self) -> None:
        """Every climb, and everybody who was asked by hand."""
        for climb in self._account.climbs:
            self._follow(climb)
        for asked in self._account.asked:
            self._owed(
                (asked.since, asked.until),
                partial(_by_hand, asked.person),
                asked.began,
                f"{asked.person}, asked by hand",
            )

    def _follow(self, climb: Climb) -> None:
        """From rung to rung: when each is due at the latest, and when a page of it was accepted."""
        until = self._end if climb.until is None else min(climb.until, self._end)
        place = self._before(climb)
        due = climb.since + (self._wait(place[1]) if climb.resumed else 0.0)
        began, fresh = climb.began, climb.fresh
        while due < until:
            found = self._owed((due, until), _later(place, fresh=fresh), began, _after(place), rung=True)
            if found is None:
                return
            each, page = found
            self._everybody(climb, each, page, until)
            following = FIRST_STEP if fresh else self._following(place[1])
            fired = self._undisturbed.after(due, CLIMBS_WITHIN) if page.step == following else None
            due = (each.at if fired is None else min(each.at, fired)) + self._wait(page.step)
            place, began, fresh = (page.epoch, page.step), 0.0, False
            asked_for = [answered for asked, answered in climb.nudges if asked >= each.at]
            # "I can't" may have been said by the last one who was left
            due = asked_for[0] + NOBODY_REACHED if asked_for and climb.declined else min([due, *asked_for])

    def _before(self, climb: Climb) -> Place:
        """The farthest rung of which a page was sent before this climb can have begun."""
        before = climb.began if climb.fresh else climb.since
        places = [(page.epoch, page.step) for each, page in self._pages if each.sent_at < before]
        return max((place for place in places if place[1].round), default=NOWHERE)

    def _owed(
        self,
        span: tuple[float, float | None],
        fits: Callable[[Page], bool],
        began: float,
        what: str,
        *,
        rung: bool = False,
    ) -> tuple[Accepted, Page] | None:
        """Something is due: the page that was accepted for it, unless it never was."""
        due, until = span[0], self._end if span[1] is None else min(span[1], self._end)
        found = next(
            ((each, page) for each, page in self._pages if each.sent_at >= began and fits(page)), None
        )
        gaps = sorted((each.since, _over(each, rung=rung)) for each in self._missed if fits(each.page))
        deadline = self._undisturbed.after(due, BOUND, gaps)
        judged = deadline is not None and deadline < until
        if rung:
            self._verdict.due += 1
            self._verdict.judged += judged or (found is not None and found[0].at < until)
            if found is not None:
                self._verdict.late.append(max(found[0].at - due, 0.0))
        if judged and deadline is not None and (found is None or found[0].at > deadline):
            came = "never" if found is None else f"{found[0].at - due:.0f} s late"
            text = f"{self._account.name}: {what}, due by {due:.1f}, came {came}"
            self._verdict.wrongs.append(Wrong(kind="lost" if found is None else "late", at=due, what=text))
        return found

    def _everybody(self, climb: Climb, first: Accepted, page: Page, until: float) -> None:
        """Everyone whom a rung names is paged, not only the first of them."""
        if climb.declined:
            return
        ladder = self._ladder(page.step)
        for target in ladder.rungs[page.step.rung - 1].targets:
            if isinstance(target, PersonTarget) and target.person != page.person:
                wanted = (page.epoch, page.step, str(target.person))
                self._owed(
                    (first.at, until),
                    partial(_same, wanted),
                    0.0,
                    f"{target.person} on rung {page.step.round}.{page.step.rung}",
                )

    def _ladder(self, step: Step) -> Ladder:
        ladder, catch_all = self._service.ladder, self._service.catch_all
        return catch_all if step.round > ladder.rounds and catch_all is not None else ladder

    def _following(self, step: Step) -> Step:
        return step_after(self._ladder(step), step) if step.round else FIRST_STEP

    def _wait(self, step: Step) -> float:
        if not step.round:
            return 0.0
        wait = self._ladder(step).rungs[step.rung - 1].wait
        if step.round > self._service.ladder.rounds:
            wait = min(wait, LONGEST_REPEAT)
        return wait.total_seconds()


def _by_hand(person: str, page: Page) -> bool:
    return page.step.round == 0 and page.person == person


def _same(wanted: tuple[int, Step, str], page: Page) -> bool:
    return (page.epoch, page.step, page.person) == wanted


def _later(place: Place, *, fresh: bool) -> Callable[[Page], bool]:
    """Whether a page is of a later rung; at the beginning of a climb, of a later climb."""

    def fits(page: Page) -> bool:
        if not page.step.round:
            return False
        return page.epoch > place[0] if fresh else (page.epoch, page.step) > place

    return fits


def _after(place: Place) -> str:
    step = place[1]
    return f"the rung after {place[0]}:{step.round}.{step.rung}" if step.round else "the first rung"


def _over(missed: Missed, *, rung: bool) -> float:
    """Until when a failed attempt is no fault of ours. Somebody whose address is refused gets no page."""
    if not missed.for_good:
        return missed.until
    return missed.until + NOBODY_REACHED if rung else float("inf")
