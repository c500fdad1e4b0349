"""Sentry's messages in Slack: alerts about issues and about metrics, in blocks and in older attachments.

https://docs.sentry.io/organization/integrations/notification-incidents/slack/ and getsentry/sentry,
src/sentry/integrations/slack/message_builder. An issue's key is its number, a metric alert's the path of
its rule, each with the installation. The sign before a title is the issue's level, unless a tag tells it.
When somebody resolves or archives the issue, Sentry edits the message and says so; that clears it. That
somebody is assigned changes nothing, and comments are nothing. A test sends `This is an example ...`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.domain.alert import Alert, AlertState, Link, Severity
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.places import links, parts, shown, text
from handlers.alerts.reading import SlackMessage

SOURCE = "sentry"
SAAS = "sentry.io"
ISSUE = re.compile(r"(?:/[\w-]{1,80}){0,4}?/issues/(?P<id>[0-9]{1,20})(?:/.*)?")
RULE = re.compile(r"(?:/[\w-]{1,80}){0,4}?/alerts/(?P<id>(?:[a-z-]{1,40}/){0,2}[0-9]{1,20})(?:/.*)?")
REFERRED = re.compile(r"(?:^|&)(?:referrer=[a-z_]*slack|alert_rule_id=|workflow_id=)")
METRIC = re.compile(r"\W{0,12}(?P<state>Critical|Warning|Resolved): (?P<name>[^\n]{1,300})")
TAG = re.compile(r"(?P<name>[\w.-]{1,80}): `(?P<value>[^`\n]{0,300})`")
CONTEXT = re.compile(
    r"(?P<name>Project|Alert|Short ID|State|Events|Users Affected): \*?(?P<value>[^\n]{1,200})"
)
SPACED = re.compile(r" {2,}")
FOOTER = re.compile(r"(?P<id>[A-Z0-9][A-Z0-9_-]{0,80}-[A-Z0-9]{1,12})(?: via (?P<rule>.{1,200}))?")
ACTED = re.compile(r"\*?Issue (?P<state>resolved|archived|ignored|re-opened) by\b")
MARKED = re.compile(r"(?!\[).{1,200}\bmarked .{1,200} as (?P<state>resolved|archived|ignored)\b")
NEWS = re.compile(r"(?!\[).{0,200}\b(?:commented on|[Nn]ew comment|unassigned|assigned .{1,200} to)\b")
SIGN = re.compile(r"\s*(?P<sign>:[a-z_]{2,40}:|[\U0001f300-\U0001faff])")
SAMPLE = "This is an example"
SIGNS = {
    **dict.fromkeys((":red_circle:", "🔴"), Severity.SEV2),
    **dict.fromkeys((":large_yellow_circle:", ":large_orange_circle:", "🟡", "🟠"), Severity.SEV3),
    **dict.fromkeys((":large_blue_circle:", ":bug:", "🔵", "🐛"), Severity.SEV4),
}
LEVELS = {
    "fatal": Severity.SEV1,
    "error": Severity.SEV2,
    "warning": Severity.SEV3,
    "info": Severity.SEV4,
    "debug": Severity.SEV4,
}
# Of older attachments, by the level of the issue.
COLOURS = {
    "fa4747": Severity.SEV1,
    "e03e2f": Severity.SEV2,
    "ffc227": Severity.SEV3,
    "2788ce": Severity.SEV4,
    "fbe14f": Severity.SEV4,
}
ACTED_ON = "edeeef"
METRICS = {"critical": Severity.SEV1, "warning": Severity.SEV3}


@dataclass(frozen=True, kw_only=True, slots=True)
class Headline:
    """A title and the address it leads to; `key` is the issue or the rule there."""

    told: Told
    title: Told
    key: Told
    host: Told


def recognise(message: SlackMessage) -> bool:
    """Whether a title leads to an issue or to a metric alert of Sentry."""
    return next(_headlines(message), None) is not None


def parse(message: SlackMessage) -> list[Alert]:
    """The issue or the metric alert; nothing for comments and the like."""
    headline = next(_headlines(message), None)
    if headline is None:
        return []
    if found := METRIC.match(headline.told.text):
        return [_metric(message, headline, found)]
    return [] if text(message).match(NEWS) else [_issue(message, headline)]


def _headlines(message: SlackMessage) -> Iterator[Headline]:
    """What leads to Sentry: in the blocks, of an attachment, in the text."""
    told = [(each.told, each.links) for each in shown(message) if each.told]
    told = [(text(message), message.links), *told] if text(message).match(METRIC) else told
    for words, found in told:
        yield from [known for link in found[:1] if (known := _headline(words, link, words.place))]
    for part in parts(message):
        if part.of.title_link:
            link = Link(label=part.of.title, url=part.of.title_link)
            yield from [known for known in [_headline(part.title, link, part.title_link.place)] if known]


def _headline(told: Told, link: Link, place: str) -> Headline | None:
    address = urlsplit(link.url)
    host = address.hostname or ""
    if not ("sentry" in host or REFERRED.search(address.query)):
        return None
    issue, rule = ISSUE.fullmatch(address.path), RULE.fullmatch(address.path)
    found = rule or issue
    if not found:
        return None
    key = f"{'rule' if rule else 'issue'} {found['id']}"
    own = SAAS if host.endswith("." + SAAS) else host
    title = told.cut(link.label if link.label != host else told.text)
    return Headline(told=told, title=title, key=Told(key, place), host=Told(own, place))


def _metric(message: SlackMessage, headline: Headline, found: re.Match[str]) -> Alert:
    state, name = headline.told.cut(found["state"]), headline.told.cut(found["name"].strip("*_ "))
    lines = [each.told for each in shown(message) if each.told.place != headline.told.place]
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if state.word == "resolved" else AlertState.FIRING,
        state_from=state,
        key=[headline.key, headline.host],
        title=name,
        severity=METRICS.get(state.word),
        severity_from=state,
        description=[*headline.told.lines[1:], *lines, *(part.text for part in parts(message))],
        labels={"rule": name, "kind": headline.key.cut("metric")},
        links=_labelled(message, headline),
    ).alert()


def _issue(message: SlackMessage, headline: Headline) -> Alert:
    state = _acted(message)
    labels = _labels(message)
    severity, severity_from = _severity(message, headline, labels)
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if state and state.word != "re-opened" else AlertState.FIRING,
        state_from=state or headline.told,
        key=[headline.key, headline.host],
        title=[headline.title, _first_quoted(message)],
        severity=severity,
        severity_from=severity_from,
        description=_description(message, headline),
        labels={"issue": headline.key.cut(headline.key.text.removeprefix("issue ")), **labels},
        links=_labelled(message, headline),
        test=headline.told if SAMPLE in _all_text(message) else NOTHING,
    ).alert()


def _labelled(message: SlackMessage, headline: Headline) -> list[tuple[Link, str]]:
    """The links, of which the title's says where it leads."""
    return [
        (Link(label="Sentry", url=link.url), place) if place == headline.key.place else (link, place)
        for link, place in links(message, "Sentry")
    ]


