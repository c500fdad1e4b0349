"""Messages of AWS Chatbot, which is now Amazon Q Developer in chat applications.

https://docs.aws.amazon.com/chatbot/latest/adminguide/related-services.html: their title names the service or
the kind of event, what it is about, the region and the account: `CloudWatch Alarm | cpu | us-east-1 |
Account: 123456789012`. That is the key; where the title names no
subject, a field or the line below it does. A check mark before the title or a green bar says that it is over.
"""

import re
from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState
from handlers.alerts.found import NOTHING, Finding, Told
from handlers.alerts.identity import steady
from handlers.alerts.places import Part, fields, links, named, parts, shown, spread, text
from handlers.alerts.reading import SlackMessage

TITLE = re.compile(
    r"(?P<sign>[^\w\n|]{0,10}(?::[a-z_]{1,40}:)?[^\w\n|]{0,10})(?P<kind>[A-Z][^\n|]{1,100}?) \| "
    r"(?:(?P<name>[^\n|]{1,300}?) \| )?"
    r"(?P<region>(?:us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-[a-z]{2,10}){1,2}-[0-9]|global) "
    r"\| Account: (?P<account>[0-9]{12})"
)
OVER = re.compile(r":(?:white_check_mark|heavy_check_mark|large_green_circle|green_circle):|[✅✔🟢]")
GREEN = frozenset({"2eb886", "36a64f", "2eb67d", "1d8102", "00ff00", "008000", "037f0c"})
SUBJECTS = ("Finding", "Finding Type", "Title", "Resource", "Event type", "Code")
STATES = ("State", "Current State", "New State", "NewStateValue", "Alarm State")
CLEARED = frozenset({"ok", "resolved", "closed", "succeeded", "success", "completed"})


def recognise(message: SlackMessage) -> bool:
    """Whether there is such a title."""
    return next(_titles(message), None) is not None


def parse(source: str, message: SlackMessage) -> list[Alert]:
    """The alert of the title, or nothing."""
    return [_alert(source, message, *found) for found in [next(_titles(message), None)] if found]


def _titles(message: SlackMessage) -> Iterator[tuple[Told, re.Match[str], Part | None]]:
    told: list[tuple[Told, Part | None]] = [(text(message), None)]
    for part in parts(message):
        told += [(each, part) for each in (part.title, part.pretext, part.text, part.fallback)]
        told += [(each.told, part) for each in part.shown]
    told += [(each.told, None) for each in shown(message)]
    for each, of in told:
        if found := TITLE.search(each.text[:1_000].replace("*", "")):
            yield each, found, of


def _alert(source: str, message: SlackMessage, told: Told, found: re.Match[str], part: Part | None) -> Alert:
    kind, region, account = (told.cut(found[name]) for name in ("kind", "region", "account"))
    name = told.cut(found["name"]) or _subject(message, told)
    state = _over(message, told, found, part)
    return Finding(
        source=source,
        message=message,
        state=AlertState.CLEARED if state else AlertState.FIRING,
        state_from=state or told,
        key=["chatbot", kind, name if found["name"] else name.cut(steady(name.text)), region, account],
        title=[kind.cut(f"{kind.text}:"), name] if name else kind,
        severity_from=named(fields(message), "Severity"),
        description=[part.text if part else text(message), *(each.told for each in shown(message))],
        labels={"kind": kind, "name": name, "region": region, "account": account, **spread(fields(message))},
        links=links(message, "AWS"),
    ).alert()


def _subject(message: SlackMessage, told: Told) -> Told:
    """What it is about where the title does not say: a field, or what stands below the title."""
    if field := named(fields(message), *SUBJECTS):
        return field
    below = [each.told for each in shown(message)] if told.place.startswith("blocks") else []
    lines = [
        line for each in [told, *below] for line in each.lines if not TITLE.search(line.bare.text[:1_000])
    ]
    return next(iter(lines), NOTHING)


def _over(message: SlackMessage, told: Told, found: re.Match[str], part: Part | None) -> Told:
    """What says that it is over, if anything does."""
    if state := named(fields(message), *STATES):
        return state if state.word in CLEARED else NOTHING
    if OVER.search(found["sign"]):
        return told.cut(found["sign"])
    return part.colour if part and part.of.colour in GREEN else NOTHING
