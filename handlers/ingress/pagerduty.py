"""PagerDuty's Events API as a server: whatever talks to PagerDuty talks to Tocsin by another address.

https://developer.pagerduty.com/docs/ZG9jOjExMDI5NTgw-events-api-v2-overview, and version 1. The routing key,
or the service key, is the integration's token.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from bot.domain.integration import Integration
from handlers.ingress.alerts import unread_of
from handlers.ingress.credentials import inside, shown
from handlers.ingress.door import Answer, Door, Work
from handlers.ingress.reading import Posted
from handlers.ingress.reception import Reception, Turned
from handlers.webhooks import pagerduty_events_v1 as v1
from handlers.webhooks import pagerduty_events_v2 as v2
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed
from handlers.webhooks.loading import receive

PREFIX = "/pagerduty"
SOURCES = (v2.SOURCE, v1.SOURCE)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Version:
    source: str
    key: str
    accepted: int
    answer: Callable[[Delivery], Mapping[str, str]]


_ONE = _Version(source=v1.SOURCE, key="service_key", accepted=200, answer=v1.answer)
_TWO = _Version(source=v2.SOURCE, key="routing_key", accepted=202, answer=v2.answer)


class PagerDuty:
    """Events of both versions. Changes are answered: nobody is paged for a deployment."""

    def __init__(self, reception: Reception) -> None:
        self._door = Door(reception, refusal)
        self._reception = reception

    def routes(self) -> list[web.RouteDef]:
        """Also without the prefix, for senders of which only the host can be changed."""
        first = "/generic/2010-04-15/create_event.json"
        return [
            *(web.post(f"{prefix}/v2/enqueue", self._second) for prefix in (PREFIX, "")),
            *(web.post(f"{prefix}{first}", self._first) for prefix in (PREFIX, "")),
            *(web.post(f"{prefix}/v2/change/enqueue", self._change) for prefix in (PREFIX, "")),
        ]

    async def _first(self, request: web.Request) -> web.Response:
        return await self._served(request, _ONE, self._event(_ONE))

    async def _second(self, request: web.Request) -> web.Response:
        return await self._served(request, _TWO, self._event(_TWO))

    async def _change(self, request: web.Request) -> web.Response:
        async def work(_: Integration, __: Posted) -> Answer:
            return 202, {"status": "success", "message": "Change event processed"}

        return await self._served(request, _TWO, work)

    def _event(self, version: _Version) -> Work:
        async def work(integration: Integration, posted: Posted) -> Answer:
            if integration.source not in SOURCES:
                why = f"this token is of `{integration.name}`: post to /alerts/{integration.name}"
                raise Turned(400, version.key, why)
            taken = await self._reception.take(replace(integration, source=version.source), posted)
            found = taken.reading
            if found.delivery is None or (found.faults and not found.alerts):
                return 400, v2.refusal(found.faults[0])
            unread = unread_of(taken)
            told = {"unread": unread} if unread else {}
            return version.accepted, {**version.answer(found.delivery), **told}

        return work

    async def _served(self, request: web.Request, version: _Version, work: Work) -> web.Response:
        if token := shown(request.headers):
            return await self._door.known(request, token, work)
        return await self._door.telling(request, lambda posted: _key(posted, version), work)


def _key(posted: Posted, version: _Version) -> str:
    """The token that an event carries, wherever it stands in what can't be read. Raises Turned."""
    try:
        told = receive(posted.raw, posted.headers).body[version.key].text
    except Malformed as error:
        if found := inside(posted.raw):
            return found
        raise Turned(400, error.place, error.why) from None
    return told or inside(posted.raw)


def refusal(error: Turned) -> Answer:
    """As PagerDuty words it."""
    if error.status == 429:
        return 429, {
            "status": "throttle exceeded",
            "message": "Requests for this service are arriving too quickly",
        }
    if error.status == 401:
        why = "routing_key: no token that counts here"
        return 400, {"status": "invalid event", "message": "Event object is invalid", "errors": [why]}
    if error.status >= 500:
        return error.status, {"status": "error", "message": error.why}
    return error.status, {**v2.refusal(Malformed(error.place, error.why))}
