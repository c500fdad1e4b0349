"""Checks of the calendars of elsewhere that schedules have as layers."""

from collections.abc import Sequence
from datetime import timedelta

from bot.doctor.case import Case
from bot.doctor.line import Line, bad, ok, warn
from bot.doctor.words import ago
from bot.domain.feed import of_schedules
from bot.workers.feeds import place_name, trouble_of

OLD = timedelta(hours=1)


async def feeds(case: Case) -> Sequence[Line]:
    """Whether each was read lately, and everybody in it is known."""
    if case.configuration is None or case.store is None:
        return []
    wanted = of_schedules(case.configuration.roster.schedules)
    if not wanted:
        return []
    known = await case.store.read(lambda tx: tx.feeds(list(wanted)))
    now, lines = case.clock.now(), list[Line]()
    for key, layers in wanted.items():
        name, state = f"calendar {place_name(layers[0][1].place)}", known.get(key)
        if state is None or state.read_at is None:
            says = (trouble_of(state) if state else None) or "it was never read"
            lines.append(bad(name, says, "Nobody is on call by it: `tocsin check --online` tries it."))
        elif (trouble := trouble_of(state)) is not None:
            lines.append(warn(name, trouble, "`tocsin check --online` tries it."))
        elif now - state.tried_at > OLD:
            remedy = "The bot reads it every five minutes; does it run?"
            lines.append(warn(name, f"it was read {ago(now - state.tried_at)} ago", remedy))
        else:
            lines.append(ok(name, f"{len(state.spans or ())} shifts, read {ago(now - state.read_at)} ago"))
    return lines
