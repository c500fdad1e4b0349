"""The Home tab and the shortcuts: ways in that need no command."""

from slack_bolt.app.async_app import AsyncApp

from bot.domain.alert import MessageRef
from bot.render import actions as a
from bot.render import replies
from bot.render.message import Block
from bot.render.modals import Place
from handlers.alerts import SlackMessage, parse, read_history
from handlers.calls import Call, Json, hearing
from handlers.clerk import Clerk
from handlers.forms import NOT_OPENED, Forms
from handlers.whispers import Whispers


class Home:
    """Hears that somebody looks at their Home tab, and the two shortcuts."""

    def __init__(self, clerk: Clerk, forms: Forms, whispers: Whispers) -> None:
        self._clerk, self._forms, self._whispers = clerk, forms, whispers

    def register(self, app: AsyncApp) -> None:
        """Hear them."""
        app.event("app_home_opened")(hearing(self.opened))
        app.shortcut(a.SHORTCUT_DECLARE)(hearing(self.declare))
        app.shortcut(a.SHORTCUT_FROM_MESSAGE)(hearing(self.declare_from_message))

    async def opened(self, call: Call) -> None:
        """The tab is published by the outbox, like everything else."""
        event: Json = call.body.get("event") or {}
        if event.get("tab") == "home" and event.get("user"):
            await self._clerk.desk.home_opened(str(event["user"]))

    async def declare(self, call: Call) -> None:
        """The form, empty."""
        await self._open(call, self._clerk.declare_form())

    async def declare_from_message(self, call: Call) -> None:
        """The form, with what stands in the message, also when an integration wrote it in attachments."""
        channel = str((call.body.get("channel") or {}).get("id") or "")
        message = read_history(channel, call.body.get("message"))
        ref = MessageRef(channel=channel, ts=str(call.body.get("message_ts") or ""))
        title, description = _words(message) if message else ("", "")
        place = Place(message=ref if ref.channel and ref.ts else None)
        form = self._clerk.declare_form(title=title[:100], description=description, place=place)
        await self._open(call, form)

    async def _open(self, call: Call, form: Block) -> None:
        if not await self._forms.open(str(call.body.get("trigger_id")), form):
            self._whispers.tell(call.ear, replies.error(NOT_OPENED))
        await call.ack()


def _words(message: SlackMessage) -> tuple[str, str]:
    """A title and a description out of a message."""
    alert = next(iter(parse(message)), None)
    if alert is not None:
        return alert.title, message.text or alert.description
    return " ".join(message.text.split()), message.text
