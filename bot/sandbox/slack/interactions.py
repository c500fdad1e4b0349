"""The payloads of commands, button presses, modals and shortcuts, field by field as Slack sends them."""

from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.targets import Found, state_of
from bot.sandbox.slack.views import shape
from bot.sandbox.slack.workspace import Channel, ChannelKind, Message, User, View

_TOKEN = "deprecated-verification-token"  # noqa: S105 - Slack's obsolete field
_NAMES = {ChannelKind.DM: "directmessage", ChannelKind.PRIVATE: "privategroup"}


def slash(hub: Hub, user: User, channel: Channel, command: str, text: str) -> Json:
    """The form fields of a slash command."""
    world = hub.world
    path = hub.triggers.response_path("commands", user=user.id, app_id=world.app.id, channel=channel.id)
    return {
        "token": _TOKEN,
        "team_id": world.id,
        "team_domain": world.domain,
        "channel_id": channel.id,
        "channel_name": _NAMES.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": world.app.id,
        "is_enterprise_install": "false",
        "response_url": hub.base_url + path,
        "trigger_id": hub.triggers.grant(user.id, world.app.id),
    }


def on_message(hub: Hub, user: User, message: Message, found: Found, action: Json) -> Json:
    """block_actions from a message; an ephemeral one is not repeated in it."""
    channel = hub.world.channels[message.channel]
    container: Json = {
        "type": "message_attachment" if found.attachment else "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if found.attachment:
        container |= {"attachment_id": found.attachment, "is_app_unfurl": False}
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    path = hub.triggers.response_path(
        "actions", user=user.id, app_id=message.app_id, channel=channel.id, message=message
    )
    payload = _envelope(hub, user, "block_actions") | {
        "container": container,
        "trigger_id": hub.triggers.grant(user.id, message.app_id),
        "channel": _channel(channel),
        "state": {"values": state_of(message.body, {})},
        "response_url": hub.base_url + path,
        "actions": [_action(hub, found, action)],
    }
    if action.get("type") not in ("button", "overflow"):
        state = {found.element["action_id"]: action}
        payload["state"]["values"].setdefault(found.block["block_id"], {}).update(state)
    return payload if message.only_for else payload | {"message": message.body}


def on_view(hub: Hub, user: User, view: View, found: Found, action: Json) -> Json:
    """block_actions from a modal or the Home tab: no channel, no message, no response URL."""
    return _envelope(hub, user, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": hub.triggers.grant(user.id, view.app_id),
        "view": seen(hub, view),
        "state": {"values": state_of(view.body, view.state)},
        "actions": [_action(hub, found, action)],
    }


def submission(hub: Hub, user: User, view: View) -> Json:
    """view_submission, with a response URL for each conversation that was chosen to answer in."""
    return _envelope(hub, user, "view_submission") | {
        "trigger_id": hub.triggers.grant(user.id, view.app_id),
        "view": seen(hub, view),
        "response_urls": _response_urls(hub, user, view),
        "is_enterprise_install": False,
    }


def closed(hub: Hub, user: User, view: View, *, cleared: bool) -> Json:
    """view_closed."""
    payload = _envelope(hub, user, "view_closed")
    return payload | {"view": seen(hub, view), "is_cleared": cleared, "is_enterprise_install": False}


def global_shortcut(hub: Hub, user: User, callback_id: str) -> Json:
    """A shortcut of the workspace: no channel and no response URL."""
    payload = _envelope(hub, user, "shortcut")
    del payload["api_app_id"]
    return payload | {
        "action_ts": hub.stamps.next(),
        "callback_id": callback_id,
        "trigger_id": hub.triggers.grant(user.id, hub.world.app.id),
        "is_enterprise_install": False,
        "enterprise": None,
    }


def message_shortcut(hub: Hub, user: User, message: Message, callback_id: str) -> Json:
    """A shortcut from a message's menu, with the message."""
    app, channel = hub.world.app, hub.world.channels[message.channel]
    path = hub.triggers.response_path("app", user=user.id, app_id=app.id, channel=channel.id)
    return _envelope(hub, user, "message_action") | {
        "action_ts": hub.stamps.next(),
        "callback_id": callback_id,
        "trigger_id": hub.triggers.grant(user.id, app.id),
        "response_url": hub.base_url + path,
        "message_ts": message.ts,
        "channel": _channel(channel),
        "message": message.body,
        "is_enterprise_install": False,
        "enterprise": None,
    }


def suggestion(hub: Hub, user: User, target: Message | View, found: Found, typed: str) -> Json:
    """block_suggestion: what was typed into an external select."""
    payload = _envelope(hub, user, "block_suggestion") | {
        "action_id": found.element["action_id"],
        "block_id": found.block["block_id"],
        "value": typed,
    }
    if isinstance(target, View):
        return payload | {
            "container": {"type": "view", "view_id": target.id},
            "view": seen(hub, target),
        }
    container = {"type": "message", "message_ts": target.ts, "channel_id": target.channel}
    channel = _channel(hub.world.channels[target.channel])
    return payload | {"container": container, "channel": channel, "message": target.body}


def home_opened(hub: Hub, user: User, channel: Channel) -> Json:
    """The event app_home_opened, with the view that is published for this user, if any."""
    event: Json = {
        "type": "app_home_opened",
        "user": user.id,
        "channel": channel.id,
        "tab": "home",
        "event_ts": hub.stamps.next(),
    }
    name = hub.world.homes.get(user.id)
    return event | ({"view": shape(hub.world.views[name], hub)} if name else {})


def seen(hub: Hub, view: View) -> Json:
    """A view with everything that stands in its fields."""
    return shape(view, hub) | {"state": {"values": state_of(view.body, view.state)}}


def _envelope(hub: Hub, user: User, kind: str) -> Json:
    world = hub.world
    return {
        "type": kind,
        "team": {"id": world.id, "domain": world.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id},
        "api_app_id": world.app.id,
        "token": _TOKEN,
    }


def _channel(channel: Channel) -> Json:
    return {"id": channel.id, "name": _NAMES.get(channel.kind, channel.name)}


def _action(hub: Hub, found: Found, action: Json) -> Json:
    kept = ("type", "action_id", "text", "value", "style", "url", "placeholder", "confirm")
    own = {key: found.element[key] for key in kept if key in found.element}
    return own | action | {"block_id": found.block["block_id"], "action_ts": hub.stamps.next()}


def _response_urls(hub: Hub, user: User, view: View) -> list[Json]:
    urls: list[Json] = []
    values = state_of(view.body, view.state)
    for block in view.body["blocks"]:
        element = block.get("element") or {}
        if not element.get("response_url_enabled"):
            continue
        state = values[block["block_id"]][element["action_id"]]
        channel = state.get("selected_conversation") or state.get("selected_channel")
        if channel:
            path = hub.triggers.response_path("app", user=user.id, app_id=view.app_id, channel=channel)
            place = {"block_id": block["block_id"], "action_id": element["action_id"]}
            urls.append(place | {"channel_id": channel, "response_url": hub.base_url + path})
    return urls
