"""Grafana OnCall: from the documents of an export to the draft."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.config.problem import printable
from bot.imports.draft import Draft, Hook, Subject
from bot.imports.entries import Object, Vocabulary, merged
from bot.imports.naming import Keys, title
from bot.imports.note import Place
from bot.imports.oncall.chains import Chains
from bot.imports.oncall.models import (
    Chain,
    FinalShift,
    Group,
    Integration,
    Policy,
    Route,
    Rule,
    Schedule,
    Shift,
    User,
    Webhook,
)
from bot.imports.oncall.schedules import CHANNEL, GROUP, Schedules
from bot.imports.people import Found, People, fits
from bot.imports.record import Some
from bot.imports.source import Source, Translator

NAME = "Grafana OnCall"
KINDS = {
    "users": "user",
    "schedules": "schedule",
    "on_call_shifts": "shift",
    "oncall_shifts": "shift",
    "final_shifts": "final shift",
    "escalation_chains": "chain",
    "escalation_policies": "step",
    "personal_notification_rules": "rule",
    "integrations": "integration",
    "routes": "route",
    "user_groups": "user group",
    "teams": "team",
    "webhooks": "webhook",
    "outgoing_webhooks": "webhook",
    "actions": "webhook",
    "shift_swaps": "shift swap",
    "slack_channels": "Slack channel",
    "alert_groups": "alert group",
    "organizations": "organization",
    "resolution_notes": "resolution note",
}
WAYS = {
    "notify_by_slack": "slack",
    "notify_by_email": "email",
    "notify_by_sms": "SMS",
    "notify_by_phone_call": "voice",
    "notify_by_telegram": "Telegram",
    "notify_by_msteams": "Teams",
    "notify_by_mobile_app": "push",
    "notify_by_mobile_app_critical": "push",
}
SHIFTS = {"single_event", "recurrent_event", "rolling_users", "override"}
SILENT = {"team", "Slack channel", "alert group", "organization", "resolution note"}
OWN = set(KINDS.values()) - {"shift swap"}


def recognise(hint: str, data: Object) -> str | None:
    """The kind of an object by its keys, or by the file or key it stood in."""
    told = data.get("type")
    if "shift_start" in data and "user_pk" in data:
        return "final shift"
    if not isinstance(data.get("id"), str):
        return None
    if "rolling_users" in data or (isinstance(told, str) and told in SHIFTS):
        return "shift"
    if "integration_id" in data:
        return "route"
    if "escalation_chain_id" in data:
        return "step"
    if "default_route" in data:
        return "integration"
    if "user_id" in data and isinstance(told, str) and (told == "wait" or told.startswith("notify_by")):
        return "rule"
    if "on_call_now" in data or (told in ("ical", "calendar", "web") and "name" in data):
        return "schedule"
    if "username" in data and hint in {"user", ""}:
        return "user"
    slack = data.get("slack")
    if isinstance(slack, dict) and "handle" in slack:
        return "user group"
    return hint or None


def expected(envelope: Object, items: int) -> int:
    """`count` is how many there are on all pages together."""
    count = envelope.get("count")
    if isinstance(count, int):
        return count
    return items + 1 if isinstance(envelope.get("next"), str) else items


VOCABULARY = Vocabulary(
    kinds=KINDS, lists=frozenset({"results", "data", "oncall"}), recognise=recognise, expected=expected
)


@dataclass(kw_only=True)
class Translation:
    """One export of Grafana OnCall's on its way to a draft."""

    source: Source
    draft: Draft = field(default_factory=lambda: Draft(product=NAME))
    _schedules: dict[str, str | None] = field(default_factory=dict)
    _teams: dict[str, list[str]] = field(default_factory=dict)

    def run(self) -> Draft:
        """Everything that could be read. The reader has the problems of what could not."""
        people = self._people()
        self._plans(people)
        routes = [route for route, _ in self._read(Route, "route")]
        integrations = list(self._read(Integration, "integration"))
        chains = self._chains(people, routes, [one for one, _ in integrations])
        self._services(integrations, routes, chains)
        self.draft.people = list(people.humans.values())
        self._others()
        return self.draft

    def _read(self, model: type[Some], kind: str) -> Iterator[tuple[Some, Place]]:
        for entry in merged(self.source.contents.of(kind)):
            if (record := self.source.reader.read(model, entry.data, entry.place)) is not None:
                yield record, entry.place

    def _people(self) -> People:
        whole = bool(self.source.contents.of("user"))
        people = People(notes=self.source.notes, slack=self.source.slack, whole=whole)
        rules: dict[str, list[Rule]] = {}
        for rule, _ in self._read(Rule, "rule"):
            rules.setdefault(rule.user_id, []).append(rule)
        for user, place in self._read(User, "user"):
            key = people.add(
                Found(
                    id=user.id,
                    name=user.username,
                    email=user.email or None,
                    slack=user.slack_id,
                    zone=user.timezone,
                    methods=_ways(rules.get(user.id, [])) if rules else None,
                    place=place,
                )
            )
            for team in user.teams:
                self._teams.setdefault(team, []).append(key)
        return people

    def _plans(self, people: People) -> None:
        shifts = {shift.id: (shift, place) for shift, place in self._read(Shift, "shift")}
        translator, keys = Schedules(source=self.source, people=people, shifts=shifts), Keys()
        for schedule, place in self._read(Schedule, "schedule"):
            key = keys.give(schedule.name or "", fallback="schedule")
            plan, once = translator.plan(schedule, key, place)
            self._schedules[schedule.id] = plan.key if plan else None
            if plan is None:
                continue
            self.draft.schedules.append(plan)
            self.draft.overrides[key], self.draft.known_from[key] = once, self.source.now
            if final := list(self._final(schedule)):
                self.draft.rendered[key] = translator.rendered(final)

    def _final(self, schedule: Schedule) -> Iterator[FinalShift]:
        """The final shifts in a file that has the schedule's id in its name."""
        for entry in self.source.contents.of("final shift"):
            if schedule.id in entry.place.file:
                shift = self.source.reader.read(FinalShift, entry.data, entry.place)
                if shift is not None:
                    yield shift

    def _chains(self, people: People, routes: list[Route], integrations: list[Integration]) -> dict[str, str]:
        """Our keys of all chains."""
        channels: dict[str, str] = {}
        for route in (*routes, *(one.default_route for one in integrations if one.default_route)):
            if route.escalation_chain_id and route.slack and fits(CHANNEL, route.slack.channel_id):
                channels.setdefault(route.escalation_chain_id, str(route.slack.channel_id))
        translator = Chains(
            source=self.source,
            people=people,
            schedules=self._schedules,
            groups=self._groups(),
            webhooks=self._webhooks(),
            team=lambda team: self._teams.get(team, []),
            channels=channels,
        )
        steps: dict[str, list[tuple[Policy, Place]]] = {}
        for policy, place in self._read(Policy, "step"):
            steps.setdefault(policy.escalation_chain_id, []).append((policy, place))
        keys, found = Keys(), {}
        for chain, place in self._read(Chain, "chain"):
            found[chain.id] = keys.give(chain.name or "", fallback="ladder")
            mine = steps.pop(chain.id, [])
            self.draft.ladders.append(translator.climb(chain, mine, found[chain.id], place))
        for identifier, rest in steps.items():
            found[identifier] = keys.give(identifier, fallback="ladder")
            chain = Chain(id=identifier)
            self.draft.ladders.append(translator.climb(chain, rest, found[identifier], rest[0][1]))
        self.draft.calendars = list(translator.calendars.values())
        return found

    def _groups(self) -> dict[str, str]:
        return {
            group.id: group.slack.id
            for group, _ in self._read(Group, "user group")
            if group.slack and group.slack.id and fits(GROUP, group.slack.id)
        }

    def _webhooks(self) -> dict[str, str]:
        """Those with a fixed address."""
        keys, found = Keys(), {}
        for webhook, place in self._read(Webhook, "webhook"):
            address = webhook.url or ""
            if _fixed(address):
                found[webhook.id] = keys.give(webhook.name or "", fallback="webhook")
                self.draft.webhooks.append(Hook(key=found[webhook.id], url=address))
            else:
                name = title(webhook.name, webhook.id)
                what = f"the webhook {name} has no fixed https address: it is left out"
                self.source.notes.lost("webhooks", what, "Write it in `webhooks:`.", place)
        return found

    def _services(
        self, integrations: list[tuple[Integration, Place]], routes: list[Route], chains: dict[str, str]
    ) -> None:
        """Each integration is a service, and so is each route that leads to another chain."""
        keys = Keys()
        for integration, place in integrations:
            name = title(integration.name, integration.id)
            first = integration.default_route
            self._maintenance(name, integration, place)
            self._service(name, first, chains, keys, place)
            others = [one for one in routes if one.integration_id == integration.id]
            for number, route in enumerate(sorted(others, key=lambda one: one.position or 0), 1):
                if route.is_the_last_route or (first and route.id == first.id):
                    continue
                shown = title(route.routing_regex, "everything")
                what = f"a route takes what matches {shown}: its service is there, but nothing leads to it"
                remedy = "Write it in `routes:`, by the labels of your alerts."
                self.source.notes.lost(f"integration {name}", what, remedy, place)
                self._service(f"{name} {number}", route, chains, keys, place)

    def _maintenance(self, name: str, integration: Integration, place: Place) -> None:
        if integration.maintenance_mode:
            until = f" until {integration.maintenance_end_at}" if integration.maintenance_end_at else ""
            mode = printable(str(integration.maintenance_mode), 20)
            what = f"was in maintenance (mode {mode}){until} when it was exported; its service pages people"
            remedy = "As long as it lasts, plan it in Slack: `/incident maintenance`."
            self.source.notes.lost(f"integration {name}", what, remedy, place)

    def _service(
        self, name: str, route: Route | None, chains: dict[str, str], keys: Keys, place: Place
    ) -> None:
        ladder = chains.get((route.escalation_chain_id if route else None) or "")
        if ladder is None:
            what = "has no escalation chain that was exported, and paged nobody: it is left out"
            remedy = "Write a service whose `ladders:` are `none`, if it shall be shown."
            self.source.notes.lost(f"integration {name}", what, remedy, place)
            return
        key = keys.give(name, fallback="service")
        slack = route.slack if route else None
        channel = slack.channel_id if slack and fits(CHANNEL, slack.channel_id) else None
        self.draft.services.append(Subject(key=key, name=title(name, key), ladder=ladder, channel=channel))

    def _others(self) -> None:
        for kind, entries in self.source.contents.entries.items():
            if kind not in OWN and kind not in SILENT:
                for entry in entries:
                    what = f"a {kind} is not translated"
                    self.source.notes.lost(kind, what, "Make it in Slack: `/oncall swap`.", entry.place)


def _fixed(address: str) -> bool:
    """Whether an address is one of https and holds no template."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "{" not in address and address.isprintable()


def _ways(rules: list[Rule]) -> tuple[tuple[str, float], ...]:
    """The ordinary rules with the time that went by; the important ones where there are no others."""
    chosen = [one for one in rules if not one.important] or rules
    found, gone = [], 0.0
    for rule in sorted(chosen, key=lambda one: one.position):
        if rule.type == "wait":
            gone += (rule.duration or 0) / 60
        elif rule.type in WAYS:
            found.append((WAYS[rule.type], gone))
    return tuple(found)


def translate(source: Source) -> Draft:
    """The draft of one export."""
    return Translation(source=source).run()


TRANSLATOR = Translator(vocabulary=VOCABULARY, translate=translate)
