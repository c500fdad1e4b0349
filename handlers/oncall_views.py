"""Questions about who is on call, and their answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.roster import AD_HOC, Roster
from bot.domain.schedule import Gap, Shift
from bot.render import oncall as render
from bot.render.lists import my_shifts, on_call_now
from bot.render.message import Message, message, section
from bot.render.oncall_forms import Choice
from bot.render.seal import Seal
from bot.service import Desk
from handlers import oncall_orders as o
from handlers.identity import Caller
from handlers.words import Unclear

AHEAD = timedelta(days=7)
"""How far `/oncall me` looks."""


class OnCallViews:
    """Answers what people ask of schedules; changes nothing."""

    def __init__(self, *, desk: Desk, clock: Clock, seal: Seal) -> None:
        self.desk, self.clock, self.seal = desk, clock, seal

    async def who(self, order: o.WhoIsOnCall, caller: Caller) -> Message:
        """Who is on call, in one schedule or in all."""
        roster, at = await self.desk.duty.roster(), order.at or self.clock.now()
        found = [self.named(roster, order.schedule)] if order.schedule else list(roster.schedules)
        shifts = [
            (each, roster.schedules[each].zone, _named(shift, roster))
            for each in found
            for shift in roster.on_call(each, at) or (None,)
        ]
        return on_call_now(shifts, at, zone=caller.zone.key)

    async def mine(self, caller: Caller) -> Message:
        """The caller's shifts, how they are reached, offers made to them, and gaps of their schedules."""
        decided, now = await self.desk.duty.decided(), self.clock.now()
        roster = decided.roster
        me = roster.by_slack(caller.user)
        shifts = [
            (each, schedule.zone, _named(shift, roster) or shift)
            for each, schedule in roster.schedules.items()
            for shift in roster.shifts_of(me.id, each, now, now + AHEAD)
        ]
        shifts.sort(key=lambda each: each[2].since)
        told = my_shifts(shifts, None if me.id.startswith(AD_HOC) else me, now)
        gaps = self._gaps(roster, me.id)
        offers = [swap for swap in decided.swaps if swap.theirs.person == me.id]
        if not gaps and not offers:
            return told
        text = f"{told.text} {len(offers)} offers of swaps wait for you, and there are {len(gaps)} gaps."
        lines = [render.gap_lines(gaps)] if gaps else []
        lines += [f"{len(offers)} offers of swaps wait for your answer: `list` shows them."] if offers else []
        return message(text, *told.blocks, section("\n".join(lines)))

    async def decided(self, name: str | None) -> Message:
        """Overrides and offers, of one schedule or of all."""
        decided = await self.desk.duty.decided()
        only = self.named(decided.roster, name) if name else None
        overrides = [each for each in decided.overrides if only in (None, each.schedule)]
        swaps = [each for each in decided.swaps if only in (None, each.schedule)]
        return render.decided_list(decided.roster, overrides, swaps, self.seal, self.clock.now())

    def named(self, roster: Roster, name: str | None) -> ScheduleId:
        """A schedule by its key or its name; without one the only one. Raises Refused."""
        known = ", ".join(sorted(roster.schedules)) or "none"
        if name is None:
            if len(roster.schedules) == 1:
                return next(iter(roster.schedules))
            raise Unclear(f"Which schedule? There are: {known}.")
        wanted = name.casefold()
        for key, schedule in roster.schedules.items():
            if wanted in (key.casefold(), schedule.name.casefold()):
                return key
        raise Unclear(f"There is no schedule “{name}”. Schedules: {known}.")

    def choices(self, roster: Roster) -> Sequence[Choice]:
        """The schedules that a form offers. Raises Refused when there is none."""
        if not roster.schedules:
            raise Unclear("No schedules are configured. An admin adds them under `schedules` in tocsin.yaml.")
        return [self.choice(roster, each) for each in roster.schedules]

    def choice(self, roster: Roster, schedule: ScheduleId) -> Choice:
        """One of them. Raises Refused when it is gone."""
        found = roster.schedules.get(schedule)
        if found is None:
            raise Unclear(f"There is no schedule “{schedule}” any more.")
        return Choice(id=schedule, title=found.name or schedule, zone=found.zone)

    def _gaps(self, roster: Roster, me: PersonId) -> list[tuple[ScheduleId, str, Gap]]:
        now = self.clock.now()
        return [
            (each, schedule.zone, gap)
            for each, schedule in roster.schedules.items()
            if me in roster.everyone(each, now)
            for gap in roster.gaps(each, now, now + AHEAD)
        ]


def _named(shift: Shift | None, roster: Roster) -> Shift | None:
    if shift is None:
        return None
    person = roster.person(shift.person)
    return replace(shift, person=PersonId(person.name)) if person else shift
