"""Amazon SNS: alarms of CloudWatch, events, and whatever else is published to a topic that tells us.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html. Confirmations are the
endpoint's work and no alerts. A text that no service of AWS is known to write is read by its subject or
first line; its key is the topic and that line without its numbers.
"""

import re
from collections.abc import Iterator

from bot.domain.alert import Alert, AlertState
from handlers.webhooks import aws_events
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding
from handlers.webhooks.names import cut
from handlers.webhooks.sns import Envelope, Kind, envelopes

SOURCE = "aws_sns"
_NUMBERS = re.compile(r"\d+")
_STATE = re.compile(
    r"\W{0,3}(?:(ok|resolved|recovered|cleared|closed)|alarm|firing|problem|triggered)\b[\]\W]{0,3}",
    re.IGNORECASE,
)
_TITLES = ("title", "subject", "Event Message", "message", "summary", "description", "text")


def parse(delivery: Delivery) -> list[Alert]:
    """The alerts of an envelope, of those in `Records`, or of a message delivered raw. Raises Malformed."""
    posted = list(envelopes(delivery))
    if posted:
        return [alert for each in posted if each.kind is Kind.NOTIFICATION for alert in _opened(each)]
    root = delivery.body.object()
    return _message(root["Message"] if root["Message"].is_object else root, None)


def _opened(posted: Envelope) -> list[Alert]:
    return _message(posted.message, posted)


def _message(root: Node, posted: Envelope | None) -> list[Alert]:
    if aws_events.is_alarm(root):
        return [aws_events.alarm(SOURCE, root)]
    if aws_events.is_event(root):
        return aws_events.event(SOURCE, root)
    return [_text(root, posted)] if posted else [_text(root.object(), None)]


def _text(root: Node, posted: Envelope | None) -> Alert:
    """A text, or a document of nobody knows whom."""
    subject = posted.root["Subject"] if posted else Node()
    titles = (
        [subject, cut(root, root.text.partition("\n")[0])] if root.text else [root.first(*_TITLES), subject]
    )
    title = next((found for found in titles if found), None) or root.filled()
    told = _STATE.match(title.text)
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if told and told[1] else AlertState.FIRING,
        state_from=title if told else "",
        key=[
            "text",
            posted.topic if posted else "",
            cut(title, _NUMBERS.sub("#", _STATE.sub("", title.text, 1))),
        ],
        title=title,
        description=[root, *_members(root)],
        labels={"topic": posted.root["TopicArn"] if posted else ""},
        at=posted.root["Timestamp"] if posted else None,
        confidence=0.6,
    ).alert()


def _members(root: Node) -> Iterator[str]:
    for name, part in list(root.members)[:30]:
        if part.text:
            yield f"{name}: {part.text[:500]}"
