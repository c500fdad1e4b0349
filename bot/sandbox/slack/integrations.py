"""Other apps that post: classic ones as `bot_message`, modern ones with a bot user."""

from bot.sandbox.slack.content import content, metadata, signed_by
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.targets import CannotAct
from bot.sandbox.slack.workspace import App, Message


class Integration:
    """One installed app, acting. Its webhook and its token work over HTTP as well."""

    def __init__(self, hub: Hub, app: App) -> None:
        self._hub = hub
        self.app = app

    @property
    def webhook_url(self) -> str:
        """The incoming webhook's address."""
        return self._hub.base_url + self.app.hook_path

    def post(self, channel: str, payload: Json, *, thread: str = "", team: str = "") -> Message:
        """Post what the real one posts; raises `SlackError` for what Slack refuses.

        `team`: it is installed in that other workspace, which shares the channel.
        """
        room = self._hub.world.channel(channel)
        if room is None:
            raise CannotAct(f"there is no channel {channel}")
        body = content(payload)
        self._act("post", room.id, payload)
        sender = signed_by(self.app, team or self._hub.world.id, payload, classic=self.app.classic)
        root = {"thread_ts": thread} if thread else {}
        notes = metadata(payload.get("metadata"))
        return self._hub.feed.post(room, sender | body | root, app_id=self.app.id, metadata=notes)

    def edit(self, message: Message, payload: Json) -> Message:
        """Replace an own message, as chat.update does; members' apps hear `message_changed`."""
        current = self._own(message)
        body = content(payload)
        self._act("edit", message.channel, payload, message.ts)
        kept = {k: v for k, v in current.body.items() if k not in ("text", "blocks", "attachments", "edited")}
        return self._hub.feed.edit(current, kept | body, editor=self.app.user_id)

    def delete(self, message: Message) -> None:
        """Delete an own message."""
        self._act("delete", message.channel, {}, message.ts)
        self._hub.feed.delete(self._own(message))

    def _own(self, message: Message) -> Message:
        current = self._hub.world.message(message.channel, message.ts)
        if current is None or current.app_id != self.app.id:
            raise CannotAct("the message is gone, or another app's")
        return current

    def _act(self, name: str, channel: str, payload: Json, ts: str = "") -> None:
        self._hub.journal.add(Kind.ACT, name, actor=self.app.name, channel=channel, ts=ts, payload=payload)
