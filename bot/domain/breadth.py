"""Breadth: whether a silence would keep nearly everything quiet, which is for admins, short, and public."""

from datetime import timedelta

from bot.domain.configuration import Authority
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.route import Matcher
from bot.domain.silence import Silence

LONGEST_BROAD = timedelta(hours=24)
ANY = ("", "any-word.at_all 7")
"""What a pattern matches that says nothing."""

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
    pattern = condition.pattern if condition.op == "=~" else None
    return pattern is not None and not any(pattern.fullmatch(each) for each in ANY)


def most(silence: Silence, hidden: int, of: int) -> bool:
    """Whether it would have hidden most of `of` alerts lately, and names no service."""
    return not silence.services and of >= FEW and hidden * 2 > of


def broad(silence: Silence, matchers: tuple[Matcher, ...], hidden: int, of: int) -> bool:
    """Whether it says neither which services nor which things are meant.

    A thing that is named is meant, whatever share of all alerts it has: it is the one that must be silenced.
    """
    if silence.services or any(narrow(each) and each.op == "=" for each in matchers):
        return False
    return not any(map(narrow, matchers)) or most(silence, hidden, of)


def check_broad(silence: Silence, by: Actor, authority: Authority) -> None:
    """Raise Refused unless an admin wants it, for a short time."""
    if (by.slack_user or "") not in authority.admins:
        raise Refused(
            "That would keep nearly everything quiet, which only admins may (`authority.admins` in "
            "tocsin.yaml). Name a service, or say which host or alert is meant: `host=db-1`."
        )
    if silence.until - silence.since > LONGEST_BROAD:
        raise Refused("That would keep nearly everything quiet, which is possible for at most 24 hours.")
