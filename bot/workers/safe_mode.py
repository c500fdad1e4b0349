"""Safe mode: the database may have lost what happened last, so Slack or a person is asked first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock
from bot.domain.alert import Severity
from bot.domain.commands import Confirm, Declare, Doubt, Escalate
from bot.domain.configuration import Configuration
from bot.domain.decision import Decision, Draft
from bot.domain.doubt import TELLER, would_page
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status, Via
from bot.domain.intake import declared
from bot.domain.people import SYSTEM
from bot.domain.service import Service
from bot.domain.timeline import EntryKind
from bot.errors import DeliveryError
from bot.ids import new_id
from bot.ports import SAFE_MODE, Alarms, Mark, SafeModePhase, Setback, Store, Tx
from bot.workers.recall import BATCH, Recall, Recollection, decide_all, unconfirmed

log = structlog.get_logger(__name__)

ALARM = "safe_mode"

CROWD = 5
"""So many old incidents page by themselves; a person decides over more."""

PATIENCE = 120.0
"""Seconds for which the providers are asked again when they do not answer."""

BEFORE = timedelta(minutes=5)
"""How long before the gap it is looked for cards that the database does not know."""

SPARE = 20
"""Numbers of incidents that are left out, for those that were given since the mark was made."""

TITLE = "Tocsin's database has lost what happened last"
EXPLANATION = (
    "Incidents that were open before page nobody until Slack's cards, or a person, tell how they stand. New "
    "alerts page as always. With the buttons you decide over all that are left; each can be acknowledged or "
    "resolved by itself as well."
)


class SafeMode:
    """From a start with an old database until each of its open incidents is confirmed by Slack or people.

    Alerts that arrive meanwhile page as always. What is needed to go on stands in the database, so that
    any process can go on with it.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
        *,
        recall: Recall | None,
        alarms: Alarms,
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._changed = changed
        self._recall = recall
        self._alarms = alarms
        self._asking_since: float | None = None
        self._mark: Mark | None = None

    @property
    def words(self) -> str | None:
        """What people are to know of it; None when the database is believed."""
        return f"Safe mode: {self._mark.text}" if self._mark else None

    async def enter(self, setback: Setback | None) -> None:
        """When something is missing, doubt what is open and page a person.

        At the start that is before anything is fired; it may be noticed later, too.
        """
        if setback is not None:
            await self._store.write(lambda tx: self._note_setback(tx, setback))
        self._mark = await self._store.read(lambda tx: tx.mark(SAFE_MODE))
        if self._mark is None:
            return
        log.error("safe_mode", why=self._mark.text)
        if self._mark.value == SafeModePhase.ENTERED:
            await self._go_in()
        self._alarm()
        self._changed()

    async def step(self) -> None:
        """Every few seconds: ask the providers, let what is settled go, and end when nothing is left.

        Whoever entered may have died before it told anybody: then this process goes on with that.
        """
        self._mark = mark = await self._store.read(lambda tx: tx.mark(SAFE_MODE))
        if mark is None:
            self._alarms.cleared(ALARM)
        elif mark.value == SafeModePhase.ENTERED:
            log.error("safe_mode", why=mark.text)
            await self._go_in()
            self._alarm()
            self._changed()
        elif mark.value == SafeModePhase.ASKING:
            recollection = await self._ask(mark)
            if recollection is not None:
                self._mark = await self._store.write(lambda tx: self._settle(tx, mark, recollection))
                self._changed()
        elif mark.value == SafeModePhase.WAITING:
            self._mark = await self._store.write(self._ended_or_not)
            if self._mark is None:
                self._alarms.cleared(ALARM)
                self._changed()

    # entering

    def _note_setback(self, tx: Tx, setback: Setback) -> None:
        now = self._clock.now()
        tx.advance(setback.missing, now)
        if setback.newest:
            tx.skip_numbers(setback.newest + SPARE)
        known = tx.mark(SAFE_MODE)
        text = _missing(setback, tx.newest_number())
        if known is not None and known.value == SafeModePhase.ENTERED:
            text = f"{known.text}; {text}"  # it was restored, and says so itself
        times = [at for at in (setback.since, known.at if known else None) if at is not None]
        at = min(times, default=now)  # another process may have marked the old database already
        tx.set_mark(Mark(name=SAFE_MODE, value=SafeModePhase.ENTERED, at=at, text=text))

    async def _go_in(self) -> None:
        self._asking_since = None
        await self._doubt_all()
        self._mark = await self._store.write(self._tell)

    async def _doubt_all(self) -> None:
        await self._store.write(self._doubt_deliveries)
        last: IncidentId | None = None
        while batch := await self._store.write(partial(self._doubt, after=last)):
            last = batch[-1].id

    def _doubt_deliveries(self, tx: Tx) -> None:
        if _entered(tx):
            tx.doubt_deliveries(self._clock.now())

    def _doubt(self, tx: Tx, after: IncidentId | None) -> list[Incident]:
        """The next batch; none when another process went on meanwhile, which may have confirmed some."""
        if not _entered(tx):
            return []
        incidents = tx.open_after(after, BATCH)
        decide_all(tx, incidents, Doubt(), self._clock.now())
        return incidents

    def _tell(self, tx: Tx) -> Mark | None:
        """Have one incident page a person, and begin to ask."""
        mark, now = tx.mark(SAFE_MODE), self._clock.now()
        if mark is None or mark.value != SafeModePhase.ENTERED:
            return mark  # another process was faster
        teller = tx.open_for(TELLER)
        if teller is not None:
            decide_all(tx, [teller], Escalate(by=SYSTEM, via=Via.CLOCK), now)
        else:
            tx.save([self._opened(tx, mark, now)], now)
        return _moved(tx, mark, SafeModePhase.ASKING, mark.text)

    def _opened(self, tx: Tx, mark: Mark, now: datetime) -> Decision:
        configuration = self._configuration()
        service = replace(configuration.services[configuration.default_service], ticket=None)
        severity = _pageable(service)
        incident = Incident(
            id=IncidentId(new_id(now)),
            number=tx.next_number(),
            title=TITLE,
            description=f"{mark.text[:1].upper()}{mark.text[1:]}. {EXPLANATION}",
            service=service,
            severity=severity,
            status=Status.TRIGGERED,
            source="Tocsin",
            opened_at=now,
            opened_by=SYSTEM,
            dedup_key=TELLER,
        )
        wish = Declare(by=SYSTEM, title=TITLE, service=service, severity=severity, via=Via.CLOCK)
        return declared(incident, wish)

    def _alarm(self) -> None:
        if self._mark is not None:
            self._alarms.raised(
                ALARM,
                f"{self.words}. Incidents of before page nobody until Slack or a person confirms them. "
                "New alerts page as always.",
            )

    async def _ask(self, mark: Mark) -> Recollection | None:
        """None: Slack did not answer, and is to be asked again. That has an end: old incidents must go on."""
        now = self._clock.monotonic()
        if self._asking_since is None:
            self._asking_since = now
        if self._recall is None or now - self._asking_since > PATIENCE:
            return Recollection(complete=False)
        try:
            return await self._recall.ask(mark.at - BEFORE)
        except DeliveryError as error:
            log.warning("safe_mode_not_answered", reason=error.reason)
            return None

    # what is left

    def _settle(self, tx: Tx, mark: Mark, came: Recollection) -> Mark | None:
        """Few that would page do so; over more a person decides. What is quiet anyway is let go."""
        current = tx.mark(SAFE_MODE)
        if current is None or current.value != SafeModePhase.ASKING:
            return current
        now = self._clock.now()
        left = list(unconfirmed(tx))
        paging = [incident for incident in left if would_page(incident, now)]
        crowd = len(paging) > CROWD
        loud = {incident.id for incident in paging} if crowd else set()
        quiet = [incident for incident in left if incident.id not in loud]
        decide_all(tx, quiet, Confirm(by=SYSTEM, via=Via.CLOCK, page=True), now)
        text = _outcome(came, len(paging), crowd=crowd)
        log.warning("safe_mode_asked", outcome=text)
        teller = tx.open_for(TELLER)
        if teller is not None:
            draft = Draft(incident=teller, now=now)
            draft.enter(EntryKind.NOTE, SYSTEM, text=text)
            tx.save([draft.done()], now)
        return _moved(tx, mark, SafeModePhase.WAITING, f"{mark.text}. {text}")

    def _ended_or_not(self, tx: Tx) -> Mark | None:
        mark = tx.mark(SAFE_MODE)
        if mark is None or tx.unconfirmed(limit=1):
            return mark
        tx.drop_mark(SAFE_MODE)
        log.warning("safe_mode_ended")
        return None


