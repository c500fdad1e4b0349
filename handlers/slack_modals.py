"""Forms that were submitted. What is wrong is said at its field, and the form stays open."""

from collections.abc import Mapping

from slack_bolt.app.async_app import AsyncApp

from bot.domain import commands as c
from bot.domain.alert import Link, MessageRef
from bot.domain.incident import Via
from bot.domain.refused import Refused
from bot.render import actions as a
from bot.render import modals as m
from bot.render import submitted
from bot.service import ById
from handlers.calls import Call, Json, hearing
from handlers.clerk import Clerk, service_named
from handlers.identity import Caller
from handlers.oncall_orders import User
from handlers.targets import people_of
from handlers.whispers import Ear, Whispers

_FIRST: Mapping[str, str] = {
    a.MODAL_DECLARE: m.TITLE,
    a.MODAL_RESOLVE: m.SUMMARY,
    a.MODAL_NOTE: m.NOTE,
    a.MODAL_SEVERITY: m.SEVERITY,
    a.MODAL_PAGE: m.PEOPLE,
    a.MODAL_SNOOZE: m.SPAN,
    a.MODAL_HAND_OVER: m.PEOPLE,
    a.MODAL_REOPEN: m.REASON,
}
"""The input at which it is said why a form could not be granted."""

FORMS = tuple(_FIRST)


class Modals:
    """Hears every submitted form."""

    def __init__(self, clerk: Clerk, whispers: Whispers) -> None:
        self._clerk, self._whispers = clerk, whispers

    def register(self, app: AsyncApp) -> None:
        """Hear them."""
        for callback in FORMS:
            app.view(callback)(hearing(self.hear))

    async def hear(self, call: Call) -> None:
        """One form: read, done and committed, then closed."""
        view: Json = call.body.get("view") or {}
        callback = str(view.get("callback_id") or "")
        caller = await self._clerk.callers.caller(call.user, call.user_team)
        request = f"view:{view.get('id')}:{view.get('hash')}"
        try:
            errors = await self._submit(callback, call, caller, request)
        except Refused as refused:
            errors = submitted.Errors(fields={_FIRST[callback]: str(refused)[:2000]})
        if errors is None:
            await call.ack()
        else:
            await call.ack(response_action="errors", errors=dict(errors.fields))

    async def _submit(
        self, callback: str, call: Call, caller: Caller, request: str
    ) -> submitted.Errors | None:
        view: Json = call.body["view"]
        state: submitted.State = (view.get("state") or {}).get("values") or {}
        place = m.place_of(str(view.get("private_metadata") or ""))
        if callback == a.MODAL_DECLARE:
            return await self._declare(call, state, place, caller, request)
        if place.incident is None:
            raise Refused("This form belongs to no incident. Close it and open it again.")
        wish = await self._wish(callback, state, caller)
        if isinstance(wish, submitted.Errors):
            return wish
        answer = await self._clerk.grant(ById(id=place.incident), wish, request)
        if isinstance(wish, c.PagePeople | c.HandOver) and answer.message:
            self._whispers.tell(Ear(user=caller.user, channel=place.channel or ""), answer.message)
        return None

    async def _wish(self, callback: str, state: submitted.State, caller: Caller) -> c.Wish | submitted.Errors:
        by, via, now = caller.actor, Via.MODAL, self._clerk.clock.now()
        match callback:
            case a.MODAL_RESOLVE:
                end = submitted.ending(state)
                if isinstance(end, submitted.Errors):
                    return end
                return c.Resolve(by=by, via=via, summary=end.summary, reason=end.reason)
            case a.MODAL_NOTE:
                note = submitted.note(state)
                return c.AddNote(by=by, via=via, text=note) if isinstance(note, str) else note
            case a.MODAL_SEVERITY:
                severity = submitted.severity(state)
                if isinstance(severity, submitted.Errors):
                    return severity
                return c.ChangeSeverity(by=by, via=via, severity=severity)
            case a.MODAL_PAGE:
                return await self._page(state, caller)
            case a.MODAL_HAND_OVER:
                return await self._hand_over(state, caller)
            case a.MODAL_SNOOZE:
                until = submitted.snooze(state, now)
                return until if isinstance(until, submitted.Errors) else c.Snooze(by=by, via=via, until=until)
            case _:
                reason = submitted.reopening(state)
                return c.Reopen(by=by, via=via, reason=reason) if isinstance(reason, str) else reason

    async def _hand_over(self, state: submitted.State, caller: Caller) -> c.HandOver | submitted.Errors:
        user = submitted.taker(state)
        if isinstance(user, submitted.Errors):
            return user
        clerk = self._clerk
        roster = clerk.desk.configuration.roster
        (to,) = await people_of((User(id=user),), roster, clerk.callers, clerk.clock.now())
        return c.HandOver(by=caller.actor, via=Via.MODAL, to=to)

    async def _page(self, state: submitted.State, caller: Caller) -> c.PagePeople | submitted.Errors:
        pages = submitted.pages(state)
        if isinstance(pages, submitted.Errors):
            return pages
        clerk = self._clerk
        targets = tuple(User(id=user) for user in pages.users)
        roster = await clerk.desk.duty.roster()
        people = await people_of(targets, roster, clerk.callers, clerk.clock.now())
        return c.PagePeople(by=caller.actor, via=Via.MODAL, people=people, message=pages.message)

    async def _declare(
        self, call: Call, state: submitted.State, place: m.Place, caller: Caller, request: str
    ) -> submitted.Errors | None:
        configuration = self._clerk.desk.configuration
        form = submitted.declaration(state, configuration.services.keys())
        if isinstance(form, submitted.Errors):
            return form
        command = c.Declare(
            by=caller.actor,
            title=form.title,
            description=form.description,
            service=service_named(form.service, configuration),
            severity=form.severity,
            via=Via.MODAL,
            page=form.page,
            links=_links(call.body, place.message),
        )
        handled = await self._clerk.declare(command, request)
        self._whispers.tell(Ear(user=caller.user, channel=place.channel or ""), self._clerk.opened(handled))
        return None


def _links(body: Json, message: MessageRef | None) -> tuple[Link, ...]:
    """The message from which the form was opened. Slack's permalinks are made of these three parts."""
    domain = str((body.get("team") or {}).get("domain") or "")
    if message is None or not domain:
        return ()
    url = f"https://{domain}.slack.com/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return (Link(label="Message in Slack", url=url),)
