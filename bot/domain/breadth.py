"""Breadth: whether a silence would keep nearly everything quiet, which is for admins, short, and public."""

from collections.abc import Collection
from datetime import timedelta

from bot.domain.configuration import Authority
from bot.domain.ids import ServiceId
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.route import Matcher, Pattern
from bot.domain.samples import KINDS
from bot.domain.silence import Silence, SilenceKind

LONGEST_BROAD = timedelta(hours=24)
SHARE = 4
"""A pattern that fits more than this part (1/4) of the samples of any kind says nothing of which is meant."""

WIDE = frozenset({"severity", "labels.severity"})
"""How bad something is says nothing of what is meant."""

FEW = 20
"""Of so few alerts a large share says nothing."""


def narrow(condition: Matcher) -> bool:
    """Whether it says which things are meant, and not only which are not."""
    if condition.label in WIDE:
        return False
    if condition.op == "=":
        return condition.value != ""
    return condition.op == "=~" and condition.pattern is not None and _tells(condition.pattern)


def _tells(pattern: Pattern) -> bool:
    if pattern.fullmatch("") is not None:
        return False
    return not any(
        sum(pattern.fullmatch(each) is not None for each in kind) * SHARE > len(kind) for kind in KINDS
    )


def apart(silence: Silence, services: Collection[ServiceId]) -> bool:
    """Whether it names some of these services, and not all that there are."""
    return bool(silence.services) and not set(silence.services) >= set(services)


def most(silence: Silence, hidden: int, of: int, services: Collection[ServiceId], few: int = FEW) -> bool:
    """Whether it hides most of `of` alerts, and is not for some of the services only."""
    return not apart(silence, services) and of >= few and hidden * 2 > of


def broad(
    silence: Silence, matchers: tuple[Matcher, ...], hidden: int, of: int, services: Collection[ServiceId]
) -> bool:
    """Whether it says neither which of these services nor which things are meant.

    A thing that is named is meant, whatever share of all alerts it has: it is the one that must be silenced.
    So is the only service that there is, when its maintenance is planned.
    """
    if silence.kind is SilenceKind.MAINTENANCE and silence.services and len(services) == 1:
        return False
    if apart(silence, services) or any(narrow(each) and each.op == "=" for each in matchers):
        return False
    return not any(map(narrow, matchers)) or most(silence, hidden, of, services)


def public(silence: Silence, hidden: int, of: int, services: Collection[ServiceId]) -> bool:
    """Whether everybody is told that it is made, whoever may make it."""
    return (silence.services != () and not apart(silence, services)) or most(silence, hidden, of, services)


def check_broad(silence: Silence, by: Actor, authority: Authority) -> None:
    """Raise Refused unless an admin wants it, for a short time."""
    if (by.slack_user or "") not in authority.admins:
        raise Refused(
            "That would keep nearly everything quiet, which only admins may (`authority.admins` in "
            "tocsin.yaml). Name a service, or say which host or alert is meant: `host=db-1`."
        )
    if silence.until - silence.since > LONGEST_BROAD:
        raise Refused("That would keep nearly everything quiet, which is possible for at most 24 hours.")