def _entered(tx: Tx) -> bool:
    mark = tx.mark(SAFE_MODE)
    return mark is not None and mark.value == SafeModePhase.ENTERED


def _moved(tx: Tx, mark: Mark, phase: SafeModePhase, text: str) -> Mark:
    moved = replace(mark, value=phase, text=text)
    tx.set_mark(moved)
    return moved


def _pageable(service: Service) -> Severity:
    """The worst severity that pages somebody."""
    return next((each for each in Severity if service.ladder_for(each) is not None), Severity.SEV1)


def _missing(setback: Setback, newest: int) -> str:
    since = f" since {setback.since:%Y-%m-%d %H:%M:%S} UTC" if setback.since else ""
    return (
        f"{setback.missing} changes are missing{since}; the newest incident known is INC-{newest}, "
        f"and there were incidents up to INC-{setback.newest}"
    )


def _outcome(came: Recollection, paging: int, *, crowd: bool) -> str:
    """What came of asking, in words."""
    asked = "Slack was asked" if came.complete else "Slack could not be asked about all of them"
    told = (
        f"{asked}: {came.handled} incidents were handled meanwhile, {came.lost} were lost here and are back"
    )
    if not crowd:
        return f"{told}. {paging} that are still open page on"
    return f"{told}. {paging} old incidents would page at once: a person has to say whether they shall"
