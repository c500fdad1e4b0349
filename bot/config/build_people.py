"""Build people from sections that were found valid."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from bot.config.people import ContactSection, LimitsSection, PersonSection, QuietSection
from bot.domain.ids import PersonId
from bot.domain.people import ContactMethod, Limit, MethodKind, Person, Quiet

DELAYS = {MethodKind.SLACK: timedelta(), MethodKind.EMAIL: timedelta(minutes=1)}
"""How people are paged who say nothing about it."""

PLACEHOLDER = ".invalid"
"""What the addresses of people end with whom an import knows by name alone."""

MINUTE = timedelta(minutes=1)
LIMITS: Mapping[str, tuple[Limit, ...]] = {
    "slack": (Limit(count=1, span=MINUTE),),
    "email": (Limit(count=1, span=MINUTE),),
    "sms": (Limit(count=5, span=15 * MINUTE), Limit(count=1, span=MINUTE)),
    "voice": (Limit(count=3, span=15 * MINUTE), Limit(count=1, span=MINUTE)),
}
"""What holds where the file says nothing: by each way one in a minute, and by those that ring fewer still."""


def person(name: str, section: PersonSection, paging: frozenset[MethodKind], limits: LimitsSection) -> Person:
    """One person. Ways to reach people that are not in `paging` are left out of their defaults."""
    return Person(
        id=PersonId(name),
        name=section.name,
        slack_user=section.slack,
        email=section.email,
        zone=section.zone,
        methods=_methods(section, paging),
        quiet=_quiet(section, section.quiet) if section.quiet else None,
        limits=_limits(section.limits, limits),
    )


def _methods(section: PersonSection, paging: frozenset[MethodKind]) -> tuple[ContactMethod, ...]:
    if section.methods is not None:
        return _wished(section, section.methods)
    addresses = _addresses(section)
    methods = [
        ContactMethod(kind=kind, address=address, delay=delay)
        for kind, delay in DELAYS.items()
        if kind in paging and (address := addresses[kind]) is not None
    ]
    if min((method.delay for method in methods), default=timedelta()):  # the only way: nothing to wait for
        methods = [ContactMethod(kind=m.kind, address=m.address) for m in methods]
    return tuple(methods)


def _wished(section: PersonSection, wishes: Sequence[ContactSection]) -> tuple[ContactMethod, ...]:
    addresses = _addresses(section)
    methods = [
        ContactMethod(kind=wish.kind, address=address, delay=wish.delay)
        for wish in wishes
        if (address := addresses[wish.kind]) is not None
    ]
    return tuple(sorted(methods, key=lambda method: method.delay))


def _quiet(section: PersonSection, quiet: QuietSection) -> Quiet:
    return Quiet(
        severities=tuple(sorted(set(quiet.severities))),
        methods=_wished(section, quiet.methods or ()),
        hours=quiet.hours,
    )


def _limits(own: LimitsSection, everybody: LimitsSection) -> dict[MethodKind, tuple[Limit, ...]]:
    usual = {kind: LIMITS[kind.value] for kind in MethodKind if kind.value in LIMITS}
    limits = {**usual, **everybody.by_kind, **own.by_kind}
    return {kind: each for kind, each in limits.items() if each}


def _addresses(section: PersonSection) -> Mapping[MethodKind, str | None]:
    """An address below `.invalid` leads nowhere (RFC 2606): whoever has no other way counts as nobody."""
    nowhere = section.email is not None and section.email.lower().endswith(PLACEHOLDER)
    return {MethodKind.SLACK: section.slack, MethodKind.EMAIL: None if nowhere else section.email}
