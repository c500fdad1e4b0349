"""Messages as they come, change and go: stored, written in the journal, and told to the app as events."""

from dataclasses import replace

from bot.sandbox.slack.content import bot_profile
from bot.sandbox.slack.delivery import Deliveries
from bot.sandbox.slack.ids import Stamps, new_id
from bot.sandbox.slack.journal import Journal, Kind
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import App, Channel, ChannelKind, Message, UserKind, Workspace


class Feed:
    """The only writer of messages."""

    def __init__(self, *, world: Workspace, journal: Journal, stamps: Stamps, deliveries: Deliveries) -> None:
        self._world = world
        self._journal = journal
        self._stamps = stamps
        self._deliveries = deliveries

    def post(
        self, channel: Channel, body: Json, *, app_id: str = "", metadata: Json | None = None
    ) -> Message:
        """Accept a new message; members hear of it, and the app too if it is one."""
        ts = self._stamps.next()
        root = body.get("thread_ts")
        message = Message(channel=channel.id, ts=ts, body=body | {"ts": ts}, app_id=app_id, metadata=metadata)
        channel.add(message)
        if root:
            self._count_reply(channel, str(root), message)
        self._write(Kind.MESSAGE, "message", message)
        self._tell(channel, self._event(channel, message.body, metadata))
        self._mention(channel, message)
        return message

    def edit(
        self, message: Message, body: Json, *, editor: str, metadata: Json | None = None, marked: bool = True
    ) -> Message:
        """Replace a message's content; an event `message_changed` carries the new and the old one."""
        channel = self._world.channels[message.channel]
        if marked:
            body = body | {"edited": {"user": editor, "ts": self._stamps.next()}}
        changed = self._world.revise(message, body | {"ts": message.ts}, metadata)
        self._write(Kind.EDIT, "message_changed", changed)
        self._hidden(
            channel,
            "message_changed",
            message=self._seen(changed.body, metadata),
            previous_message=self._seen(message.body, message.metadata),
        )
        return changed

    def delete(self, message: Message) -> None:
        """Take a message away; an event `message_deleted` carries what it was."""
        channel = self._world.channels[message.channel]
        self._world.keep(replace(message, deleted=True))
        self._write(Kind.DELETE, "message_deleted", message)
        if not message.only_for:
            self._hidden(
                channel, "message_deleted", deleted_ts=message.ts, previous_message=self._seen(message.body)
            )

    def whisper(self, channel: str, user: str, body: Json, *, app_id: str) -> Message:
        """Show a message to one person only; no event tells of it."""
        ts = self._stamps.next()
        message = Message(
            channel=channel,
            ts=ts,
            body=body | {"ts": ts, "is_ephemeral": True},
            app_id=app_id,
            only_for=user,
        )
        self._world.keep(message)
        self._write(Kind.MESSAGE, "ephemeral", message)
        return message

    def rewrite_whisper(self, message: Message, body: Json) -> Message:
        """Replace an ephemeral message in place."""
        new = body | {"ts": message.ts, "is_ephemeral": True}
        changed = self._world.revise(message, new, None)
        self._write(Kind.EDIT, "ephemeral", changed)
        return changed

    def react(self, message: Message, user: str, emoji: str) -> bool:
        """Add a reaction; false if this user already reacted so."""
        reactions = [dict(each) for each in message.body.get("reactions") or []]
        found = next((each for each in reactions if each["name"] == emoji), None)
        if found and user in found["users"]:
            return False
        if found:
            found |= {"users": [*found["users"], user], "count": found["count"] + 1}
        else:
            reactions.append({"name": emoji, "users": [user], "count": 1})
        changed = self._world.keep(replace(message, body=message.body | {"reactions": reactions}))
        self._write(Kind.EDIT, "reaction_added", changed, actor=user)
        event = {
            "type": "reaction_added",
            "user": user,
            "reaction": emoji,
            "item": {"type": "message", "channel": message.channel, "ts": message.ts},
            "item_user": message.body.get("user", ""),
            "event_ts": self._stamps.next(),
        }
        self._tell(self._world.channels[message.channel], event)
        return True

    def join(self, channel: Channel, user: str, inviter: str = "") -> None:
        """Make someone a member, and say so."""
        if user in channel.members:
            return
        channel.members.add(user)
        event = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel.id,
            "channel_type": {"channel": "C", "group": "G"}.get(channel.kind.value, "D"),
            "team": self._world.id,
            "event_ts": self._stamps.next(),
        }
        self._tell(channel, event | ({"inviter": inviter} if inviter else {}))

    def open_dm(self, first: str, second: str) -> Channel:
        """The direct conversation of two users; opened if it was not."""
        found = self._world.dm(first, second)
        if found:
            return found
        members = {first, second}
        return self._world.open_dm(
            Channel(id=new_id("D"), name="directmessage", kind=ChannelKind.DM, members=members)
        )

    def author(self, app: App) -> Json:
        """The fields of a message that name a modern app as its author."""
        return {
            "type": "message",
            "user": app.user_id,
            "bot_id": app.bot_id,
            "app_id": app.id,
            "team": self._world.id,
            "bot_profile": bot_profile(app, self._world.id),
        }

    def _tell(self, channel: Channel, event: Json) -> None:
        if self._world.app.user_id in channel.members:
            self._deliveries.event(event, shared=channel.shared)

    def _event(self, channel: Channel, body: Json, metadata: Json | None) -> Json:
        seen = self._seen(body, metadata)
        return seen | {"channel": channel.id, "event_ts": body["ts"], "channel_type": channel.kind.value}

    def _seen(self, body: Json, metadata: Json | None = None) -> Json:
        if metadata and "metadata.message:read" in self._world.app.scopes:
            return body | {"metadata": metadata}
        return body

    def _hidden(self, channel: Channel, subtype: str, **fields: object) -> None:
        ts = self._stamps.next()
        event: Json = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "channel_type": channel.kind.value,
            "ts": ts,
            "event_ts": ts,
        }
        self._tell(channel, event | fields)

    def _mention(self, channel: Channel, message: Message) -> None:
        app = self._world.app
        if channel.kind is ChannelKind.DM or message.body.get("bot_id") == app.bot_id:
            return
        if f"<@{app.user_id}>" not in message.text:
            return
        kept = ("user", "bot_id", "text", "ts", "client_msg_id", "team", "thread_ts", "blocks", "attachments")
        event = {key: message.body[key] for key in kept if key in message.body}
        self._tell(channel, {"type": "app_mention", **event, "channel": channel.id, "event_ts": message.ts})

    def _count_reply(self, channel: Channel, root: str, reply: Message) -> None:
        parent = channel.messages.get(root)
        if parent is None:
            return
        author = str(reply.body.get("user") or reply.body.get("bot_id") or "")
        users = list(dict.fromkeys([*parent.body.get("reply_users", []), author]))
        thread = {
            "thread_ts": root,
            "reply_count": int(parent.body.get("reply_count", 0)) + 1,
            "reply_users": users,
            "reply_users_count": len(users),
            "latest_reply": reply.ts,
        }
        self._world.keep(replace(parent, body=parent.body | thread))

    def _write(self, kind: Kind, name: str, message: Message, actor: str = "") -> None:
        author = str(message.body.get("user") or message.body.get("username") or "")
        user = self._world.users.get(author)
        self._journal.add(
            kind,
            name,
            actor=actor
            or (user.name if user and user.kind is not UserKind.BOT else message.app_id or author),
            channel=message.channel,
            ts=message.ts,
            payload=message.body
            if message.metadata is None
            else message.body | {"metadata": message.metadata},
        )
