"""The clerk: does what an order says at the desk, and answers in words or with a form."""

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from bot.clock import Clock
from bot.domain import commands as c
from bot.domain.authority import check
from bot.domain.configuration import Configuration
from bot.domain.incident import Incident
from bot.domain.ladder import ScheduleTarget
from bot.domain.outlook import Outlook
from bot.domain.people import Person
from bot.domain.refused import Refused
from bot.domain.service import Service
from bot.inquiries import explained
from bot.metrics import Metrics
from bot.render import modals, replies
from bot.render.card import card
from bot.render.entries import timeline
from bot.render.explanation import explanation
from bot.render.ladder import ladder
from bot.render.lists import incident_list, picker
from bot.render.message import Block, Message
from bot.render.seal import Seal
from bot.service import Ambiguous, ById, Desk, Handled, OnlyMine, Reference
from handlers import oncall_orders as on
from handlers import orders as o
from handlers.answers import Answer, Asked
from handlers.grammar import LONGEST_TITLE
from handlers.identity import Caller, Callers, Denials
from handlers.oncall_clerk import OnCallClerk
from handlers.silence_clerk import SilenceClerk
from handlers.silence_orders import QuietOrder
from handlers.targets import people_of
from handlers.words import Unclear, Zoned


class Clerk:
    """Stands between people and the desk."""

    def __init__(
        self,
        *,
        desk: Desk,
        clock: Clock,
        seal: Seal,
        callers: Callers,
        metrics: Metrics,
        commands: tuple[str, str] = ("/incident", "/oncall"),
    ) -> None:
        self.desk, self.clock, self.seal, self.callers = desk, clock, seal, callers
        self.commands = commands
        self._metrics = metrics
        self._denials = Denials(clock)
        self.quiet = SilenceClerk(desk=desk, seal=seal)
        self.on_call = OnCallClerk(desk=desk, clock=clock, seal=seal, metrics=metrics, denials=self._denials)

    async def carry_out(self, order: o.Order, asked: Asked) -> Answer:
        """Do it. What cannot be done is said, with what was typed, and never raised."""
        try:
            return await self._carry_out(order, asked)
        except Ambiguous as several:
            verb = verb_of(order)
            return Answer(message=picker(several.incidents, verb, self.seal, typed=asked.typed))
        except Refused as refused:
            return Answer(message=replies.error(str(refused), asked.typed))

    def refusal(self, refused: Refused) -> Message:
        """Why it was not done."""
        return replies.error(str(refused))

    async def grant(self, reference: Reference, wish: c.Wish, request: str) -> Answer:
        """Have a wish granted and say what came of it. Raises Refused."""
        try:
            handled = await self.desk.handle(request, reference, wish)
        except Refused:
            await self._refused(wish, reference)
            raise
        self._count(wish, "repeated" if handled.repeated else "granted")
        now, next_up = self.clock.now(), next_up_of(handled.ahead)
        words = replies.confirmation(wish, handled.before, handled.after, now, next_up=next_up)
        if handled.after.undos != handled.before.undos and not isinstance(wish, c.Undo):
            words = replies.undoable(words, handled.after, self.seal)
        return Answer(message=words, handled=handled)

    def zoned(self, caller: Caller) -> Zoned:
        """How the caller reads clocks."""
        return Zoned(now=self.clock.now(), zone=caller.zone, morning=self.desk.configuration.morning)

    async def declare(self, command: c.Declare, request: str, page: c.PagePeople | None = None) -> Handled:
        """Open an incident, and page people for it. Raises Refused."""
        try:
            handled = await self.desk.declare(request, command, page)
        except Refused:
            await self._refused(command, None)
            raise
        self._count(command, "granted")
        return handled

    async def card(self, incident: Incident) -> Message:
        """The card as it would be posted now."""
        ahead = await self.desk.ahead(incident)
        return card(incident, self.seal, self.clock.now(), next_up=next_up_of(ahead))

    def listing(self, order: o.ListOpen, incidents: list[Incident], caller: Caller) -> Message:
        """One page of the open incidents that are asked for."""
        chosen = [each for each in incidents if _asked_for(order, each, caller)]
        asked = (
            " ".join(word for word in (order.severity or "", "mine" if order.mine else "") if word) or "all"
        )
        return incident_list(chosen, self.seal, self.clock.now(), page=order.page, asked=asked)

    async def _carry_out(self, order: o.Order, asked: Asked) -> Answer:
        if isinstance(order, on.PageNow):
            return await self._page_now(order, asked)
        if isinstance(order, on.OnCallOrder):
            return await self.on_call.carry_out(order, asked)
        if isinstance(order, QuietOrder):
            return await self.quiet.carry_out(order, asked)
        match order:
            case o.DeclareForm():
                return self._declare_form(asked)
            case o.DeclareNow():
                return await self._declare_now(order, asked)
            case o.ListOpen():
                incidents = await self.desk.open_incidents()
                return Answer(message=self.listing(order, incidents, asked.caller))
            case o.Show(which=which):
                return Answer(message=await self.card(await self.desk.find(which)))
            case o.ShowLadder(which=which):
                incident = await self.desk.find(which)
                next_up = next_up_of(await self.desk.ahead(incident))
                return Answer(message=ladder(incident, self.seal, next_up=next_up))
            case o.Timeline(which=which):
                incident, entries = await self.desk.timeline(which)
                return Answer(message=timeline(incident, entries, self.clock.now()))
            case o.Why(which=which):
                configuration = self.desk.configuration
                told = await self.desk.ask(lambda tx: explained(tx, which, configuration))
                return Answer(message=explanation(told, self.clock.now()))
            case o.Help(about=about, topic=topic):
                incident_word, on_call_word = self.commands
                return Answer(
                    message=replies.help_text(about, topic, command=incident_word, on_call=on_call_word)
                )
            case _:
                return await self._wished(order, asked)

    async def _wished(self, order: o.Wished, asked: Asked) -> Answer:
        if form := form_for(order):
            if asked.forms:
                return Answer(form=form(await self.desk.find(order.which)))
            if not isinstance(order, o.ResolveIt):
                raise Unclear(f"That needs more words here. `help {verb_of(order)}` shows an example.")
        if isinstance(order, o.TakeBack) and isinstance(order.which, OnlyMine):
            mine = await self.desk.undoable(asked.caller.actor)
            order = replace(order, which=ById(id=mine)) if mine else order
        if isinstance(order, o.Page | o.HandOver):
            targets = order.targets if isinstance(order, o.Page) else (order.to,) if order.to else ()
            roster = await self.desk.duty.roster()
            people = await people_of(targets, roster, self.callers, self.clock.now())
            if len(people) > 1 and isinstance(order, o.Page):
                return await self._confirm_page(order, people, asked)
        else:
            people = ()
        return await self.grant(
            order.which, wish_of(order, asked, self.desk.configuration, people), asked.request
        )

    async def _page_now(self, order: on.PageNow, asked: Asked) -> Answer:
        """Page somebody, for an incident that is opened for this unless one is named."""
        if order.which is not None:
            page = o.Page(which=order.which, targets=order.targets, message=order.message)
            return await self._wished(page, asked)
        roster, configuration = await self.desk.duty.roster(), self.desk.configuration
        people = await people_of(order.targets[:1], roster, self.callers, self.clock.now())
        if len(order.targets) > 1 or (isinstance(order.targets[0], on.Group) and len(people) > 1):
            raise Unclear("Name one person or one schedule; several are paged with `page` of an incident.")
        by, names = asked.caller.actor, ", ".join(person.name for person in people)
        command = c.Declare(
            by=by,
            title=(" ".join(order.message.split()) or f"{by.name} asks for {names}")[:LONGEST_TITLE],
            service=service_of(order.targets[0], configuration),
            severity=configuration.unknown_severity,
            via=asked.via,
            page=False,
        )
        wish = c.PagePeople(by=by, via=asked.via, people=people, message=order.message)
        handled = await self.declare(command, asked.request, wish)
        return Answer(message=replies.confirmation(wish, handled.before, handled.after, self.clock.now()))

    async def _confirm_page(self, order: o.Page, people: tuple[Person, ...], asked: Asked) -> Answer:
        """Several people are woken only after a second look, in the form."""
        if len(people) > modals.MOST_PEOPLE:
            raise Unclear(
                f"That would wake {len(people)} people, and at most {modals.MOST_PEOPLE} can be at once."
            )
        users = tuple(person.slack_user for person in people if person.slack_user)
        if not asked.forms or len(users) < len(people):
            raise Unclear(
                f"This would wake {len(people)} people, which is confirmed in a form. "
                f"Use `{self.commands[0]} page`, or page them one by one."
            )
        incident = await self.desk.find(order.which)
        form = modals.page_form(incident, people=users, message=order.message)
        return Answer(form=form)

    def _declare_form(self, asked: Asked) -> Answer:
        if not asked.forms:
            raise Unclear("Say what is wrong, for example `declare DB is slow sev2`.")
        return Answer(form=self.declare_form())

    def declare_form(
        self, *, title: str = "", description: str = "", place: modals.Place | None = None
    ) -> Block:
        """The form in which an incident is declared."""
        configuration = self.desk.configuration
        return modals.declare_form(
            tuple(configuration.services.values()),
            default=configuration.default_service,
            title=title,
            description=description,
            severity=configuration.unknown_severity,
            place=place,
        )

    async def _declare_now(self, order: o.DeclareNow, asked: Asked) -> Answer:
        configuration = self.desk.configuration
        command = c.Declare(
            by=asked.caller.actor,
            title=order.title,
            service=service_named(order.service, configuration),
            severity=order.severity or configuration.unknown_severity,
            via=asked.via,
        )
        return Answer(message=self.opened(await self.declare(command, asked.request)))

    def opened(self, handled: Handled) -> Message:
        """Says that an incident was declared."""
        next_up = next_up_of(handled.ahead)
        return replies.opened(handled.after, self.seal, self.clock.now(), next_up=next_up)

    def _count(self, wish: c.Wish | c.Declare, outcome: str) -> None:
        self._metrics.wishes.labels(type(wish).__name__.lower(), outcome).inc()

    async def _refused(self, wish: c.Wish | c.Declare, reference: Reference | None) -> None:
        """Count it. Somebody without authority who tries again and again is told of in the thread."""
        configuration = self.desk.configuration
        try:
            check(wish.by, wish, configuration.authority, configuration.roster)
        except Refused:
            self._count(wish, "denied")
            if self._denials.note(wish.by) and reference is not None:
                await self.desk.report_denials(reference, wish.by)
        else:
            self._count(wish, "refused")


