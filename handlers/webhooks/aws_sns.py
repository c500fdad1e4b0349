"""Amazon SNS: alarms of CloudWatch, events, and whatever else is published to a topic that tells us.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html. Confirmations are the
endpoint's work and no alerts. A text that no service of AWS is known to write is read by its subject or
first line; its key is the topic and that line without times and numbers that measure. Ids stay: two ids are
two things.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.alert import Alert, AlertState
from handlers.alerts.identity import steady
from handlers.webhooks import aws_events
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Finding
from handlers.webhooks.names import cut
from handlers.webhooks.sns import Envelope, Kind, envelopes

SOURCE = "aws_sns"
_STATE = re.compile(
    r"\W{0,3}(?:(ok|resolved|recovered|cleared|closed)|alarm|firing|problem|triggered)\b[\]\W]{0,3}",
    re.IGNORECASE,
)
_TITLES = (
    *("title", "subject", "Event Message", "message", "summary", "description", "text"),
    *("Subject", "Description", "Event", "eventName", "notificationType"),
)
_TOPIC = "x-amz-sns-topic-arn"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Frame:
    """What stands around a message: with an envelope all of it, without one what a header says."""

    topic: Node
    subject: Node
    at: Node


def parse(delivery: Delivery) -> list[Alert]:
    """The alerts of an envelope, of those in `Records`, or of a message delivered raw. Raises Malformed."""
    posted = list(envelopes(delivery))
    if posted:
        return [alert for each in posted if each.kind is Kind.NOTIFICATION for alert in _opened(each)]
    root = delivery.body
    topic = Node(delivery.headers.get(_TOPIC, ""), f"header {_TOPIC}")
    raw = _Frame(topic=topic, subject=Node(), at=Node())
    return _message(root["Message"] if root["Message"].is_object else root, raw)


def _opened(posted: Envelope) -> list[Alert]:
    root = posted.root
    return _message(
        posted.message, _Frame(topic=root["TopicArn"], subject=root["Subject"], at=root["Timestamp"])
    )


def _message(root: Node, frame: _Frame) -> list[Alert]:
    if aws_events.is_alarm(root):
        return [aws_events.alarm(SOURCE, root)]
    if aws_events.is_event(root):
        return aws_events.event(SOURCE, root)
    return [_text(root, frame)]


def _text(root: Node, frame: _Frame) -> Alert:
    """A text, or a document of nobody knows whom."""
    title = _title(root, frame)
    told = _STATE.match(title.text)
    about = _STATE.sub("", title.text, 1)
    said = cut(title, steady(about, ids=True) or about)
    return Finding(
        source=SOURCE,
        state=AlertState.CLEARED if told and told[1] else AlertState.FIRING,
        state_from=title if told else "",
        key=["text", frame.topic, said],
        title=title,
        description=[*([] if root.is_object else [root]), *_members(root)],
        labels={"topic": frame.topic},
        at=frame.at,
        began=False,
        confidence=0.6,
    ).alert()


def _title(root: Node, frame: _Frame) -> Node:
    """The subject, the first line, or what a document has for a title; of any other its topic's name."""
    first = cut(root, root.text.partition("\n")[0])
    found = next((part for part in (frame.subject, first, root.first(*_TITLES)) if part.text), None)
    if found:
        return found
    if not frame.topic or not root.is_object:
        return root.object()["AlarmName"].filled()
    return cut(frame.topic, f"Message of {frame.topic.text.rpartition(':')[2]}")


def _members(root: Node) -> Iterator[str]:
    for name, part in list(root.members)[:30]:
        if part.text:
            yield f"{name}: {part.text[:500]}"
