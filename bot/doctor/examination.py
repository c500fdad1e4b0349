"""The examination: every check, each with a time limit, and none that fails keeps the others from looking."""

import asyncio

import structlog

from bot.clock import Clock
from bot.doctor.case import Case, opened
from bot.doctor.checks import CHECKS, Check
from bot.doctor.line import Line, bad
from bot.settings import Settings

log = structlog.get_logger(__name__)

LIMIT = 20.0
"""Seconds for each check; they look at the same time."""


async def examine(settings: Settings, clock: Clock, *, online: bool = True) -> list[Line]:
    """The whole report. Without `online` no provider is asked."""
    async with opened(settings, clock, online=online) as case, asyncio.TaskGroup() as group:
        tasks = [group.create_task(_checked(name, check, case)) for name, check in CHECKS]
    return [line for task in tasks for line in task.result()]


async def _checked(name: str, check: Check, case: Case) -> list[Line]:
    try:
        async with asyncio.timeout(LIMIT):
            return list(await check(case))
    except TimeoutError:
        return [
            bad(name, f"could not be looked at within {LIMIT:.0f} s", "Try again; then look at it by hand.")
        ]
    except Exception as error:
        log.exception("check_failed", check=name)
        return [bad(name, f"could not be looked at: {type(error).__name__}", "Please report it.")]
