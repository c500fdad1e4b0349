"""Whom somebody wants to page: mentions, and names of schedules and people, resolved to people."""

import asyncio
from dataclasses import replace
from datetime import datetime

from bot.domain.ids import ScheduleId
from bot.domain.ladder import ScheduleTarget
from bot.domain.people import Person, Standing
from bot.domain.refused import Refused
from bot.domain.roster import AD_HOC, Roster
from handlers import oncall_orders as o
from handlers.identity import Callers
from handlers.words import Unclear


async def people_of(
    targets: tuple[o.Target, ...], roster: Roster, callers: Callers, at: datetime
) -> tuple[Person, ...]:
    """The people, each once. Raises Refused when one of the targets is nobody who can be paged."""
    async with asyncio.TaskGroup() as group:
        found = [group.create_task(_one(target, roster, callers, at)) for target in targets]
    people: list[Person] = []
    for task in found:
        meant = task.result()
        if isinstance(meant, Refused):
            raise meant
        people += meant
    return tuple({person.id: person for person in people}.values())


async def _one(
    target: o.Target, roster: Roster, callers: Callers, at: datetime
) -> tuple[Person, ...] | Refused:
    match target:
        case o.User(id=user):
            person = await _mentioned(user, roster, callers)
            return person if isinstance(person, Refused) else (person,)
        case o.Named(name=name):
            return _named(name, roster, at)
        case o.Group():
            return await _members(target, roster, callers, at)


async def _members(
    group: o.Group, roster: Roster, callers: Callers, at: datetime
) -> tuple[Person, ...] | Refused:
    """Everybody of a group that a ladder names; of one that follows a schedule, whoever is on call."""
    label = f"@{group.label.removeprefix('@')}" if group.label else group.id
    following = [each for each, schedule in roster.schedules.items() if schedule.group == group.id]
    if group.id in roster.groups:
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(_mentioned(user, roster, callers)) for user in roster.groups[group.id]]
        people = [found for task in asked if not isinstance(found := task.result(), Refused)]
    elif following:
        reached = [each for one in following for each in roster.reach(ScheduleTarget(schedule=one), at)]
        people = [each.person for each in reached if each.person]
    else:
        return Unclear(
            "User groups are known to me when a ladder or a schedule of tocsin.yaml names them, and "
            f"{label} is none of those. Mention people, or name a schedule: `page primary`."
        )
    return tuple(people) or Refused(f"There is nobody in {label} who could be paged. Page a person instead.")


async def _mentioned(user: str, roster: Roster, callers: Callers) -> Person | Refused:
    person = roster.by_slack(user)
    if not person.id.startswith(AD_HOC):
        return person
    known = await callers.look_up(user)
    if known.standing in (Standing.BOT, Standing.DEACTIVATED):
        return Refused(f"Couldn't page {known.name}: that is {known.standing}, and nobody would be woken.")
    return replace(person, name=known.name)


def _named(name: str, roster: Roster, at: datetime) -> tuple[Person, ...] | Refused:
    wanted = name.casefold()
    for schedule in roster.schedules:
        if schedule.casefold() == wanted:
            reached = roster.reach(ScheduleTarget(schedule=ScheduleId(schedule)), at)
            return tuple(each.person for each in reached if each.person) or Refused(
                f"NOBODY ON CALL for {schedule} right now. Page a person instead."
            )
    for person in roster.people.values():
        if wanted in (person.id.casefold(), person.name.casefold()):
            return (person,)
    known = ", ".join(sorted(roster.schedules)) or "none"
    return Unclear(f"I don't know whom “{name}” means. Mention a person, or name a schedule: {known}.")
