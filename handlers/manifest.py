"""The app's manifest: what Slack must know of it, with no scope that is not used."""

from typing import Any, Literal

from bot.render import actions as a
from handlers.http import SLACK_PATH

SCOPES = {
    "app_mentions:read": "hear `@tocsin ack`",
    "channels:history": "read alerts in public channels, and find a message that may have been posted",
    "channels:read": "find the ids of channels by their names",
    "chat:write": "post cards, pages and replies",
    "chat:write.public": "post cards in public channels without being invited",
    "commands": "slash commands and shortcuts",
    "files:write": "show calendars of schedules as pictures",
    "groups:history": "read alerts in private channels",
    "groups:read": "find the ids of private channels by their names",
    "im:history": "hear what people write to the bot, and find a page that may have been sent",
    "im:write": "open direct conversations for pages",
    "metadata.message:read": "tell messages of our own, also those whose posting was never answered",
    "usergroups:read": "know who is in a user group",
    "usergroups:write": "have user groups follow schedules",
    "users:read": "know who acts, and their time zone",
}
EVENTS = ("app_home_opened", "app_mention", "message.channels", "message.groups", "message.im")

Manifest = dict[str, Any]  # Slack's JSON


def manifest(
    mode: Literal["socket", "http"],
    request_url: str | None = None,
    *,
    commands: tuple[str, str] = ("/incident", "/oncall"),
) -> Manifest:
    """The manifest for Socket Mode, or for HTTP at `request_url` (the public address, without a path)."""
    if (mode == "http") != (request_url is not None):
        raise ValueError("mode http needs a request URL, and mode socket has none")
    url = request_url.rstrip("/") + SLACK_PATH if request_url else None
    at = {"request_url": url} if url else {}
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Tocsin",
            "description": "Incidents, tickets and on-call paging from Slack",
            "background_color": "#1d1c1d",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "tocsin", "always_online": True},
            "shortcuts": _shortcuts(),
            "slash_commands": _commands(commands, url),
        },
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": mode == "socket",
            "token_rotation_enabled": False,
        },
    }


def _shortcuts() -> list[Manifest]:
    return [
        {
            "name": a.SHORTCUT_DECLARE_NAME,
            "type": "global",
            "callback_id": a.SHORTCUT_DECLARE,
            "description": "Open a new incident",
        },
        {
            "name": a.SHORTCUT_FROM_MESSAGE_NAME,
            "type": "message",
            "callback_id": a.SHORTCUT_FROM_MESSAGE,
            "description": "Turn this message into an incident",
        },
        {
            "name": a.SHORTCUT_TEACH_NAME,
            "type": "message",
            "callback_id": a.SHORTCUT_TEACH,
            "description": "Show how messages like this are to be read",
        },
    ]


def _commands(names: tuple[str, str], url: str | None) -> list[Manifest]:
    incident, on_call = names
    at = {"url": url} if url else {}
    return [
        {
            "command": incident,
            "description": "Declare, acknowledge and resolve incidents",
            "usage_hint": "[declare | ack | resolve | list | help]",
            "should_escape": True,
            **at,
        },
        {
            "command": on_call,
            "description": "Who is on call",
            "usage_hint": "[who | me | help]",
            "should_escape": True,
            **at,
        },
    ]
