"""AppDynamics' HTTP request template in the form of PagerDuty's events, as its handbook has it.

https://docs.appdynamics.com/, HTTP Request Actions and Templates.
The key is what the template gives as `incident_key`: node and application. Severities are INFO, WARN, ERROR.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.pagerduty_events_v1 import events

SOURCE = "app_dynamics"


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one event. Raises Malformed."""
    return events(SOURCE, delivery.body.object())
