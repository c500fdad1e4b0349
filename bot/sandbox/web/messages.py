"""Messages as a person sees them: who said it, when, the drawn body, its reactions and its thread."""

from collections.abc import Iterable
from dataclasses import dataclass
from zlib import crc32

from markupsafe import Markup

from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.targets import elements, state_of
from bot.sandbox.slack.workspace import Channel, ChannelKind, Message, UserKind
from bot.sandbox.web.attachments import attachments
from bot.sandbox.web.blocks import Canvas, blocks
from bot.sandbox.web.emoji import EMOJI
from bot.sandbox.web.files import files
from bot.sandbox.web.mrkdwn import mrkdwn
from bot.sandbox.web.reader import Reader, shown_name

MOST = 200
"""Messages that one page shows; older ones are in the local Slack all the same."""
HUES = 12


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who stands beside a message."""

    name: str
    initials: str
    hue: int
    badge: str = ""


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """An emoji under a message."""

    emoji: str
    name: str
    count: int
    mine: bool


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One message, ready to be drawn."""

    dom_id: str
    ts: str
    channel: str
    author: Author
    when: str
    iso: str
    body: Markup
    edited: bool
    pressable: bool
    whisper: bool
    reactions: tuple[Reaction, ...]
    replies: int
    last_reply: str
    root: str
    echo: bool


def shown(message: Message, reader: Reader, *, prefix: str = "m") -> Shown:
    """A message; `prefix` keeps its ids apart where it is shown twice on a page."""
    body, stamp = message.body, reader.stamp(message.ts)
    replies = int(body.get("reply_count") or 0)
    return Shown(
        dom_id=dom_id(message.ts, prefix),
        ts=message.ts,
        channel=message.channel,
        author=author(body, reader),
        when=reader.short(stamp),
        iso=stamp.isoformat(timespec="seconds"),
        body=drawn(body, reader),
        edited=bool(body.get("edited")),
        pressable=any(True for _ in elements(body)),
        whisper=bool(message.only_for),
        reactions=tuple(_reaction(each, reader) for each in body.get("reactions") or []),
        replies=replies,
        last_reply=reader.short(reader.stamp(str(body["latest_reply"]))) if replies else "",
        root=message.thread_ts,
        echo=body.get("subtype") == "thread_broadcast",
    )


def drawn(body: Json, reader: Reader) -> Markup:
    """Text, or the blocks that stand for it, and the attachments."""
    canvas = Canvas(reader=reader, values=state_of(body, {}))
    words = str(body.get("text") or "")
    text = (
        blocks(body["blocks"], canvas)
        if body.get("blocks")
        else Markup('<div class="b-text">{}</div>').format(mrkdwn(words, reader))
        if words
        else Markup("")
    )
    return text + attachments(body.get("attachments"), canvas) + files(body.get("files"))


def author(body: Json, reader: Reader) -> Author:
    """The sender's name and look."""
    user = reader.world.users.get(str(body.get("user") or ""))
    if body.get("user") == "USLACKBOT":
        return Author(name="Slackbot", initials="SB", hue=0, badge="APP")
    if body.get("subtype") == "bot_message" or user is None:
        name = str(body.get("username") or "An app")
        return Author(name=name, initials=initials(name), hue=hue(name), badge="APP")
    name = shown_name(user)
    badge = {
        UserKind.BOT: "APP",
        UserKind.GUEST: "GUEST",
        UserKind.STRANGER: "EXTERNAL",
    }.get(user.kind, "")
    return Author(name=name, initials=initials(name), hue=hue(user.id), badge=badge)


def initials(name: str) -> str:
    """One or two letters that stand for a name."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def hue(seed: str) -> int:
    """One of the few avatar colours, always the same one for the same seed."""
    return crc32(seed.encode("utf-8", "replace")) % HUES


def dom_id(ts: str, prefix: str = "m") -> str:
    """The id of a message's element; permalinks end in it."""
    return f"{prefix}-{ts.replace('.', '-')}"


def in_channel(channel: Channel, reader: Reader) -> list[Message]:
    """The newest messages of a channel that the reader sees, oldest first, whispers among them."""
    whispers = [m for m in reader.world.shown_to(reader.user.id, channel.id) if not m.thread_ts]
    roots = [m for ts in channel.roots[-MOST:] if not (m := channel.messages[ts]).deleted]
    return _in_order([*roots, *whispers])


def in_thread(channel: Channel, root: str, reader: Reader) -> list[Message]:
    """A thread with its root, oldest first."""
    whispers = [m for m in reader.world.shown_to(reader.user.id, channel.id) if m.thread_ts == root]
    order = [root, *channel.threads.get(root, [])[-MOST:]]
    said = [m for ts in order if (m := channel.messages.get(ts)) and not m.deleted]
    return _in_order([*said, *whispers])


def room_title(channel: Channel, reader: Reader) -> str:
    """What stands above a room: `#name`, or who is at the other end."""
    if channel.kind is not ChannelKind.DM:
        return f"#{channel.name}"
    other = next(iter(channel.members - {reader.user.id}), reader.user.id)
    return reader.name_of(other) or "Direct message"


def _in_order(messages: Iterable[Message]) -> list[Message]:
    return sorted(messages, key=lambda m: m.ts)


def _reaction(one: Json, reader: Reader) -> Reaction:
    name = str(one["name"])
    return Reaction(
        emoji=EMOJI.get(name, f":{name}:"),
        name=name,
        count=int(one["count"]),
        mine=reader.user.id in one["users"],
    )
