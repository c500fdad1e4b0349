"""The outlook: who would be paged next, if nothing happens meanwhile."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.aim import Aiming
from bot.domain.incident import Incident
from bot.domain.ladder import ChannelTarget, Escalation, WebhookTarget
from bot.domain.prospect import prospect
from bot.domain.rest import asked_anew, kept
from bot.domain.roster import Roster

MOST = 50
"""Hand-offs that are looked beyond while everybody sleeps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """Names (of people, channels and machines) and when their turn comes. No names: nobody is there then."""

    names: tuple[str, ...]
    at: datetime


def outlook(incident: Incident, roster: Roster) -> Outlook | None:
    """What a live climb pages next, found as the climb itself will find it; None when none is under way.

    A rung that will be held, or kept back by quiet hours, is told for the moment at which it can fire.
    """
    escalation = incident.escalation
    if escalation is None or escalation.due_at is None:
        return None
    at = escalation.due_at
    if escalation.hold is not None:
        at = max(at, escalation.hold.until)
    if names := _in_turn(incident, escalation, roster, at):
        return Outlook(names=names, at=at)
    ahead = prospect(incident, escalation, roster, at)
    for _ in range(MOST):
        rest = kept(ahead.place, ahead.aim, incident.severity, at) if ahead.aim else None
        if rest is None or ahead.place.hurried:
            break
        at = asked_anew(ahead.place, rest, roster, at)
        ahead = prospect(incident, replace(ahead.place, kept=rest, hold=None, spin=None), roster, at)
    names = ahead.aim.names if ahead.aim else ()
    return Outlook(names=tuple(dict.fromkeys(names)), at=ahead.hold.until if ahead.hold else at)


class Outlooks:
    """The outlook that was asked for last: a burst of one request asks for the same again and again."""

    def __init__(self) -> None:
        self._last: tuple[Incident, Roster, Outlook | None] | None = None

    def of(self, incident: Incident, roster: Roster) -> Outlook | None:
        """As `outlook`; looked for anew unless these very two were asked for last."""
        last = self._last
        if last is None or last[0] is not incident or last[1] is not roster:
            last = self._last = incident, roster, outlook(incident, roster)
        return last[2]


def _in_turn(incident: Incident, escalation: Escalation, roster: Roster, at: datetime) -> tuple[str, ...]:
    """Those whose turn comes within the rung that fired last; nobody when no round robin goes on."""
    spin = escalation.spin
    if spin is None or at >= spin.until:
        return ()
    place = replace(escalation, step=spin.step)
    return Aiming(incident=incident, place=place, roster=roster, at=at).spin(spin.paged).names


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
