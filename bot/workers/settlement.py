"""Settlement: deliveries that end at about the same moment are recorded in one transaction."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from bot.clock import Clock
from bot.domain.commands import Answer
from bot.domain.decide import decide
from bot.domain.effects import Lane
from bot.domain.ids import IncidentId
from bot.failpoints import Point, hit
from bot.ports import Claim, Receipt, Store, Tx

MOST = 100
"""So many are recorded together; the first of them waits for the last."""


@dataclass(kw_only=True, slots=True, eq=False)
class Sent:
    """A delivery that was accepted, of one effect or of several that shared a message.

    `written` is None until that is recorded, and False when one of them was fenced off.
    """

    claims: Sequence[Claim]
    receipt: Receipt
    written: bool | None = None


class Settlement:
    """Records what one lane's providers accepted.

    Whoever comes while a transaction is under way shares the next one. When a transaction fails, each of
    its deliveries is tried by itself, so that a poisoned one takes nobody with it.
    """

    def __init__(self, lane: Lane, store: Store, clock: Clock, changed: Callable[[], None]) -> None:
        self._lane = lane
        self._store = store
        self._clock = clock
        self._changed = changed
        self._waiting: list[Sent] = []
        self._turn = asyncio.Lock()

    async def record(self, claims: Sequence[Claim], receipt: Receipt) -> bool:
        """Return when all of them are recorded, together; False when one was fenced off."""
        mine = Sent(claims=claims, receipt=receipt)
        self._waiting.append(mine)
        async with self._turn:
            while mine in self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._together(batch)
        if mine.written is None:
            await self._write([mine])
        return bool(mine.written)

    async def _together(self, batch: Sequence[Sent]) -> None:
        """Those that could not be recorded together stay unwritten."""
        try:
            await self._write(batch)
        except Exception:
            if len(batch) == 1:
                raise

    async def _write(self, batch: Sequence[Sent]) -> None:
        written = await self._store.write(lambda tx: self._recorded(tx, batch), page=self._lane is Lane.PAGE)
        for sent, each in zip(batch, written, strict=True):
            hit(Point.AFTER_RECORD_COMMIT, self._lane)
            sent.written = each
        self._changed()

    def _recorded(self, tx: Tx, batch: Sequence[Sent]) -> list[bool]:
        now = self._clock.now()
        pairs = current(tx, [(claim, sent.receipt) for sent in batch for claim in sent.claims])
        written = tx.record_all_sent(pairs, now)
        answers = [
            (claim, receipt.answer)
            for (claim, receipt), each in zip(pairs, written, strict=True)
            if each and receipt.answer is not None
        ]
        follow(tx, answers, now)
        for _ in batch:
            hit(Point.BEFORE_RECORD_COMMIT, self._lane)
        found = iter(written)
        return [all(list(islice(found, len(sent.claims)))) for sent in batch]


def current(tx: Tx, pairs: Sequence[tuple[Claim, Receipt]]) -> list[tuple[Claim, Receipt]]:
    """The same receipts; what shows an incident as it was before it changed is outdated.

    Two wishes of different incidents may edit one message at the same time, and the older edit may come last.
    Whoever looks after their edit sees that the other incident has changed, or changes only later.
    """
    others = sorted({incident for _, receipt in pairs for incident in receipt.shown})
    if not others:
        return list(pairs)
    now = {key: incident.version for key, incident in tx.incidents(others).items()}
    return [
        (claim, replace(receipt, outdated=True) if _behind(receipt, now) else receipt)
        for claim, receipt in pairs
    ]


def _behind(receipt: Receipt, now: Mapping[IncidentId, int]) -> bool:
    return any(now.get(incident, version) > version for incident, version in receipt.shown.items())


def follow(tx: Tx, answers: Sequence[tuple[Claim, Answer]], now: datetime) -> None:
    """Let incidents learn what came of their effects; one may learn several things."""
    decisions = []
    incidents = tx.deciding([claim.incident for claim, _ in answers if claim.incident is not None])
    for claim, answer in answers:
        if claim.incident not in incidents:
            continue
        decision = decide(incidents[claim.incident], answer, now)
        incidents[claim.incident] = decision.incident
        decisions.append(decision)
    tx.save([decision for decision in decisions if decision.changed], now)