def _acted(message: SlackMessage) -> Told:
    """What somebody did with the issue, as Sentry writes into the message; the last word counts.

    The error's own words could pretend so. They stand in a block of code, or in an older attachment, which
    has another colour once somebody did something.
    """
    lines = [each.told for each in shown(message) if each.told.place.endswith("].text")]
    for part in parts(message):
        lines += [*part.text.lines, *part.footer.lines] if part.of.colour == ACTED_ON else []
    lines += text(message).lines[:1]
    found = [line.cut(match["state"]) for line in lines if (match := line.match(ACTED) or line.match(MARKED))]
    return found[-1] if found else NOTHING


def _severity(
    message: SlackMessage, headline: Headline, labels: dict[str, Told]
) -> tuple[Severity | None, Told]:
    if level := labels.get("level"):
        return LEVELS.get(level.word), level
    sign = headline.told.match(SIGN)
    if sign and sign["sign"] in SIGNS:
        return SIGNS[sign["sign"]], headline.told.cut(sign["sign"])
    colours = (part.colour for part in parts(message))
    return next(((COLOURS[each.text], each) for each in colours if each.text in COLOURS), (None, NOTHING))


def _labels(message: SlackMessage) -> dict[str, Told]:
    """Tags, and what the lines above and below them say of the issue."""
    found: dict[str, Told] = {}
    for each in shown(message):
        for tag in TAG.finditer(each.told.text[:4_000]):
            found.setdefault(tag["name"], each.told.cut(tag["value"]))
        for piece in SPACED.split(each.told.text[:2_000]):
            if context := CONTEXT.match(piece.strip()):
                name = context["name"].casefold().replace(" ", "_")
                found.setdefault(name, each.told.cut(context["value"].replace("*", "")))
    for part in parts(message):
        found |= {name: told.bare for name, told in part.fields if told and name not in found}
        if footer := part.footer.match(FOOTER):
            found.setdefault("short_id", part.footer.cut(footer["id"]))
            found.setdefault("alert", part.footer.cut(footer["rule"]))
    return {name: told for name, told in found.items() if told and name not in ("events", "users_affected")}


def _first_quoted(message: SlackMessage) -> Told:
    """What the error says: its first line, in a block of code or as an older attachment's text."""
    quoted = [each.told for each in shown(message) if each.told.text.startswith("```")]
    told = [*quoted, *(part.text for part in parts(message))]
    lines = [line for each in told[:1] for line in each.lines if line.bare]
    return next((line.cut(f"({line.bare.text})") for line in lines[:1]), NOTHING)


def _description(message: SlackMessage, headline: Headline) -> list[Told]:
    told = [each.told for each in shown(message) if each.told.place != headline.told.place]
    return [*told, *(part.text for part in parts(message))]


def _all_text(message: SlackMessage) -> str:
    return "\n".join([message.text, message.blocks.text, *(part.of.title for part in parts(message))])
