"""Tocsin's own engine: climber, dispatchers and store, as `tocsin run` has them."""

import asyncio

from bench.armed import arm
from bench.databases import KINDS
from bench.engine import engine
from bench.rivals.rival import Page, Rival
from bot.runtime import collect_seldom
from bot.store.schema import migrate


def prepare(url: str) -> None:
    """The schema."""
    migrate(url)


async def work(url: str, page: Page) -> None:
    """Climb, claim, carry, record; looking for cycles as seldom as `tocsin run` does."""
    collect_seldom()
    async with engine(url, page) as it, it.working():
        await asyncio.Event().wait()


RIVAL = Rival(title="Tocsin", kinds=KINDS, prepare=prepare, arm=arm, work=work, patience=45.0)
