"""The verdict: what was due, against what the witness saw. Every figure is counted from its records."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.chaos.plan import Due, Plan, Way
from tests.chaos.witness import Raised, Taken, Witness

TICKETS = "tickets"
TICKET = Due(after=2, way=Way.DIRECT, to="")
"""When a ticket is due; pages are ahead of it."""

PATIENCE = 20.0
"""Seconds: a page that had not come so long after it was due, when its incident ended, is told of."""

CLOCKS_DIFFER = 0.25
"""Seconds: replicas go by PostgreSQL's clock, as well as it can be read from a busy machine."""

ON_THE_WIRE = 0.8
"""The part of a lease for which a page that was claimed before an acknowledgement may still arrive."""


@dataclass(kw_only=True)
class Channel:
    """One way to people, or the tickets."""

    due: int = 0
    lost: int = 0
    doubled: int = 0
    late: list[float] = field(default_factory=list)

    def add(self, other: "Channel") -> None:
        """Count the other's too."""
        self.due += other.due
        self.lost += other.lost
        self.doubled += other.doubled
        self.late += other.late


@dataclass(kw_only=True)
class Verdict:
    """What became of a scene. `failures` names whatever must not be."""

    alerts: int = 0
    acknowledged: int = 0
    channels: dict[str, Channel] = field(default_factory=dict)
    lost: int = 0
    missed: int = 0
    early: int = 0
    cut: int = 0
    unheard: int = 0
    after_end: int = 0
    on_the_wire: int = 0
    copies: int = 0
    cards_lost: int = 0
    cards_doubled: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def doubled(self) -> int:
        """Pages, tickets and cards that came twice."""
        return sum(channel.doubled for channel in self.channels.values()) + self.cards_doubled

    @property
    def incomplete(self) -> int:
        """How much of what is due is not there, by now."""
        return sum(channel.lost for channel in self.channels.values()) + self.cards_lost

    def channel(self, name: str) -> Channel:
        """That one."""
        return self.channels.setdefault(name, Channel())

    @property
    def pages(self) -> Channel:
        """All ways to people together."""
        whole = Channel()
        for way in Way:
            whole.add(self.channel(way))
        return whole

    def add(self, other: "Verdict") -> None:
        """Count the other's too."""
        for name, channel in other.channels.items():
            self.channel(name).add(channel)
        for name in ("alerts", "acknowledged", "lost", "missed", "early", "after_end", "on_the_wire", "cut"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("copies", "cards_lost", "cards_doubled", "unheard"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures += other.failures


@dataclass(kw_only=True)
class Judge:
    """Compares a witness with a plan.

    Of an incident that nobody ended, every page that was due by `until` must be there. Where somebody
    acknowledged, or the alert cleared, pages may be missing: they were not wanted any more.
    `stall` is how long the witness itself stood still at most, in seconds: what came then, it saw later.
    """

    plan: Plan
    witness: Witness
    until: datetime
    now: datetime
    lease: float
    stall: float = 0.0

    def verdict(self) -> Verdict:
        """Everything, counted."""
        told = Verdict(alerts=len(self.witness.raised), copies=self.witness.copies)
        told.acknowledged = sum(name in self.witness.over for name in self.witness.raised)
        for raised in self.witness.raised.values():
            self._pages(raised, told)
            self._card(raised, told)
            self._ticket(raised, told)
        self._keys(told)
        return told

    def _pages(self, raised: Raised, told: Verdict) -> None:
        due: defaultdict[tuple[Way, str], list[Due]] = defaultdict(list)
        for page in self.plan.pages(raised.service, (self.now - raised.at).total_seconds()):
            due[page.way, page.to].append(page)
        taken: defaultdict[tuple[Way, str], list[Taken]] = defaultdict(list)
        for one in self.witness.pages[raised.name]:
            taken[one.way, one.to].append(one)
        for where in sorted({*due, *taken}):
            self._one_way(raised, due[where], taken[where], told.channel(where[0]), told)
        self._after_the_end(raised, told)

    def _one_way(
        self, raised: Raised, due: Sequence[Due], taken: Sequence[Taken], channel: Channel, told: Verdict
    ) -> None:
        """The n-th page of one person by one way answers the n-th time that it was due, never sooner."""
        end = self.witness.ends.get(raised.name)
        wanted = [page for page in due if raised.sure and end is None and self._by(raised, page, self.until)]
        once = list({page.key: page for page in reversed(taken)}.values())[::-1]
        channel.due += max(len(wanted), len(once))
        for missing in wanted[len(once) :]:
            self._lose(raised, missing, channel, told)
        for number, page in enumerate(once):
            seconds = self._late(raised, due, number, page)
            if seconds is not None and seconds >= -CLOCKS_DIFFER:
                channel.late.append(seconds)
            else:
                told.early += 1
                ahead = f"{-seconds:.3f} s before" if seconds is not None else "long before"
                told.failures.append(f"{raised.name}: page to {page.to} by {page.way} {ahead} it was due")
        if len(once) < len(taken):
            channel.doubled += len(taken) - len(once)
            told.failures.append(f"{raised.name}: page to {taken[0].to} by {taken[0].way} came twice")
        if raised.sure and end is not None:
            patient = end - timedelta(seconds=PATIENCE)
            told.cut += max(0, sum(self._by(raised, page, patient) for page in due) - len(once))

    def _late(self, raised: Raised, due: Sequence[Due], number: int, page: Taken) -> float | None:
        if number >= len(due):
            return None
        return (page.at - raised.at).total_seconds() - due[number].after

    def _lose(self, raised: Raised, page: Due, channel: Channel, told: Verdict) -> None:
        channel.lost += 1
        first = page.after == 0
        told.lost += first
        told.missed += not first
        what = "lost" if first else f"step after {page.after:.0f} s missed"
        told.failures.append(f"{raised.name}: page to {page.to} by {page.way} {what}")

    def _by(self, raised: Raised, page: Due, instant: datetime) -> bool:
        return raised.at + timedelta(seconds=page.after) <= instant

    def _after_the_end(self, raised: Raised, told: Verdict) -> None:
        over = self.witness.over.get(raised.name)
        if over is None:
            return
        for page in self.witness.pages[raised.name]:
            late = (page.at - over).total_seconds()
            if late > ON_THE_WIRE * self.lease + self.stall:
                told.after_end += 1
                told.failures.append(f"{raised.name}: page to {page.to} {late:.1f} s after its end was seen")
            elif late > 0:
                told.on_the_wire += 1

    def _card(self, raised: Raised, told: Verdict) -> None:
        cards = self.witness.cards[raised.name]
        if not cards and self._unheard(raised.name):
            told.unheard += 1
        elif not cards and raised.sure and raised.at <= self.until:
            told.cards_lost += 1
            told.failures.append(f"{raised.name}: no card")
        if len(cards) > 1:
            told.cards_doubled += len(cards) - 1
            told.failures.append(f"{raised.name}: {len(cards)} cards")

    def _unheard(self, name: str) -> bool:
        """Whether it was over before anybody had taken it in. Such are read together, and wake nobody."""
        if name not in self.witness.cleared or self.witness.pages[name]:
            return False
        heard = self.witness.heard.get(name)
        return heard is None or heard >= self.witness.ends[name]

    def _ticket(self, raised: Raised, told: Verdict) -> None:
        channel, tickets = told.channel(TICKETS), self.witness.tickets[raised.name]
        wanted = (
            self.plan.ticketed(raised.service)
            and raised.sure
            and raised.name not in self.witness.cleared
            and self._by(raised, TICKET, self.until)
        )
        channel.due += wanted or bool(tickets)
        if wanted and not tickets:
            channel.lost += 1
            told.failures.append(f"{raised.name}: no ticket")
        channel.late += [(at - raised.at).total_seconds() for at in tickets[:1]]
        if len(tickets) > 1:
            channel.doubled += len(tickets) - 1
            told.failures.append(f"{raised.name}: {len(tickets)} tickets")

    def _keys(self, told: Verdict) -> None:
        """Replies and all else with a key of their own: what Slack has twice under one key."""
        paged = {page.key for pages in self.witness.pages.values() for page in pages}
        for key, count in self.witness.keys.items():
            if key and count > 1 and key not in paged and not key.startswith("card:"):
                told.cards_doubled += count - 1
                told.failures.append(f"{key}: {count} messages")


def percentile(values: Sequence[float], part: float) -> float:
    """That percentile; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)] if ordered else 0.0


def spread(values: Sequence[float]) -> Iterator[tuple[str, float]]:
    """p50, p99 and max, in seconds."""
    yield "p50", percentile(values, 0.5)
    yield "p99", percentile(values, 0.99)
    yield "max", max(values, default=0.0)


def earliest(values: Sequence[float]) -> float:
    """How far the clocks differed: the seconds by which a page came soonest before its time, or 0."""
    return max(0.0, -min(values, default=0.0))
