"""Evidence: what the providers' books have of one incident, and whether what was owed came in time."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.domain.ladder import Step
from tests.simulation.accounts import Account
from tests.simulation.records import Accepted, Kind, Missed, Page
from tests.simulation.verdict import Verdict, Wrong

BOUND = 75.0
"""Seconds of undisturbed time within which what is due must have been accepted.

A lease (15 s), the longest pause between two attempts (30 s), and an attempt that hangs, with room to spare.
"""
CLIMBS_WITHIN = 15.0
"""Seconds of undisturbed time within which a rung fires: a tick that hung is cut off after ten."""

NOBODY_REACHED = 310.0
"""After a refusal for good, or "I can't", the ladder may find nobody else: it comes again in five minutes."""

ON_THE_WIRE = 6.1
"""Seconds after its claim within which a page may still be sent: 0.4 of a lease."""

MAIL_AFTER = 120.0
"""Seconds after the message in Slack at which the mail is due, or sooner when Slack refuses."""

LOOK_BACK = 15.0

Fits = Callable[[Page], bool]
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

    def all(self, since: float, until: float) -> bool:
        """Whether nothing was done to it in all of that time."""
        return self.after(since, until - since) == until

    def _from(self, since: float) -> Iterator[tuple[float, float]]:
        first = bisect_right(self._ends, since)
        yield from zip(self._starts[first:], self._ends[first:], strict=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """Something is owed from `since` on, unless `until` comes before it. `began`: no page before counts.

    `rung`: it is the first page of a rung. `later` says, for a moment, when it would be due if it had not
    been looked at before that moment.
    """

    since: float
    until: float | None
    what: str
    began: float = 0.0
    rung: bool = False
    later: Callable[[float], float] | None = None


class Evidence:
    """One incident in the providers' books."""

    def __init__(
        self,
        account: Account,
        pages: Sequence[Accepted],
        missed: Sequence[Missed],
        undisturbed: Undisturbed,
        verdict: Verdict,
        end: float,
    ) -> None:
        self.account = account
        told = [(each, each.page) for each in pages if each.page]
        self.pages = [(each, page) for each, page in told if page.kind is Kind.PAGE]
        self.reminders = [(each, page) for each, page in told if page.kind is Kind.REMINDER]
        self.announcements = [page for _, page in told if page.kind is Kind.ANNOUNCEMENT]
        self.missed = missed
        self.undisturbed = undisturbed
        self.verdict = verdict
        self.end = end

    def wrong(self, kind: str, at: float, what: str) -> None:
        """Something that must not be."""
        self.verdict.wrongs.append(Wrong(kind=kind, at=at, what=f"{self.account.name}: {what}"))

    def owed(
        self,
        due: Due,
        fits: Fits,
        among: Sequence[tuple[Accepted, Page]] | None = None,
    ) -> tuple[Accepted, Page] | None:
        """The page that was accepted for what is due, unless it never was; late or lost is wrong."""
        until = self.end if due.until is None else min(due.until, self.end)
        pages = self.pages if among is None else among
        found = next(((each, page) for each, page in pages if each.sent_at >= due.began and fits(page)), None)
        since, deadline = self._deadline(due, fits)
        judged = deadline is not None and deadline < until
        if due.rung:
            self.verdict.due += 1
            self.verdict.judged += judged or (found is not None and found[0].at < until)
            if found is not None:
                self.verdict.late.append(max(found[0].at - since, 0.0))
        if judged and deadline is not None and (found is None or found[0].at > deadline):
            came = "never" if found is None else f"{found[0].at - since:.0f} s late"
            kind = "lost" if found is None else "late"
            self.wrong(kind, since, f"{due.what}, due by {since:.1f}, came {came}")
        return found

    def _deadline(self, due: Due, fits: Fits) -> tuple[float, float | None]:
        """From when on it is due, and by when it must have come."""
        gaps = sorted((each.since, _over(each, rung=due.rung)) for each in self.missed if fits(each.page))
        since = due.since
        while True:
            deadline = self.undisturbed.after(since, BOUND, gaps)
            if deadline is None or due.later is None or (later := due.later(deadline)) <= deadline:
                return since, deadline
            since = later

    def decided_since(self, each: Accepted, page: Page, began: float) -> Iterator[float]:
        """The moments, from its sending backwards, at which a page may have been decided."""
        gaps = sorted((miss.since, miss.until) for miss in self.missed if same(page, miss.page))
        at, delay = each.sent_at, 0.0 if each.provider == "slack" else MAIL_AFTER
        while at > began:
            yield at
            by = self.undisturbed.after(at + delay, BOUND, gaps)
            if by is not None and by < each.sent_at:
                return
            at -= LOOK_BACK
        yield began


def same(one: Page, other: Page) -> bool:
    """Whether two pages are of the same rung and for the same person."""
    return (one.epoch, one.step, one.person) == (other.epoch, other.step, other.person)


def _over(missed: Missed, *, rung: bool) -> float:
    """Until when a failed attempt is no fault of ours. Somebody whose address is refused gets no page."""
    if not missed.for_good:
        return missed.until
    return missed.until + NOBODY_REACHED if rung else float("inf")
