"""Letters by rules: the first rule that knows a letter says what it means, and where it says what.

A letter that no rule knows is an alert all the same, unless the integration says otherwise: read as those of
unknown senders are, and not even left out when it looks like news. A rule's letter without a key is about
what its words are about, as with unknown senders too.
"""

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.alert import Alert, AlertState
from bot.domain.letter_rules import LetterRule, LetterRules, Unmatched
from handlers.alerts.identity import digest, steady
from handlers.webhooks import email
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.finding import Finding
from handlers.webhooks.mapping import found

PARSER = "mail"
_UNSURE = 0.7
_NEWS = 0.3


def read(name: str, rules: LetterRules, delivery: Delivery) -> list[Alert]:
    """The alert of a letter to the integration of that name. Raises Malformed."""
    letter = delivery.body.object()
    if not (letter["subject"].text or letter["text"].text):
        raise Malformed("subject", "a letter with a subject or a text is expected here")
    for number, rule in enumerate(rules.rules, 1):
        if (groups := _groups(rule, letter)) is not None:
            return _ruled(name, number, rule, delivery, groups)
    match rules.unmatched:
        case Unmatched.IGNORE:
            return []
        case Unmatched.UNREAD:
            raise Malformed("subject", "no rule knows this letter")
        case Unmatched.ALERT:
            return [replace(alert, source=name) for alert in email.parse(delivery) or [_news(letter)]]


def _groups(rule: LetterRule, letter: Node) -> Mapping[str, str] | None:
    """The groups of a rule whose patterns are all found; None when one of them is not."""
    groups: dict[str, str] = {}
    for part, pattern in rule.patterns.items():
        occurrence = pattern.search(letter[part].text)
        if occurrence is None:
            return None
        groups.update((name, text) for name, text in occurrence.groupdict().items() if text)
    return groups


def _ruled(
    name: str, number: int, rule: LetterRule, delivery: Delivery, groups: Mapping[str, str]
) -> list[Alert]:
    if rule.state is None:
        return []
    letter = delivery.body
    members = dict(letter.members)
    document = {each: node.value for each, node in members.items()} | dict(groups)
    if not letter["subject"].text:
        document["subject"] = next(iter(letter["text"].text.splitlines()), "")
    whole = replace(delivery, body=Node(document))
    alert = found(name, rule.mapping, whole, rule.state, Node(rule.state.value, f"rule {number}"))
    if not rule.mapping.key:
        alert = replace(alert, fingerprint=digest(name, _about(delivery)), confidence=_UNSURE)
    return [
        replace(
            alert,
            severity=rule.severity or alert.severity,
            parser=PARSER,
            places={part: _place(place, rule.groups) for part, place in alert.places.items()},
        )
    ]


def _about(delivery: Delivery) -> str:
    """What a letter is about, by its words."""
    alert = next(iter(email.parse(delivery)), None)
    return alert.fingerprint if alert else steady(delivery.body["subject"].text)


def _news(letter: Node) -> Alert:
    """What looks like news, where every letter is to be an alert."""
    subject, text = letter["subject"], letter["text"]
    title = subject if subject.text else Node(next(iter(text.text.splitlines()), ""), "text")
    finding = Finding(
        source=email.SOURCE,
        state=AlertState.FIRING,
        title=title,
        key=[steady(title.text) or title],
        description=text,
        labels={"from": letter["from"]},
        at=letter["date"],
        began=False,
        confidence=_NEWS,
    )
    return finding.alert()


def _place(places: str, groups: Mapping[str, str]) -> str:
    """Where a group stands: `host` is `subject (host)`."""
    return ", ".join(
        f"{groups[place]} ({place})" if place in groups else place for place in places.split(", ")
    )
