"""The methods about people, groups, apps and the workspace."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.sandbox.slack.call import Call, Method
from bot.sandbox.slack.conversations import cut
from bot.sandbox.slack.limits import SPECIAL, TIER_2, TIER_3, TIER_4
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.workspace import Group, User, UserKind, Workspace


def auth_test(call: Call) -> Json:
    """auth.test: who the token belongs to."""
    world, app = call.hub.world, call.app
    return {
        "url": f"https://{world.domain}.slack.com/",
        "team": world.name,
        "user": world.users[app.user_id].name,
        "team_id": world.id,
        "user_id": app.user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
        **({"enterprise_id": world.enterprise} if world.enterprise else {}),
    }


def open_connection(call: Call) -> Json:
    """apps.connections.open: the address of a WebSocket, good for one handshake."""
    socket = call.hub.base_url.replace("http://", "ws://", 1)
    ticket = call.hub.sockets.ticket()
    return {"url": f"{socket}/link/?ticket={ticket}&app_id={call.app.id}"}


def user_info(call: Call) -> Json:
    """users.info: one user."""
    return {"user": user_shape(call.user(), call)}


def user_list(call: Call) -> Json:
    """users.list: everybody, bots included."""
    part, cursor = cut(call, list(call.hub.world.users.values()), 1000)
    return {
        "members": [user_shape(user, call) for user in part],
        "cache_ts": int(call.hub.clock.now().timestamp()),
        "response_metadata": {"next_cursor": cursor},
    }


def user_by_email(call: Call) -> Json:
    """users.lookupByEmail: an active user of this workspace."""
    wanted = call.need("email").casefold()
    found = next(
        (
            u
            for u in call.hub.world.users.values()
            if u.email.casefold() == wanted and u.kind not in (UserKind.DEACTIVATED, UserKind.BOT)
        ),
        None,
    )
    if found is None:
        raise SlackError("users_not_found")
    return {"user": user_shape(found, call)}


def group_list(call: Call) -> Json:
    """usergroups.list: the user groups, with their members if asked."""
    full = call.flag("include_users")
    return {"usergroups": [_group_shape(g, call, full=full) for g in call.hub.world.groups.values()]}


def group_users(call: Call) -> Json:
    """usergroups.users.list: the members of one user group."""
    group = call.hub.world.groups.get(call.need("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


def bot_info(call: Call) -> Json:
    """bots.info: an app's bot."""
    app = call.hub.world.integration(call.text("bot") or call.app.bot_id)
    if app is None:
        raise SlackError("bot_not_found")
    icons = {"image_36": "https://a.slack-edge.com/80588/img/plugins/app/bot_36.png"}
    bot = {"id": app.bot_id, "deleted": False, "name": app.name, "updated": 1607307935, "icons": icons}
    return {"bot": bot | {"app_id": app.id, "user_id": app.user_id}}


def team_info(call: Call) -> Json:
    """team.info: the workspace."""
    world = call.hub.world
    team = {"id": world.id, "name": world.name, "domain": world.domain, "email_domain": "example.com"}
    return {"team": team | {"icon": {"image_default": True}, "url": f"https://{world.domain}.slack.com/"}}


def _of_grid(user: User, world: Workspace) -> Json:
    if not world.enterprise or user.team_id != world.id:
        return {}
    return {"enterprise_user": {"id": user.id, "enterprise_id": world.enterprise, "teams": [world.id]}}


def user_shape(user: User, call: Call) -> Json:
    """A user's JSON; the e-mail address needs its own scope."""
    now: datetime = call.hub.clock.now()
    offset = now.astimezone(ZoneInfo(user.tz)).utcoffset()
    profile: Json = {
        "real_name": user.real_name,
        "display_name": user.name,
        "real_name_normalized": user.real_name,
        "display_name_normalized": user.name,
        "team": user.team_id,
        "avatar_hash": f"g{user.id.lower()}",
    }
    if user.email and "users:read.email" in call.app.scopes:
        profile["email"] = user.email
    if user.kind is UserKind.BOT:
        profile |= {"bot_id": user.bot_id, "api_app_id": user.app_id}
    return _of_grid(user, call.hub.world) | {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.kind is UserKind.DEACTIVATED,
        "tz": user.tz,
        "tz_label": user.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": user.kind is UserKind.GUEST,
        "is_ultra_restricted": False,
        "is_stranger": user.kind is UserKind.STRANGER,
        "is_bot": user.kind is UserKind.BOT,
        "is_app_user": False,
        "is_email_confirmed": user.kind is not UserKind.BOT,
        "updated": 1_700_000_000,
    }


def _group_shape(group: Group, call: Call, *, full: bool) -> Json:
    shape: Json = {
        "id": group.id,
        "team_id": call.hub.world.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "handle": group.handle,
        "description": "",
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return shape | ({"users": list(group.users)} if full else {})


METHODS = {
    "auth.test": Method(run=auth_test, allowance=SPECIAL),
    "users.info": Method(run=user_info, allowance=TIER_4, scopes=("users:read",)),
    "users.list": Method(run=user_list, allowance=TIER_2, scopes=("users:read",)),
    "users.lookupByEmail": Method(run=user_by_email, allowance=TIER_3, scopes=("users:read.email",)),
    "usergroups.list": Method(run=group_list, allowance=TIER_2, scopes=("usergroups:read",)),
    "usergroups.users.list": Method(run=group_users, allowance=TIER_2, scopes=("usergroups:read",)),
    "bots.info": Method(run=bot_info, allowance=TIER_3, scopes=("users:read",)),
    "team.info": Method(run=team_info, allowance=TIER_3, scopes=("team:read",)),
}
