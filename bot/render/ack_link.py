"""The link by which a paged person acknowledges: sealed for one incident, one climb and one person."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.effects import PagePerson
from bot.domain.ids import IncidentId, PersonId
from bot.domain.incident import Incident
from bot.render.seal import Seal

ACTION = "link.ack"
PATH = "/ack/"
VALID = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class AckLink:
    """What a link says: who may acknowledge what, and until when it works."""

    incident: IncidentId
    epoch: int
    person: PersonId
    until: datetime


class AckLinks:
    """Makes and opens links. `url` is where people reach the bot; only https keeps a link secret."""

    def __init__(self, url: str, seal: Seal) -> None:
        self._url = url.rstrip("/")
        self._seal = seal

    def link(self, page: PagePerson, incident: Incident) -> str:
        """The same for the same page, however often it is sent."""
        until = int(((page.asked_at or page.at) + VALID).timestamp())
        token = self._seal.value(ACTION, incident, f"{until} {page.person}", epoch=page.epoch)
        return f"{self._url}{PATH}{token}"

    def open(self, token: str) -> AckLink | None:
        """What the link says; None unless we made it."""
        sealed = self._seal.open(ACTION, token)
        if sealed is None:
            return None
        until, _, person = sealed.extra.partition(" ")
        if not until.isdigit() or not person:
            return None
        return AckLink(
            incident=sealed.incident,
            epoch=sealed.epoch,
            person=PersonId(person),
            until=datetime.fromtimestamp(int(until), UTC),
        )


def ack_links(url: str | None, seal: Seal) -> AckLinks | None:
    """None without an address, or with one that anybody on the way can read."""
    return AckLinks(url, seal) if url is not None and url.startswith("https://") else None
