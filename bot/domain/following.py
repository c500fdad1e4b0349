"""Following: who belongs into the Slack user groups of schedules."""

from datetime import datetime

from bot.domain.roster import Roster


def followers(roster: Roster, at: datetime) -> dict[str, tuple[str, ...]]:
    """The Slack user ids of each group, sorted, from all that share it; empty: nobody is on call."""
    found: dict[str, set[str]] = {}
    for schedule in roster.schedules.values():
        if schedule.group is None:
            continue
        members = found.setdefault(schedule.group, set())
        people = (roster.person(shift.person) for shift in roster.on_call(schedule.id, at))
        members |= {person.slack_user for person in people if person and person.slack_user}
    return {group: tuple(sorted(members)) for group, members in found.items()}
