"""The outlook: who would be paged next, if nothing happens meanwhile."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.incident import Incident
from bot.domain.ladder import ChannelTarget, WebhookTarget
from bot.domain.roster import Roster


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """Names (of people and channels) and when their turn comes. No names: nobody is there at that time."""

    names: tuple[str, ...]
    at: datetime


def outlook(incident: Incident, roster: Roster) -> Outlook | None:
    """The next rung of a live climb, resolved for the moment at which it is due; None when none is."""
    escalation = incident.escalation
    if escalation is None or escalation.due_at is None:
        return None
    if escalation.exhausted_at is None and escalation.step.round > escalation.ladder.rounds:
        ladder = escalation.catch_all or escalation.ladder
        rung = ladder.rungs[0]
    else:
        rung = escalation.rung
    names: list[str] = []
    for target in rung.targets:
        if isinstance(target, ChannelTarget):
            names.append(target.channel)
        elif isinstance(target, WebhookTarget):
            names.append(target.name)
        else:
            found = roster.reach(target, escalation.due_at)
            names += [each.person.name for each in found if each.person]
    return Outlook(names=tuple(dict.fromkeys(names)), at=escalation.due_at)


def in_charge(incident: Incident, roster: Roster, now: datetime) -> tuple[str, ...]:
    """The Slack users who have the incident; while nobody has, those of its ladder's first rung."""
    users = [item.by.slack_user for item in incident.acknowledgements]
    if not users and (ladder := incident.service.ladder_for(incident.severity)):
        reached = (
            each.person
            for t in ladder.rungs[0].targets
            if not isinstance(t, ChannelTarget | WebhookTarget)
            for each in roster.reach(t, now)
        )
        users = [person.slack_user for person in reached if person]
    return tuple(dict.fromkeys(user for user in users if user))
