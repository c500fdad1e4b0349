"""Survival: what must go on although one of its steps failed for a reason that nobody foresaw."""

from collections.abc import Awaitable
from typing import TypeVar

import structlog

from bot.errors import StoreUnavailable

T = TypeVar("T")
log = structlog.get_logger(__name__)


async def survive(what: str, step: Awaitable[T]) -> T | None:
    """Do the step. An unforeseen failure is logged with its traceback, and answered with None."""
    try:
        return await step
    except StoreUnavailable as error:  # foreseen: whoever must know is told by an alarm
        log.warning("database_unavailable", step=what, why=str(error))
        return None
    except Exception:
        log.exception("step_failed", step=what)
        return None
