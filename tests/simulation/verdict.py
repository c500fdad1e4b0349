"""What is wrong with a night, and how late its pages were."""

from dataclasses import dataclass, field

from tests.simulation.clock import clock_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Wrong:
    """Something that must never be."""

    kind: str
    at: float
    what: str

    def __str__(self) -> str:
        return f"{self.kind} at {clock_text(self.at)}: {self.what}"


@dataclass(kw_only=True)
class Verdict:
    """What the oracles say.

    `late` are the seconds from due to accepted. Of `due` rungs so many were `judged`: the others ended, by
    an acknowledgement or the like, before the undisturbed time that they are promised was over.
    """

    wrongs: list[Wrong] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    due: int = 0
    judged: int = 0
    pages: int = 0
    twice_by_lies: int = 0
    twice_by_mail: int = 0
    untracked: int = 0
