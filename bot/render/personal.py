"""What somebody's personal rules say, in words; everything that came from people is escaped."""

from collections.abc import Sequence

from bot.domain.people import ContactMethod, Limit, Person
from bot.render.escape import marked
from bot.render.look import span


def rules(person: Person | None) -> list[str]:
    """How they are paged, what need not wake them, and what is put together; a sentence each."""
    if person is None:
        return ["You are not listed in tocsin.yaml: a page reaches you by Slack alone."]
    if not person.methods:
        return ["You have NO CONTACT METHOD: no page reaches you. Ask an admin to add one."]
    return [f"You are reached by {_ways(person.methods)}.", *_quiet(person), *_limits(person)]


def _quiet(person: Person) -> list[str]:
    quiet = person.quiet
    if quiet is None:
        return []
    which = ", ".join(severity.upper() for severity in quiet.severities)
    told = []
    if quiet.methods:
        told.append(f"{which}: by {_ways(quiet.methods)}.")
    if quiet.hours is not None:
        begin, end = quiet.hours.begin, quiet.hours.end
        told.append(
            f"Quiet hours {begin:%H:%M} to {end:%H:%M} {marked(person.zone, 60)}: "
            f"pages for {which} wait until they end."
        )
    return told


def _limits(person: Person) -> list[str]:
    return [
        f"At most {' and '.join(_limit(each) for each in limits)} by {kind.value}; "
        "what would be more is told in the next one. The first page of an incident always comes at once."
        for kind, limits in sorted(person.limits.items())
        if limits
    ]


def _limit(limit: Limit) -> str:
    return f"{limit.count} in {span(limit.span)}"


def _ways(methods: Sequence[ContactMethod]) -> str:
    return ", ".join(
        each.kind.value + (f" after {span(each.delay)}" if each.delay else "") for each in methods
    )
