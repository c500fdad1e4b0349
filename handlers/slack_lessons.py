"""Teaching from a message: the shortcut, the form with what is proposed, and the trial before it counts."""

import asyncio

import structlog
from slack_bolt.app.async_app import AsyncApp

from bot.domain.lesson import Lesson
from bot.domain.refused import Refused
from bot.errors import DeliveryError
from bot.ports.history import History
from bot.render import actions as a
from bot.render import lesson_forms as f
from bot.render import replies
from bot.render.message import Block
from bot.render.submitted import Errors, State
from handlers.alerts import SlackMessage, read_history
from handlers.alerts.proposal import propose
from handlers.alerts.rehearsal import Became, Rehearsal, rehearse
from handlers.alerts.spots import spots
from handlers.alerts.taught import lesson_for
from handlers.calls import Call, Json, hearing
from handlers.clerk import Clerk
from handlers.forms import NOT_OPENED, Forms
from handlers.whispers import Ear, Whispers

log = structlog.get_logger(__name__)

LOOKED_AT = 200
SECONDS = 1.3
"""For the history, of the three that Slack gives a form."""

NO_BOT = "Only what bots and integrations post can be taught; this message is a person's."
BLANK = "This message shows nothing that could be read."
WORDS = {
    Became.INCIDENT: "incidents",
    Became.REPEAT: "repeats",
    Became.CLEARED: "cleared",
    Became.IDLE: "cleared without a beginning",
    Became.UNREAD: "unread",
}


class Lessons:
    """Hears the shortcut "Teach Tocsin" and its forms."""

    def __init__(self, clerk: Clerk, forms: Forms, whispers: Whispers, history: History) -> None:
        self._clerk, self._forms, self._whispers, self._history = clerk, forms, whispers, history

    def register(self, app: AsyncApp) -> None:
        """Hear them."""
        app.shortcut(a.SHORTCUT_TEACH)(hearing(self.teach))
        app.view(a.MODAL_TEACH)(hearing(self.tried))
        app.view(a.MODAL_SWITCH_ON)(hearing(self.switched_on))

    async def teach(self, call: Call) -> None:
        """The form, with what is proposed or was taught before."""
        caller = await self._clerk.callers.caller(call.user, call.user_team)
        channel = str((call.body.get("channel") or {}).get("id") or "")
        message = read_history(channel, call.body.get("message"))
        try:
            self._clerk.desk.teaching.may(caller.actor)
            form = await self._form(message)
        except Refused as refused:
            self._whispers.tell(call.ear, replies.error(str(refused)))
        else:
            if not await self._forms.open(str(call.body.get("trigger_id")), form):
                self._whispers.tell(call.ear, replies.error(NOT_OPENED))
        await call.ack()

    async def _form(self, message: SlackMessage | None) -> Block:
        if message is None or not (message.bot_id or message.app_id):
            raise Refused(NO_BOT)
        proposed = propose(message)
        if proposed is None:
            raise Refused(BLANK)
        known = lesson_for(message, await self._clerk.desk.teaching.lessons(message.channel))
        more = f"It was taught before; this becomes version {known.version + 1}." if known else ""
        retire = f.retire(known, self._clerk.seal) if known else None
        return f.teach_form(known or proposed, spots(message), more=more, retire=retire)

    async def tried(self, call: Call) -> None:
        """The form as it was corrected: shown with what it would have made of the channel's messages."""
        view: Json = call.body.get("view") or {}
        state: State = (view.get("state") or {}).get("values") or {}
        try:
            lesson = f.corrected(f.unpacked(str(view.get("private_metadata") or "")), state)
        except Refused as refused:
            lesson = Errors(fields={f.TITLE: str(refused)})
        if isinstance(lesson, Errors):
            await call.ack(response_action="errors", errors=dict(lesson.fields))
            return
        await call.ack(response_action="update", view=f.switch_on_form(lesson, await self._trial(lesson)))

    async def _trial(self, lesson: Lesson) -> f.Tried:
        try:
            async with asyncio.timeout(SECONDS):
                past = await self._history.of(lesson.channel, most=LOOKED_AT)
        except DeliveryError as error:
            return f.Tried(problem=f"Slack says {error.reason}")
        except TimeoutError:
            return f.Tried(problem="Slack did not answer in time")
        return _told(rehearse(lesson, past.messages))

    async def switched_on(self, call: Call) -> None:
        """From now on it counts."""
        view: Json = call.body.get("view") or {}
        caller = await self._clerk.callers.caller(call.user, call.user_team)
        request = f"view:{view.get('id')}:{view.get('hash')}"
        try:
            lesson = f.unpacked(str(view.get("private_metadata") or ""))
            taught = await self._clerk.desk.teaching.teach(request, lesson, caller.actor)
        except Refused as refused:
            self._whispers.tell(Ear(user=caller.user), replies.error(str(refused)))
        else:
            log.info("taught", lesson=taught.name, version=taught.version, by=caller.user)
            self._whispers.tell(
                Ear(user=caller.user, channel=taught.channel), f.switched_on(taught, self._clerk.seal)
            )
        await call.ack()


def _told(rehearsal: Rehearsal) -> f.Tried:
    return f.Tried(
        messages=rehearsal.messages,
        counts={WORDS[each]: rehearsal.counts.get(each, 0) for each in Became},
        newest=[
            f.Told(became=line.became.value, title=line.title, severity=line.severity)
            for line in rehearsal.newest
        ],
        held=[
            f.Held(title=line.title, phrase=line.held.phrase, words=line.held.words)
            for line in rehearsal.held
            if line.held
        ],
    )
