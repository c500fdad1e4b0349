"""One alert of many that cannot be read: the others are, and it is told which was not."""

import pytest

from bot.domain.alert import Alert
from bot.domain.field_mapping import FieldMapping, expression, place
from bot.domain.integration import Integration
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.integrations import read
from handlers.webhooks.several import Partly
from handlers.webhooks.sources import SOURCES

MAPPING = FieldMapping(alerts=place("alerts"), title=(expression("title"),), key=(expression("key"),))


def partly(integration: Integration, *alerts: object) -> Partly:
    with pytest.raises(Partly) as caught:
        read(integration, Delivery(body=Node({"alerts": list(alerts)})))
    return caught.value


def whole(integration: Integration, *alerts: object) -> list[Alert]:
    return read(integration, Delivery(body=Node({"alerts": list(alerts)})))


@pytest.mark.row("F84")
@pytest.mark.parametrize(
    "integration",
    [
        Integration(name="own", source="generic", labels={"team": "shop"}),
        Integration(name="own", mapping=MAPPING, labels={"team": "shop"}),
        Integration(name="own", source="alertmanager", labels={"team": "shop"}),
        Integration(name="own", source="grafana", labels={"team": "shop"}),
    ],
    ids=lambda integration: integration.source or "mapping",
)
def test_one_that_is_no_alert_keeps_no_other_from_being_read(integration: Integration) -> None:
    good = [
        {
            "title": f"t{n}",
            "key": f"k{n}",
            "status": "firing",
            "fingerprint": f"k{n}",
            "labels": {"alertname": "x"},
        }
        for n in range(2)
    ]

    found = partly(integration, good[0], "poison", good[1])

    assert len(found.alerts) == 2
    assert [error.place for error in found.refused] == ["alerts[1]"]
    assert list(found.alerts) == whole(integration, *good)
    assert found.alerts[0].labels["team"] == "shop"


def test_where_none_can_be_read_the_first_is_told() -> None:
    with pytest.raises(Malformed, match=r"^alerts\[0\]\.title: a text is expected") as caught:
        whole(Integration(name="own", source="generic"), {"a": 1}, {"b": 2})

    assert not isinstance(caught.value, Partly)


def test_old_messages_of_pagerduty_are_read_each_for_itself() -> None:
    good = {"event": "incident.trigger", "incident": {"id": "P1", "title": "t"}}

    with pytest.raises(Partly) as caught:
        SOURCES["pagerduty"](Delivery(body=Node({"messages": [{"event": "incident.trigger"}, good]})))

    assert [alert.title for alert in caught.value.alerts] == ["t"]
    assert caught.value.refused[0].place == "messages[0].data.incident"


@pytest.mark.row("F84")
@pytest.mark.parametrize("source", ["alertmanager", "grafana"])
def test_alerts_of_a_group_that_its_sender_left_out_are_told(source: str) -> None:
    integration = Integration(name="own", source=source)
    states = [
        {"status": status, "fingerprint": status, "labels": {"alertname": "Disk"}, "valueString": "A=1"}
        for status in ("firing", "resolved")
    ]

    def group(**more: object) -> Delivery:
        return Delivery(body=Node({"alerts": states} | more))

    with pytest.raises(Partly) as caught:
        read(integration, group(truncatedAlerts=41))

    (fault,) = caught.value.refused
    assert fault.place == "truncatedAlerts"
    assert fault.why.startswith("41 more alerts of this group were not sent")
    firing, cleared = caught.value.alerts
    assert "41 more alerts of this group were not sent" in firing.description
    assert "more alerts" not in cleared.description
    none = [read(integration, group(truncatedAlerts=each)) for each in (0, None, "0")]
    assert none == [read(integration, group())] * 3
    assert [each.fingerprint for each in none[0]] == [firing.fingerprint, cleared.fingerprint]
