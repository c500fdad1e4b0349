"""The use cases: what listeners ask for, each one transaction, and the questions that they may ask."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.domain.alert import Alert
from bot.domain.authority import check
from bot.domain.commands import Confirm, Declare, DeniedAgain, PagePeople, Resolve, Wish
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.decision import Draft
from bot.domain.doubt import TELLER
from bot.domain.effects import PublishHome
from bot.domain.flood import Flood, by_hand_key, one_more_by_hand
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.informed import informed
from bot.domain.intake import declared
from bot.domain.outlook import Outlook, Outlooks, in_charge
from bot.domain.people import Actor, ActorKind
from bot.domain.refused import Refused
from bot.domain.timeline import Entry
from bot.duty import Duty
from bot.failpoints import Point, hit
from bot.heard import Heard
from bot.ids import new_id
from bot.intake import Ingested, Intake, in_turn
from bot.ports import Store, Tx
from bot.ports.trail import PER_PAGE, AlertPage
from bot.references import (
    Ambiguous,
    ById,
    ByMessage,
    ByNumber,
    ByTicket,
    OnlyMine,
    Reference,
    find,
)
from bot.silencing import Silencing
from bot.teaching import Teaching

__all__ = [
    "Ambiguous",
    "ById",
    "ByMessage",
    "ByNumber",
    "ByTicket",
    "Desk",
    "Handled",
    "Ingested",
    "OnlyMine",
    "Reference",
    "confirm_all",
    "find",
]

T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Handled:
    """What came of a wish, and who is paged next.

    `repeated`: this very request had been handled before; nothing was done again.
    """

    before: Incident
    after: Incident
    ahead: Outlook | None = None
    repeated: bool = False


class Desk:
    """Where everything that is asked of Tocsin arrives.

    Every method that changes something takes `request`, a key that is the same when the same request
    comes again; the second time nothing is done.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self.clock = clock
        self._configuration = configuration
        self._changed = changed
        self._outlooks = Outlooks()
        self.duty = Duty(store, clock, configuration, changed)
        self.teaching = Teaching(store, clock, configuration)
        self.heard = Heard(store, clock)
        self.silencing = Silencing(store, clock, configuration, changed)
        self.intake = Intake(store, clock, configuration, changed)

    @property
    def configuration(self) -> Configuration:
        """The configuration in force."""
        return self._configuration()

    async def declare(self, request: str, command: Declare, page: PagePeople | None = None) -> Handled:
        """Open an incident by hand; with `page`, people are paged for it in the same transaction."""

        def work(tx: Tx) -> Handled:
            now, configuration = self.clock.now(), self._configuration()
            check(command.by, command, configuration.authority, configuration.roster)
            if not tx.first_time(request, now):
                raise Refused("This incident was declared already; the same form or command came twice.")
            incident = IncidentId(new_id(now))
            _not_too_many(tx, command, configuration, incident, now)
            new = Incident(
                id=incident,
                number=tx.next_number(),
                title=command.title,
                description=command.description,
                service=command.service,
                severity=command.severity,
                status=Status.TRIGGERED,
                source="declared by hand",
                opened_at=now,
                opened_by=command.by,
                links=command.links,
            )
            decision = in_turn(tx, None, declared(new, command))
            decisions = [decision, decide(decision.incident, page, now)] if page else [decision]
            tx.save(decisions, now)
            decision = decisions[-1]
            hit(Point.BEFORE_INTAKE_COMMIT)
            return Handled(before=new, after=decision.incident, ahead=self._ahead(tx, decision.incident))

        handled = await self._write(work)
        hit(Point.AFTER_INTAKE_COMMIT)
        return handled

    async def handle(self, request: str, reference: Reference, wish: Wish) -> Handled:
        """Do what a person wants of an incident. Raises Refused with a text for them."""

        def work(tx: Tx) -> Handled:
            now, configuration = self.clock.now(), self._configuration()
            incident = find(tx, reference)
            check(wish.by, wish, configuration.authority, configuration.roster)
            if not tx.first_time(request, now):
                ahead = self._ahead(tx, incident)
                return Handled(before=incident, after=incident, ahead=ahead, repeated=True)
            known = informed(wish, incident, configuration, lambda: self.duty.now(tx), now)
            decision = in_turn(tx, incident, decide(incident, known, now))
            if decision.changed:
                _no_other_is_open(tx, incident, decision.incident)
                tx.save([decision], now)
            hit(Point.BEFORE_WISH_COMMIT)
            return Handled(before=incident, after=decision.incident, ahead=self._ahead(tx, decision.incident))

        try:
            handled = await self._write(work)
        except Refused as refused:
            log.info(
                "refused",
                wish=type(wish).__name__,
                by=wish.by.id,
                standing=wish.by.standing,
                why=str(refused),
            )
            raise
        hit(Point.AFTER_WISH_COMMIT)
        return handled

    async def ingest(
        self,
        request: str,
        alerts: Sequence[Alert],
        service: str | None = None,
        *,
        edited: bool = False,
    ) -> list[Ingested]:
        """Take alerts in; see bot.intake."""
        return await self.intake.take(request, alerts, service, edited=edited)

    async def confirm_all(self, request: str, by: Actor, via: Via, *, page: bool) -> int:
        """Decide over all incidents that are in doubt; how many. Raises Refused."""

        def work(tx: Tx) -> int:
            now, configuration = self.clock.now(), self._configuration()
            check(by, Confirm(by=by, via=via, page=page), configuration.authority, configuration.roster)
            return confirm_all(tx, by, via, now, page=page) if tx.first_time(request, now) else 0

        return await self._write(work)

    async def home_opened(self, user: str) -> None:
        """Somebody looks at their Home tab: publish it, and keep it fresh for a while."""

        def work(tx: Tx) -> None:
            now = self.clock.now()
            tx.home_seen(user, now)
            tx.enqueue([PublishHome(key=f"home:{user}", user=user)], now)

        await self._write(work)

    async def report_denials(self, reference: Reference, by: Actor) -> None:
        """Tell those who work on an incident that somebody without authority tries to change it."""

        def work(tx: Tx) -> None:
            now, incident = self.clock.now(), find(tx, reference)
            tell = in_charge(incident, self.duty.now(tx), now)
            tx.save([decide(incident, DeniedAgain(by=by, tell=tell), now)], now)

        await self._write(work)

    async def redraw(self, incident: IncidentId) -> None:
        """Make the card and the pages show what is true now: somebody saw old ones."""

        def work(tx: Tx) -> None:
            found = tx.incident(incident)
            if found is not None:
                draft = Draft(incident=found, now=self.clock.now())
                draft.refresh_pages()
                tx.save([draft.done()], draft.now)

        await self._write(work)

    async def ahead(self, incident: Incident) -> Outlook | None:
        """Who is paged next."""
        return await self._store.read(lambda tx: self._ahead(tx, incident))

    def _ahead(self, tx: Tx, incident: Incident) -> Outlook | None:
        """Who is paged next. Where that cannot be told, what was asked for is done all the same."""
        if incident.due_at is None:
            return None
        roster = self.duty.now(tx)
        try:
            return self._outlooks.of(incident, roster)
        except (ArithmeticError, LookupError, TypeError, ValueError):
            log.exception("outlook_failed", incident=incident.key)
            return None

    async def find(self, reference: Reference) -> Incident:
        """The incident that is meant. Raises Refused when there is none."""
        return await self._store.read(lambda tx: find(tx, reference))

    async def open_incidents(self, limit: int = 100) -> list[Incident]:
        """Open incidents: the worst first, then the oldest."""
        return await self._store.read(lambda tx: tx.open_incidents(limit))

    async def undoable(self, by: Actor) -> IncidentId | None:
        """The incident to which somebody did last what they could take back; None for none."""

        def work(tx: Tx) -> IncidentId | None:
            resolved = tx.last_resolved()
            found = [*tx.open_incidents(), *([resolved] if resolved else [])]
            mine = [
                (each.undos[-1].at, each.id) for each in found if each.undos and each.undos[-1].by.same(by)
            ]
            return max(mine)[1] if mine else None

        return await self._store.read(work)

    async def timeline(self, reference: Reference) -> tuple[Incident, list[Entry]]:
        """An incident and what happened to it."""

        def work(tx: Tx) -> tuple[Incident, list[Entry]]:
            incident = find(tx, reference)
            return incident, tx.timeline(incident.id)

        return await self._store.read(work)

    async def alerts(self, reference: Reference, page: int) -> tuple[Incident, AlertPage]:
        """An incident and a page of its alerts, counted from 1; the last one for pages that it has not."""

        def work(tx: Tx) -> tuple[Incident, AlertPage]:
            incident = find(tx, reference)
            wanted = max(1, page)
            found, count = tx.alerts_page(incident.id, (wanted - 1) * PER_PAGE, PER_PAGE)
            pages = max(1, -(-count // PER_PAGE))
            if wanted > pages:
                wanted = pages
                found, count = tx.alerts_page(incident.id, (wanted - 1) * PER_PAGE, PER_PAGE)
            return incident, AlertPage(alerts=tuple(found), number=wanted, pages=pages, count=count)

        return await self._store.read(work)

    async def ask(self, work: Callable[[Tx], T]) -> T:
        """A question of several parts, on one consistent view."""
        return await self._store.read(work)

    async def _write(self, work: Callable[[Tx], T]) -> T:
        result = await self._store.write(work)
        self._changed()
        return result


def confirm_all(tx: Tx, by: Actor, via: Via, now: datetime, *, page: bool) -> int:
    """Confirm every incident that is in doubt, and resolve the one that asked for it; how many."""
    count = 0
    while doubted := tx.unconfirmed():
        count += len(doubted)
        tx.save([decide(incident, Confirm(by=by, via=via, page=page), now) for incident in doubted], now)
    teller = tx.open_for(TELLER)
    if teller is not None:
        words = "paging goes on" if page else "nobody is paged"
        summary = f"{count} incidents that were in doubt count as open; {words} for them."
        tx.save([decide(teller, Resolve(by=by, via=via, summary=summary), now)], now)
    return count


def _not_too_many(
    tx: Tx, command: Declare, configuration: Configuration, incident: IncidentId, now: datetime
) -> None:
    """Raise Refused when this person opened too many by hand lately; otherwise this one counts."""
    limit = configuration.authority.declares
    if limit is None or command.by.kind is not ActorKind.PERSON:
        return
    key = by_hand_key(command.by, command.severity)
    known = tx.floods([key]).get(key) or Flood(key=key, since=now, last_at=now)
    tx.save_floods([one_more_by_hand(known, limit, incident, now)])


def _no_other_is_open(tx: Tx, before: Incident, after: Incident) -> None:
    if before.open or not after.open or after.dedup_key is None:
        return
    other = tx.open_for(after.dedup_key)
    if other is not None and other.id != after.id:
        raise Refused(f"Couldn't reopen {after.key}: {other.key} is open for the same alert. Use that one.")
