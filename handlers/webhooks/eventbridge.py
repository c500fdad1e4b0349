"""Amazon EventBridge, by a rule whose target is an API destination.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html: the event as it is,
without an input transformer. Findings of GuardDuty and Security Hub, AWS Health and alarms of CloudWatch
are known; of other events their frame is read.
"""

from bot.domain.alert import Alert
from handlers.webhooks import aws_events
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.sns import envelopes

SOURCE = "eventbridge"


def parse(delivery: Delivery) -> list[Alert]:
    """The alerts of an event, also if a topic or a function passed it on. Raises Malformed."""
    wrapped = [posted.message for posted in envelopes(delivery) if aws_events.is_event(posted.message)]
    if wrapped:
        return [alert for root in wrapped for alert in aws_events.event(SOURCE, root)]
    root = delivery.body.object()
    root["detail-type"].filled()
    root["detail"].object()
    return aws_events.event(SOURCE, root)
