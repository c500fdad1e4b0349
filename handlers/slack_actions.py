"""Buttons and menus: what was pressed, whether it is ours, and what follows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.domain import commands as c
from bot.domain.alert import MessageRef
from bot.domain.ids import IncidentId, PersonId
from bot.domain.incident import Incident, Status, Via
from bot.domain.people import Standing
from bot.domain.refused import Refused
from bot.render import actions as a
from bot.render import lesson_forms, modals, replies
from bot.render.alert_pages import alerts_view
from bot.render.entries import timeline
from bot.render.message import Block
from bot.render.seal import NO_INCIDENT, Sealed
from bot.service import ById, ByMessage
from handlers import orders as o
from handlers.answers import Answer, Asked
from handlers.calls import Call, Json, hearing
from handlers.clerk import Clerk
from handlers.forms import NOT_OPENED, Forms
from handlers.grammar import Grammar
from handlers.identity import Caller
from handlers.oncall_actions import OnCallActions
from handlers.silence_actions import SilenceActions
from handlers.whispers import Whispers
from handlers.words import Unclear, Zoned, later

log = structlog.get_logger(__name__)

DENIED = "This button can't be used: it doesn't belong to this message. Nothing was changed."
OUTDATED = "This button is outdated: nothing was changed. `list` shows the open incidents."

_FORMS: Mapping[str, Callable[[Incident], Block]] = {
    a.RESOLVE: modals.resolve_form,
    a.REOPEN: modals.reopen_form,
    a.PAGE: modals.page_form,
    a.MORE_NOTE: modals.note_form,
    a.MORE_SEVERITY: modals.severity_form,
    a.MORE_PAGE: modals.page_form,
    a.MORE_SNOOZE: modals.snooze_form,
    a.HAND_OVER: modals.hand_over_form,
}
_WISHES = (
    *(a.ACKNOWLEDGE, a.UNACKNOWLEDGE, a.DECLINE, a.ESCALATE, a.TICKET_RETRY, a.MORE_ESCALATE),
    *(a.ACKNOWLEDGE_FOR, a.UNDO, a.EXTEND_30, a.EXTEND_60, a.ACCEPT, a.LEAVE),
    *(a.ESCALATE_TO, a.DECLINE_ASKED, a.STOP),
)

_OVER_ALL = (a.SAFE_PAGE, a.SAFE_LEAVE)


@dataclass(frozen=True, kw_only=True)
class Press:
    """One press of a button whose seal was found whole. `what` is the action, or the choice in a menu.

    `whispered`: it stood in an answer that only the caller sees. `window` is the one it stood in.
    """

    what: str
    sealed: Sealed
    caller: Caller
    request: str
    via: Via
    zoned: Zoned
    whispered: bool = False
    window: str = ""


class Actions:
    """Hears every press, also of buttons that old messages still have."""

    def __init__(self, clerk: Clerk, forms: Forms, whispers: Whispers) -> None:
        self._clerk, self._forms, self._whispers = clerk, forms, whispers

    def register(self, app: AsyncApp) -> None:
        """Hear them."""
        app.action(re.compile(".*"))(hearing(self.hear))

    async def hear(self, call: Call) -> None:
        """One press: done and committed, then acknowledged; what is to be said is whispered after that."""
        pressed: Json = (call.body.get("actions") or [{}])[0]
        action = str(pressed.get("action_id") or "")
        if action == a.LINK or pressed.get("url"):
            await call.ack()
            return
        try:
            answer = await self._follow(call, action, pressed)
        except Refused as refused:
            answer = Answer(message=replies.error(str(refused)))
        if answer.form and not await self._show(call, answer.form, answer.updating):
            answer = Answer(message=replies.error(NOT_OPENED))
        if answer.message is not None:
            ear = replace(call.ear, replacing=answer.replacing, openly=answer.openly)
            self._whispers.tell(ear, answer.message)
        await call.ack()

    async def _show(self, call: Call, form: Block, window: str) -> bool:
        if window:
            return await self._forms.update(window, form)
        return await self._forms.open(str(call.body.get("trigger_id")), form)

    async def _follow(self, call: Call, action: str, pressed: Json) -> Answer:
        clerk = self._clerk
        if action == a.HOME_DECLARE:
            return Answer(form=clerk.declare_form())
        caller = await clerk.callers.caller(call.user, call.user_team)
        if action.startswith(a.LIST_PAGE):
            return await self._turn(str(pressed.get("value") or ""), caller)
        option = pressed.get("selected_option")
        value = str((option if isinstance(option, Mapping) else pressed).get("value") or "")
        if action.startswith(a.DUTY):
            request = request_of(call.body, pressed)
            return await OnCallActions(clerk).follow(action, value, caller, request)
        if action == a.LESSON_RETIRE:
            return await self._retire(value, caller, request_of(call.body, pressed))
        if action.startswith(a.QUIET):
            return await SilenceActions(clerk).follow(action, value, caller, request_of(call.body, pressed))
        sealed = clerk.seal.open(action, value)
        if sealed is None or not await self._belongs(call.body, sealed.incident):
            log.warning("button denied", action=action[:40], by=caller.actor.id, sealed=sealed is not None)
            return Answer(message=replies.error(DENIED if action.startswith("inc.") else OUTDATED))
        if action == a.PICK:
            return await self._pick(sealed, caller, request_of(call.body, pressed))
        what = sealed.extra if action == a.MORE else action
        request = request_of(call.body, pressed)
        return await self._do(
            Press(
                what=what,
                sealed=sealed,
                caller=caller,
                request=request,
                via=via_of(call.body),
                zoned=clerk.zoned(caller),
                whispered=bool((call.body.get("container") or {}).get("is_ephemeral")),
                window=window_of(call.body),
            )
        )

    async def _do(self, press: Press) -> Answer:
        clerk, reference = self._clerk, ById(id=press.sealed.incident)
        if form := _FORMS.get(press.what):
            return Answer(form=form(await clerk.desk.find(reference)))
        if press.what == a.SHOW:
            return Answer(message=await clerk.card(await clerk.desk.find(reference)))
        if press.what == a.TIMELINE:
            incident, entries = await clerk.desk.timeline(reference)
            return Answer(message=timeline(incident, entries, clerk.clock.now()))
        if press.what.startswith(a.ALERTS):
            page = int(press.sealed.extra) if press.sealed.extra.isdigit() else 1
            incident, alerts = await clerk.desk.alerts(reference, page)
            return Answer(form=alerts_view(incident, alerts, clerk.seal), updating=press.window)
        if press.what in _OVER_ALL:
            return await self._confirm_all(press)
        if press.what not in _WISHES:
            return Answer(message=replies.outdated(await clerk.desk.find(reference), clerk.clock.now()))
        return await self._grant(press, reference)

    async def _grant(self, press: Press, reference: ById) -> Answer:
        """Do it. A press that the card shows by itself is not commented on.

        A member who was refused may have seen an old card or page: they are drawn anew.
        """
        wish = wish_of(press)
        try:
            answer = await self._clerk.grant(reference, wish, press.request)
        except Refused:
            if press.caller.actor.standing is Standing.MEMBER:
                await self._clerk.desk.redraw(reference.id)
            raise
        if _seen(wish, answer, press.via):
            return replace(answer, message=None)
        return replace(answer, replacing=press.whispered)

    async def _confirm_all(self, press: Press) -> Answer:
        """Decide over every incident that the database is not sure of."""
        by, page = press.caller.actor, press.what == a.SAFE_PAGE
        count = await self._clerk.desk.confirm_all(press.request, by, press.via, page=page)
        return Answer(message=replies.confirmed_all(count, page=page))

    async def _belongs(self, body: Json, incident: IncidentId) -> bool:
        """Whether the button stands on a message of that incident; one that we don't know may be any."""
        container: Json = body.get("container") or {}
        channel, ts = container.get("channel_id"), container.get("message_ts")
        if not channel or not ts or container.get("is_ephemeral"):
            return True
        message = MessageRef(channel=str(channel), ts=str(ts))
        try:
            return (await self._clerk.desk.find(ByMessage(message=message))).id == incident
        except Refused:
            return True

    async def _turn(self, value: str, caller: Caller) -> Answer:
        """Another page of a list: `2 sev1 mine`."""
        page, _, asked = value.partition(" ")
        clerk = self._clerk
        order = Grammar(zoned=clerk.zoned(caller)).incident(f"list {asked} {page}")
        if not isinstance(order, o.ListOpen):
            raise Unclear(OUTDATED)
        page_asked = clerk.listing(order, await clerk.desk.open_incidents(), caller)
        return Answer(message=page_asked, replacing=True)

    async def _retire(self, value: str, caller: Caller, request: str) -> Answer:
        """A lesson counts no more."""
        sealed = self._clerk.seal.open(a.LESSON_RETIRE, value)
        if sealed is None or sealed.incident != NO_INCIDENT:
            raise Unclear(OUTDATED)
        gone = await self._clerk.desk.teaching.retire(request, sealed.extra, caller.actor)
        return Answer(message=lesson_forms.retired(gone.name, in_file=gone.in_file))

    async def _pick(self, sealed: Sealed, caller: Caller, request: str) -> Answer:
        """The incident that was meant was picked. A form asks for what a verb alone does not say."""
        clerk = self._clerk
        asked = Asked(caller=caller, request=request, via=Via.COMMAND)
        order = Grammar(zoned=clerk.zoned(caller)).incident(sealed.extra)
        if isinstance(order, o.Wished | o.Show | o.Timeline | o.Why):
            order = replace(order, which=ById(id=sealed.incident))
        return await clerk.carry_out(order, asked)


