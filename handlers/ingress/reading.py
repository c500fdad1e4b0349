"""Reading: what was posted becomes alerts, and what nobody can read becomes something that is told."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from json import dumps

import structlog

from bot.domain.alert import Alert
from bot.domain.integration import Integration
from bot.integrations import Puzzle
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.hallmarks import hinted
from handlers.webhooks.integrations import read
from handlers.webhooks.loading import receive
from handlers.webhooks.salvage import Salvaged, salvage
from handlers.webhooks.several import Partly

log = structlog.get_logger(__name__)

Reader = Callable[[Integration, Delivery], list[Alert]]
"""The alerts of a delivery, as handlers.webhooks.integrations.read tells them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A request as it came."""

    raw: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What it says. `delivery` is None when not even a part of it is a document.

    `faults` are those of `puzzles`, in the same order.
    """

    alerts: Sequence[Alert] = ()
    puzzles: Sequence[Puzzle] = ()
    faults: Sequence[Malformed] = ()
    delivery: Delivery | None = None


def reading(integration: Integration, posted: Posted, reader: Reader = read) -> Reading:
    """Everything that can be read, and everything that cannot. Never raises."""
    rest: Salvaged | None = None
    delivery: Delivery | None
    try:
        delivery = receive(posted.raw, posted.headers, posted.query)
    except Malformed as error:
        rest = salvage(posted.raw)
        delivery = _again(rest, posted) if rest else None
        if rest is None or delivery is None:
            return _told([], [error], None, posted, None)
    alerts, faults = _read(integration, delivery, reader)
    if rest is not None:
        alerts = [_moved(alert, rest) for alert in alerts]
        faults = [*rest.spoilt, *(Malformed(rest.before(each.place), each.why) for each in faults)]
    return _told(alerts, faults, delivery, posted, rest)


def _again(rest: Salvaged, posted: Posted) -> Delivery | None:
    try:
        return receive(rest.raw, posted.headers, posted.query)
    except Malformed:
        return None


def _read(
    integration: Integration, delivery: Delivery, reader: Reader
) -> tuple[list[Alert], list[Malformed]]:
    try:
        return reader(integration, delivery), []
    except Partly as error:
        return [*error.alerts], [*error.refused]
    except Malformed as error:
        return [], [hinted(error, integration, delivery)]
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        log.exception("a parser failed", integration=integration.name)
        return [], [Malformed("", "it could not be read: a fault of Tocsin, and not of the sender")]


def _told(
    alerts: Sequence[Alert],
    faults: Sequence[Malformed],
    delivery: Delivery | None,
    posted: Posted,
    rest: Salvaged | None,
) -> Reading:
    body = delivery.body if delivery and rest is None else Node()
    parts = dict(_parts(body)) if faults and alerts else {}
    puzzles = [
        Puzzle(place=each.place, why=each.why, body=_part(parts, each.place) or posted.raw) for each in faults
    ]
    return Reading(alerts=alerts, puzzles=puzzles, faults=faults, delivery=delivery)


def _part(parts: Mapping[str, object], place: str) -> bytes:
    """What a place is a part of: the item of a list, or what stands beside all lists."""
    end = place.find("]") + 1 or len(place)
    return dumps(parts[place[:end]])[:200_000].encode() if place[:end] in parts else b""


def _parts(body: Node) -> Iterator[tuple[str, object]]:
    beside = {name: node.value for name, node in body.members if not isinstance(node.value, list | dict)}
    yield from ((name, beside) for name in beside)
    for node in (body, *(inner for _, inner in body.members)):
        for item in node.items:
            yield item.place, item.value


def _moved(alert: Alert, rest: Salvaged) -> Alert:
    """With the places as they were in what came."""
    odd = {rest.before(place): why for place, why in alert.odd.items()}
    return replace(alert, places={part: rest.before(at) for part, at in alert.places.items()}, odd=odd)
