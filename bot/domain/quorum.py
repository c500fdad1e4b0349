"""Quorums: whether enough of those whose answer is needed have acknowledged, and who is missing."""

from bot.domain.ids import ScheduleId
from bot.domain.incident import Acknowledgement, Incident, Status
from bot.domain.ladder import Escalation, PagedFor
from bot.domain.people import Actor


def enough(incident: Incident) -> bool:
    """Whether nobody else has to acknowledge.

    Once a ladder is exhausted the next one who acknowledges is enough: better somebody than nobody.
    """
    held, escalation = incident.acknowledgements, incident.escalation
    if not held or escalation is None:
        return bool(held)
    if escalation.exhausted_at is not None and any(item.at >= escalation.exhausted_at for item in held):
        return True
    ladder = escalation.ladder
    return len(held) >= ladder.acknowledgements and not missing_roles(incident)


def missing_roles(incident: Incident) -> tuple[ScheduleId, ...]:
    """The schedules for which nobody has acknowledged although somebody must."""
    escalation = incident.escalation
    if escalation is None or not escalation.ladder.roles:
        return ()
    filled = {role for item in incident.acknowledgements for role in item.roles}
    return tuple(role for role in escalation.ladder.roles if role not in filled)


def partly(incident: Incident) -> bool:
    """Whether somebody has it, and others are still asked."""
    return incident.status is Status.TRIGGERED and bool(incident.acknowledgements)


def still_needed(incident: Incident) -> int:
    """How many more must acknowledge; roles count one each."""
    escalation = incident.escalation
    if escalation is None or enough(incident):
        return 0
    count = escalation.ladder.acknowledgements - len(incident.acknowledgements)
    return max(count, len(missing_roles(incident)))


def missing_words(incident: Incident) -> str:
    """Who or how many are still needed: `commander`, `1 more`."""
    roles = missing_roles(incident)
    return ", ".join(roles) if roles else f"{still_needed(incident)} more"


def roles_of(
    escalation: Escalation | None, by: Actor, on_call: tuple[ScheduleId, ...]
) -> tuple[ScheduleId, ...]:
    """The roles for which somebody answers: on call for them now, or paged for them in this climb."""
    if escalation is None or not escalation.ladder.roles:
        return ()
    paged = {each.schedule for each in escalation.paged_for if each.slack_user == by.slack_user}
    return tuple(role for role in escalation.ladder.roles if role in paged or role in on_call)


def answered(incident: Incident, slack_user: str | None) -> bool:
    """Whether somebody has acknowledged already, while others are still asked."""
    return slack_user is not None and any(
        item.by.slack_user == slack_user for item in incident.acknowledgements
    )


def noted(known: tuple[PagedFor, ...], new: tuple[PagedFor, ...]) -> tuple[PagedFor, ...]:
    """Who was paged for which role, once each."""
    return tuple(dict.fromkeys((*known, *new)))


def with_role(item: Acknowledgement, roles: tuple[ScheduleId, ...]) -> tuple[ScheduleId, ...]:
    """The roles of an acknowledgement and those that were found since."""
    return tuple(dict.fromkeys((*item.roles, *roles)))
