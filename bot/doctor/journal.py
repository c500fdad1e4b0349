"""The check of the journal of schedules."""

from collections.abc import Sequence

from bot.doctor.case import Case
from bot.doctor.line import Line, bad, ok


async def journal(case: Case) -> Sequence[Line]:
    """Whether every row is as it was written; nothing to tell before the first."""
    if case.store is None:
        return []
    broken = await case.store.read(lambda tx: tx.broken_journal())
    if broken is not None:
        says = f"row {broken} is not as it was written, or missing"
        return [bad("journal", says, "Somebody changed who changed schedules: ask who has the database.")]
    known = await case.store.read(lambda tx: bool(tx.journal(limit=1)))
    return [ok("journal", "every change of a schedule is as it was written")] if known else []
