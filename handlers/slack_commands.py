"""Slash commands: `/incident` and `/oncall`."""

from slack_bolt.app.async_app import AsyncApp

from bot.domain.incident import Via
from bot.render import replies
from bot.render.message import Message
from handlers.answers import Answer, Asked, shared_channel
from handlers.calls import Call, hearing
from handlers.clerk import Clerk
from handlers.easel import Easel
from handlers.forms import NOT_OPENED, Forms
from handlers.grammar import Grammar
from handlers.whispers import Ear
from handlers.words import Unclear


class SlashCommands:
    """Hears the two commands and answers each in the acknowledgement itself."""

    def __init__(self, clerk: Clerk, forms: Forms, easel: Easel | None = None) -> None:
        self._easel = easel
        self._clerk = clerk
        self._forms = forms

    def register(self, app: AsyncApp) -> None:
        """Hear them."""
        for command in self._clerk.commands:
            app.command(command)(hearing(self.hear))

    async def hear(self, call: Call) -> None:
        """One command: understood, done, committed, then acknowledged with the answer."""
        body, clerk = call.body, self._clerk
        command, text = str(body.get("command") or ""), str(body.get("text") or "")
        typed = f"{command} {text}".strip()
        caller = await clerk.callers.caller(call.user)
        grammar = Grammar(zoned=clerk.zoned(caller))
        asked = Asked(
            caller=caller,
            request=f"slash:{body.get('trigger_id')}",
            via=Via.COMMAND,
            typed=typed,
            channel=shared_channel(body.get("channel_id")),
        )
        try:
            order = grammar.on_call(text) if command == clerk.commands[1] else grammar.incident(text)
        except Unclear as unclear:
            answer = Answer(message=replies.error(str(unclear), typed))
        else:
            answer = await clerk.carry_out(order, asked)
        if answer.form and not await self._forms.open(str(body.get("trigger_id")), answer.form):
            answer = Answer(message=replies.error(NOT_OPENED, typed))
        await _reply(call, answer.message)
        if answer.picture is not None and self._easel is not None:
            here = Ear(
                user=call.user,
                channel=str(body.get("channel_id") or ""),
                response_url=str(body.get("response_url") or ""),
            )
            self._easel.draw(here, answer.picture)


async def _reply(call: Call, message: Message | None) -> None:
    """An empty acknowledgement says nothing at all, which is right below an open form."""
    if message is None:
        await call.ack()
    else:
        await call.ack({**message.body(), "response_type": "ephemeral"})
