"""A line of the doctor's report."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How something is: WARN works now and wants to be looked at, BAD may keep a page from people."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """What was looked at, how it is, and what to do; `remedy` is empty when there is nothing to do."""

    name: str
    verdict: Verdict
    says: str
    remedy: str = ""


def ok(name: str, says: str) -> Line:
    """All is well."""
    return Line(name=name, verdict=Verdict.OK, says=says)


def warn(name: str, says: str, remedy: str) -> Line:
    """It works, and somebody should look."""
    return Line(name=name, verdict=Verdict.WARN, says=says, remedy=remedy)


def bad(name: str, says: str, remedy: str) -> Line:
    """Somebody must look now."""
    return Line(name=name, verdict=Verdict.BAD, says=says, remedy=remedy)


def worst(lines: Iterable[Line]) -> Verdict:
    """The verdict over all of them."""
    order = list(Verdict)
    return max((line.verdict for line in lines), key=order.index, default=Verdict.OK)
