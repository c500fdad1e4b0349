"""Submitted forms about who is on call."""

from slack_bolt.app.async_app import AsyncApp

from bot.domain.duty import OfferSwap, SetOverride
from bot.domain.refused import Refused
from bot.domain.rewrite import LeavesNobody
from bot.render import actions as a
from bot.render import oncall_forms as f
from bot.render.duty import span_words
from bot.render.escape import flatten
from bot.render.message import Block, Message
from bot.render.submitted import Errors, State
from handlers.calls import Call, Json, hearing
from handlers.clerk import Clerk
from handlers.identity import Caller
from handlers.whispers import Ear, Whispers

FIRST = {a.MODAL_OVERRIDE: f.SCHEDULE, a.MODAL_SWAP: f.OTHER, a.MODAL_TURNS: f.MINE}
"""The input at which it is said why a form could not be granted."""

GONE = "This form is not whole any more. Close it and open it again."


class OnCallForms:
    """Hears the forms in which shifts are changed."""

    def __init__(self, clerk: Clerk, whispers: Whispers) -> None:
        self._clerk, self._whispers = clerk, whispers

    def register(self, app: AsyncApp) -> None:
        """Hear them."""
        for callback in FIRST:
            app.view(callback)(hearing(self.hear))

    async def hear(self, call: Call) -> None:
        """One form: read, done and committed, then closed; the first step of a swap goes on to the second."""
        view: Json = call.body.get("view") or {}
        callback = str(view.get("callback_id") or "")
        caller = await self._clerk.callers.caller(call.user, call.user_team)
        request = f"view:{view.get('id')}:{view.get('hash')}"
        try:
            answer = await self._submit(callback, view, caller, request)
        except LeavesNobody as refused:
            answer = Errors(fields={f.NOBODY: _gap(refused)})
        except Refused as refused:
            answer = Errors(fields={FIRST[callback]: str(refused)[:2000]})
        if isinstance(answer, Errors):
            await call.ack(response_action="errors", errors=dict(answer.fields))
        elif isinstance(answer, Message):
            self._whispers.tell(Ear(user=caller.user), answer)
            await call.ack()
        else:
            await call.ack(response_action="update", view=answer)

    async def _submit(
        self, callback: str, view: Json, caller: Caller, request: str
    ) -> Message | Block | Errors:
        state: State = (view.get("state") or {}).get("values") or {}
        roster = self._clerk.desk.configuration.roster
        match callback:
            case a.MODAL_OVERRIDE:
                return await self._override(state, caller, request)
            case a.MODAL_SWAP:
                read = f.swap_asked(state, list(roster.schedules))
                if isinstance(read, Errors):
                    return read
                mine, theirs = (roster.by_slack(each).id for each in (caller.user, read[1]))
                return await self._clerk.on_call.turns_form(
                    f.Pair(schedule=read[0], mine=mine, theirs=theirs)
                )
            case _:
                return await self._turns(state, str(view.get("private_metadata") or ""), caller, request)

    async def _override(self, state: State, caller: Caller, request: str) -> Message | Errors:
        roster = self._clerk.desk.configuration.roster
        asked = f.override_asked(state, list(roster.schedules))
        if isinstance(asked, Errors):
            return asked
        wish = SetOverride(
            by=caller.actor,
            schedule=asked.schedule,
            kind=asked.kind,
            person=roster.by_slack(asked.user).id,
            since=asked.since,
            until=asked.until,
            reason=asked.reason,
            leaving_nobody=asked.leaving_nobody,
        )
        return await self._clerk.on_call.override(wish, request)

    async def _turns(self, state: State, metadata: str, caller: Caller, request: str) -> Message | Errors:
        pair = f.pair_of(metadata)
        if pair is None:
            raise Refused(GONE)
        read = f.turns_asked(state, pair)
        if isinstance(read, Errors):
            return read
        mine, theirs, reason = read
        wish = OfferSwap(by=caller.actor, schedule=pair.schedule, mine=mine, theirs=theirs, reason=reason)
        return await self._clerk.on_call.offer(wish, request)


def _gap(refused: LeavesNobody) -> str:
    """Errors of forms are plain text."""
    change = refused.change
    spans = "; ".join(flatten(span_words(each.since, each.until, change.zone)) for each in change.gaps[:3])
    return f"That leaves NOBODY ON CALL for {change.title}: {spans}. Tick the box if you mean it."[:2000]