def _seen(wish: c.Wish, answer: Answer, via: Via) -> bool:
    """Whether the message itself will show all that there is to say of it."""
    before = answer.handled.before if answer.handled else None
    if isinstance(wish, c.Acknowledge) and before:
        first = before.status is Status.TRIGGERED or before.snoozed
        return first and via is Via.HOME  # elsewhere it is told how to take it back
    return isinstance(wish, c.Unacknowledge | c.Extend | c.AnswerOffer)


def request_of(body: Json, pressed: Json) -> str:
    """The same for the same press, however often it is delivered (Slack gives each press its `action_ts`)."""
    container: Json = body.get("container") or {}
    place = container.get("message_ts") or container.get("view_id")
    user = (body.get("user") or {}).get("id")
    return f"press:{user}:{place}:{pressed.get('action_id')}:{pressed.get('action_ts')}"


def window_of(body: Json) -> str:
    """The id of the open window in which the button stood; empty where it stood elsewhere."""
    view: Json = body.get("view") or {}
    return str(view.get("id") or "") if view.get("type") == "modal" else ""


def via_of(body: Json) -> Via:
    """Where the button stood."""
    container: Json = body.get("container") or {}
    if container.get("type") == "view":
        return Via.HOME
    return Via.PAGE if str(container.get("channel_id") or "").startswith("D") else Via.CARD


