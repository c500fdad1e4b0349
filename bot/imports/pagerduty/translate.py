"""PagerDuty: from the documents of an export to the draft."""

from dataclasses import dataclass, field

from bot.imports.draft import Draft, Stand
from bot.imports.entries import Object, Vocabulary, merged
from bot.imports.fitting import fitted
from bot.imports.naming import Keys, title
from bot.imports.pagerduty.ladders import Policies, Services
from bot.imports.pagerduty.models import Entry as Turn
from bot.imports.pagerduty.models import Policy, Schedule, Service, User
from bot.imports.pagerduty.schedules import Schedules
from bot.imports.pagerduty.terraform import unpacked
from bot.imports.people import Found, People
from bot.imports.source import Source, Translator

NAME = "PagerDuty"
KINDS = {
    "user": "user",
    "schedule": "schedule",
    "escalation_policy": "escalation policy",
    "service": "service",
    "override": "override",
    "team": "team",
    "maintenance_window": "maintenance window",
    "oncall": "oncall",
    "extension": "extension",
    "ruleset": "ruleset",
    "business_service": "business service",
    "response_play": "response play",
    "event_orchestration": "event orchestration",
    "incident_workflow": "incident workflow",
    "orchestration": "event orchestration",
    "priority": "priority",
    "tag": "tag",
    "vendor": "vendor",
    "incident": "incident",
    "license": "license",
}
PLURALS = {"escalation_policy": "escalation_policies", "priority": "priorities"}
WAYS = {"email": "email", "phone": "voice", "sms": "SMS", "push_notification": "push", "whatsapp": "WhatsApp"}

REMEDIES = {
    "maintenance window": "Plan it in Slack (`/incident maintenance`), or under `maintenance:` if it recurs.",
    "ruleset": "Write `routes:`, which look at the labels of alerts.",
    "event orchestration": "Write `routes:`, which look at the labels of alerts.",
    "response play": "Write a ladder whose first rung pages them all.",
    "incident workflow": "There are no workflows; a rung may page a webhook.",
    "extension": "Let a rung page a webhook, or read the bot's messages in Slack.",
}
SILENT = {"team", "oncall", "priority", "tag", "vendor", "incident", "license", "business service"}


def recognise(hint: str, data: Object) -> str | None:
    """The kind of an object by its `type`, its keys, or where it stood."""
    if not isinstance(data.get("id"), str):
        return "override" if hint == "override" and "start" in data and "user" in data else None
    told = data.get("type")
    kind = KINDS.get(told.removesuffix("_reference")) if isinstance(told, str) else None
    if kind is not None and kind != "override":
        return kind
    if "schedule_layers" in data:
        return "schedule"
    if "escalation_rules" in data:
        return "escalation policy"
    if "email" in data:
        return "user"
    return hint or ("service" if "escalation_policy" in data else None)


def expected(envelope: Object, items: int) -> int:
    """`more: true` says that there is at least one after these."""
    offset = envelope.get("offset")
    begin = offset if isinstance(offset, int) and 0 <= offset < 10**9 else 0
    return begin + items + 1 if envelope.get("more") is True else items


VOCABULARY = Vocabulary(
    kinds={name: kind for one, kind in KINDS.items() for name in (one, PLURALS.get(one, f"{one}s"))},
    lists=frozenset({"data", "results", "response", "pagerduty"}),
    recognise=recognise,
    expected=expected,
)


