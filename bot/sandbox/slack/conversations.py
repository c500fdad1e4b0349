"""The methods `conversations.*`."""

import base64
import binascii
from collections.abc import Iterable
from itertools import chain, islice
from typing import TypeVar

from bot.sandbox.slack.call import Call, Method
from bot.sandbox.slack.limits import TIER_2, TIER_3, TIER_4
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.workspace import Channel, ChannelKind, Message

_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
T = TypeVar("T")
_CREATED = 1_700_000_000
_TYPES = {
    "public_channel": ChannelKind.PUBLIC,
    "private_channel": ChannelKind.PRIVATE,
    "im": ChannelKind.DM,
    "mpim": ChannelKind.GROUP_DM,
}


def history(call: Call) -> Json:
    """conversations.history: the messages of a channel without their threads, newest first."""
    channel = call.readable("history")
    _must_be_member(call, channel)
    window = _window(call, channel, channel.roots)
    return _page(call, channel.standing(reversed(window)), 999)


def replies(call: Call) -> Json:
    """conversations.replies: a thread with its root, oldest first."""
    channel = call.readable("history")
    _must_be_member(call, channel)
    asked = channel.messages.get(call.need("ts"))
    if asked is None or asked.deleted:
        raise SlackError("thread_not_found")
    root = channel.messages[asked.thread_ts or asked.ts]
    window = _window(call, channel, channel.threads.get(root.ts, []))
    return _page(call, chain([root], channel.standing(window)), 1000)


def info(call: Call) -> Json:
    """conversations.info: one conversation, with the app's membership."""
    channel = call.readable("read")
    return {"channel": _shape(call, channel)}


def listed(call: Call) -> Json:
    """conversations.list: those that the app can see, of the wanted types."""
    wanted = [_TYPES.get(t.strip()) for t in (call.text("types") or "public_channel").split(",")]
    if None in wanted:
        raise SlackError("invalid_types")
    hide = call.flag("exclude_archived")
    found = [
        c
        for c in call.hub.world.channels.values()
        if c.kind in wanted
        and not (hide and c.archived)
        and (c.kind is ChannelKind.PUBLIC or call.app.user_id in c.members)
    ]
    part, cursor = cut(call, found, 1000)
    return {"channels": [_shape(call, c) for c in part], "response_metadata": {"next_cursor": cursor}}


def opened(call: Call) -> Json:
    """conversations.open: the direct conversation with one user."""
    names = [n for n in call.text("users").split(",") if n]
    if not names and call.text("channel"):
        return {"channel": {"id": call.channel().id}}
    if len(names) != 1:
        raise SlackError("users_list_not_supplied" if not names else "too_many_users")
    user = call.hub.world.users.get(names[0])
    if user is None:
        raise SlackError("user_not_found")
    known = call.hub.world.dm(call.app.user_id, user.id) is not None
    channel = call.dm_with(user)
    shape = _shape(call, channel) if call.flag("return_im") else {"id": channel.id}
    return {"channel": shape, **({"no_op": True, "already_open": True} if known else {})}


def join(call: Call) -> Json:
    """conversations.join: become a member of a public channel."""
    channel = call.channel()
    if channel.kind is not ChannelKind.PUBLIC:
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    known = call.app.user_id in channel.members
    call.hub.feed.join(channel, call.app.user_id)
    note = {"warning": "already_in_channel"} if known else {}
    return {"channel": _shape(call, channel), **note}


def members(call: Call) -> Json:
    """conversations.members: the ids of a conversation's members."""
    channel = call.readable("read")
    part, cursor = cut(call, sorted(channel.members), 1000)
    return {"members": part, "response_metadata": {"next_cursor": cursor}}


def cut(call: Call, found: Iterable[T], most: int) -> tuple[list[T], str]:
    """One page of a list and the cursor of the next."""
    limit = call.number("limit", 100, most)
    start = _offset(call.text("cursor"))
    part = list(islice(found, start, start + limit + 1))
    more = base64.b64encode(f"next:{start + limit}".encode()).decode() if len(part) > limit else ""
    return part[:limit], more


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackError("invalid_cursor") from None


def _window(call: Call, channel: Channel, order: list[str]) -> list[str]:
    oldest, latest = (_stamp(call.text(name), name) for name in ("oldest", "latest"))
    return channel.between(order, oldest, latest, inclusive=call.flag("inclusive"))


def _stamp(text: str, name: str) -> str:
    if not text or text == "0":
        return ""
    whole, _, fraction = text.partition(".")
    if not (whole.isdigit() and (not fraction or fraction.isdigit())):
        raise SlackError(f"invalid_ts_{name}")
    return f"{int(whole):010d}.{fraction[:6].ljust(6, '0')}"


def _page(call: Call, found: Iterable[Message], most: int) -> Json:
    part, cursor = cut(call, found, most)
    rich = call.flag("include_all_metadata")
    shown = [m.body | {"metadata": m.metadata} if rich and m.metadata else m.body for m in part]
    answer: Json = {"messages": shown, "has_more": bool(cursor)}
    return answer | ({"response_metadata": {"next_cursor": cursor}} if cursor else {})


def _must_be_member(call: Call, channel: Channel) -> None:
    if call.app.user_id not in channel.members:
        raise SlackError("not_in_channel")


def _shape(call: Call, channel: Channel) -> Json:
    member = call.app.user_id in channel.members
    if channel.kind is ChannelKind.DM:
        other = next(iter(channel.members - {call.app.user_id}), call.app.user_id)
        return {"id": channel.id, "created": _CREATED, "is_im": True, "user": other, "is_archived": False}
    private = channel.kind is not ChannelKind.PUBLIC
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "created": _CREATED,
        "creator": "U0ANNLEE001",
        "is_channel": not private,
        "is_group": private,
        "is_im": False,
        "is_mpim": channel.kind is ChannelKind.GROUP_DM,
        "is_private": private,
        "is_archived": channel.archived,
        "is_general": channel.name == "general",
        "is_shared": channel.shared,
        "is_ext_shared": channel.shared,
        "is_org_shared": False,
        "is_member": member,
        "num_members": len(channel.members),
        "context_team_id": call.hub.world.id,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


METHODS = {
    "conversations.history": Method(run=history, allowance=TIER_3, scopes=_HISTORY),
    "conversations.replies": Method(run=replies, allowance=TIER_3, scopes=_HISTORY),
    "conversations.info": Method(run=info, allowance=TIER_3, scopes=_READ),
    "conversations.list": Method(run=listed, allowance=TIER_2, scopes=_READ),
    "conversations.open": Method(run=opened, allowance=TIER_3, scopes=("im:write", "mpim:write")),
    "conversations.join": Method(run=join, allowance=TIER_3, scopes=("channels:join",)),
    "conversations.members": Method(run=members, allowance=TIER_4, scopes=_READ),
}
