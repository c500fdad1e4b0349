"""The report: what many nights came to, in figures, and the command that plays a bad one again."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.night import Night
from tests.simulation.scenario import DAY, Cut, Size
from tests.simulation.verdict import Verdict

STEPS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, float("inf"))
"""Seconds of lateness that are counted together."""


def command(seed: int, size: Size, cut: Cut | None = None) -> str:
    """The one command that plays a scenario again, bit for bit."""
    words = [f"python -m tests.simulation {seed} --days {size.days:g} --storms {size.storms}"]
    words.append(f"--affairs {size.affairs} --again {size.again}")
    if cut is not None:
        for name in ("affairs", "ordeals", "spells"):
            kept = getattr(cut, name)
            if kept is not None:
                text = ",".join(sorted(str(each).removeprefix("affair ") for each in kept)) or "none"
                words.append(f"--only-{name} {text}")
        words += [f"--without {each!r}" for each in sorted(cut.without)]
    return " ".join(words)


@dataclass(kw_only=True)
class Report:
    """Figures of many nights; two reports can be added."""

    nights: int = 0
    seconds: float = 0.0
    took: float = 0.0
    incidents: int = 0
    due: int = 0
    judged: int = 0
    pages: int = 0
    twice_by_lies: int = 0
    twice_by_mail: int = 0
    untracked: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    late: Counter[float] = field(default_factory=Counter)
    latest: float = 0.0
    wrongs: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, night: Night, verdict: Verdict, size: Size) -> None:
        """One more night."""
        self.nights += 1
        self.seconds += night.seconds
        self.took += night.took
        self.incidents += len(night.accounts)
        self.faults += night.books.faults
        self.points += night.books.points
        for name in ("due", "judged", "pages", "twice_by_lies", "twice_by_mail", "untracked"):
            setattr(self, name, getattr(self, name) + getattr(verdict, name))
        for late in verdict.late:
            self.late[next(step for step in STEPS if late <= step)] += 1
            self.latest = max(self.latest, late)
        self.wrongs.update(wrong.kind for wrong in verdict.wrongs)
        if verdict.wrongs:
            told = "\n".join(f"    {wrong}" for wrong in verdict.wrongs[:5])
            self.failures.append(f"{command(night.scenario.seed, size)} --shrink\n{told}")

    def merged(self, others: Iterable["Report"]) -> "Report":
        """All of them together."""
        for other in others:
            for name, value in vars(other).items():
                mine = getattr(self, name)
                setattr(self, name, max(mine, value) if name == "latest" else mine + value)
        return self

    def percentile(self, share: float) -> str:
        """Not later than this, for that share of what was due."""
        left = share * sum(self.late.values())
        for step in sorted(self.late):
            left -= self.late[step]
            if left <= 0:
                return f"<= {step:g} s"
        return "none"

    def text(self) -> str:
        """For people."""
        rows = "\n".join(f"  {kind:38} {count:9,}" for kind, count in self.faults.most_common())
        points = ", ".join(f"{point} {count}" for point, count in sorted(self.points.items()))
        failures = "\n".join(self.failures) or "  none"
        return f"""
{self.nights} nights, {self.seconds / DAY:.1f} simulated days, {self.took:.0f} s of one core
  incidents {self.incidents:,}, pages accepted {self.pages:,}, rungs due {self.due:,}, judged {self.judged:,}
  lost {self.wrongs["lost"]}, doubled {self.wrongs["doubled"]}, beyond the bound {self.wrongs["late"]}, \
after the acknowledgement {self.wrongs["after the acknowledgement"]}, other {self._others()}
  late: p50 {self.percentile(0.5)}, p99 {self.percentile(0.99)}, max {self.latest:.0f} s (outages included)
  twice because a provider lied or can't be asked: {self.twice_by_lies}, by mail: {self.twice_by_mail}
  not judged because the world lost track: {self.untracked}
faults: {self.faults.total():,}
{rows}
struck at failpoints: {points}
failing seeds:
{failures}
"""

    def _others(self) -> int:
        known = {"lost", "doubled", "late", "after the acknowledgement"}
        return sum(count for kind, count in self.wrongs.items() if kind not in known)

    def plain(self) -> dict[str, Any]:
        """As JSON can carry it."""
        return vars(self) | {"late": [[step, count] for step, count in self.late.items()]}

    @classmethod
    def read(cls, plain: dict[str, Any]) -> "Report":
        """Back from JSON."""
        report = cls(**plain)
        report.faults, report.points = Counter(report.faults), Counter(report.points)
        report.wrongs, report.late = Counter(report.wrongs), Counter(dict(plain["late"]))
        return report
