"""The workspace "Example Co": the people, channels and integrations that demo and tests begin with."""

import copy

from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.workspace import App, Channel, ChannelKind, Group, User, UserKind, Workspace

TEAM = "T0EXAMPLE01"
BOT_TOKEN = "xoxb-1000000000001-tocsin-sandbox"  # noqa: S105 - opens nothing but the sandbox
APP_TOKEN = "xapp-1-A0TOCSIN001-sandbox"  # noqa: S105 - opens nothing but the sandbox
SIGNING_SECRET = "5a0db0c5e1ec7de0sandboxonly00000"  # noqa: S105 - signs nothing but the sandbox's requests

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "metadata.message:read",
    "mpim:history",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "usergroups:write",
    "users:read",
    "users:read.email",
)
EVENTS = (
    "app_home_opened",
    "app_mention",
    "member_joined_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
)
MANIFEST: Json = {
    "display_information": {"name": "Tocsin"},
    "features": {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "bot_user": {"display_name": "tocsin", "always_online": True},
        "shortcuts": [
            {"name": "Declare an incident", "type": "global", "callback_id": "incident_declare"},
            {"name": "Create incident", "type": "message", "callback_id": "incident_from_message"},
        ],
        "slash_commands": [
            {"command": "/incident", "description": "Incidents", "should_escape": True},
            {"command": "/oncall", "description": "Who is on call", "should_escape": True},
        ],
    },
    "oauth_config": {"scopes": {"bot": list(SCOPES)}},
    "settings": {
        "event_subscriptions": {"bot_events": list(EVENTS)},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}

_PEOPLE = (
    ("U0ANNLEE001", "ann", "Ann Lee", "Europe/London", UserKind.MEMBER),
    ("U0BOBRAY001", "bob", "Bob Ray", "America/New_York", UserKind.MEMBER),
    ("U0CLEODIAZ1", "cleo", "Cleo Diaz", "Asia/Tokyo", UserKind.MEMBER),
    ("U0DANGUEST1", "dan", "Dan Guest", "Europe/Berlin", UserKind.GUEST),
    ("U0EVESTRNG1", "eve", "Eve Stranger", "Europe/Paris", UserKind.STRANGER),
    ("U0FAYGONE01", "fay", "Fay Gone", "Europe/London", UserKind.DEACTIVATED),
)
_CHANNELS = (
    ("C0GENERAL01", "general", ChannelKind.PUBLIC),
    ("C0ALERTS001", "alerts", ChannelKind.PUBLIC),
    ("C0INCIDENT1", "incidents", ChannelKind.PUBLIC),
    ("C0PAYMENTS1", "payments", ChannelKind.PUBLIC),
)
_SHARED = "payments"  # with Eve's organisation, through Slack Connect
_INTEGRATIONS = (
    ("A0ALERTMGR1", "B0ALERTMGR1", "Alertmanager", True),
    ("A0GRAFANA01", "B0GRAFANA01", "Grafana", False),
)


def seed(manifest: Json | None = None) -> Workspace:
    """A new "Example Co". `manifest` says what the app may do and hears; the default allows everything."""
    app = _the_app(copy.deepcopy(manifest or MANIFEST))
    world = Workspace(id=TEAM, name="Example Co", domain="example-co", app=app)
    for user_id, name, real_name, zone, kind in _PEOPLE:
        away = kind is UserKind.STRANGER
        domain = "elsewhere.example" if away else "example.com"
        world.users[user_id] = User(
            id=user_id,
            name=name,
            real_name=real_name,
            email=f"{name}@{domain}",
            tz=zone,
            kind=kind,
            team_id="T0ELSEWHERE" if away else TEAM,
        )
    for channel_id, name, sort in _CHANNELS:
        shared = name == _SHARED
        here = {p[0] for p in _PEOPLE if p[4] in (UserKind.MEMBER, UserKind.GUEST)} | {app.user_id}
        strangers = {p[0] for p in _PEOPLE if p[4] is UserKind.STRANGER} if shared else set()
        world.channels[channel_id] = Channel(
            id=channel_id, name=name, kind=sort, members=here | strangers, shared=shared
        )
    for app_id, bot_id, name, classic in _INTEGRATIONS:
        add_integration(world, App(**_integration(app_id, bot_id, name), classic=classic))
    add_bot_user(world, app)
    world.groups["S0ONCALL001"] = Group(
        id="S0ONCALL001", handle="oncall", name="On call", users=("U0ANNLEE001", "U0BOBRAY001")
    )
    return world


def add_person(
    world: Workspace,
    name: str,
    real_name: str,
    *,
    tz: str = "Europe/London",
    kind: UserKind = UserKind.MEMBER,
) -> User:
    """Another person, in no channel yet."""
    user = User(
        id=new_id("U"),
        name=name,
        real_name=real_name,
        email=f"{name}@example.com",
        tz=tz,
        kind=kind,
        team_id=world.id,
    )
    world.users[user.id] = user
    return user


def add_channel(
    world: Workspace, name: str, *members: str, kind: ChannelKind = ChannelKind.PUBLIC
) -> Channel:
    """Another channel with these members, by handle or id; the app is not in it unless it is named."""
    ids = {user.id for each in members if (user := world.user(each))}
    channel = Channel(id=new_id("C"), name=name, kind=kind, members=ids)
    world.channels[channel.id] = channel
    return channel


def add_integration(world: Workspace, app: App) -> App:
    """Install another app: a bot user, a webhook, and membership of every channel that exists.

    Direct conversations stay those of their two.
    """
    world.apps[app.id] = app
    add_bot_user(world, app)
    for channel in world.channels.values():
        if channel.kind in (ChannelKind.PUBLIC, ChannelKind.PRIVATE):
            channel.members.add(app.user_id)
    return app


def add_bot_user(world: Workspace, app: App) -> None:
    """Give an app its user in the workspace."""
    features = app.manifest.get("features") or {}
    handle = (features.get("bot_user") or {}).get("display_name") or app.name.lower()
    world.users[app.user_id] = User(
        id=app.user_id,
        name=handle,
        real_name=app.name,
        kind=UserKind.BOT,
        team_id=world.id,
        bot_id=app.bot_id,
        app_id=app.id,
        tz="America/Los_Angeles",
    )


def _the_app(manifest: Json) -> App:
    scopes = ((manifest.get("oauth_config") or {}).get("scopes") or {}).get("bot") or []
    return App(
        id="A0TOCSIN001",
        name=str((manifest.get("display_information") or {}).get("name", "Tocsin")),
        bot_id="B0TOCSIN001",
        user_id="U0TOCSIN001",
        bot_token=BOT_TOKEN,
        app_token=APP_TOKEN,
        signing_secret=SIGNING_SECRET,
        scopes=set(scopes),
        manifest=manifest,
    )


def _integration(app_id: str, bot_id: str, name: str) -> Json:
    return {
        "id": app_id,
        "name": name,
        "bot_id": bot_id,
        "user_id": "U" + bot_id[1:],
        "bot_token": f"xoxb-sandbox-{name.lower()}",
        "scopes": {"chat:write", "chat:write.public", "channels:read", "channels:history", "reactions:write"},
        "hook_path": f"/services/{TEAM}/{bot_id}/sandbox{name.lower()}",
    }
