"""A person in front of Slack's client: says, types commands, presses, opens, reacts."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.sandbox.slack import interactions, modals
from bot.sandbox.slack.content import content
from bot.sandbox.slack.delivery import INTERACTIVE, SLASH, Answer, NotAnswered
from bot.sandbox.slack.hooks import say
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.shapes import Json, SlackError, encode_typed, rich_text
from bot.sandbox.slack.targets import CannotAct, chosen, find
from bot.sandbox.slack.triggers import ResponseUrl
from bot.sandbox.slack.workspace import Channel, ChannelKind, Message, User, UserKind, View

_BROADCASTS = ("here", "channel", "everyone")
_NO_COMMAND = (
    "{0} is not a valid command. In Slack, all messages that start with the “/” character are "
    "interpreted as commands.\n\nIf you are trying to send a message and not run a command, try "
    "preceding the “/” with an empty space."
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a person saw after acting: Slack's error, the app's reply, errors of fields, the modal on top."""

    error: str = ""
    reply: Message | None = None
    errors: Json = field(default_factory=dict)
    view: View | None = None
    options: tuple[Json, ...] = ()


class Person:
    """One user, acting. A deactivated one cannot."""

    def __init__(self, hub: Hub, user: User) -> None:
        self._hub = hub
        self.user = user

    @property
    def modal(self) -> View | None:
        """The topmost modal."""
        return self._hub.world.modal(self.user.id)

    @property
    def home(self) -> View | None:
        """The Home tab as it was last published."""
        name = self._hub.world.homes.get(self.user.id)
        return self._hub.world.views[name] if name else None

    def ephemerals(self, channel: str = "") -> list[Message]:
        """What only this person sees, in one channel or everywhere."""
        room = self._room(channel).id if channel else ""
        return list(self._hub.world.shown_to(self.user.id, room))

    def say(self, channel: str, text: str, *, thread: Message | str = "", broadcast: bool = False) -> Message:
        """Write into a channel or, with `@name`, a direct conversation. `@name` in the text is a mention."""
        room = self._room(channel)
        self._act("say", room.id, {"text": text})
        typed = self._encoded(text)
        body: Json = {
            "client_msg_id": str(uuid.uuid4()),
            "type": "message",
            "user": self.user.id,
            "team": self.user.team_id,
            "text": typed,
            "blocks": rich_text(typed, new_id("b")[-5:]),
        }
        root = thread.ts if isinstance(thread, Message) else thread
        if root:
            parent = room.messages.get(root)
            body["thread_ts"] = parent.thread_ts or root if parent else root
            body |= {"subtype": "thread_broadcast"} if broadcast else {}
        return self._hub.feed.post(room, body)

    def join(self, channel: str) -> None:
        """Become a member of a channel."""
        room = self._hub.world.channel(channel)
        if room is None or room.kind is not ChannelKind.PUBLIC:
            raise CannotAct(f"there is no public channel {channel}")
        self._act("join", room.id, {})
        self._hub.feed.join(room, self.user.id)

    def dm(self, text: str, *, thread: Message | str = "") -> Message:
        """Write to the app."""
        bot = self._hub.world.users[self._hub.world.app.user_id]
        return self.say(f"@{bot.name}", text, thread=thread)

    def edit(self, message: Message, text: str) -> Message:
        """Change an own message."""
        current = self._own(message)
        typed = self._encoded(text)
        body = current.body | {"text": typed, "blocks": rich_text(typed, new_id("b")[-5:])}
        self._act("edit", message.channel, {"text": text}, message.ts)
        return self._hub.feed.edit(current, body, editor=self.user.id)

    def delete(self, message: Message) -> None:
        """Delete an own message."""
        self._act("delete", message.channel, {}, message.ts)
        self._hub.feed.delete(self._own(message))

    def react(self, message: Message, emoji: str) -> bool:
        """Add a reaction; false if it was there."""
        self._act("react", message.channel, {"emoji": emoji}, message.ts)
        return self._hub.feed.react(self._current(message), self.user.id, emoji)

    async def slash(
        self, command: str, text: str = "", *, channel: str = "#general", thread: Message | None = None
    ) -> Outcome:
        """Run a slash command and see the app's reply, or what Slack says if there is none in time."""
        room = self._room(channel)
        self._act("slash", room.id, {"command": command, "text": text})
        if thread is not None:
            return self._slackbot(room, f"{command} is not supported in threads. Sorry!", "no_thread")
        known = self._command(command)
        if known is None or self.user.kind is UserKind.STRANGER:
            return self._slackbot(room, _NO_COMMAND.format(command), "invalid_command")
        sent = self._encoded(text, labels=True) if known.get("should_escape") else text
        payload = interactions.slash(self._hub, self.user, room, command, sent)
        try:
            answer = await self._hub.deliveries.request(SLASH, payload, self.user.name)
            return Outcome(reply=self._replied(room, answer), view=self.modal)
        except NotAnswered as failure:
            error = "operation_timeout" if "timeout" in failure.reason else "dispatch_failed"
        except SlackError as refusal:
            error = refusal.error
        return self._slackbot(room, f'{command} failed with the error "{error}"', error)

    async def click(self, target: Message | View, name: str, value: object = None) -> Outcome:
        """Press a button, found by its text or action_id; with `value` choose an option of a menu."""
        current = self._current(target) if isinstance(target, Message) else self._shown(target)
        found = find(current.body, name)
        action: Json = {"type": found.element["type"]}
        if value is not None or found.element["type"] != "button":
            action = chosen(found.element, value, self._resolve)
        place = current.channel if isinstance(current, Message) else ""
        ts = current.ts if isinstance(current, Message) else current.id
        self._act("click", place, {"action_id": found.element.get("action_id"), "label": found.label}, ts)
        if isinstance(current, Message):
            payload = interactions.on_message(self._hub, self.user, current, found, action)
        else:
            current = modals.typed(self._hub, current, found, action)
            payload = interactions.on_view(self._hub, self.user, current, found, action)
        return await self._interact(payload)

    async def choose(self, target: Message | View, name: str, value: object) -> Outcome:
        """Choose in a menu, a picker or check boxes."""
        return await self.click(target, name, value)

    async def suggest(self, target: Message | View, name: str, typed: str) -> Outcome:
        """Type into an external select and see the options."""
        current = self._current(target) if isinstance(target, Message) else self._shown(target)
        payload = interactions.suggestion(self._hub, self.user, current, find(current.body, name), typed)
        try:
            answer = await self._hub.deliveries.request(INTERACTIVE, payload, self.user.name)
        except NotAnswered as failure:
            return Outcome(error=failure.reason)
        return Outcome(options=tuple(answer.get("options") or ()) if isinstance(answer, dict) else ())

    def fill(self, values: Mapping[str, object], view: View | None = None) -> View:
        """Fill in fields, by label, action_id or block_id, without submitting."""
        return modals.fill(self._hub, self._shown(view), values, self._resolve)

    async def submit(self, values: Mapping[str, object] | None = None, view: View | None = None) -> Outcome:
        """Fill in and submit the topmost modal, or the given one."""
        shown = self.fill(values or {}, view)
        self._act("submit", "", {"title": shown.title, "values": dict(values or {})}, shown.id)
        error, errors = await modals.submit(self._hub, self.user, shown)
        return Outcome(error=error, errors=errors, view=self.modal)

    async def close(self, view: View | None = None, *, everything: bool = False) -> None:
        """Close the topmost modal, or all of them."""
        shown = self._shown(view)
        self._act("close", "", {"title": shown.title}, shown.id)
        await modals.dismiss(self._hub, self.user, shown, cleared=everything)

    async def shortcut(self, name: str) -> Outcome:
        """Run a global shortcut by its name or callback_id."""
        callback = self._shortcut("global", name)
        self._act("shortcut", "", {"callback_id": callback})
        return await self._interact(interactions.global_shortcut(self._hub, self.user, callback))

    async def message_shortcut(self, name: str, message: Message) -> Outcome:
        """Run a shortcut from a message's menu."""
        callback = self._shortcut("message", name)
        current = self._current(message)
        self._act("shortcut", message.channel, {"callback_id": callback}, message.ts)
        payload = interactions.message_shortcut(self._hub, self.user, current, callback)
        return await self._interact(payload)

    def open_home(self) -> View | None:
        """Look at the Home tab: the app hears of it. The answer is what stands there now."""
        self._act("open_home", "", {})
        channel = self._hub.feed.open_dm(self._hub.world.app.user_id, self.user.id)
        self._hub.deliveries.event(interactions.home_opened(self._hub, self.user, channel))
        return self.home

    async def _interact(self, payload: Json) -> Outcome:
        try:
            await self._hub.deliveries.request(INTERACTIVE, payload, self.user.name)
        except NotAnswered as failure:
            return Outcome(error=failure.reason, view=self.modal)
        return Outcome(view=self.modal)

    def _replied(self, room: Channel, answer: Answer) -> Message | None:
        body = {"text": answer} if isinstance(answer, str) else answer
        if not body or not (body.get("text") or body.get("blocks") or body.get("attachments")):
            return None
        hub, app = self._hub, self._hub.world.app
        url = ResponseUrl(user=self.user.id, app_id=app.id, channel=room.id, at=hub.clock.now())
        return say(hub, url, content(body), openly=body.get("response_type") == "in_channel")

    def _slackbot(self, room: Channel, text: str, error: str) -> Outcome:
        body = {"type": "message", "user": "USLACKBOT", "text": text}
        return Outcome(error=error, reply=self._hub.feed.whisper(room.id, self.user.id, body, app_id=""))

    def _act(self, name: str, channel: str, payload: Json, ts: str = "") -> None:
        if self.user.kind is UserKind.DEACTIVATED:
            raise CannotAct(f"{self.user.real_name} is deactivated")
        self._hub.journal.add(Kind.ACT, name, actor=self.user.name, channel=channel, ts=ts, payload=payload)

    def _room(self, name: str) -> Channel:
        world = self._hub.world
        other = world.user(name) if name.startswith(("@", "U")) else None
        if other:
            return self._hub.feed.open_dm(other.id, self.user.id)
        room = world.channel(name)
        if room is None:
            raise CannotAct(f"there is no channel {name}")
        if self.user.id not in room.members:
            raise CannotAct(f"{self.user.real_name} is not in {name}")
        if room.archived:
            raise CannotAct(f"{name} is archived")
        return room

    def _current(self, message: Message) -> Message:
        found = self._hub.world.message(message.channel, message.ts)
        if found is None:
            raise CannotAct("the message is gone")
        members = self._hub.world.channels[found.channel].members
        if self.user.id not in members or found.only_for not in ("", self.user.id):
            raise CannotAct(f"{self.user.real_name} cannot see this message")
        return found

    def _own(self, message: Message) -> Message:
        current = self._current(message)
        if current.body.get("user") != self.user.id:
            raise CannotAct(f"{self.user.real_name} did not write this")
        return current

    def _shown(self, view: View | None) -> View:
        found = self._hub.world.views.get(view.id) if view else self.modal
        if found is None or found.user != self.user.id:
            raise CannotAct(f"{self.user.real_name} has no such view open")
        return found

    def _command(self, command: str) -> Json | None:
        features = self._hub.world.app.manifest.get("features") or {}
        known: list[Json] = features.get("slash_commands") or []
        return next((each for each in known if each.get("command") == command), None)

    def _shortcut(self, sort: str, name: str) -> str:
        features = self._hub.world.app.manifest.get("features") or {}
        for each in features.get("shortcuts") or []:
            if each.get("type") == sort and name in (each.get("callback_id"), each.get("name")):
                return str(each["callback_id"])
        raise CannotAct(f"the app has no {sort} shortcut {name!r}")

    def _resolve(self, name: str) -> str:
        world = self._hub.world
        found = world.channel(name) or world.user(name)
        if found is None:
            raise CannotAct(f"there is no {name}")
        return found.id

    def _encoded(self, text: str, *, labels: bool = False) -> str:
        world = self._hub.world

        def mention(handle: str) -> str | None:
            if handle in _BROADCASTS:
                return f"<!{handle}>"
            group = next((g for g in world.groups.values() if g.handle == handle), None)
            if group:
                return f"<!subteam^{group.id}|@{handle}>"
            user = next((u for u in world.users.values() if u.name == handle), None)
            if user is None:
                return None
            return f"<@{user.id}|{handle}>" if labels else f"<@{user.id}>"

        def channel(name: str) -> str | None:
            room = next((c for c in world.channels.values() if c.name == name), None)
            if room is None or room.kind is ChannelKind.DM:
                return None
            return f"<#{room.id}|{name if room.kind is ChannelKind.PUBLIC else ''}>"

        return encode_typed(text, mention, channel)
