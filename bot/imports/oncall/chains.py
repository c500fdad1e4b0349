"""Grafana OnCall's escalation chains as ladders: notifications up to a wait are one rung."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from bot.config.references import SHORTEST_WAIT
from bot.domain.calendar import Window
from bot.imports.aims import LAST_WAIT, person, waiting, within_limits
from bot.imports.draft import Aim, Climb, Hours, Step
from bot.imports.naming import title
from bot.imports.note import Place
from bot.imports.oncall.models import Chain, Policy
from bot.imports.people import People
from bot.imports.source import Source

REPEATS = 5
"""`repeat_escalation` goes back to the beginning at most that often."""

IGNORED = {
    "resolve": ("resolved the incident at that place", "Give the route `resolve_after:`, if that is meant."),
    "declare_incident": ("declared an incident elsewhere", "Every alert is an incident here."),
    "notify_if_num_alerts_in_window": (
        "went on only after so many alerts in a time",
        "The ladder goes on at once; give it a `delay:`, in which what clears by itself pages nobody.",
    ),
}


@dataclass(kw_only=True)
class Chains:
    """Translates chains. The mappings give our keys by OnCall's ids; `team` the people of a team."""

    source: Source
    people: People
    schedules: Mapping[str, str | None]
    groups: Mapping[str, str]
    webhooks: Mapping[str, str]
    team: Callable[[str], list[str]]
    channels: Mapping[str, str]
    calendars: dict[str, Hours] = field(default_factory=dict)
    _subject: str = ""
    _important: Place | None = None

    def climb(self, chain: Chain, policies: list[tuple[Policy, Place]], key: str, place: Place) -> Climb:
        """The chain as a ladder."""
        self._subject, self._important = f"ladder `{key}`", None
        climb = Climb(key=key, name=title(chain.name, key), steps=[])
        rung = Step(aims=[], wait=timedelta())
        repeated = False
        for policy, there in sorted(policies, key=lambda one: one[0].position):
            if repeated:
                what = "has steps after the one that repeats it, which come in every round now"
                self.source.notes.changed(self._subject, what, "Look at its rungs.", there)
            match policy.type:
                case "wait":
                    span = timedelta(seconds=policy.duration or 0)
                    if not climb.steps and not rung.aims:
                        climb.delay += span
                    else:
                        rung.wait += span
                case "repeat_escalation":
                    climb.rounds, repeated = REPEATS + 1, True
                case "notify_if_time_from_to":
                    rung = self._next(climb, rung)
                    self._hold(policy, rung, there)
                case _:
                    if rung.wait:
                        rung = self._next(climb, rung)
                    rung.aims += self._aims(policy, there)
        self._next(climb, rung)
        climb.delay = min(climb.delay, timedelta(days=7))
        self._settle(climb, place)
        return within_limits(climb, self.source.notes, place, self.source.channel)

    def _next(self, climb: Climb, rung: Step) -> Step:
        """Close a rung that pages somebody; one that does not hands its condition on."""
        if not rung.aims and not rung.wait:
            return rung
        climb.steps.append(rung)
        return Step(aims=[], wait=timedelta())

    def _settle(self, climb: Climb, place: Place) -> None:
        for number, step in enumerate(climb.steps):
            last = number + 1 == len(climb.steps)
            shortest = LAST_WAIT if last else SHORTEST_WAIT
            step.wait = waiting(step.wait or shortest, self._subject, self.source.notes, place)
        if self._important is not None:
            what = "a step notifies as important; here everyone's ways are the same for all steps"
            remedy = "`quiet:` of a person makes a difference by severity."
            self.source.notes.changed(self._subject, what, remedy, self._important)

    def _hold(self, policy: Policy, rung: Step, place: Place) -> None:
        begin, end = _clock(policy.notify_if_time_from), _clock(policy.notify_if_time_to)
        if begin is None or end is None or begin == end:
            what, remedy = "waits for hours that could not be read", "Write `when:` at the rung."
            self.source.notes.lost(self._subject, what, remedy, place)
            return
        key = f"utc-{begin:%H%M}-{end:%H%M}"
        self.calendars[key] = Hours(key=key, zone="UTC", windows=(Window(begin=begin, end=end),))
        rung.during, rung.hold = key, True

    def _aims(self, policy: Policy, place: Place) -> list[Aim]:
        if policy.important and self._important is None:
            self._important = place
        match policy.type:
            case "notify_persons":
                return [person(key) for key in self._keys(policy.persons_to_notify, place)]
            case "notify_person_next_each_time":
                people = tuple(dict.fromkeys(self._keys(policy.persons_to_notify_next_each_time, place)))
                if len(people) > 1:
                    return [Aim(kind="round_robin", people=people)]
                return [person(key) for key in people]
            case "notify_on_call_from_schedule":
                return self._named("schedule", policy.notify_on_call_from_schedule, self.schedules, place)
            case "notify_user_group":
                return self._named("group", policy.group_to_notify, self.groups, place)
            case "trigger_webhook" | "trigger_action":
                return self._named("webhook", policy.action_to_trigger, self.webhooks, place)
            case "notify_team_members":
                return [person(key) for key in self.team(policy.team_to_notify or "")]
            case "notify_whole_channel":
                channel = self.channels.get(policy.escalation_chain_id, self.source.channel)
                what = f"notified the whole channel of each alert's route; here it is always {channel}"
                remedy = (
                    "Look at that rung's `channel:`; services with other channels need ladders of their own."
                )
                self.source.notes.changed(self._subject, what, remedy, place)
                return [Aim(kind="channel", name=channel)]
            case kind:
                told = IGNORED.get(
                    kind or "", (f"has a step {title(kind, 'without a type')}", "Write whom to page.")
                )
                self.source.notes.lost(self._subject, told[0], told[1], place)
                return []

    def _keys(self, identifiers: list[str], place: Place) -> list[str]:
        return [self.people.key(one, None, place) for one in identifiers]

    def _named(
        self,
        kind: str,
        identifier: str | None,
        keys: Mapping[str, str | None] | Mapping[str, str],
        place: Place,
    ) -> list[Aim]:
        key = keys.get(identifier or "")
        if key is None:
            what = f"pages a {kind} that was not exported, or can't be used"
            self.source.notes.lost(self._subject, what, "Export it too, or write whom to page.", place)
            return []
        match kind:
            case "schedule":
                return [Aim(kind="schedule", name=key)]
            case "group":
                return [Aim(kind="group", name=key)]
            case _:
                return [Aim(kind="webhook", name=key)]


def _clock(text: str | None) -> time | None:
    """`09:00:00Z`."""
    try:
        found = time.fromisoformat((text or "").removesuffix("Z"))
    except ValueError:
        return None
    return time(found.hour, found.minute)
