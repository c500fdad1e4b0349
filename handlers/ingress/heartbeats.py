"""Pings: a request says that something is alive, or that it failed, as those of Healthchecks do.

https://healthchecks.io/docs/http_api/ has their addresses: `/ping/<key>/<name>`, behind which may stand
`/fail`, an exit status, or `/start` and `/log`, which say nothing of either.
"""

from collections.abc import Callable

from aiohttp import web

from bot.domain.alert import Alert, AlertState
from bot.domain.configuration import Configuration
from bot.domain.heartbeat import Heartbeat
from bot.domain.integration import Integration
from handlers.alerts.identity import shortened
from handlers.alerts.markup import clean
from handlers.ingress.alerts import refusal
from handlers.ingress.credentials import shown
from handlers.ingress.door import Answer, Door
from handlers.ingress.reading import Posted, Reading
from handlers.ingress.reception import Reception, Turned

PATH = "/heartbeats/{name}"
PING = "/ping/{token}/{name}"
SAID = "/{said}"
OPSGENIE = ("/opsgenie/v2/heartbeats/{name}/ping", "/v2/heartbeats/{name}/ping")
"""Where Opsgenie's heartbeats are pinged, in one of four ways."""

MUTE = frozenset({"start", "log"})
LARGEST_STATUS = 255
LONGEST_NAME = 100
LONGEST = 1_000
"""So many characters are shown of what a failure sends along."""


class Heartbeats:
    """The addresses to ping."""

    def __init__(self, reception: Reception, configuration: Callable[[], Configuration]) -> None:
        self._door = Door(reception, refusal)
        self._reception, self._configuration = reception, configuration

    def routes(self) -> list[web.RouteDef]:
        """With the token in a header, and with the token in the address; GET stands for HEAD too."""
        paths = [path + said for path in (PATH, PING) for said in ("", SAID)]
        told = [(each, path) for path in paths for each in ("GET", "POST")]
        told += [(each, path) for path in OPSGENIE for each in ("GET", "POST", "PUT", "PATCH")]
        return [web.route(each, path, self._serve) for each, path in told]

    async def _serve(self, request: web.Request) -> web.Response:
        name, said = request.match_info["name"], request.match_info.get("said", "")

        async def work(integration: Integration, posted: Posted) -> Answer:
            heartbeat = self._named(name, integration)
            alert = _told(heartbeat, said.lower(), posted)
            if alert is None:
                return 200, {"heartbeat": name, "outcome": "ignored"}
            taken = await self._reception.ingest(integration, Reading(alerts=[alert]), None)
            (one,) = taken.ingested
            key = one.incident.key if one.incident else None
            return 200, {"heartbeat": name, "outcome": one.outcome, "incident": key}

        token = shown(request.headers) or request.match_info.get("token", "")
        return await self._door.known(request, token, work)

    def _named(self, name: str, integration: Integration) -> Heartbeat:
        """The heartbeat that this integration may ping. Raises Turned."""
        found = next((each for each in self._configuration().heartbeats if each.name == name), None)
        if found is None:
            raise Turned(404, _place(name), "there is no heartbeat of that name in tocsin.yaml")
        if found.integration not in ("", integration.name):
            why = f"this token is of `{integration.name}`, which may not ping that"
            raise Turned(404, _place(name), why)
        return found


def _place(name: str) -> str:
    return f"heartbeats/{shortened(clean(name), LONGEST_NAME)}"


def _told(heartbeat: Heartbeat, said: str, posted: Posted) -> Alert | None:
    """What a ping tells; None for what says nothing of life or death. Raises Turned."""
    if said in MUTE:
        return None
    if said in ("", "0"):
        return heartbeat.alert(AlertState.CLEARED, "a ping came")
    status = int(said) if said.isascii() and said.isdigit() and len(said) <= 3 else None
    if said != "fail" and (status is None or status > LARGEST_STATUS):
        why = "behind the name stand `fail`, `start`, `log` or an exit status"
        raise Turned(404, f"{_place(heartbeat.name)}/{shortened(clean(said), LONGEST_NAME)}", why)
    why = "It said that it failed." if status is None else f"It ended with exit status {status}."
    words = shortened(clean(posted.raw[: 4 * LONGEST].decode(errors="replace")), LONGEST)
    return heartbeat.alert(AlertState.FIRING, f"{why}\n{words}".strip(), failed=True)
