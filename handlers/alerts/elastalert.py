"""ElastAlert 2's messages in Slack.

https://elastalert2.readthedocs.io/en/latest/alerts.html#slack: an attachment whose text names the rule and
lists the fields of the document; aggregated matches are parted by a line of dashes and are one alert each.
ElastAlert never says that something is over, unless the title that somebody wrote does. The key is the rule,
the title without numbers, and the fields that say whom it is about.
"""

import json
import re
from collections.abc import Iterator
from itertools import takewhile

from bot.domain.alert import Alert, AlertState
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.identity import steady
from handlers.alerts.markup import clean, words
from handlers.alerts.places import Part, links, parts
from handlers.alerts.reading import SlackMessage

SOURCE = "elastalert"
STAMP = re.compile(r"@timestamp: \S")
FIELD = re.compile(r"(?P<name>[@A-Za-z_][\w.@-]{0,100}): (?P<value>\S.{0,2000})")
PARTED = re.compile(r"-{20,}")
# In this order: the first that a document has says whom it is about.
ABOUT = (
    *("host", "host.name", "hostname", "host.hostname", "agent.name", "agent.hostname"),
    *("beat.hostname", "beat.name", "instance", "service", "service.name", "container.name"),
    *("user", "user.name", "username", "account", "source.ip", "client.ip", "src_ip"),
)
TOLD = words("severity priority urgency alert.severity rule.severity event.severity level log.level")
OVER = re.compile(
    r"\W{0,5}(?:resolved|recovered|ok)\b|.{0,300}\b(?:has |is )?(?:resolved|recovered)\W*$", re.IGNORECASE
)


def recognise(message: SlackMessage) -> bool:
    """Whether an attachment lists a document as ElastAlert does."""
    return any(_ours(message, part) for part in parts(message))


def parse(message: SlackMessage) -> list[Alert]:
    """One alert for each match of an attachment."""
    known = [_matched(message, part, each) for part in parts(message) for each in _matches(message, part)]
    return list({alert.fingerprint: alert for alert in known}.values())


def _ours(message: SlackMessage, part: Part) -> bool:
    named = "elastalert" in message.username.casefold()
    listed = any(line.match(STAMP) for line in part.text.lines[:80])
    return listed or (named and bool(part.text))


def _matches(message: SlackMessage, part: Part) -> Iterator[list[Told]]:
    """The lines of each match, the first of which is the rule's name."""
    found: list[Told] = []
    lines = part.text.lines if _ours(message, part) else []
    for line in _without_summary(lines):
        if PARTED.fullmatch(line.text):
            if found:
                yield found
            found = []
        else:
            found.append(line)
    if found:
        yield found


def _without_summary(lines: list[Told]) -> list[Told]:
    """The table of an aggregation stands before the matches, as a block of code."""
    if lines and lines[0].text.startswith("```"):
        end = next((number for number, line in enumerate(lines[1:], 1) if line.text.startswith("```")), 0)
        return lines[end + 1 :]
    return lines


def _matched(message: SlackMessage, part: Part, lines: list[Told]) -> Alert:
    rule = next((line for line in lines if not line.match(FIELD)), part.title)
    title = part.title or rule
    document = dict(_document(lines)) | {name.casefold(): told for name, told in part.fields if told}
    whom = next((document[name] for name in ABOUT if name in document), NOTHING)
    return Finding(
        source=SOURCE,
        message=message,
        state=AlertState.CLEARED if title.match(OVER) else AlertState.FIRING,
        state_from=title,
        key=[rule, title.cut(steady(title.text)), whom, f"#{message.channel}"],
        title=[title, whom.cut(f"({whom.text})" if whom and whom.text not in title.text else None)],
        severity_from=next((told for name, told in document.items() if name in TOLD), NOTHING),
        description=part.text.cut("\n".join(line.text for line in lines)),
        labels={"rule": rule, **document},
        links=links(message, "ElastAlert"),
    ).alert()


def _document(lines: list[Told]) -> Iterator[tuple[str, Told]]:
    """The fields of the document; of what is written over lines as JSON, its members with dotted names."""
    rest = iter(lines)
    for line in rest:
        found = line.match(FIELD)
        if found is None or found["name"] == "@timestamp":
            continue
        if found["value"] in ("{", "["):
            inner = list(takewhile(lambda each: each.text not in ("}", "]"), rest))
            yield from _members(
                found["name"].casefold(), line, "{" + "".join(each.text for each in inner) + "}"
            )
        else:
            yield found["name"].casefold(), line.cut(found["value"])


def _members(name: str, line: Told, text: str) -> Iterator[tuple[str, Told]]:
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return
    for inner, value in list(members.items())[:60]:
        if isinstance(value, str | int | float):
            yield clean(f"{name}.{inner}"[:100]).casefold(), line.cut(clean(str(value)[:2_000]))
