"""The clerk for calendars: shows schedules, gives links, and tells who had how much of the burden."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.domain.fairness import Told, shares
from bot.domain.ids import ScheduleId
from bot.domain.link import LinkKind
from bot.domain.refused import Refused
from bot.domain.roster import AD_HOC, Roster
from bot.render import calendars as render
from bot.render.timetable import timetable
from bot.service import Desk
from bot.subscriptions import Subscriptions
from handlers import oncall_orders as o
from handlers.answers import Answer, Asked
from handlers.oncall_views import OnCallViews


@dataclass(frozen=True, kw_only=True)
class CalendarClerk:
    """Answers orders about calendars. Raises Refused."""

    desk: Desk
    clock: Clock
    views: OnCallViews
    subscriptions: Subscriptions

    async def carry_out(self, order: o.CalendarOrder, asked: Asked) -> Answer:
        """Do it."""
        roster = await self.desk.duty.roster()
        match order:
            case o.ShowSchedule(schedule=name, weeks=weeks):
                table = timetable(roster, self.views.named(roster, name), self.clock.now(), weeks)
                return Answer(message=render.table_shown(table, picture=True), picture=table)
            case o.GiveCalendar():
                return await self._calendar(roster, order, asked)
            case o.ShowFairness():
                return await self._fairness(roster, order)

    async def _calendar(self, roster: Roster, order: o.GiveCalendar, asked: Asked) -> Answer:
        kind, subject, title = self._subject(roster, order, asked)
        by = asked.caller.actor
        if order.revoke:
            count = await self.subscriptions.revoke(by, kind, subject, everybodys=order.everybodys)
            return Answer(message=render.links_revoked(title, count))
        given = await self.subscriptions.give(by, kind, subject)
        return Answer(message=render.link_given(title, given.calendar, given.page))

    def _subject(self, roster: Roster, order: o.GiveCalendar, asked: Asked) -> tuple[LinkKind, str, str]:
        if not order.mine:
            schedule = self.views.named(roster, order.schedule)
            return LinkKind.SCHEDULE, schedule, roster.schedules[schedule].name or schedule
        me = roster.by_slack(asked.caller.user)
        if me.id.startswith(AD_HOC):
            raise Refused("You are not listed in tocsin.yaml, so you have no shifts of your own.")
        return LinkKind.PERSON, me.id, "your shifts"

    async def _fairness(self, roster: Roster, order: o.ShowFairness) -> Answer:
        schedule: ScheduleId | None = None
        title = "all schedules"
        if order.schedule is not None or len(roster.schedules) == 1:
            schedule = self.views.named(roster, order.schedule)
            title = roster.schedules[schedule].name or schedule
        now = self.clock.now()
        paged = await self.desk.ask(lambda tx: tx.paged(now - order.span))
        told = [Told(incident=each.incident, name=each.name, at=each.at) for each in paged]
        found = shares(roster, schedule, now - order.span, now, told)
        return Answer(message=render.fairness_shown(title, order.span, found))
