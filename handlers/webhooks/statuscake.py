"""StatusCake's webhook: a form, or the same names in JSON.

https://www.statuscake.com/kb/knowledge-base/how-to-use-the-web-hook-url/. `Status` is Up or Down. The key is
the test, or where its id is not sent, its name and address. The token in it is the account's and is not kept.
"""

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.fields import fields_of, unless
from handlers.webhooks.finding import Finding

SOURCE = "statuscake"
_CLEARED = ("up",)
_LABELS = {
    "test": "Name",
    "test_id": "TestID",
    "method": "Method",
    "status_code": "StatusCode",
    "tags": "Tags",
    "ip": "IP",
}


def parse(delivery: Delivery) -> list[Alert]:
    """The alert of one test. Raises Malformed when its status or its name is missing."""
    root = fields_of(delivery).object()
    status, name = root["Status"].filled(), root.first("Name", "URL").filled()
    return [
        Finding(
            source=SOURCE,
            state=unless(_CLEARED, status),
            state_from=status,
            key=[root["TestID"]] if root["TestID"].text else [name, root["URL"]],
            title=[name, "is", status],
            labels={label: root[step] for label, step in _LABELS.items()},
            links=[("Monitored", root["URL"])],
        ).alert()
    ]
