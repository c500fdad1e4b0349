"""Opsgenie: from the documents of an export or a configuration backup to the draft."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from bot.imports.aims import LAST_WAIT, within_limits
from bot.imports.draft import Aim, Climb, Draft, Step, Subject
from bot.imports.entries import Entry, Object, Vocabulary, merged
from bot.imports.naming import Keys, title
from bot.imports.nesting import settle
from bot.imports.note import Place
from bot.imports.opsgenie.ladders import Escalations
from bot.imports.opsgenie.models import (
    Escalation,
    Override,
    Recipient,
    RoutingRule,
    Schedule,
    Service,
    Team,
    Timeline,
    User,
)
from bot.imports.opsgenie.schedules import Schedules
from bot.imports.opsgenie.teams import Teams
from bot.imports.people import Found, People
from bot.imports.record import Some
from bot.imports.source import Source, Translator

NAME = "Opsgenie"
KINDS = {
    "users": "user",
    "teams": "team",
    "schedules": "schedule",
    "escalations": "escalation",
    "services": "service",
    "timelines": "timeline",
    "timeline": "timeline",
    "overrides": "override",
    "scheduleOverrides": "override",
    "scheduleoverrides": "override",
    "routing_rules": "routing rule",
    "integrations": "integration",
    "heartbeats": "heartbeat",
    "maintenance": "maintenance",
    "maintenances": "maintenance",
    "policies": "policy",
    "policiesV2": "policy",
    "policiesv2": "policy",
    "policy": "policy",
    "policyorders": "order of policies",
    "policyOrders": "order of policies",
    "forwardings": "forwarding",
    "forwarding_rules": "forwarding",
    "forwardingRules": "forwarding",
    "customuserroles": "role",
    "customUserRoles": "role",
    "groups": "group",
    "notifications": "notification rule",
    "notification_rules": "notification rule",
}
WAYS = {"mobile": "push", "mobile-app": "push", "voice": "voice", "sms": "SMS", "email": "email"}
CONFIGS = {"user": "notificationRuleList", "schedule": "scheduleOverrideList", "team": "teamRoutingRules"}
OWN = {"user", "team", "schedule", "escalation", "service", "timeline", "override", "routing rule"}
SILENT = {"role", "order of policies", "group"}
REMEDIES = {
    "integration": "Have the monitoring post to a channel (`channels:`) or to an address (`integrations:`).",
    "heartbeat": "Write it under `heartbeats:`, and have what sends it call the new address.",
    "maintenance": "Plan it in Slack (`/incident maintenance`), or under `maintenance:` if it recurs.",
    "policy": "Write `routes:`, which look at the labels of alerts.",
    "forwarding": "Make an override in Slack for that time: `/oncall override`.",
    "notification rule": "Use the configuration backup, which says whose rules they are.",
}


def recognise(hint: str, data: Object) -> str | None:
    """The kind of an object by its keys, or by the file or folder it stood in."""
    for kind, beside in CONFIGS.items():
        if isinstance(data.get(kind), dict) and (beside in data or hint == kind):
            return kind
    if "finalTimeline" in data:
        return "timeline"
    if "startDate" in data and "user" in data and "participants" not in data:
        return "override"
    if not isinstance(data.get("id"), str):
        return (
            hint
            if hint in {"routing rule", "forwarding", "order of policies"} and "data" not in data
            else None
        )
    if "username" in data and ("fullName" in data or "role" in data or hint in {"user", ""}):
        return "user"
    if isinstance(data.get("rules"), list):
        return "escalation"
    if "rotations" in data or ("timezone" in data and "enabled" in data):
        return "schedule"
    if "notify" in data:
        return "routing rule"
    if "members" in data:
        return "team"
    return hint or None


def expected(envelope: Object, items: int) -> int:
    """`paging.next` tells from where on there is more; `totalCount` how many there are."""
    total, paging = envelope.get("totalCount"), envelope.get("paging")
    if isinstance(total, int):
        return total
    following = paging.get("next") if isinstance(paging, dict) else None
    if not isinstance(following, str):
        return items
    offset = parse_qs(urlsplit(following).query).get("offset", [""])[0] if len(following) < 2000 else ""
    return max(int(offset) if offset.isdecimal() and len(offset) < 8 else 0, items) + 1


VOCABULARY = Vocabulary(
    kinds=KINDS, lists=frozenset({"data", "results", "opsgenie"}), recognise=recognise, expected=expected
)


@dataclass(kw_only=True)
class Translation:
    """One export of Opsgenie's on its way to a draft."""

    source: Source
    draft: Draft = field(default_factory=lambda: Draft(product=NAME))
    _schedules: dict[str, str | None] = field(default_factory=dict)
    _ladders: dict[str, str] = field(default_factory=dict)
    _ladder_keys: Keys = field(default_factory=Keys)

    def run(self) -> Draft:
        """Everything that could be read. The reader has the problems of what could not."""
        people = self._people()
        teams = Teams(source=self.source, people=people)
        for team, place in self._read(Team, "team"):
            teams.add(self._with_rules(team), place)
        schedules = list(self._read(Schedule, "schedule"))
        self._plans(schedules, people, teams)
        escalations = list(self._read(Escalation, "escalation"))
        for escalation, _ in escalations:
            self._ladders[escalation.id] = self._ladder_keys.give(escalation.name or "", fallback="ladder")
        known = [escalation for escalation, _ in escalations], [schedule for schedule, _ in schedules]
        ways = {team.id: teams.way(team, *known) for team, _ in teams.teams.values()}
        names = {("escalation", one.name or ""): one.id for one in known[0]}
        names |= {("schedule", one.name or ""): one.id for one in known[1]}
        translator = Escalations(
            source=self.source,
            teams=teams,
            schedules=self._schedules,
            ladders=self._ladders,
            ways=ways,
            names=names,
        )
        for escalation, place in escalations:
            key = self._ladders[escalation.id]
            self.draft.ladders.append(translator.climb(escalation, key, place))
        settle(self.draft.ladders, self.source.notes)
        self._services(teams, ways, names)
        for climb in self.draft.ladders:
            within_limits(climb, self.source.notes, Place(), self.source.channel)
        self.draft.people = list(people.humans.values())
        self._others()
        return self.draft

    def _read(self, model: type[Some], kind: str) -> Iterator[tuple[Some, Place]]:
        """The records of a kind, once each; a backup's wrappers are taken off."""
        for entry in merged([_unwrapped(one) for one in self.source.contents.of(kind)]):
            if (record := self.source.reader.read(model, entry.data, entry.place)) is not None:
                yield record, entry.place

    def _people(self) -> People:
        whole = bool(self.source.contents.of("user"))
        people = People(notes=self.source.notes, slack=self.source.slack, whole=whole)
        for user, place in self._read(User, "user"):
            found = Found(
                id=user.id,
                name=user.full_name or user.username,
                email=user.username,
                zone=user.time_zone,
                methods=_ways(user),
                blocked=bool(user.blocked),
                place=place,
            )
            people.add(found)
        return people

    def _with_rules(self, team: Team) -> Team:
        """Routing rules that came in a file of their own, with the team's id in its name."""
        if team.routing_rules:
            return team
        found = [
            rule
            for entry in self.source.contents.of("routing rule")
            if team.id in entry.place.file
            and (rule := self.source.reader.read(RoutingRule, entry.data, entry.place)) is not None
        ]
        return team.model_copy(update={"routing_rules": found})

    def _plans(self, schedules: list[tuple[Schedule, Place]], people: People, teams: Teams) -> None:
        translator, keys = Schedules(source=self.source, people=people, members=teams.members), Keys()
        timelines = list(self._timelines())
        for schedule, place in schedules:
            key = keys.give(schedule.name or "", fallback="schedule")
            plan = translator.plan(schedule, key, place)
            self._schedules[schedule.id] = plan.key if plan else None
            if plan is None:
                continue
            self.draft.schedules.append(plan)
            self.draft.known_from[key] = self.source.now
            overrides = [*schedule.overrides, *self._loose_overrides(schedule)]
            self.draft.overrides[key] = translator.overrides(overrides, place.below("overrides"))
            for timeline, file in timelines:
                parent = timeline.parent
                if (parent and parent.id == schedule.id) or schedule.id in file:
                    self.draft.rendered[key] = translator.rendered(timeline)

    def _timelines(self) -> Iterator[tuple[Timeline, str]]:
        for entry in self.source.contents.of("timeline"):
            if (timeline := self.source.reader.read(Timeline, entry.data, entry.place)) is not None:
                yield timeline, entry.place.file

    def _loose_overrides(self, schedule: Schedule) -> Iterator[Override]:
        for entry in self.source.contents.of("override"):
            parent = entry.data.get("_parent")
            belongs = isinstance(parent, dict) and parent.get("id") == schedule.id
            if belongs or schedule.id in entry.place.file:
                override = self.source.reader.read(Override, entry.data, entry.place)
                if override is not None:
                    yield override

    def _services(
        self, teams: Teams, ways: Mapping[str, Recipient | None], names: Mapping[tuple[str, str], str]
    ) -> None:
        """Each team is a service, and so is each service of a team."""
        keys, ladders = Keys(), {}
        for team, place in teams.teams.values():
            teams.tell_rules(team, place)
            ladder = self._ladder_of(team, ways.get(team.id), names)
            if ladder is not None:
                ladders[team.id] = ladder
                key = keys.give(team.name or "", fallback="team")
                self.draft.services.append(Subject(key=key, name=title(team.name, key), ladder=ladder))
        for service, place in self._read(Service, "service"):
            ladder = ladders.get(service.team_id or "")
            key = keys.give(service.name or "", fallback="service")
            if ladder is None:
                what = "its team was not exported, or pages nobody: it is left out"
                self.source.notes.lost(f"service `{key}`", what, "Export teams too.", place)
                continue
            self.draft.services.append(Subject(key=key, name=title(service.name, key), ladder=ladder))

    def _ladder_of(
        self, team: Team, way: Recipient | None, names: Mapping[tuple[str, str], str]
    ) -> str | None:
        """The ladder that takes a team's alerts; one is made where they go to a schedule at once."""
        if way is None or way.type not in {"schedule", "escalation"}:
            return None
        identifier = way.id or names.get((way.type, way.name or ""), "")
        if way.type == "escalation":
            return self._ladders.get(identifier)
        schedule = self._schedules.get(identifier)
        if schedule is None:
            return None
        key = self._ladder_keys.give(team.name or "", fallback="team")
        step = Step(aims=[Aim(kind="schedule", name=schedule)], wait=max(LAST_WAIT, timedelta()))
        self.draft.ladders.append(Climb(key=key, name=title(team.name, key), steps=[step]))
        return key

    def _others(self) -> None:
        for kind, entries in self.source.contents.entries.items():
            if kind in OWN or kind in SILENT:
                continue
            for entry in entries:
                name = title(str(entry.data.get("name") or entry.data.get("alias") or ""), "without a name")
                remedy = REMEDIES.get(kind, "There is nothing like it here.")
                what = f"what Opsgenie calls {kind} is not translated"
                self.source.notes.lost(f"{kind} {name}", what, remedy, entry.place)


def _unwrapped(entry: Entry) -> Entry:
    """A backup's `{"user": {…}, "notificationRuleList": […]}` as one object."""
    inner = entry.data.get(entry.kind)
    if not isinstance(inner, dict):
        return entry
    beside = {name: value for name, value in entry.data.items() if name != entry.kind}
    return Entry(kind=entry.kind, place=entry.place.below(entry.kind), data={**inner, **beside})


def _ways(user: User) -> tuple[tuple[str, float], ...] | None:
    """The steps of the rule for new alerts."""
    found = []
    for rule in user.notification_rules:
        if not rule.enabled or rule.action_type not in {"create-alert", None}:
            continue
        for step in rule.steps:
            method = (step.contact.method if step.contact else None) or step.method or ""
            if step.enabled and method in WAYS:
                found.append((WAYS[method], float(step.send_after.minutes if step.send_after else 0)))
    told = "notification_rules" in user.model_fields_set
    return tuple(found) if found or told else None


def translate(source: Source) -> Draft:
    """The draft of one export."""
    return Translation(source=source).run()


TRANSLATOR = Translator(vocabulary=VOCABULARY, translate=translate)
