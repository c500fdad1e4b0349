"""The cast: whatever a file of one's own names, brought into the local Slack and the local Jira."""

from collections.abc import Iterator
from dataclasses import replace

from bot.domain.configuration import Configuration
from bot.domain.ladder import ChannelTarget, Ladder
from bot.domain.service import TicketPlan
from bot.domain.webhook import Webhook
from bot.sandbox.jira.model import IssueType, Project
from bot.sandbox.jira.seed import SCREEN, operations
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.workspace import Channel, Group, User, UserKind, Workspace

HERE = frozenset({UserKind.MEMBER, UserKind.GUEST, UserKind.BOT})


def cast(world: Workspace, configuration: Configuration) -> None:
    """Make the people, channels and user groups that the workspace does not have, and put everybody in."""
    known = set(world.users)
    for person in configuration.roster.people.values():
        if person.slack_user:
            _enter(world, person.slack_user, person.id, person.name, person.zone, person.email)
    for user in sorted(_others(configuration)):
        _enter(world, user, user.lower(), user, "UTC", None)
    for name in _channels(configuration):
        if world.channel(name) is None:
            named = name.startswith("#")
            room = Channel(id=new_id("C") if named else name, name=name.removeprefix("#").lower())
            room.members |= {user.id for user in world.users.values() if user.kind in HERE}
            world.channels[room.id] = room
    for room in world.channels.values():
        room.members |= set(world.users) - known
    ours = tuple(each.slack_user for each in configuration.roster.people.values() if each.slack_user)
    for group in sorted(_groups(configuration) - set(world.groups)):
        world.groups[group] = Group(id=group, handle=group.lower(), name=group, users=ours)


def projects(configuration: Configuration) -> list[Project]:
    """The projects that the services' tickets go to, and the one that is always there."""
    found = {"OPS": operations()}
    for plan in _plans(configuration):
        project = found.get(plan.project) or replace(
            operations(), id=str(10_000 + len(found)), key=plan.project, name=plan.project
        )
        if all(plan.issue_type not in (each.name, each.id) for each in project.types):
            new = IssueType(id=str(10_100 + len(project.types)), name=plan.issue_type, screen=SCREEN)
            project = replace(project, types=(*project.types, new))
        found[plan.project] = project
    return list(found.values())


def harmless(configuration: Configuration) -> Configuration:
    """The same, with webhooks that lead nowhere: a demonstration tells nobody outside this machine."""
    nowhere = {
        name: Webhook(name=name, url=f"https://{index}.demonstration.invalid/")
        for index, name in enumerate(configuration.webhooks)
    }
    return replace(configuration, webhooks=nowhere)


def stage_door(configuration: Configuration) -> str | None:
    """The channel whose alerts anybody may post, if there is one."""
    return next((watch.channel for watch in configuration.watches if not watch.bots), None)


def _enter(world: Workspace, user: str, handle: str, name: str, zone: str, email: str | None) -> None:
    if user in world.users:
        return
    taken = {each.name for each in world.users.values()}
    handle = handle if handle not in taken else f"{handle}-{user.lower()}"
    world.users[user] = User(
        id=user, name=handle, real_name=name, email=email or "", tz=zone, team_id=world.id
    )


def _others(configuration: Configuration) -> set[str]:
    """Those who may do something although they are not paged."""
    rights = configuration.authority
    lists = [rights.responders, rights.admins, *rights.leads.values(), *rights.members.values()]
    return {user for each in lists for user in each if user.startswith(("U", "W"))}


def _channels(configuration: Configuration) -> Iterator[str]:
    yield from (watch.channel for watch in configuration.watches)
    yield from (each.channel for each in configuration.roster.schedules.values() if each.channel)
    for service in configuration.services.values():
        yield service.channel
        for ladder in (service.ladder, service.catch_all, *service.ladders.values()):
            yield from _paged(ladder)


def _paged(ladder: Ladder | None) -> Iterator[str]:
    for rung in ladder.rungs if ladder else ():
        yield from (target.channel for target in rung.targets if isinstance(target, ChannelTarget))


def _groups(configuration: Configuration) -> set[str]:
    follow = {each.group for each in configuration.roster.schedules.values() if each.group}
    return follow | set(configuration.roster.groups)


def _plans(configuration: Configuration) -> list[TicketPlan]:
    return [service.ticket for service in configuration.services.values() if service.ticket is not None]
