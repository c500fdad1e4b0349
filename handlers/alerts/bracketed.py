"""Titles by the convention `[FIRING:1] <group> (<other labels>)`, which Alertmanager and Grafana share."""

import re
from collections.abc import Iterable, Iterator

from bot.domain.alert import AlertState
from bot.domain.members import Members
from handlers.alerts.figures import without_moments
from handlers.alerts.reading import Attachment

PREFIX = re.compile(r"\[(FIRING|RESOLVED)(?::\s?[0-9]{1,6})?(?:,\s?RESOLVED:\s?[0-9]{1,6})?\]", re.IGNORECASE)
FIRING_COUNT = re.compile(r"\[FIRING:\s?([0-9]{1,6})", re.IGNORECASE)
RESOLVED_COUNT = re.compile(r"[\[ ,]RESOLVED:\s?([0-9]{1,6})\]", re.IGNORECASE)
MEASURE = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?(?:%|[kmgt]i?b?|[num]?s|min|h)|-?[0-9]+[.,][0-9]+")
GRAFANA = ("/alerting/list", "/alerting/silence/new?", "/alerting/grafana/", "alertmanager=grafana")


def state_of(prefix: re.Match[str]) -> AlertState:
    """What the prefix says of the group."""
    return AlertState.FIRING if prefix.group(1).upper() == "FIRING" else AlertState.CLEARED


def split_title(rest: str) -> tuple[str, str]:
    """The group's values and the other common values, which are the last thing in parentheses.

    Parentheses inside are matched from the end; a title that was cut off has no end, so its first one counts.
    """
    depth, opened = 0, -1
    if rest.endswith(")"):
        for index in range(len(rest) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(rest[index], 0)
            if depth == 0:
                opened = index
                break
    elif rest.endswith(("…", "...")):
        opened = rest.find(" (") + 1 or -1
    if opened < 0 or (opened > 0 and rest[opened - 1] != " "):
        return rest, ""
    return rest[:opened].strip(), rest[opened + 1 :].removesuffix(")").strip()


def counted(count: re.Pattern[str], title: str) -> int:
    """How many alerts the title counts as firing or as resolved; 0 when it does not say."""
    found = count.search(title)
    return int(found.group(1)) if found else 0


def hidden(*titles: str, things: Iterable[str] = ()) -> Members:
    """What is told of a group by titles alone, without times and what is measured."""
    words = {word for title in titles for word in _words(title)}
    named = frozenset(value.casefold() for value in things)
    count = max(counted(FIRING_COUNT, title) for title in titles)
    return Members(count=count, words=frozenset(words), things=named)


def _words(title: str) -> Iterator[str]:
    said = without_moments(PREFIX.sub(" ", title.casefold())).split()
    yield from (bare for word in said if (bare := word.strip("()")) and not MEASURE.fullmatch(bare))


def from_grafana(part: Attachment) -> bool:
    """Whether it bears Grafana's footer, icon or addresses."""
    addresses = part.title_link + "\n" + part.text
    return (
        part.footer.startswith("Grafana")
        or "grafana.com/" in part.footer_icon
        or any(mark in addresses for mark in GRAFANA)
    )
