"""Products: whose export this is, by words that no other uses."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

from bot.config.problem import InvalidConfiguration, Problem
from bot.imports.file import Document, Json


class Product(StrEnum):
    """Where an export may come from; the values are the names of the commands."""

    PAGERDUTY = "pagerduty"
    OPSGENIE = "opsgenie"
    GRAFANA_ONCALL = "grafana-oncall"


TITLES = {
    Product.PAGERDUTY: "PagerDuty",
    Product.OPSGENIE: "Opsgenie",
    Product.GRAFANA_ONCALL: "Grafana OnCall",
}
SIGNS = {
    Product.PAGERDUTY: {
        *("schedule_layers", "escalation_rules", "escalation_policy", "escalation_policies", "num_loops"),
        *("rotation_virtual_start", "rotation_turn_length_seconds", "invitation_sent", "contact_methods"),
        *("notification_rules", "rendered_schedule_entries", "maintenance_windows", "final_schedule"),
        *("escalation_delay_in_minutes", "on_call_handoff_notifications", "coordinated_incidents"),
    },
    Product.OPSGENIE: {
        *(
            "requestId",
            "took",
            "ownerTeam",
            "rotations",
            "timeRestriction",
            "notificationRuleList",
            "notifyType",
        ),
        *(
            "scheduleOverrideList",
            "teamRoutingRules",
            "fullName",
            "userContacts",
            "finalTimeline",
            "waitInterval",
        ),
        *("participants", "actionType", "teamRoles"),
    },
    Product.GRAFANA_ONCALL: {
        *("escalation_chain_id", "rolling_users", "on_call_now", "ical_url_primary", "default_route"),
        *("start_rotation_from_user_index", "current_page_number", "integration_id", "routing_regex"),
        *("persons_to_notify", "is_phone_number_verified", "notify_on_call_from_schedule", "priority_level"),
        *("user_pk", "enable_web_overrides", "is_the_last_route", "escalation_chains", "on_call_shifts"),
    },
}
ENOUGH = 20_000
CERTAIN = 3
"""So many signs of another product, and none of the right one, are no accident."""


@dataclass(kw_only=True)
class Guess:
    """How many signs of each product were seen."""

    seen: dict[Product, set[str]] = field(default_factory=lambda: {product: set() for product in Product})

    @property
    def best(self) -> Product | None:
        """The product of which most was seen; None where two are alike or nothing was."""
        first, second = sorted(self.seen, key=lambda one: len(self.seen[one]), reverse=True)[:2]
        return first if len(self.seen[first]) > len(self.seen[second]) else None


def guess(documents: Iterable[Document]) -> Guess:
    """Look at the keys of the first objects."""
    found = Guess()
    for key in islice(_keys([document.data for document in documents]), ENOUGH):
        for product, signs in SIGNS.items():
            if key in signs:
                found.seen[product].add(key)
    return found


def _keys(level: list[Json]) -> Iterator[str]:
    """Level by level, so that a long list does not hide what stands beside it."""
    while level:
        deeper: list[Json] = []
        for one in level:
            if isinstance(one, dict):
                yield from one
                deeper += [inner for inner in one.values() if isinstance(inner, dict | list)]
            elif isinstance(one, list):
                deeper += [inner for inner in one if isinstance(inner, dict | list)]
        level = deeper


def expect(product: Product, documents: list[Document], file: str) -> None:
    """Refuse an export of another product, or one with files of another; say which command takes it."""
    found = guess(documents)
    best = found.best
    if best is None or best is product or 2 * len(found.seen[product]) >= len(found.seen[best]):
        _expect_no_others(product, documents, file)
        return
    raise InvalidConfiguration(
        [
            Problem(
                file=file,
                line=None,
                path="",
                message=f"this is an export of {TITLES[best]}'s, not of {TITLES[product]}'s",
                remedy=f"Use `tocsin import {best} {file}`.",
            )
        ]
    )


def _expect_no_others(product: Product, documents: list[Document], file: str) -> None:
    """What was exported elsewhere would be passed over, or mistaken, without a word."""
    strangers = []
    for document in documents:
        found = guess([document])
        best = found.best
        if (
            best is not None
            and best is not product
            and not found.seen[product]
            and len(found.seen[best]) >= CERTAIN
        ):
            strangers.append((document.file, best))
    if not strangers:
        return
    (name, other), more = strangers[0], f" and {len(strangers) - 1} more" if strangers[1:] else ""
    raise InvalidConfiguration(
        [
            Problem(
                file=file,
                line=None,
                path="",
                message=f"{name}{more} was exported from {TITLES[other]}, the rest from {TITLES[product]}",
                remedy="Put the files of each product into a folder of their own, and import each by itself.",
            )
        ]
    )