def next_up_of(ahead: Outlook | None) -> str | None:
    """Who is paged next, in words."""
    return ", ".join(ahead.names) or None if ahead else None


def wish_of(
    order: o.Wished, asked: Asked, configuration: Configuration, people: tuple[Person, ...] = ()
) -> c.Wish:
    """The command that an order stands for."""
    by, via = asked.caller.actor, asked.via
    match order:
        case o.Ack(until=until):
            return c.Acknowledge(by=by, via=via, until=until)
        case o.Unack():
            return c.Unacknowledge(by=by, via=via)
        case o.ResolveIt(summary=summary):
            return c.Resolve(by=by, via=via, summary=summary)
        case o.ReopenIt(reason=reason):
            return c.Reopen(by=by, via=via, reason=reason)
        case o.SetSeverity(severity=severity):
            assert severity is not None
            return c.ChangeSeverity(by=by, via=via, severity=severity)
        case o.Note(text=text):
            return c.AddNote(by=by, via=via, text=text)
        case o.Page(message=message):
            return c.PagePeople(by=by, via=via, people=people, message=message)
        case o.TakeBack():
            return c.Undo(by=by, via=via)
        case o.HandOver():
            if len(people) != 1:
                raise Unclear("Name one person who takes it over: `handover @bob`.")
            return c.HandOver(by=by, via=via, to=people[0])
        case o.EscalateNow(to=to):
            return c.Escalate(by=by, via=via, to=to)
        case o.RestartLadder():
            return c.Restart(by=by, via=via)
        case o.MoveTo(service=name):
            return c.Move(by=by, via=via, service=service_named(name, configuration, what="moved"))
        case o.StopMine():
            return c.StopPages(by=by, via=via)
        case o.SnoozeIt(until=until):
            assert until is not None
            return c.Snooze(by=by, via=via, until=until)
        case _:
            assert_never(order)


