"""Bots that are broken on purpose, to see whether the witness sees it. In a process of its own only."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from bot.clock import SystemClock
from bot.delivery.slack.pages import SlackPages
from bot.ports import Job, Receipt

Carry = Callable[[SlackPages, Job], Coroutine[Any, Any, Receipt]]

EVERY = 3
"""Every so-many-th page is treated badly."""

DAWDLE = 6.0
"""Seconds for which a page is held back."""


def spoil(way: str) -> None:
    """Break the bot of this process in that way; the empty way leaves it whole."""
    if way:
        setattr(SlackPages, "carry", WAYS[way](SlackPages.carry))  # noqa: B010 - the point of it


def dropping(carry: Carry) -> Carry:
    """Says of some pages that they were sent."""
    count = itertools.count(1)

    async def drop(pages: SlackPages, job: Job) -> Receipt:
        if next(count) % EVERY == 0:
            return Receipt(provider_id="", answer=None)
        return await carry(pages, job)

    return drop


def doubling(carry: Carry) -> Carry:
    """Sends some pages twice."""
    count = itertools.count(1)

    async def double(pages: SlackPages, job: Job) -> Receipt:
        if next(count) % EVERY == 0:
            await carry(pages, job)
        return await carry(pages, job)

    return double


def disguising(carry: Carry) -> Carry:
    """Sends some pages twice, under two names."""
    count = itertools.count(1)

    async def disguise(pages: SlackPages, job: Job) -> Receipt:
        if next(count) % EVERY == 0:
            effect = replace(job.claim.effect, key=f"{job.claim.effect.key}:again")
            await carry(pages, replace(job, claim=replace(job.claim, effect=effect)))
        return await carry(pages, job)

    return disguise


def dawdling(carry: Carry) -> Carry:
    """Says of every page that it was sent, and sends it later, whatever happened meanwhile."""
    under_way: set[asyncio.Task[None]] = set()

    async def late(pages: SlackPages, job: Job) -> None:
        await SystemClock().sleep(DAWDLE)
        fresh = replace(job.claim, claimed_at=SystemClock().monotonic())  # else the guard would notice
        await carry(pages, replace(job, claim=fresh))

    async def dawdle(pages: SlackPages, job: Job) -> Receipt:
        under_way.add(asyncio.Task(late(pages, job)))
        return Receipt(provider_id="", answer=None)

    return dawdle


WAYS: Mapping[str, Callable[[Carry], Carry]] = {
    "drops": dropping,
    "doubles": doubling,
    "disguises": disguising,
    "dawdles": dawdling,
}
