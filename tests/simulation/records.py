"""Records: what the simulated providers saw, in their own books, and the journal of everything."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.ladder import Step
from tests.simulation.clock import clock_text


class Kind(StrEnum):
    """What a message to somebody is: a page, a loud word in the channel, or whether they still have it."""

    PAGE = "page"
    ANNOUNCEMENT = "announcement"
    REMINDER = "reminder"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What a page says of itself: which incident, by its title and number, which climb and rung, for whom.

    `wake` is when an acknowledgement ends of which somebody is reminded.
    """

    incident: str
    number: int
    epoch: int
    step: Step
    person: str
    kind: Kind = Kind.PAGE
    wake: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A provider took a message with this key. `page` is None when it is none."""

    at: float
    provider: str
    key: str
    sent_at: float
    claimed_at: float
    page: Page | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """An attempt at a page that failed, with the time until which the provider wants to be left alone."""

    since: float
    until: float
    page: Page
    for_good: bool = False


@dataclass(kw_only=True)
class Books:
    """All that is known in the end; nothing in it comes from the bot's database."""

    accepted: list[Accepted] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)
    unfair: list[tuple[float, float]] = field(default_factory=list)
    """When the machinery itself was disturbed: crashes, pauses, the disk, clocks."""
    excused: set[str] = field(default_factory=set)
    """Keys whose provider lied, or can't be asked: they may come twice."""
    excused_names: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """Names of what was rejected for good."""
    faults: Counter[str] = field(default_factory=Counter)
    numbers: dict[str, int] = field(default_factory=dict)
    """Incidents by their titles, as pages and cards tell them."""
    titles: dict[int, str] = field(default_factory=dict)
    """The same the other way round: an incident that was opened anew has a number of its own."""
    last: dict[str, Page] = field(default_factory=dict)
    """The page of each incident that was accepted last."""
    points: Counter[str] = field(default_factory=Counter)
    """At which failpoints something was done."""
    strange: list[str] = field(default_factory=list)
    """What the engine logged as an error without a fault of ours behind it."""


class Journal:
    """One line for everything that happens; its digest tells two runs apart. Lines are kept on demand."""

    def __init__(self, *, keep: bool) -> None:
        self._digest = hashlib.blake2b(digest_size=12)
        self._keep = keep
        self.lines: list[str] = []

    def note(self, at: float, who: str, what: str) -> None:
        """Something happened."""
        line = f"{at:.6f} {who} {what}"
        self._digest.update(line.encode())
        if self._keep:
            self.lines.append(f"{clock_text(at)}  {who:10} {what}")

    @property
    def digest(self) -> str:
        """The same for the same events in the same order at the same moments."""
        return self._digest.hexdigest()
