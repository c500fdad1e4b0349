"""The table of sources that post to us."""

from collections.abc import Callable, Mapping

from bot.domain.alert import Alert
from handlers.webhooks import (
    alertmanager,
    datadog,
    grafana,
)
from handlers.webhooks.delivery import Delivery

Parser = Callable[[Delivery], list[Alert]]
"""The alerts of a delivery; an empty list where it says nothing that anybody must know. Raises Malformed."""

SOURCES: Mapping[str, Parser] = {
    alertmanager.SOURCE: alertmanager.parse,
    grafana.SOURCE: grafana.parse,
    datadog.SOURCE: datadog.parse,
}
