"""Submitted forms about what is kept quiet: filled in, looked at, and confirmed."""

from slack_bolt.app.async_app import AsyncApp

from bot.domain.refused import Refused
from bot.render import actions as a
from bot.render import silence_forms as f
from bot.render.message import Block, Message
from bot.render.submitted import Errors, State
from handlers.calls import Call, Json, hearing
from handlers.clerk import Clerk
from handlers.identity import Caller
from handlers.whispers import Ear, Whispers

GONE = "This form is not whole any more. Close it and open it again."


class SilenceForms:
    """Hears the two forms."""

    def __init__(self, clerk: Clerk, whispers: Whispers) -> None:
        self._clerk, self._whispers = clerk, whispers

    def register(self, app: AsyncApp) -> None:
        """Hear them."""
        app.view(a.MODAL_SILENCE)(hearing(self.filled_in))
        app.view(a.MODAL_SILENCE_SURE)(hearing(self.confirmed))

    async def filled_in(self, call: Call) -> None:
        """The first form: what it would have hidden is shown, and nothing is changed yet."""
        view: Json = call.body.get("view") or {}
        caller = await self._clerk.callers.caller(call.user, call.user_team)
        try:
            answer = await self._preview(view, caller)
        except Refused as refused:
            answer = Errors(fields={f.CONDITIONS: str(refused)[:2000]})
        if isinstance(answer, Errors):
            await call.ack(response_action="errors", errors=dict(answer.fields))
        else:
            await call.ack(response_action="update", view=answer)

    async def confirmed(self, call: Call) -> None:
        """The second form: done and committed, then closed. What cannot be is said in private."""
        view: Json = call.body.get("view") or {}
        caller = await self._clerk.callers.caller(call.user, call.user_team)
        asked = f.confirmed(str(view.get("private_metadata") or ""))
        request = f"view:{view.get('id')}:{view.get('hash')}"
        try:
            if asked is None:
                raise Refused(GONE)
            told = await self._clerk.quiet.begin(asked, caller, request)
        except Refused as refused:
            told = self._clerk.refusal(refused)
        self._tell(caller, told)
        await call.ack()

    async def _preview(self, view: Json, caller: Caller) -> Block | Errors:
        state: State = (view.get("state") or {}).get("values") or {}
        clerk = self._clerk
        services, now = clerk.desk.configuration.services.keys(), clerk.clock.now()
        asked = f.silence_asked(state, str(view.get("private_metadata") or ""), services, now)
        if isinstance(asked, Errors):
            return asked
        return f.confirm_form(asked, await clerk.quiet.previewed(asked, caller))

    def _tell(self, caller: Caller, told: Message) -> None:
        self._whispers.tell(Ear(user=caller.user), told)
