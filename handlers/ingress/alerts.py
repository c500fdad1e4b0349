"""`POST /alerts/<source>`: what was posted is answered alert by alert."""

from collections.abc import Iterable, Mapping

from aiohttp import web

from bot.domain.integration import Integration
from bot.intake import Ingested
from handlers.ingress.credentials import shown
from handlers.ingress.door import Answer, Door
from handlers.ingress.reading import Posted
from handlers.ingress.reception import Reception, Taken, Turned

PATH = "/alerts/{source}"
NOTHING_FIRED = "it is over, and was not firing"
MOST_TOLD = 100
"""So many things that could not be read are told in one answer; alerts that could not be are all kept."""

WHOLE = "body"
"""The field that is named when the whole document is not as it should be."""


class Alerts:
    """The addresses of our own."""

    def __init__(self, reception: Reception) -> None:
        self._door = Door(reception, refusal)
        self._reception = reception

    def routes(self) -> list[web.RouteDef]:
        """With the token in a header, and with the token in the address."""
        return [web.post(PATH, self._serve), web.post(PATH + "/{token}", self._serve)]

    async def _serve(self, request: web.Request) -> web.Response:
        source = request.match_info["source"]

        async def work(integration: Integration, posted: Posted) -> Answer:
            if source not in (integration.name, integration.source):
                raise Turned(
                    404,
                    "address",
                    f"this token is of `{integration.name}`: post to /alerts/{integration.name}",
                )
            return answer(await self._reception.take(integration, posted))

        return await self._door.known(request, shown(request.headers) or _of_path(request), work)


def _of_path(request: web.Request) -> str:
    return request.match_info.get("token", "")


def refusal(error: Turned) -> Answer:
    """Why a request is not taken; `field` is the part of it that is wrong."""
    return error.status, {"error": error.why, "field": error.place}


def answer(taken: Taken) -> Answer:
    """What became of each alert, and what could not be read. Where nothing could be read it is an error."""
    faults = taken.reading.faults
    unread = unread_of(taken)
    if faults and not taken.alerts:
        return 400, {"error": faults[0].why, "field": faults[0].place or WHOLE, "unread": unread}
    told: dict[str, object] = {"alerts": [*_told(taken)], "unread": unread}
    if note := _note(taken):
        told["note"] = note
    return 200, told


def unread_of(taken: Taken) -> list[Mapping[str, str]]:
    """What could not be read, and what could not be used of what was, each with its field."""
    odd = [(place, why) for alert in taken.alerts for place, why in alert.odd.items()]
    places = [*((each.place, each.why) for each in taken.reading.faults), *odd]
    return [{"field": place or WHOLE, "why": why} for place, why in places[:MOST_TOLD]]


def _note(taken: Taken) -> str:
    if taken.said:
        return taken.said
    if taken.repeated:
        return "this very delivery came before: nothing was done again"
    return "" if taken.alerts else "this says nothing that anybody must know"


def _told(taken: Taken) -> Iterable[Mapping[str, object]]:
    titles = [alert.title for alert in taken.alerts]
    whole = len(titles) == len(taken.ingested)
    for number, each in enumerate(taken.ingested):
        yield {**_became(each), **({"title": titles[number]} if whole else {})}


def _became(each: Ingested) -> Mapping[str, object]:
    incident = each.incident
    why = each.why or (NOTHING_FIRED if each.outcome == "ignored" else "")
    return {"outcome": each.outcome, "incident": incident.key if incident else None, "why": why}
