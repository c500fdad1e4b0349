"""The story of one night, played by itself, and told as the local Slack and Jira saw it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console

from bot.demo import alerts
from bot.demo.stage import Stage, stage
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.workspace import Message

Witness = Callable[[], "datetime | None"]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One thing that must be seen. `seen` gives the sandbox's own time of it, None as long as it is not."""

    text: str
    seen: Witness
    seconds: float = 10.0


async def play(console: Console) -> bool:
    """Play the whole story; whether all of it was seen."""
    async with stage() as on:
        story = _Story(on, console)
        return await story.play()


class _Story:
    def __init__(self, on: Stage, console: Console) -> None:
        self._on = on
        self._console = console
        self._begun = on.started

    async def play(self) -> bool:
        alertmanager = self._on.slack.integration("Alertmanager")
        self._begun = self._on.started
        firing = alertmanager.post("#alerts", alerts.firing())
        self._tell("Alertmanager posts an alert into #alerts", self._message_time(firing))
        if not await self._see(*self._until_bob_is_paged()):
            return False
        page = self._page("bob")
        assert page is not None
        outcome = await self._on.slack.person("bob").click(page, "Acknowledge")
        self._tell("Bob presses Acknowledge on his page", self._on.slack.journal.entries(Kind.ACT)[-1].at)
        if outcome.error or not await self._see(*self._after_the_acknowledgement()):
            return False
        if not await self._ladder_has_stopped():
            return False
        alertmanager.post("#alerts", alerts.cleared())
        self._tell("Alertmanager says that it is over", self._on.slack.journal.entries(Kind.ACT)[-1].at)
        return await self._see(*self._after_the_end())

    def _until_bob_is_paged(self) -> tuple[Scene, ...]:
        return (
            Scene(text="Ann, who is on call, is paged by direct message", seen=lambda: self._paged("ann")),
            Scene(text="One card stands in #incidents", seen=lambda: self._card("Triggered")),
            Scene(text="Jira has the ticket OPS-1", seen=lambda: self._ticket("To Do")),
            Scene(text="The card shows the ticket", seen=lambda: self._card("OPS-1")),
            Scene(text="Nobody answers, so Ann's page goes out by e-mail too", seen=self._mailed, seconds=12),
            Scene(text="Nobody answers, so Bob is paged", seen=lambda: self._paged("bob"), seconds=15),
        )

    def _after_the_acknowledgement(self) -> tuple[Scene, ...]:
        return (
            Scene(text="The card says that Bob has it", seen=lambda: self._card("Acknowledged")),
            Scene(text="Ann's page says that nothing is needed of her", seen=self._ann_is_told),
            Scene(text="The ticket is in progress", seen=lambda: self._ticket("In Progress")),
        )

    def _after_the_end(self) -> tuple[Scene, ...]:
        return (
            Scene(text="The card says that it is resolved", seen=lambda: self._card("Resolved")),
            Scene(text="The ticket is done", seen=lambda: self._ticket("Done")),
        )

    async def _see(self, *scenes: Scene) -> bool:
        for scene in scenes:
            if not await self._on.saw(scene.seen, scene.seconds):
                self._console.print(f"  [red]✗ not seen within {scene.seconds:.0f} s:[/] {scene.text}")
                return False
            self._tell(scene.text, scene.seen())
        return True

    async def _ladder_has_stopped(self) -> bool:
        """Wait longer than a rung: no further page may come."""
        before = self._pages()
        if await self._on.saw(lambda: self._pages() != before, 12):
            self._console.print("  [red]✗ somebody was paged after the acknowledgement[/]")
            return False
        self._tell("The ladder has stopped: nobody else is paged", None)
        return True

    def _tell(self, text: str, at: datetime | None) -> None:
        moment = f"{(at - self._begun).total_seconds():6.2f} s" if at else " " * 8
        self._console.print(f"  [green]✓[/] {moment}  {text}")

    def _message_time(self, message: Message) -> datetime | None:
        found = [e.at for e in self._on.slack.journal.entries(Kind.MESSAGE) if e.ts == message.ts]
        self._begun = found[0] if found else self._begun
        return found[0] if found else None

    def _page(self, person: str) -> Message | None:
        pages = [message for message in self._on.slack.dms(person) if "INC-1" in message.words]
        return pages[0] if pages else None

    def _pages(self) -> int:
        people = (self._on.slack.dms(name) for name in ("ann", "bob", "cleo"))
        return sum(len(messages) for messages in people) + len(self._on.mail.inbox)

    def _paged(self, person: str) -> datetime | None:
        page = self._page(person)
        return self._entry_time(page) if page else None

    def _mailed(self) -> datetime | None:
        return next((mail.at for mail in self._on.mail.inbox if "ann@example.com" in mail.recipients), None)

    def _card(self, words: str) -> datetime | None:
        cards = [message for message in self._on.slack.messages("#incidents") if "INC-1" in message.words]
        if len(cards) != 1 or words not in cards[0].words:
            return None
        return self._entry_time(cards[0])

    def _ann_is_told(self) -> datetime | None:
        page = self._page("ann")
        return self._entry_time(page) if page and "No action needed" in page.words else None

    def _entry_time(self, message: Message) -> datetime | None:
        """When the sandbox accepted the message, or its newest edit."""
        entries = self._on.slack.journal.entries()
        times = [e.at for e in entries if e.ts == message.ts and e.kind in (Kind.MESSAGE, Kind.EDIT)]
        return times[-1] if times else None

    def _ticket(self, status: str) -> datetime | None:
        issues = self._on.jira.issues("OPS")
        if len(issues) != 1 or issues[0].status.name != status:
            return None
        return [event.at for event in self._on.jira.journal.of(issues[0].key)][-1]
