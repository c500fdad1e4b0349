"""Who is paged, how and when, in a scene: the bot's configuration, and what is due according to it."""

from dataclasses import dataclass
from enum import StrEnum

from tests.chaos.night import person_id

ROUNDS = 10
RUNGS = 2


class Way(StrEnum):
    """How a page comes."""

    DIRECT = "Slack, direct"
    CHANNEL = "Slack, channel"
    EMAIL = "e-mail"


@dataclass(frozen=True, kw_only=True)
class Due:
    """A page that must come: so many seconds after the alert, to whom, and how."""

    after: float
    way: Way
    to: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """`services` services, numbered from 1; each has a ladder of two rungs, `wait` seconds apart."""

    services: int = 6
    wait: float = 10.0

    def pages(self, service: int, seconds: float) -> tuple[Due, ...]:
        """What is due within so many seconds for an incident of this service, as long as nobody answers.

        A ladder that has come to its end begins again.
        """
        steps = ((number * self.wait, number % RUNGS) for number in range(1 + int(seconds // self.wait)))
        return tuple(
            Due(after=after, way=way, to=to)
            for after, rung in steps
            for way, to in (self._first(service) if rung == 0 else self._second(service))
        )

    def ticketed(self, service: int) -> bool:
        """Whether incidents of this service have a ticket."""
        return service % 2 == 0

    def _first(self, service: int) -> list[tuple[Way, str]]:
        both = [(Way.DIRECT, person_id(service)), (Way.EMAIL, f"p{service}@example.com")]
        return {0: both, 1: both[:1], 2: both[1:]}[service % 3]

    def _second(self, service: int) -> list[tuple[Way, str]]:
        return (
            [(Way.CHANNEL, f"incidents-{service}")] if service % 2 else [(Way.DIRECT, person_id(self.second))]
        )

    @property
    def second(self) -> int:
        """The number of the person who is paged second."""
        return self.services + 1

    def configuration(self) -> str:
        """The bot's file."""
        numbers = range(1, self.services + 1)
        return "\n".join(
            [
                "allow_short_waits: true",
                "people:",
                *(self._person(number) for number in numbers),
                f"  second: {{name: Second, slack: {person_id(self.second)}, methods: [{{slack: 0s}}]}}",
                "ladders:",
                *(self._ladder(number) for number in numbers),
                "services:",
                *(self._service(number) for number in numbers),
                "channels:",
                *(f'  - {{channel: "#alerts-{n}", service: s{n}}}' for n in numbers),
                "defaults: {service: s1, severity: sev2, limit: none, limits: {slack: none, email: none}}",
                "authority: {declares: none}",
                "",
            ]
        )

    def _person(self, number: int) -> str:
        ways = {Way.DIRECT: "{slack: 0s}", Way.EMAIL: "{email: 0s}"}
        methods = ", ".join(ways[way] for way, _ in self._first(number))
        return (
            f"  p{number}: {{name: Person {number}, slack: {person_id(number)}, "
            f"email: p{number}@example.com, methods: [{methods}]}}"
        )

    def _ladder(self, number: int) -> str:
        second = f'channel: "#incidents-{number}"' if number % 2 else "person: second"
        wait = f"{self.wait:.0f}s"
        return (
            f"  l{number}: {{rounds: {ROUNDS}, rungs: [{{targets: [{{person: p{number}}}], wait: {wait}}}, "
            f"{{targets: [{{{second}}}], wait: {wait}}}]}}"
        )

    def _service(self, number: int) -> str:
        ticket = ", ticket: {project: OPS, type: Incident}" if self.ticketed(number) else ""
        return f'  s{number}: {{channel: "#incidents-{number}", ladder: l{number}{ticket}}}'