def wish_of(press: Press) -> c.Wish:
    """The command that a button stands for."""
    by, via, sealed = press.caller.actor, press.via, press.sealed
    match press.what:
        case a.ACKNOWLEDGE:
            return c.Acknowledge(by=by, via=via)
        case a.ACKNOWLEDGE_FOR:
            until = later(f"for {sealed.extra}", press.zoned)
            return c.Acknowledge(by=by, via=via, until=until)
        case a.EXTEND_30 | a.EXTEND_60:
            minutes = 30 if press.what == a.EXTEND_30 else 60
            return c.Extend(by=by, via=via, span=timedelta(minutes=minutes))
        case a.UNDO:
            return c.Undo(by=by, via=via)
        case a.ACCEPT | a.LEAVE:
            return c.AnswerOffer(by=by, via=via, offer=sealed.extra, accept=press.what == a.ACCEPT)
        case a.UNACKNOWLEDGE:
            return c.Unacknowledge(by=by, via=via)
        case a.DECLINE:
            person, as_of = PersonId(sealed.extra), sealed.step if sealed.step.rung else None
            return c.Decline(by=by, via=via, person=person, epoch=sealed.epoch, as_of=as_of)
        case a.DECLINE_ASKED:
            person = PersonId(sealed.extra)
            return c.Decline(by=by, via=via, person=person, epoch=sealed.epoch, besides=True)
        case a.STOP:
            return c.StopPages(by=by, via=via)
        case a.ESCALATE_TO if sealed.extra.isdigit():
            as_of = sealed.step if sealed.step.rung else None
            return c.Escalate(by=by, via=via, as_of=as_of, to=int(sealed.extra))
        case a.ESCALATE | a.MORE_ESCALATE:
            return c.Escalate(by=by, via=via, as_of=sealed.step if sealed.step.rung else None)
        case a.TICKET_RETRY:
            return c.RetryTicket(by=by, via=via)
        case other:
            raise Unclear(f"{OUTDATED} ({other[:40]})")
