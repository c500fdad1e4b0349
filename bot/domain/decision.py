"""What `decide` answers, and the draft in which an answer is put together."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.alert import HeldAlert
from bot.domain.changing import changed
from bot.domain.effects import (
    CommentTicket,
    Effect,
    MoveTicket,
    OpenTicket,
    PagePerson,
    PostThread,
    RefreshCard,
    RefreshPages,
)
from bot.domain.incident import Incident
from bot.domain.people import Actor
from bot.domain.timeline import Entry, EntryKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The new incident, its timeline entries, what the world must be told, and alerts to remember.

    `revokes_pages`: pages that are not on the wire yet and are not wanted any more are cancelled with it.
    `restores_from`: pages that were cancelled because of this version of the incident, or of a later one,
    and are wanted now, go out after all.
    """

    incident: Incident
    entries: tuple[Entry, ...] = ()
    effects: tuple[Effect, ...] = ()
    held: tuple[HeldAlert, ...] = ()
    revokes_pages: bool = False
    restores_from: int | None = None
    changed: bool = True


def unchanged(incident: Incident) -> Decision:
    """Nothing follows."""
    return Decision(incident=incident, changed=False)


@dataclass(kw_only=True, slots=True)
class Draft:
    """A decision in the making; lives only inside `decide`.

    `calm`: the card may wait a moment. `thread_at`: before that the thread does not tell of it.
    """

    incident: Incident
    now: datetime
    entries: list[Entry] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    held: list[HeldAlert] = field(default_factory=list)
    revokes_pages: bool = False
    restores_from: int | None = None
    calm: bool = False
    thread_at: datetime | None = None

    def change(self, **changes: object) -> None:
        """Replace fields of the incident."""
        self.incident = changed(self.incident, **changes)

    def enter(self, kind: EntryKind, by: Actor, **facts: str) -> None:
        """Add to the timeline, and so to the card's thread."""
        seq = self.incident.entries + 1
        self.change(entries=seq)
        self.entries.append(Entry(seq=seq, at=self.now, kind=kind, by=by, facts=facts))

    def tell(self, *effects: Effect) -> None:
        """Add to what the world must be told."""
        self.effects.extend(effects)

    def open_ticket(self) -> None:
        """Want a ticket."""
        self.tell(OpenTicket(key=f"ticket:{self.incident.id}"))

    def move_ticket(self) -> None:
        """Want the ticket, where there is to be one, to follow the incident's status."""
        if self.incident.service.ticket:
            self.tell(MoveTicket(key=f"move:{self.incident.id}"))

    def comment_ticket(self) -> None:
        """Want the newest entry to stand in the ticket as well."""
        if self.incident.service.ticket:
            seq = self.incident.entries
            self.tell(CommentTicket(key=f"comment:{self.incident.id}:{seq}", entry=seq))

    def revoke_pages(self) -> None:
        """Nobody needs to be woken any more; those who were are told so."""
        self.revokes_pages = True
        self.refresh_pages()

    def restore_pages(self, version: int) -> None:
        """What was cancelled since that version is wanted again; what was sent shows it."""
        self.restores_from = version
        self.refresh_pages()

    def refresh_pages(self) -> None:
        """Want the pages that were sent to show what is true now."""
        self.tell(RefreshPages(key=f"pages:{self.incident.id}"))

    def post_thread(self) -> None:
        """Want the card's thread to tell everything that the timeline has."""
        self.tell(PostThread(key=f"thread:{self.incident.id}", at=self.thread_at))

    def done(self, *, card: bool = True, thread: bool = True) -> Decision:
        """The decision. New entries go to the thread, and the card is refreshed unless it looks the same."""
        if card:
            self.tell(RefreshCard(key=f"card:{self.incident.id}", calm=self.calm))
        if self.entries and thread:
            self.post_thread()
        self.change(version=self.incident.version + 1)
        return Decision(
            incident=self.incident,
            entries=tuple(self.entries),
            effects=tuple(each for each in self.effects if self._may_tell(each)),
            held=tuple(self.held),
            revokes_pages=self.revokes_pages,
            restores_from=self.restores_from,
        )

    def _may_tell(self, effect: Effect) -> bool:
        """A canary is nothing to people: no card, no ticket; its page is taken by a carrier of its own."""
        told = PagePerson | RefreshPages if self.incident.trial else PagePerson
        return not self.incident.canary or isinstance(effect, told)
