"""References: which incident somebody means, and finding it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.alert import MessageRef
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.refused import Refused
from bot.ports import Tx


@dataclass(frozen=True, kw_only=True, slots=True)
class ById:
    """The incident that a button or a form belongs to."""

    id: IncidentId


@dataclass(frozen=True, kw_only=True, slots=True)
class ByNumber:
    """`INC-42`."""

    number: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ByTicket:
    """`OPS-123`."""

    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ByMessage:
    """The incident whose card or page a message is."""

    message: MessageRef


@dataclass(frozen=True, kw_only=True, slots=True)
class OnlyMine:
    """No reference was given: the one open incident, if there is exactly one."""


Reference = ById | ByNumber | ByTicket | ByMessage | OnlyMine


class Ambiguous(Refused):
    """No incident was named and several are open; they are given so that one can be picked."""

    def __init__(self, incidents: Sequence[Incident]) -> None:
        super().__init__("Which incident? Several are open.")
        self.incidents = tuple(incidents)


def find(tx: Tx, reference: Reference) -> Incident:
    """The incident that is meant. Raises Refused when there is none."""
    match reference:
        case ById(id=incident_id):
            found, name = tx.incident(incident_id), "that incident"
        case ByNumber(number=number):
            found, name = tx.numbered(number), f"INC-{number}"
        case ByTicket(key=key):
            found, name = tx.by_ticket(key), key
        case ByMessage(message=message):
            found, name = tx.by_message(message), "an incident for this message"
        case OnlyMine():
            return _only(tx)
    if found is None:
        raise Refused(f"There is no {name}. `list` shows the open incidents.")
    return found


def _only(tx: Tx) -> Incident:
    candidates = tx.open_incidents(10)
    if not candidates:
        raise Refused("No incident is open. Name one, such as `INC-42`, to speak about an older one.")
    if len(candidates) > 1:
        raise Ambiguous(candidates)
    locked = tx.incident(candidates[0].id)
    assert locked is not None
    return locked
