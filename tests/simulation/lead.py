"""The lead: puts people on call by hand in the midst of the night, and keeps account of it."""

import random
from datetime import timedelta

from bot.domain.duty import SetOverride, Withdraw
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.override import OverrideKind
from bot.duty import Changed
from tests.simulation.almanac import Change, Duty
from tests.simulation.clock import BEGIN
from tests.simulation.company import ADMIN, actor
from tests.simulation.people import Town
from tests.simulation.scenario import Stint

SHORTEST = 60.0


class Lead:
    """One who may change every schedule; two changes of one schedule never overtake each other."""

    def __init__(self, town: Town, duties: dict[str, Duty]) -> None:
        self._town = town
        self._duties = duties
        self._busy: set[str] = set()

    def plan(self, stint: Stint) -> None:
        """Let it happen in its time."""
        self._town.errand(stint.at, lambda: self._make(stint))

    async def _make(self, stint: Stint) -> None:
        if stint.schedule in self._busy:
            return
        self._busy.add(stint.schedule)
        try:
            change = await self._put(stint)
        finally:
            self._busy.discard(stint.schedule)
        if change is None or stint.withdrawn_after is None:
            return
        await self._town.rest(stint.withdrawn_after)
        if stint.schedule not in self._busy:
            self._busy.add(stint.schedule)
            try:
                await self._withdraw(stint, *change)
            finally:
                self._busy.discard(stint.schedule)

    async def _put(self, stint: Stint) -> tuple[Change, Changed] | None:
        asked = self._town.now
        since = asked + stint.after
        change = Change(
            person=stint.person,
            instead_of=stint.instead_of,
            besides=stint.besides,
            since=since if stint.after else 0.0,
            until=since + stint.length,
            asked=asked,
        )
        wish = SetOverride(
            by=actor(ADMIN),
            schedule=ScheduleId(stint.schedule),
            kind=OverrideKind.ADD if stint.besides else OverrideKind.REPLACE,
            person=PersonId(stint.person),
            instead_of=PersonId(stint.instead_of) if stint.instead_of else None,
            since=BEGIN + timedelta(seconds=since),
            until=BEGIN + timedelta(seconds=change.until),
        )
        self._duties[stint.schedule].changes.append(change)
        request = f"stint {stint.schedule} {stint.at}"
        answer = await self._town.insist(
            lambda _: lambda desk: desk.duty.override(request, wish), random.Random(request), request
        )
        if not isinstance(answer, Changed):
            change.undone = change.undone_by = asked
            return None
        change.told = self._town.now
        return change, answer

    async def _withdraw(self, stint: Stint, change: Change, made: Changed) -> None:
        if made.change is None or self._town.now > change.until - SHORTEST:
            return
        (override,) = made.change.overrides
        wish = Withdraw(by=actor(ADMIN), override=override)
        change.undone = self._town.now
        request = f"withdraw {stint.schedule} {stint.at}"
        answer = await self._town.insist(
            lambda _: lambda desk: desk.duty.withdraw(request, wish), random.Random(request), request
        )
        if isinstance(answer, Changed):
            change.undone_by = self._town.now
