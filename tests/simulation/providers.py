"""The simulated providers: they take, refuse, hang, lie and remember, each in books of its own."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.delivery.failures import Outage
from bot.errors import DeliveryError, Outcome
from bot.ports import Carrier, Job, Receipt
from tests.simulation.fates import Doom, Fate, Fates
from tests.simulation.loop import VirtualLoop
from tests.simulation.records import Accepted, Books, Journal, Kind, Missed, Page

R = TypeVar("R")

LATE_BY = (3.0, 40.0)
"""Seconds after the time-out at which a provider takes what it was given, when it does so late."""

_DELIVERING = {Fate.SLOW, Fate.SWALLOWED, Fate.DELIVERED, Fate.TAKEN_AND_RESET, Fate.LIE, Fate.FINE}
_OUTCOMES = {
    Fate.THROTTLED: (Outcome.NOT_SENT, "ratelimited"),
    Fate.PUT_OFF: (Outcome.NOT_SENT, "ratelimited"),
    Fate.LIE: (Outcome.NOT_SENT, "ratelimited"),
    Fate.FAILED: (Outcome.UNKNOWN, "http_503"),
    Fate.DELIVERED: (Outcome.UNKNOWN, "http_503"),
    Fate.RESET: (Outcome.UNKNOWN, "connection_reset"),
    Fate.TAKEN_AND_RESET: (Outcome.UNKNOWN, "connection_reset"),
    Fate.UNREACHED: (Outcome.NOT_SENT, "connection_refused"),
    Fate.REJECTED: (Outcome.REJECTED, "channel_not_found"),
    Fate.LOOK_UP_FAILED: (Outcome.UNKNOWN, "http_500"),
    Fate.LOOK_UP_REFUSED: (Outcome.REJECTED, "missing_scope"),
}
_OUTAGES = {Fate.FAILED, Fate.DELIVERED, Fate.RESET, Fate.TAKEN_AND_RESET, Fate.UNREACHED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One thing that is told. It can be looked up by its `key`; its `name` is the same in every run."""

    key: str
    name: str
    claimed_at: float
    page: Page | None = None
    about: tuple[int, str] | None = None
    """The number and the title of the incident that it tells of."""
    edit: bool = False
    """It changes what stands there: harmless twice, but never taken long after it was given up."""


class Provider:
    """Somebody outside. What it took stands in `books.accepted`, whatever it answered."""

    def __init__(
        self, name: str, loop: VirtualLoop, fates: Fates, books: Books, journal: Journal, world: Context
    ) -> None:
        self.name = name
        self._loop = loop
        self._fates = fates
        self._books = books
        self._journal = journal
        self._world = world
        self._calls: defaultdict[str, int] = defaultdict(int)
        self._asked: defaultdict[str, int] = defaultdict(int)

    async def tell(self, letter: Letter, take: Callable[[], R]) -> R:
        """One request. `take` is what the provider does when it accepts; its answer is the provider's."""
        sent_at = self._loop.time()
        number = self._calls[letter.name] = self._calls[letter.name] + 1
        doom = self._fates.call(self.name, letter.name, number, sent_at)
        if doom.fate is not Fate.FINE:
            self._suffer(letter, doom.fate)
        taken: list[R] = []
        if doom.fate in _DELIVERING:
            taken.append(self._accept(letter, take, sent_at, doom.fate))
        if doom.fate is Fate.LATE and not letter.edit:
            self._accept_late(letter, take, sent_at, number)
        await self._answer(doom)
        return taken[0]

    async def ask(self, letter: Letter, find: Callable[[], R | None]) -> R | None:
        """A look-up."""
        number = self._asked[letter.name] = self._asked[letter.name] + 1
        doom = self._fates.look_up(self.name, letter.name, number, self._loop.time())
        if doom.fate is not Fate.FINE:
            self._suffer(letter, doom.fate)
        found = find()
        await self._answer(doom)
        self._journal.note(self._loop.time(), self.name, f"asked for {letter.name}: {found is not None}")
        return None if doom.fate is Fate.BLIND else found

    def _suffer(self, letter: Letter, fate: Fate) -> None:
        self._books.faults[fate.value] += 1
        if fate in {Fate.BLIND, Fate.LIE, Fate.LATE, Fate.LOOK_UP_REFUSED}:
            self._books.excused.add(letter.key)
            self._books.excused_names.add(letter.name)
        if fate is Fate.REJECTED:
            self._books.refused.add(letter.name)

    def _accept(self, letter: Letter, take: Callable[[], R], sent_at: float, fate: Fate) -> R:
        now = self._loop.time()
        self._books.accepted.append(
            Accepted(
                at=now,
                provider=self.name,
                key=letter.key,
                sent_at=sent_at,
                claimed_at=letter.claimed_at,
                page=letter.page,
            )
        )
        if letter.about is not None:
            number, title = letter.about
            self._books.numbers[title] = max(number, self._books.numbers.get(title, 0))
            self._books.titles[number] = title
        if letter.page is not None and letter.page.kind is Kind.PAGE:
            self._books.last[letter.page.incident] = letter.page
        self._journal.note(now, self.name, f"took {letter.name} ({fate})")
        return take()

    def _accept_late(self, letter: Letter, take: Callable[[], R], sent_at: float, number: int) -> None:
        low, high = LATE_BY
        after = low + (high - low) * ((number * 7919 + len(letter.name) * 31) % 97) / 97
        self._loop.call_later(
            after, self._accept, letter, take, sent_at, Fate.LATE, context=self._world
        )  # whoever sent it may be gone by then

    async def _answer(self, doom: Doom) -> None:
        match doom.fate:
            case Fate.SWALLOWED | Fate.BLACK_HOLE | Fate.LATE:
                await self._loop.create_future()
            case Fate.FINE | Fate.SLOW | Fate.BLIND:
                await asyncio.sleep(doom.delay)  # noqa: TID251 - the time that an answer takes
            case failure:
                await asyncio.sleep(doom.delay)  # noqa: TID251 - the time that an answer takes
                outcome, reason = _OUTCOMES[failure]
                wish = timedelta(seconds=doom.retry_after) if doom.retry_after else None
                kind = Outage if failure in _OUTAGES else DeliveryError
                raise kind(outcome, reason, retry_after=wish)


class Noted:
    """A carrier whose failures are written down: what the oracles must make allowance for."""

    def __init__(
        self, carrier: Carrier, loop: VirtualLoop, books: Books, page: Callable[[Job], Page | None]
    ) -> None:
        self._carrier = carrier
        self._loop = loop
        self._books = books
        self._page = page

    async def carry(self, job: Job) -> Receipt:
        """Carry it."""
        with self._noted(job):
            return await self._carrier.carry(job)

    async def look_up(self, job: Job) -> Receipt | None:
        """Look it up."""
        with self._noted(job):
            return await self._carrier.look_up(job)

    @contextmanager
    def _noted(self, job: Job) -> Iterator[None]:
        page, since = self._page(job), self._loop.time()
        try:
            yield
        except DeliveryError as error:
            self._miss(page, since, error)
            raise
        except asyncio.CancelledError:
            if page is not None:
                self._books.missed.append(Missed(since=since, until=self._loop.time(), page=page))
            raise

    def _miss(self, page: Page | None, since: float, error: DeliveryError) -> None:
        if page is None:
            return
        wish = error.retry_after.total_seconds() if error.retry_after else 0.0
        for_good = error.outcome is Outcome.REJECTED
        self._books.missed.append(
            Missed(since=since, until=self._loop.time() + wish, page=page, for_good=for_good)
        )
