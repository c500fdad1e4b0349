"""The clerk for who is on call: answers questions, and has shifts changed."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.roster import AD_HOC
from bot.domain.schedule import Shift
from bot.render.lists import my_shifts, on_call_now
from bot.render.message import Message
from bot.service import Desk
from handlers import oncall_orders as o
from handlers.answers import Answer, Asked
from handlers.identity import Caller
from handlers.words import Unclear

AHEAD = timedelta(days=7)
"""How far `/oncall me` looks."""


class OnCallClerk:
    """Stands between people and the schedules."""

    def __init__(self, *, desk: Desk, clock: Clock) -> None:
        self.desk, self.clock = desk, clock

    async def carry_out(self, order: o.OnCallOrder, asked: Asked) -> Answer:
        """Do it. Raises Refused."""
        match order:
            case o.WhoIsOnCall():
                return Answer(message=self._who(order, asked.caller))
            case o.MyShifts():
                return Answer(message=self._mine(asked.caller))

    def _who(self, order: o.WhoIsOnCall, caller: Caller) -> Message:
        roster, at = self.desk.configuration.roster, order.at or self.clock.now()
        wanted = (order.schedule or "").casefold()
        found = [each for each in roster.schedules if not wanted or each.casefold() == wanted]
        if wanted and not found:
            known = ", ".join(sorted(roster.schedules)) or "none"
            raise Unclear(f"There is no schedule “{order.schedule}”. Schedules: {known}.")
        shifts = [
            (each, roster.schedules[each].zone, self._named(shift))
            for each in found
            for shift in roster.on_call(each, at) or (None,)
        ]
        return on_call_now(shifts, at, zone=caller.zone.key)

    def _mine(self, caller: Caller) -> Message:
        roster, now = self.desk.configuration.roster, self.clock.now()
        me = roster.by_slack(caller.user)
        shifts = [
            (each, schedule.zone, self._named(shift) or shift)
            for each, schedule in roster.schedules.items()
            for shift in self._shifts_of(me.id, each, now)
        ]
        shifts.sort(key=lambda each: each[2].since)
        return my_shifts(shifts, None if me.id.startswith(AD_HOC) else me, now)

    def _shifts_of(self, person: PersonId, schedule: ScheduleId, now: datetime) -> list[Shift]:
        roster = self.desk.configuration.roster
        begun = [shift for shift in roster.on_call(schedule, now) if shift.person == person]
        later = [
            shift
            for shift in roster.shifts(schedule, now, now + AHEAD)
            if shift.person == person and shift.since > now
        ]
        return begun + later

    def _named(self, shift: Shift | None) -> Shift | None:
        if shift is None:
            return None
        person = self.desk.configuration.roster.person(shift.person)
        return replace(shift, person=PersonId(person.name)) if person else shift
