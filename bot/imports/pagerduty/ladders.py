"""PagerDuty's escalation policies and services as our ladders and services."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.config.values import spoken
from bot.imports.aims import person, waiting, within_limits
from bot.imports.draft import SEVERITIES, Aim, Climb, Step, Subject
from bot.imports.naming import title
from bot.imports.note import Notes, Place
from bot.imports.pagerduty.models import Policy, Reference, Rule, Service, Urgency
from bot.imports.people import People


@dataclass(frozen=True, kw_only=True)
class Policies:
    """Translates escalation policies. `schedules` are keys by PagerDuty's ids; None was left out."""

    people: People
    schedules: Mapping[str, str | None]
    notes: Notes
    channel: str

    def climb(self, policy: Policy, key: str, place: Place) -> Climb:
        """The policy as a ladder: each rule a rung, and one round more than it has loops."""
        subject = f"ladder `{key}`"
        steps = []
        for number, rule in enumerate(policy.escalation_rules):
            there = place.below("escalation_rules", number)
            wait = waiting(timedelta(minutes=rule.escalation_delay_in_minutes), subject, self.notes, there)
            steps.append(Step(aims=self._aims(rule, subject, there), wait=wait))
        climb = Climb(
            key=key,
            name=title(policy.name or policy.summary, key),
            steps=steps,
            rounds=(policy.num_loops or 0) + 1,
        )
        return within_limits(climb, self.notes, place, self.channel)

    def _aims(self, rule: Rule, subject: str, place: Place) -> list[Aim]:
        aims = [
            aim
            for number, target in enumerate(rule.targets)
            if (aim := self._aim(target, subject, place.below("targets", number))) is not None
        ]
        if not rule.round_robin or len(aims) < 2:
            return aims
        if all(aim.kind == "person" for aim in aims):
            return [Aim(kind="round_robin", people=tuple(dict.fromkeys(aim.name for aim in aims)))]
        self.notes.changed(
            subject,
            "a rule takes turns among schedules (round robin); all of them are paged now",
            "Write `round_robin:` with people, or with one schedule whose members take turns.",
            place,
        )
        return aims

    def _aim(self, target: Reference, subject: str, place: Place) -> Aim | None:
        name = target.summary or target.name
        if (target.type or "").startswith("schedule"):
            key = self.schedules.get(target.id)
            if key is None:
                known = target.id in self.schedules
                what = f"pages the schedule {title(name, target.id)}, which " + (
                    "has nobody in it" if known else "was not exported"
                )
                self.notes.lost(subject, what, "Export that schedule too, or write whom to page.", place)
                return None
            return Aim(kind="schedule", name=key)
        if (target.type or "user").startswith("user"):
            return person(self.people.key(target.id, name, place))
        what = f"pages a {title(target.type, 'thing')}, which is not known here"
        self.notes.lost(subject, what, "Write whom to page.", place)
        return None


@dataclass(frozen=True, kw_only=True)
class Services:
    """Translates services. `ladders` are keys by PagerDuty's ids."""

    ladders: Mapping[str, str]
    notes: Notes

    def subject(self, service: Service, key: str, place: Place) -> Subject | None:
        """The service; None where it has no policy that was exported."""
        name = title(service.name or service.summary, key)
        told = f"service `{key}`"
        policy = service.escalation_policy
        ladder = self.ladders.get(policy.id) if policy else None
        if ladder is None:
            what = "its escalation policy was not exported: it is left out"
            self.notes.lost(told, what, "Export escalation policies too.", place)
            return None
        if service.status == "disabled":
            self.notes.info(told, "was disabled in PagerDuty; it is here all the same", place=place)
        timeout = timedelta(seconds=service.acknowledgement_timeout or 0)
        span = waiting(timeout, told, self.notes, place) if timeout else None
        self._auto_resolve(service, told, place)
        urgency = self._urgency(service, told, place)
        timeouts: dict[str, timedelta | None] = dict.fromkeys(SEVERITIES, span)
        return Subject(key=key, name=name, ladder=ladder, timeouts=timeouts, urgency=urgency)

    def _auto_resolve(self, service: Service, told: str, place: Place) -> None:
        if service.auto_resolve_timeout:
            span = spoken(timedelta(seconds=service.auto_resolve_timeout))
            self.notes.lost(
                told,
                f"resolved incidents by itself after {span}",
                "Let the monitoring say when it is over, or give its route `resolve_after:`, which counts "
                "from the last time that the alert was told.",
                place,
            )

    def _urgency(self, service: Service, told: str, place: Place) -> Literal["high", "low"] | None:
        """The one urgency of all its incidents, or None and a note; without a rule all are high."""
        rule = service.incident_urgency_rule
        constant: Literal["low"] | None = None
        if rule is None or (rule.type == "constant" and rule.urgency in {"high", None}):
            return "high"
        if rule.type == "use_support_hours":
            inside, outside = _words(rule.during_support_hours), _words(rule.outside_support_hours)
            what = f"incidents were {inside} urgent in its support hours and {outside} urgent outside"
            remedy = "Write a calendar with these hours, and `when: {during: …}` at the ladder's rungs."
        elif rule.urgency == "low":
            constant = "low"
            what = "all of its incidents had a low urgency"
            remedy = "Give its route `severity: sev3`; who has `quiet:` ways is then paged by those."
        else:
            what = "the urgency of its incidents came from the alerts' severity"
            remedy = (
                "Alerts bring their severity here too: sev3 and sev4 take the ways of `quiet:`, sev1, sev2 "
                "and alerts that tell none are urgent. `ladders:` of the service may differ by it."
            )
        self.notes.changed(told, what, remedy, place)
        return constant


def _words(urgency: Urgency | None) -> str:
    return title(urgency.urgency if urgency else None, "high").replace("_", " ")
