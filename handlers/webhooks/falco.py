"""Falco's HTTP output, and Falcosidekick's webhook.

https://falco.org/docs/concepts/outputs/channels/ and
https://github.com/falcosecurity/falcosidekick/blob/master/docs/outputs/webhook.md. The key is the rule
with where it was broken: the host, and the pod or container. Falco never tells that something is over.
"""

from bot.domain.alert import Alert, AlertState, Severity
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import listed, words_of
from handlers.webhooks.finding import Finding

SOURCE = "falco"
_SEVERITIES = {
    **dict.fromkeys(("emergency", "alert", "critical"), Severity.SEV1),
    "error": Severity.SEV2,
    "warning": Severity.SEV3,
    **dict.fromkeys(("notice", "informational", "info", "debug"), Severity.SEV4),
}
_TEST = "this is a test from falcosidekick"


def parse(delivery: Delivery) -> list[Alert]:
    """The one alert of an event. Raises Malformed when it names no rule."""
    root = delivery.body.object()
    rule, fields = root["rule"].filled(), root["output_fields"]
    where = [fields["k8s.ns.name"], fields["k8s.pod.name"]]
    container = fields["container.name"] or fields["container.id"]
    place = where[1] or container or root["hostname"]
    return [
        Finding(
            source=SOURCE,
            state=AlertState.FIRING,
            key=[rule, root["hostname"], *(where if where[1] else [container])],
            title=[rule, "—", place] if place else rule,
            severity=_SEVERITIES.get(root["priority"].word),
            severity_from=root["priority"],
            description=root["output"],
            labels={
                **words_of(fields),
                "rule": rule,
                "priority": root["priority"],
                "host": root["hostname"],
                "source": root["source"],
                "tags": listed(root["tags"]),
            },
            at=root["time"],
            trial=root["output"].word == _TEST,
        ).alert()
    ]
