"""Uptime Kuma's messages in Slack (louislam/uptime-kuma, server/notification-providers/slack.js).

Each carries the line `[<monitor>] [🔴 Down] <reason>` or `[<monitor>] [✅ Up] <reason>`, as text or in
blocks; Slack may have written the sign as `:red_circle:`. The key is the monitor, its group, and its page
in Uptime Kuma or the channel. A certificate or domain that will expire is an alert of its own. `<name>
Testing` is the test of a notification. Uptime Kuma knows no severities: what will expire is sev3.
"""

import re
from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState, Severity
from handlers.alerts.found import NOTHING, Finding, Placed, Told
from handlers.alerts.places import header, links, parts, shown, text
from handlers.alerts.reading import SlackMessage

SOURCE = "uptime_kuma"
LINE = re.compile(
    r"\[(?P<monitor>[^\n]{1,300}?)\] "
    r"\[(?:\S{1,40} )?(?P<state>Down|Up|Pending|Maintenance)\](?P<reason>[^\n]{0,2000})"
)
EXPIRY = re.compile(
    r"\[(?P<monitor>[^\n\]]{1,300})\]\[(?P<address>[^\n\]]{1,500})\] (?P<reason>[^\n]{0,300}"
    r"(?:certificate|Domain name)[^\n]{0,300} will (?:be )?expired? in [0-9]{1,5} days?[^\n]{0,300})"
)
TEST = re.compile(r"(?P<name>[^\n]{1,200}) Testing")
GROUP = re.compile(r"_(?P<group>[^\n]{1,300})_")
PAGE = re.compile(r"(?:https?://)(?P<page>[^\s?#]{1,500}/dashboard/[0-9]{1,12})/?")


def recognise(message: SlackMessage) -> bool:
    """Whether it has one of the lines, or is the test of a sender of that name."""
    return any(True for _ in _told(message)) or bool(_test(message))


def parse(message: SlackMessage) -> list[Alert]:
    """What the first of the lines tells; nothing for maintenance, which somebody planned."""
    if test := _test(message):
        return [_testing(message, test)]
    found = next(_told(message), None)
    if found is None or found[1].groupdict().get("state") == "Maintenance":
        return []
    told, match = found
    return [_expiring(message, told, match) if match.re is EXPIRY else _monitored(message, told, match)]


def _told(message: SlackMessage) -> Iterator[tuple[Told, re.Match[str]]]:
    blocks = (line for each in shown(message) for line in each.told.lines)
    for line in (*text(message).lines, *blocks):
        if found := line.match(LINE) or line.match(EXPIRY):
            yield line, found


def _test(message: SlackMessage) -> Told:
    named = message.username.casefold() == "uptime kuma" and not message.attachments
    return text(message) if named and TEST.match(message.text) and "\n" not in message.text else NOTHING


def _monitored(message: SlackMessage, told: Told, found: re.Match[str]) -> Alert:
    monitor, reason = told.cut(found["monitor"]), told.cut(found["reason"])
    state, group, all_links = told.cut(found["state"]), _group(message), links(message)
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if state.text == "Up" else AlertState.FIRING,
        state_from=state,
        key=[monitor, group, _page(message, all_links)],
        title=[monitor, state.cut(f"is {state.text.casefold()}")],
        description=reason,
        labels={"monitor": monitor, "group": group},
        links=all_links,
    ).alert()


def _expiring(message: SlackMessage, told: Told, found: re.Match[str]) -> Alert:
    monitor, reason = told.cut(found["monitor"]), told.cut(found["reason"])
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.FIRING,
        state_from=reason,
        key=[monitor, told.cut(found["address"]), "expires", f"#{message.channel}"],
        title=[monitor.cut(f"{monitor.text}:"), reason],
        severity=Severity.SEV3,
        severity_from=reason,
        description=told,
        labels={"monitor": monitor, "address": told.cut(found["address"])},
        links=links(message),
    ).alert()


def _testing(message: SlackMessage, test: Told) -> Alert:
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.FIRING,
        state_from=test,
        key=[test, f"#{message.channel}"],
        title=test,
        test=test,
    ).alert()


def _group(message: SlackMessage) -> Told:
    """The path of groups that the monitor is in: a line in italics above it."""
    lines = [*text(message).lines[:1], *(each.told for part in parts(message) for each in part.shown)]
    if header(message):
        lines += [each.told for each in shown(message)]
    found = ((line, GROUP.fullmatch(line.text)) for line in lines)
    return next((line.cut(match["group"]) for line, match in found if match), NOTHING)


def _page(message: SlackMessage, all_links: list[Placed]) -> Told:
    """The monitor's page, which is its own as long as it exists; else the channel."""
    pages = ((PAGE.fullmatch(link.url), place) for link, place in all_links)
    known = (Told(page["page"], place) for page, place in pages if page)
    return next(known, Told(f"#{message.channel}"))
