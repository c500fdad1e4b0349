"""Opsgenie's Alert API as a server: whatever talks to Opsgenie talks to Tocsin by another address.

https://docs.opsgenie.com/docs/alert-api. The API key is the integration's token. What a machine says about
an alert, an acknowledgement too, becomes a note of its incident: people acknowledge, for nobody could see
whether a person stands behind a key, and a page that a script acknowledged wakes nobody.
"""

from dataclasses import replace

from aiohttp import web

from bot.clock import Clock
from bot.domain.alert import Alert
from bot.domain.integration import Integration
from bot.integrations import Integrations
from handlers.ingress.credentials import shown
from handlers.ingress.door import Answer, Door
from handlers.ingress.reading import Posted, Reader, Reading, reading
from handlers.ingress.reception import Reception, Turned
from handlers.webhooks import opsgenie_alert_api as api
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Malformed
from handlers.webhooks.integrations import owned, read

PREFIX = "/opsgenie"
_ALERTS = "/v2/alerts"
_ONE = _ALERTS + "/{identifier}"
_SAID = {
    "acknowledge": "acknowledged it there (here people do that)",
    "unacknowledge": "took the acknowledgement back there",
    "notes": "noted",
    "snooze": "snoozed it there (here people do that)",
    "escalate": "escalated it there (here people do that)",
    "assign": "assigned it there (here people do that)",
}


class Opsgenie:
    """Alerts are created and closed; everything else is answered, and noted where somebody should know."""

    def __init__(self, reception: Reception, integrations: Integrations, clock: Clock) -> None:
        self._door = Door(reception, refusal)
        self._reception = reception
        self._integrations = integrations
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """Also without the prefix, for senders of which only the host can be changed."""
        return [
            route
            for prefix in (PREFIX, "")
            for route in (
                web.post(prefix + _ALERTS, self._create),
                web.get(prefix + _ALERTS + "/requests/{identifier}", self._status),
                web.delete(prefix + _ONE, self._close),
                web.post(prefix + _ONE + "/close", self._close),
                *(web.put(f"{prefix}{_ONE}/{part}", self._change) for part in api.CHANGEABLE),
                *(web.post(f"{prefix}{_ONE}/{part}", self._change) for part in api.CHANGEABLE),
                web.post(prefix + _ONE + "/{action}", self._say),
                web.delete(prefix + _ONE + "/{action}", self._say),
            )
        ]

    async def _create(self, request: web.Request) -> web.Response:
        return await self._take(request, read)

    async def _close(self, request: web.Request) -> web.Response:
        identifier = request.match_info["identifier"]

        def closed(integration: Integration, delivery: Delivery) -> list[Alert]:
            return [owned(integration, each) for each in api.close(delivery, identifier)]

        return await self._take(request, closed)

    async def _take(self, request: web.Request, reader: Reader) -> web.Response:
        began = self._clock.monotonic()

        async def work(integration: Integration, posted: Posted) -> Answer:
            taken = await self._reception.take(_checked(integration), _filled(posted), reader)
            found = taken.reading
            if found.delivery is None or (found.faults and not found.alerts):
                return 422, api.refusal(found.faults[0], request_id="none")
            took = self._clock.monotonic() - began
            return 202, {**api.answer(found.delivery, request.match_info.get("identifier", ""), took=took)}

        return await self._door.known(request, shown(request.headers), work)

    async def _say(self, request: web.Request) -> web.Response:
        identifier, action = request.match_info["identifier"], request.match_info["action"]

        async def work(integration: Integration, posted: Posted) -> Answer:
            delivery, alert = _meant(integration, posted, identifier)
            if action in _SAID:
                body = delivery.body
                words = f"{body['user'].text or 'A machine'} {_SAID[action]}"
                told = ": ".join(part for part in (words, body["note"].text) if part)
                await self._integrations.remark(alert, told)
            return 202, {**api.answer(delivery, identifier)}

        return await self._door.known(request, shown(request.headers), work)

    async def _change(self, request: web.Request) -> web.Response:
        """What gets worse pages. What does not fire cannot be changed, which is told."""
        identifier, part = request.match_info["identifier"], request.path.rpartition("/")[2]

        async def work(integration: Integration, posted: Posted) -> Answer:
            delivery, alert = _meant(integration, posted, identifier)
            known = await self._integrations.firing(alert)
            if known is None:
                raise Turned(404, "identifier", "no alert of that name fires here, so nothing was changed")
            try:
                changed = api.change(delivery, part, known)
            except Malformed as error:
                raise Turned(422, error.place, error.why) from None
            await self._reception.ingest(integration, Reading(alerts=[changed], delivery=delivery), None)
            who = delivery.body["user"].text or "A machine"
            await self._integrations.remark(alert, f"{who} changed the {part}: {delivery.body[part].text}")
            return 202, {**api.answer(delivery, identifier)}

        return await self._door.known(request, shown(request.headers), work)

    async def _status(self, request: web.Request) -> web.Response:
        identifier = request.match_info["identifier"][:100]

        async def work() -> Answer:
            await self._reception.admitted(shown(request.headers), request.remote)
            return 200, api.request_status(identifier, at=self._clock.now().isoformat())

        return await self._door.answered(work)


def _meant(integration: Integration, posted: Posted, identifier: str) -> tuple[Delivery, Alert]:
    """The document, and the alert that the address names: no more than its key is known. Raises Turned."""
    found = reading(
        _checked(integration), _filled(posted), lambda _, delivery: api.close(delivery, identifier)
    )
    if found.delivery is None or found.faults:
        raise Turned(422, found.faults[0].place, found.faults[0].why)
    return found.delivery, owned(integration, found.alerts[0])


def _checked(integration: Integration) -> Integration:
    if integration.source != api.SOURCE:
        why = f"this token is of `{integration.name}`: post to /alerts/{integration.name}"
        raise Turned(422, "address", why)
    return integration


def _filled(posted: Posted) -> Posted:
    """Where nothing has to be said, nothing need be sent."""
    return posted if posted.raw.strip() else replace(posted, raw=b"{}")


def refusal(error: Turned) -> Answer:
    """As Opsgenie words it."""
    if error.status == 401:
        return 401, {"message": "Could not authenticate", "took": 0.0, "requestId": "none"}
    if error.status == 422:
        return 422, api.refusal(Malformed(error.place, error.why), request_id="none")
    if error.status == 429:
        return 429, {"message": "You are making too many requests!", "took": 0.0, "requestId": "none"}
    return error.status, {"message": error.why, "took": 0.0, "requestId": "none"}
