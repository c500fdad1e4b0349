"""The method that sets the members of a user group."""

from dataclasses import replace

from bot.sandbox.slack.call import Call, Method
from bot.sandbox.slack.limits import TIER_2
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.workspace import UserKind


def set_users(call: Call) -> Json:
    """usergroups.users.update: the whole list anew. Nobody, guests, bots and people who left are refused."""
    world = call.hub.world
    group = world.groups.get(call.need("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    if group.disabled:
        raise SlackError("subteam_disabled")
    users = [each for each in call.text("users").split(",") if each]
    if not users:
        raise SlackError("no_users_provided")
    for each in users:
        user = world.users.get(each)
        if user is None or user.kind in (UserKind.DEACTIVATED, UserKind.STRANGER):
            raise SlackError("invalid_users")
        if user.kind is not UserKind.MEMBER:
            raise SlackError("user_is_restricted" if user.kind is UserKind.GUEST else "user_is_bot")
    world.groups[group.id] = replace(group, users=tuple(users))
    return {"usergroup": {"id": group.id, "users": users, "user_count": len(users)}}


METHODS = {
    "usergroups.users.update": Method(run=set_users, allowance=TIER_2, scopes=("usergroups:write",)),
}
