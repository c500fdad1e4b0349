"""Opsgenie's teams: who is in them, and where their alerts go."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.imports.naming import title
from bot.imports.note import Place
from bot.imports.opsgenie.models import Escalation, Recipient, RoutingRule, Schedule, Team
from bot.imports.people import People
from bot.imports.source import Source


@dataclass(kw_only=True)
class Teams:
    """All teams of an export, by id and by name."""

    source: Source
    people: People
    teams: dict[str, tuple[Team, Place]] = field(default_factory=dict)
    _by_name: dict[str, str] = field(default_factory=dict)

    def add(self, team: Team, place: Place) -> None:
        """Take a team in."""
        self.teams[team.id] = team, place
        if team.name:
            self._by_name[team.name] = team.id

    def find(self, one: Recipient) -> Team | None:
        """The team that a recipient means."""
        found = self.teams.get(one.id or "") or self.teams.get(self._by_name.get(one.name or "", ""))
        return found[0] if found else None

    def members(self, one: Recipient, place: Place, roles: Iterable[str] = ("admin", "user")) -> list[str]:
        """The keys of its members with one of these roles, or any role of the customer's own."""
        team = self.find(one)
        if team is None:
            name = title(one.name, one.id or "without a name")
            what = f"the team {name} was not exported: nobody of it is paged"
            self.source.notes.lost("teams", what, "Export teams with their members too.", place)
            return []
        wanted = set(roles)
        return [
            self.people.key(member.user.id or str(member.user.username), member.user.username, place)
            for member in team.members
            if (member.user.id or member.user.username)
            and (member.role in wanted or (len(wanted) > 1 and member.role != "none"))
        ]

    def way(
        self, team: Team, escalations: Iterable[Escalation], schedules: Iterable[Schedule]
    ) -> Recipient | None:
        """Where its alerts go that no other rule takes: by its routing rules, or by what belongs to it."""
        if team.routing_rules:
            rule = next((one for one in team.routing_rules if one.is_default), team.routing_rules[-1])
            return rule.notify
        for escalation in escalations:
            if escalation.owner_team and escalation.owner_team.id == team.id:
                return Recipient(type="escalation", id=escalation.id, name=escalation.name)
        for schedule in schedules:
            if schedule.owner_team and schedule.owner_team.id == team.id:
                return Recipient(type="schedule", id=schedule.id, name=schedule.name)
        return None

    def tell_rules(self, team: Team, place: Place) -> None:
        """Rules with criteria or hours have no equal: say each."""
        if len(team.routing_rules) < 2:
            return
        default = next((one for one in team.routing_rules if one.is_default), team.routing_rules[-1])
        for number, rule in enumerate(team.routing_rules):
            if rule is not default:
                self.source.notes.lost(
                    f"team {title(team.name, team.id)}",
                    f"the routing rule {title(rule.name, str(number + 1))} ({_told(rule)}) is not translated",
                    "Write a route by labels to a service of its own; for hours, `when:` at the rungs.",
                    place.below("teamRoutingRules", number),
                )


def _told(rule: RoutingRule) -> str:
    parts = []
    criteria = str((rule.criteria or {}).get("type", "match-all")).replace("_", "-")
    if criteria != "match-all":
        parts.append("by criteria")
    if rule.time_restriction is not None:
        parts.append("in some hours")
    if rule.notify is not None:
        parts.append(f"to {rule.notify.type} {title(rule.notify.name, rule.notify.id or '')}".rstrip())
    return ", ".join(parts) or "for all alerts"
