"""Several alerts in one document: one that cannot be read keeps no other from being read."""

from collections.abc import Callable, Iterable, Sequence

from bot.domain.alert import Alert
from handlers.webhooks.document import Malformed, Node


class Partly(Malformed):
    """Some of a document's alerts could be read: `alerts`. `refused` has the others' places and faults."""

    def __init__(self, alerts: Sequence[Alert], refused: Sequence[Malformed]) -> None:
        super().__init__(refused[0].place, refused[0].why)
        self.alerts, self.refused = tuple(alerts), tuple(refused)


def several(
    items: Iterable[Node], read: Callable[[Node], Iterable[Alert]], unsent: Sequence[Malformed] = ()
) -> list[Alert]:
    """The alerts of each item. Raises Partly where only some can be read, Malformed where none can.

    `unsent`: what the document says that it leaves out, which cannot be read either.
    """
    alerts: list[Alert] = []
    refused: list[Malformed] = []
    for item in items:
        try:
            alerts += read(item.object())
        except Malformed as error:
            refused.append(error)
    if refused := [*refused, *unsent]:
        raise Partly(alerts, refused) if alerts else refused[0]
    return alerts