@dataclass(kw_only=True)
class Translation:
    """One export of PagerDuty's on its way to a draft."""

    source: Source
    _schedules: dict[str, str | None] = field(default_factory=dict)

    def draft(self) -> Draft:
        """Everything that could be read. The reader has the problems of what could not."""
        draft, keys = Draft(product=NAME), Keys()
        people = self._people()
        self._plans(draft, people, keys)
        self._ladders_and_services(draft, people)
        draft.people = list(people.humans.values())
        self._others()
        return draft

    def _people(self) -> People:
        people = People(
            notes=self.source.notes, slack=self.source.slack, whole=bool(self.source.contents.of("user"))
        )
        for entry in merged(self.source.contents.of("user")):
            if (user := self.source.reader.read(User, entry.data, entry.place)) is not None:
                name = user.name or user.summary
                people.add(
                    Found(
                        id=user.id,
                        name=name,
                        email=user.email,
                        zone=user.time_zone,
                        methods=_ways(user, "high"),
                        quiet=_ways(user, "low"),
                        place=entry.place,
                    )
                )
        return people

    def _plans(self, draft: Draft, people: People, keys: Keys) -> None:
        translator = Schedules(people=people, notes=self.source.notes, now=self.source.now)
        for entry in merged(self.source.contents.of("schedule")):
            schedule = self.source.reader.read(Schedule, entry.data, entry.place)
            if schedule is None:
                continue
            key = keys.give(schedule.name or schedule.summary or "", fallback="schedule")
            plan = translator.plan(schedule, key, entry.place)
            plan = fitted(plan, self.source.notes, entry.place) if plan else None
            self._schedules[schedule.id] = plan.key if plan else None
            if plan is not None:
                draft.schedules.append(plan)
                if schedule.final_schedule and schedule.final_schedule.rendered_schedule_entries:
                    draft.rendered[key] = translator.stands(schedule.final_schedule.rendered_schedule_entries)
                draft.known_from[key] = translator.known_from
                draft.overrides[key] = self._overrides(schedule, translator)

    def _overrides(self, schedule: Schedule, translator: Schedules) -> list[Stand]:
        """From the schedule itself, or from a file that has the schedule's id in its name."""
        beside = schedule.overrides_subschedule
        turns = [*(schedule.overrides or ()), *((beside and beside.rendered_schedule_entries) or ())]
        for entry in self.source.contents.of("override"):
            if schedule.id in entry.place.file:
                turn = self.source.reader.read(Turn, entry.data, entry.place)
                turns += [turn] if turn else []
        return list(dict.fromkeys(translator.stands(turns)))

    def _ladders_and_services(self, draft: Draft, people: People) -> None:
        policies = Policies(
            people=people, schedules=self._schedules, notes=self.source.notes, channel=self.source.channel
        )
        ladders, keys, services = {}, Keys(), Keys()
        for entry in merged(self.source.contents.of("escalation policy")):
            if (policy := self.source.reader.read(Policy, entry.data, entry.place)) is not None:
                key = keys.give(policy.name or policy.summary or "", fallback="ladder")
                draft.ladders.append(policies.climb(policy, key, entry.place))
                ladders[policy.id] = key
        translator = Services(ladders=ladders, notes=self.source.notes)
        for entry in merged(self.source.contents.of("service")):
            if (service := self.source.reader.read(Service, entry.data, entry.place)) is not None:
                key = services.give(service.name or service.summary or "", fallback="service")
                if (subject := translator.subject(service, key, entry.place)) is not None:
                    draft.services.append(subject)

    def _others(self) -> None:
        for kind, entries in self.source.contents.entries.items():
            if kind in {"user", "schedule", "escalation policy", "service", "override"} or kind in SILENT:
                continue
            for entry in entries:
                name = title(str(entry.data.get("name") or entry.data.get("summary") or ""), "without a name")
                remedy = REMEDIES.get(kind, "There is nothing like it here.")
                self.source.notes.lost(f"{kind} {name}", f"a {kind} is not translated", remedy, entry.place)


def _ways(user: User, urgency: str) -> tuple[tuple[str, float], ...] | None:
    """Ways of notification rules for that urgency, with their minutes."""
    types = {method.id: method.type for method in user.contact_methods if method.id}
    found = []
    for rule in user.notification_rules:
        method = rule.contact_method
        if method is None or (rule.urgency or "high") != urgency:
            continue
        kind = types.get(method.id or "") or method.type or ""
        way = WAYS.get(kind.removesuffix("_reference").removesuffix("_contact_method"))
        if way is not None:
            found.append((way, float(rule.start_delay_in_minutes)))
    told = "notification_rules" in user.model_fields_set and all(
        rule.contact_method for rule in user.notification_rules
    )
    return tuple(found) if found or told else None


def translate(source: Source) -> Draft:
    """The draft of one export."""
    return Translation(source=source).draft()


TRANSLATOR = Translator(vocabulary=VOCABULARY, translate=translate, prepare=unpacked)
