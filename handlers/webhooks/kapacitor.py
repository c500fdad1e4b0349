"""Kapacitor's HTTP POST handler.

https://docs.influxdata.com/kapacitor/v1/reference/event_handlers/post/. The key is the alert's `id`, which
its script makes of the name and the group, so that it is the same at every level.
"""

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.finding import Finding, spread

SOURCE = "kapacitor"


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of an event. Raises Malformed when it has no level."""
    root = delivery.body.object()
    level = root["level"].filled()
    series = root.at("data.series")[0]
    return [
        Finding(
            source=SOURCE,
            state=AlertState.CLEARED if level.word == "ok" else AlertState.FIRING,
            state_from=level,
            key=[root["id"]]
            if root["id"]
            else [root["message"], *(value for _, value in series["tags"].members)],
            title=root.first("message", "id"),
            severity=level if level.word != "ok" else root["previousLevel"],
            description=root["details"],
            labels={
                "id": root["id"],
                "level": level,
                "measurement": series["name"],
                **spread(series["tags"]),
            },
            at=root["time"],
        ).alert()
    ]
