"""The methods `chat.*` and `reactions.add`."""

from bot.sandbox.slack.call import Call, Method
from bot.sandbox.slack.content import TRUNCATED_AT, UPDATE_LIMIT, content, metadata, signed_by
from bot.sandbox.slack.limits import POSTING, SPECIAL, TIER_3, TIER_4
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.workspace import Channel, UserKind


def post_message(call: Call) -> Json:
    """chat.postMessage: a new message, also as a direct message to a user's id."""
    body = content(call.args)
    notes = metadata(call.args.get("metadata"))
    channel = call.target()
    sender = signed_by(call.app, call.hub.world.id, call.args, classic=call.app.classic)
    message = call.hub.feed.post(
        channel, sender | body | _thread(call, channel), app_id=call.app.id, metadata=notes
    )
    answer: Json = {"channel": channel.id, "ts": message.ts, "message": message.body}
    if len(call.text("text")) > TRUNCATED_AT:
        answer["warning"] = "message_truncated"
    return answer


def update(call: Call) -> Json:
    """chat.update: new content for one of the app's own messages; what is not given is gone or kept."""
    message = call.own_message("cant_update_message")
    channel = call.hub.world.channels[message.channel]
    if channel.archived:
        raise SlackError("is_archived")
    if len(call.text("text")) > UPDATE_LIMIT:
        raise SlackError("msg_too_long")
    notes = metadata(call.args["metadata"]) if "metadata" in call.args else message.metadata
    given = {k: v for k, v in call.args.items() if k in ("text", "blocks", "attachments", "markdown_text")}
    fresh = content(given)
    old = {k: v for k, v in message.body.items() if k not in ("blocks", "edited")}
    if "attachments" in given and not given["attachments"]:
        old.pop("attachments", None)
    marked = fresh["text"] != message.text
    if not marked and "edited" in message.body:
        old["edited"] = message.body["edited"]
    changed = call.hub.feed.edit(message, old | fresh, editor=call.app.user_id, metadata=notes, marked=marked)
    return {"channel": channel.id, "ts": message.ts, "text": changed.text, "message": changed.body}


def delete(call: Call) -> Json:
    """chat.delete: take one of the app's own messages away."""
    message = call.own_message("cant_delete_message")
    call.hub.feed.delete(message)
    return {"channel": message.channel, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    """chat.postEphemeral: a message that one member of the channel sees until they reload."""
    body = content(call.args)
    channel = call.target()
    user = call.user()
    if user.kind is UserKind.DEACTIVATED or user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    thread = _thread(call, channel)
    message = call.hub.feed.whisper(
        channel.id, user.id, call.hub.feed.author(call.app) | body | thread, app_id=call.app.id
    )
    return {"message_ts": message.ts}


def get_permalink(call: Call) -> Json:
    """chat.getPermalink: the address of a message."""
    channel = call.channel()
    message = channel.messages.get(call.need("message_ts"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    return {
        "channel": channel.id,
        "permalink": call.hub.permalink(channel.id, message.ts, message.thread_ts),
    }


def add_reaction(call: Call) -> Json:
    """reactions.add: an emoji under a message."""
    channel = call.channel()
    message = channel.messages.get(call.need("timestamp"))
    if message is None or message.deleted:
        raise SlackError("message_not_found")
    if channel.archived:
        raise SlackError("is_archived")
    if not call.hub.feed.react(message, call.app.user_id, call.need("name").strip(":")):
        raise SlackError("already_reacted")
    return {}


def _thread(call: Call, channel: Channel) -> Json:
    root = call.text("thread_ts")
    if not root:
        return {}
    parent = channel.messages.get(root)
    if parent is None or parent.deleted:
        raise SlackError("thread_not_found")
    root = parent.thread_ts or root
    broadcast = {"subtype": "thread_broadcast"} if call.flag("reply_broadcast") else {}
    return {"thread_ts": root, **broadcast}


METHODS = {
    "chat.postMessage": Method(run=post_message, allowance=POSTING, scopes=("chat:write",)),
    "chat.update": Method(run=update, allowance=TIER_3, scopes=("chat:write",)),
    "chat.delete": Method(run=delete, allowance=TIER_3, scopes=("chat:write",)),
    "chat.postEphemeral": Method(run=post_ephemeral, allowance=TIER_4, scopes=("chat:write",)),
    "chat.getPermalink": Method(run=get_permalink, allowance=SPECIAL),
    "reactions.add": Method(run=add_reaction, allowance=TIER_3, scopes=("reactions:write",)),
}
