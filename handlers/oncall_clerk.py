"""The clerk for who is on call: answers questions, and has shifts changed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.duty import AnswerSwap as Answered
from bot.domain.duty import OfferSwap, SetOverride, Swap, SwapId, Turn, Withdraw
from bot.domain.duty_authority import check_duty
from bot.domain.ids import OverrideId, PersonId, ScheduleId
from bot.domain.override import OverrideKind
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.rewrite import ChangesNothing, LeavesNobody
from bot.domain.roster import Roster
from bot.metrics import Metrics
from bot.render import oncall as render
from bot.render import oncall_forms as forms
from bot.render.message import Block, Message
from bot.render.seal import Seal
from bot.service import Desk
from handlers import oncall_orders as o
from handlers.answers import Answer, Asked
from handlers.calendar_clerk import CalendarClerk
from handlers.foreseeing import Foreseeing
from handlers.identity import Caller, Denials
from handlers.oncall_views import OnCallViews
from handlers.words import Unclear

TURNS_AHEAD = timedelta(days=60)
"""Which shifts can be chosen for a swap."""


class OnCallClerk:
    """Stands between people and the schedules."""

    def __init__(self, *, desk: Desk, clock: Clock, seal: Seal, metrics: Metrics, denials: Denials) -> None:
        self.desk, self.clock, self.seal = desk, clock, seal
        self.views = OnCallViews(desk=desk, clock=clock, seal=seal)
        self.foreseeing = Foreseeing(desk=desk, seal=seal)
        self._metrics, self._denials = metrics, denials
        self.calendars: CalendarClerk | None = None

    async def carry_out(self, order: o.OnCallOrder, asked: Asked) -> Answer:
        """Do it. Raises Refused."""
        match order:
            case o.WhoIsOnCall():
                return Answer(message=await self.views.who(order, asked.caller))
            case o.MyShifts():
                return Answer(message=await self.views.mine(asked.caller))
            case o.ListOverrides(schedule=name):
                return Answer(message=await self.views.decided(name))
            case o.OverrideForm():
                return Answer(form=await self._override_form(order, asked))
            case o.SwapForm():
                return Answer(form=await self._swap_form(order, asked))
            case o.OverrideNow():
                return await self._override(order, asked)
            case o.TakeShift():
                return await self._take(order, asked)
            case o.CancelOverride():
                return await self._cancel(order, asked)
            case o.PageMyself():
                return Answer(message=await self.test(asked.caller, asked.request))
            case o.ShowSchedule() | o.GiveCalendar() | o.ShowFairness():
                if self.calendars is None:
                    raise Unclear("I can't show calendars here.")
                return await self.calendars.carry_out(order, asked)
            case o.Simulate():
                return Answer(message=await self.foreseeing.told(order))
            case o.PageNow():
                raise Unclear("Name somebody to page: `page @bob the queue is stuck`.")

    async def override(self, wish: SetOverride, request: str) -> Message:
        """Have an override made, and say what came of it. Raises Refused."""
        try:
            done = await self.desk.duty.override(request, wish)
        except Refused as refused:
            self._refused(wish.by, "override", refused)
            raise
        self._count("override", "repeated" if done.repeated else "granted")
        return render.changed(done.change)

    async def withdraw(self, override: str, by: Actor, request: str, *, leaving_nobody: bool) -> Message:
        """Have an override withdrawn, and say what came of it. Raises Refused."""
        wish = Withdraw(by=by, override=OverrideId(override), leaving_nobody=leaving_nobody)
        try:
            done = await self.desk.duty.withdraw(request, wish)
        except LeavesNobody as refused:
            return render.leaves_nobody(refused.change, self.seal, withdraw=override)
        except Refused as refused:
            self._refused(by, "withdraw", refused)
            raise
        self._count("withdraw", "repeated" if done.repeated else "granted")
        return render.changed(done.change)

    async def offer(self, wish: OfferSwap, request: str) -> Message:
        """Have a swap offered, and say what came of it. Raises Refused."""
        try:
            done = await self.desk.duty.offer(request, wish)
        except Refused as refused:
            self._refused(wish.by, "swap", refused)
            raise
        self._count("swap", "repeated" if done.repeated else "granted")
        if done.change is not None:
            return render.changed(done.change)
        return self._offered(done.swap)

    async def answer(self, swap: str, by: Actor, request: str, *, agree: bool) -> Message:
        """Answer an offer, and say what came of it. Raises Refused."""
        try:
            wish = Answered(by=by, swap=SwapId(swap), agree=agree)
            done = await self.desk.duty.answer(request, wish)
        except Refused as refused:
            self._refused(by, "answer", refused)
            raise
        self._count("answer", "repeated" if done.repeated else "granted")
        return render.changed(done.change)

    async def test(self, caller: Caller, request: str) -> Message:
        """Page the caller by each method. Raises Refused."""
        person = await self.desk.duty.try_out(request, caller.actor)
        self._count("test", "granted")
        return render.tried_out(person)

    async def turns_form(self, pair: forms.Pair) -> Block:
        """The second step of a swap. Raises Refused when one of them has no shift to give."""
        roster, now = await self.desk.duty.roster(), self.clock.now()
        choice = self.views.choice(roster, pair.schedule)
        names = [
            person.name if (person := roster.person(each)) else each for each in (pair.mine, pair.theirs)
        ]
        turns = [_turns(roster, pair.schedule, each, now) for each in (pair.mine, pair.theirs)]
        for name, found in zip(names, turns, strict=True):
            if not found:
                raise Refused(f"{name} has no shift of {choice.title} within the next 60 days.")
        return forms.turns_form(pair, choice, (names[0], names[1]), turns[0], turns[1], now)

    def _offered(self, swap: Swap) -> Message:
        roster = self.desk.duty.known
        other = roster.person(swap.theirs.person)
        schedule = roster.schedules.get(swap.schedule)
        zone = schedule.zone if schedule else "UTC"
        return render.offered(swap, other.name if other else swap.theirs.person, zone)

    async def override_form(self, by: Actor) -> Block:
        """The form, empty. Raises Refused when there is no schedule that they may change."""
        roster = await self.desk.duty.roster()
        choices = self.views.choices(roster)
        allowed = self._allowed(by, roster, OverrideKind.REPLACE, [each.id for each in choices], None)
        return forms.override_form([each for each in choices if each.id in allowed], self.clock.now())

    async def _override_form(self, order: o.OverrideForm, asked: Asked) -> Block:
        _needs_form(asked, "override primary @bob tomorrow 09:00 to 17:00")
        roster = await self.desk.duty.roster()
        choices = self.views.choices(roster)
        schedule = self.views.named(roster, order.schedule) if order.schedule else None
        person = self._person(order.whom, asked, roster) if order.whom else None
        kind = order.kind if person else OverrideKind.REPLACE
        wanted = [schedule] if schedule else [each.id for each in choices]
        allowed = self._allowed(asked.caller.actor, roster, kind, wanted, person)
        found = roster.person(person) if person else None
        return forms.override_form(
            [each for each in choices if each.id in allowed],
            self.clock.now(),
            schedule=schedule,
            user=found.slack_user if found else None,
            kind=order.kind,
        )

    def _allowed(
        self,
        by: Actor,
        roster: Roster,
        kind: OverrideKind,
        schedules: Sequence[ScheduleId],
        person: PersonId | None,
    ) -> list[ScheduleId]:
        """The schedules in which they may do that; without a person: take shifts themselves at least.

        Raises Refused when there is none, so that nobody fills in a form in vain.
        """
        now, authority = self.clock.now(), self.desk.configuration.authority
        whom, allowed = person or roster.by_slack(by.slack_user or "").id, list[ScheduleId]()
        for schedule in schedules:
            wish = SetOverride(by=by, schedule=schedule, kind=kind, person=whom, since=now, until=now)
            try:
                check_duty(wish, authority, roster)
            except Refused as refused:
                if schedule == schedules[-1] and not allowed:
                    self._refused(by, "override", refused)
                    raise
            else:
                allowed.append(schedule)
        return allowed

    async def _swap_form(self, order: o.SwapForm, asked: Asked) -> Block:
        _needs_form(asked, None)
        roster = self.desk.configuration.roster
        choices = self.views.choices(roster)
        only = choices[0].id if len(choices) == 1 else None
        schedule = self.views.named(roster, order.schedule) if order.schedule else only
        if schedule is None or order.other is None:
            user = self._user(order.other, asked, roster) if order.other else None
            return forms.swap_form(choices, schedule=schedule, user=user)
        mine, theirs = (self._person(each, asked, roster) for each in (order.first, order.other))
        return await self.turns_form(forms.Pair(schedule=schedule, mine=mine, theirs=theirs))

    async def _override(self, order: o.OverrideNow, asked: Asked) -> Answer:
        roster = self.desk.configuration.roster
        wish = SetOverride(
            by=asked.caller.actor,
            schedule=self.views.named(roster, order.schedule),
            kind=order.kind,
            person=self._person(order.whom, asked, roster),
            since=order.span.since,
            until=order.span.until,
            reason=order.reason,
            leaving_nobody=order.leaving_nobody,
        )
        return await self._made(wish, asked)

    async def _take(self, order: o.TakeShift, asked: Asked) -> Answer:
        roster, now = await self.desk.duty.roster(), self.clock.now()
        schedule = self.views.named(roster, order.schedule)
        if order.span is not None:
            since, until = order.span.since, order.span.until
        else:
            since, until = now, _present_end(roster, schedule, now)
        wish = SetOverride(
            by=asked.caller.actor,
            schedule=schedule,
            kind=OverrideKind.REPLACE,
            person=self._person(order.whom, asked, roster),
            since=since,
            until=until,
            reason=order.reason,
        )
        return await self._made(wish, asked)

    async def _made(self, wish: SetOverride, asked: Asked) -> Answer:
        try:
            return Answer(message=await self.override(wish, asked.request))
        except LeavesNobody as refused:
            return Answer(message=render.leaves_nobody(refused.change, self.seal, typed=asked.typed))

    async def _cancel(self, order: o.CancelOverride, asked: Asked) -> Answer:
        decided = await self.desk.duty.decided()
        found = [each for each in decided.overrides if each.id.endswith(order.mark)]
        if len(found) != 1:
            many = f"{len(found)} overrides end" if found else "No override ends"
            raise Unclear(f"{many} with `#{order.mark}`. `list` shows those that there are.")
        by, nobody = asked.caller.actor, order.leaving_nobody
        return Answer(message=await self.withdraw(found[0].id, by, asked.request, leaving_nobody=nobody))

    def _person(self, whom: o.Whom, asked: Asked, roster: Roster) -> PersonId:
        """An id of Slack's, or a key of tocsin.yaml; never a name that somebody gave themselves."""
        match whom:
            case o.Myself():
                return roster.by_slack(asked.caller.user).id
            case o.User(id=user):
                return roster.by_slack(user).id
            case o.Named(name=name):
                for person in roster.people:
                    if person.casefold() == name.casefold():
                        return person
                raise Unclear(f"There is no “{name}” in tocsin.yaml. Mention the person: `@…`.")

    def _user(self, whom: o.Whom, asked: Asked, roster: Roster) -> str | None:
        person = roster.person(self._person(whom, asked, roster))
        return person.slack_user if person else None

    def _refused(self, by: Actor, what: str, refused: Refused) -> None:
        no_right = not isinstance(refused, LeavesNobody | ChangesNothing)
        self._count(what, "denied" if no_right else "refused")
        if no_right:
            self._denials.note(by)

    def _count(self, what: str, outcome: str) -> None:
        self._metrics.wishes.labels(what, outcome).inc()


def _needs_form(asked: Asked, example: str | None) -> None:
    if not asked.forms:
        how = f"Say it in words: `{example}`." if example else "Use the command `/oncall swap`."
        raise Unclear(f"Forms can't be opened from here. {how}")


def _present_end(roster: Roster, schedule: ScheduleId, now: datetime) -> datetime:
    found = roster.on_call(schedule, now)
    if not found:
        raise Unclear(
            f"NOBODY is on call for {schedule} now: say for how long, as in `take {schedule} for 2h`."
        )
    return min(shift.until for shift in found)


def _turns(roster: Roster, schedule: ScheduleId, person: PersonId, now: datetime) -> Sequence[Turn]:
    """The next shifts of somebody, of the present one what is left."""
    return [
        Turn(person=person, since=max(shift.since, now), until=shift.until)
        for shift in roster.shifts_of(person, schedule, now, now + TURNS_AHEAD)
    ]
