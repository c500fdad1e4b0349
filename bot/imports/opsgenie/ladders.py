"""Opsgenie's escalations as ladders: rules in the order of their delays, repeats as rounds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from bot.config.references import LONGEST_WAIT
from bot.imports.aims import LAST_WAIT, person, waiting, within_limits
from bot.imports.draft import Aim, Climb, Step
from bot.imports.naming import title
from bot.imports.note import Place
from bot.imports.opsgenie.models import Escalation, Recipient, Rule
from bot.imports.opsgenie.teams import Teams
from bot.imports.source import Source

WHICH = {"next": "next", "all": "everyone"}


@dataclass(kw_only=True)
class Escalations:
    """Translates escalations. `schedules` and `ladders` are keys by ids; `ways` are those of teams."""

    source: Source
    teams: Teams
    schedules: Mapping[str, str | None]
    ladders: Mapping[str, str]
    ways: Mapping[str, Recipient | None]
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _subject: str = ""

    def climb(self, escalation: Escalation, key: str, place: Place) -> Climb:
        """The escalation as a ladder. Delays count from the alert there, and from the last rung here."""
        self._subject = f"ladder `{key}`"
        rules = sorted(
            ((rule, place.below("rules", number)) for number, rule in enumerate(escalation.rules)),
            key=lambda one: one[0].delay.minutes,
        )
        grouped = [
            (minutes, [aim for rule, there in group for aim in self._aims(rule, there)])
            for minutes, group in groupby(rules, key=lambda one: one[0].delay.minutes)
        ]
        climb = Climb(key=key, name=title(escalation.name, key), steps=[])
        first = grouped[0][0] if grouped else 0
        climb.delay = min(timedelta(minutes=first), LONGEST_WAIT)
        last = self._repeat(escalation, climb, first, place)
        for number, (minutes, aims) in enumerate(grouped):
            after = grouped[number + 1][0] - minutes if number + 1 < len(grouped) else None
            wait = timedelta(minutes=after) if after is not None else last
            climb.steps.append(Step(aims=aims, wait=waiting(wait, self._subject, self.source.notes, place)))
        self._tell(escalation, place)
        return within_limits(climb, self.source.notes, place, self.source.channel)

    def _repeat(self, escalation: Escalation, climb: Climb, first: int, place: Place) -> timedelta:
        """Sets the rounds; the wait of the last rung."""
        repeat = escalation.repeat
        if repeat is None or repeat.count == 0:
            return LAST_WAIT
        climb.rounds = repeat.count + 1
        if repeat.close_alert_after_all:
            what = "closed the alert after the last repeat; here it goes on until somebody acknowledges"
            self.source.notes.changed(self._subject, what, place=place)
        return timedelta(minutes=repeat.wait_interval + first)

    def _tell(self, escalation: Escalation, place: Place) -> None:
        if any(rule.condition == "if-not-closed" for rule in escalation.rules):
            self.source.notes.changed(
                self._subject,
                "a rule goes on until the alert is closed; here an acknowledgement ends the climb",
                "`acknowledgement_timeouts:` of the service bring back what is only acknowledged.",
                place,
            )

    def _aims(self, rule: Rule, place: Place) -> list[Aim]:
        one = rule.recipient
        match one.type:
            case "user":
                key = self.teams.people.key(one.id or str(one.username), one.username or one.name, place)
                return [person(key)] if one.id or one.username else []
            case "schedule":
                return self._schedule(rule, place)
            case "team":
                return self._team(rule, place)
            case "escalation":
                ladder = self.ladders.get(self._id(one))
                return [Aim(kind="ladder", name=ladder)] if ladder else self._unknown(one, place)
            case _:
                return self._unknown(one, place)

    def _schedule(self, rule: Rule, place: Place) -> list[Aim]:
        key = self.schedules.get(self._id(rule.recipient))
        if key is None:
            return self._unknown(rule.recipient, place)
        if rule.notify_type == "previous":
            what = "pages whoever was on call before; here whoever is on call now"
            remedy = "Look whether the rung is still needed."
            self.source.notes.changed(self._subject, what, remedy, place)
        match rule.notify_type:
            case "next":
                return [Aim(kind="schedule", name=key, which="next")]
            case "all" | "users" | "admins":
                return [Aim(kind="schedule", name=key, which="everyone")]
            case _:
                return [Aim(kind="schedule", name=key)]

    def _team(self, rule: Rule, place: Place) -> list[Aim]:
        one = rule.recipient
        roles = {"users": ("user",), "admins": ("admin",)}.get(rule.notify_type, ("admin", "user"))
        if rule.notify_type == "random":
            people = tuple(self.teams.members(one, place))
            if len(people) > 1:
                return [Aim(kind="round_robin", people=people)]
            return [person(key) for key in people]
        team = self.teams.find(one)
        way = self.ways.get(team.id) if team and rule.notify_type == "default" else None
        if way is not None and way.type == "schedule" and (key := self.schedules.get(self._id(way))):
            return [Aim(kind="schedule", name=key)]
        if way is not None and way.type == "escalation" and (key := self.ladders.get(self._id(way))):
            return [Aim(kind="ladder", name=key)]
        if rule.notify_type == "default" and team is not None:
            name = title(team.name, team.id)
            what = f"pages the team {name}, whose routing rules lead nowhere: all its members now"
            self.source.notes.changed(self._subject, what, "Write whom to page.", place)
        return [person(key) for key in self.teams.members(one, place, roles)]

    def _id(self, one: Recipient) -> str:
        return one.id or self.names.get((one.type, one.name or ""), "")

    def _unknown(self, one: Recipient, place: Place) -> list[Aim]:
        name = title(one.name, one.id or "without a name")
        what = f"pages the {title(one.type, 'recipient')} {name}, which was not exported or is empty"
        self.source.notes.lost(self._subject, what, "Export it too, or write whom to page.", place)
        return []