def form_for(order: o.Wished) -> Callable[[Incident], Block] | None:
    """The form that asks for what an order left out."""
    match order:
        case o.ResolveIt(summary=""):
            return modals.resolve_form
        case o.SetSeverity(severity=None):
            return modals.severity_form
        case o.Note(text=""):
            return modals.note_form
        case o.Page(targets=()):
            return modals.page_form
        case o.SnoozeIt(until=None):
            return modals.snooze_form
        case o.HandOver(to=None):
            return modals.hand_over_form
        case _:
            return None


def verb_of(order: o.Order) -> str:
    """The word for an order, as it is typed."""
    words: dict[type[o.Order], str] = {
        o.Ack: "ack", o.Unack: "unack", o.ResolveIt: "resolve", o.ReopenIt: "reopen", o.SetSeverity: "sev",
        o.Note: "note", o.Page: "page", o.EscalateNow: "escalate", o.SnoozeIt: "snooze",
        o.TakeBack: "undo", o.HandOver: "handover",
        o.Timeline: "timeline", o.Why: "why",
        o.ShowLadder: "ladder", o.RestartLadder: "ladder", o.MoveTo: "move",
        o.StopMine: "stop",
    }  # fmt: skip
    return words.get(type(order), "show")


def service_named(name: str | None, configuration: Configuration, *, what: str = "declared") -> Service:
    """A service by its key or its name; the default one without a name. Else `what` was not done."""
    if name is None:
        return configuration.services[configuration.default_service]
    for key, service in configuration.services.items():
        if name.casefold() in (key.casefold(), service.name.casefold()):
            return service
    known = ", ".join(sorted(configuration.services))
    raise Unclear(f"There is no service “{name}”, so nothing was {what}. Services: {known}.")


def service_of(target: on.Target, configuration: Configuration) -> Service:
    """The service whose ladder pages a schedule of that name; the default one for anybody else."""
    default = configuration.services[configuration.default_service]
    if not isinstance(target, on.Named):
        return default
    wanted = target.name.casefold()
    for service in configuration.services.values():
        targets = [each for rung in service.ladder.rungs for each in rung.targets]
        if any(isinstance(t, ScheduleTarget) and t.schedule.casefold() == wanted for t in targets):
            return service
    return default


def _asked_for(order: o.ListOpen, incident: Incident, caller: Caller) -> bool:
    if order.severity and incident.severity is not order.severity:
        return False
    return not order.mine or any(item.by.slack_user == caller.user for item in incident.acknowledgements)
