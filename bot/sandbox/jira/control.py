"""The control API under `/_sandbox/`: faults, lag, the journal, and people who act by hand."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Protocol

from aiohttp import web

from bot.sandbox.jira.faults import Fault, Faults, Mode
from bot.sandbox.jira.journal import Journal
from bot.sandbox.jira.model import Comment, Issue
from bot.sandbox.jira.refusal import Refusal
from bot.sandbox.jira.site import Site

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Controlled(Protocol):
    """What can be controlled: the server, as its own control API sees it."""

    site: Site
    faults: Faults
    journal: Journal

    def refuse_for(self, seconds: float) -> None:
        """Refuse connections for a while."""
        ...

    def move(self, key: str, status: str, *, by: str) -> Issue:
        """Move by hand."""
        ...

    def comment(self, key: str, body: str, *, by: str) -> Comment:
        """Comment by hand."""
        ...

    def delete(self, key: str, *, by: str) -> None:
        """Delete by hand."""
        ...


class Control:
    """Handlers of the control API. Only pages and programs of this machine may use it."""

    def __init__(self, server: Controlled) -> None:
        self._server = server

    def routes(self) -> list[web.RouteDef]:
        """What to mount."""
        return [
            web.get("/_sandbox/state", self.state),
            web.post("/_sandbox/faults", self.fail),
            web.delete("/_sandbox/faults", self.heal),
            web.post("/_sandbox/refuse", self.refuse),
            web.put("/_sandbox/index-lag", self.lag),
            web.get("/_sandbox/calls", self.calls),
            web.get("/_sandbox/events", self.events),
            web.post("/_sandbox/issues/{key}/move", self.move),
            web.post("/_sandbox/issues/{key}/comment", self.comment),
            web.delete("/_sandbox/issues/{key}", self.delete),
        ]

    async def state(self, request: web.Request) -> web.Response:
        """The flavour, the lag, the faults and the number of issues."""
        guard(request)
        site = self._server.site
        return web.json_response(
            {
                "flavour": site.flavour,
                "index_lag": site.index_lag.total_seconds(),
                "faults": [asdict(fault) for fault in self._server.faults.active],
                "issues": len(site.issues()),
            }
        )

    async def fail(self, request: web.Request) -> web.Response:
        """Switch a fault on: the attributes of `Fault` as a JSON object."""
        given = await document(request)
        try:
            fault = fault_from(given)
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        self._server.faults.add(fault)
        return web.json_response(asdict(fault), status=201)

    async def heal(self, request: web.Request) -> web.Response:
        """Switch all faults off."""
        guard(request)
        self._server.faults.heal()
        return web.Response(status=204)

    async def refuse(self, request: web.Request) -> web.Response:
        """Stop listening for `seconds`; this API too is away for so long."""
        self._server.refuse_for(seconds(await document(request)))
        return web.Response(status=202)

    async def lag(self, request: web.Request) -> web.Response:
        """Let the search index lag by `seconds`."""
        self._server.site.index_lag = timedelta(seconds=seconds(await document(request)))
        return web.Response(status=204)

    async def calls(self, request: web.Request) -> web.Response:
        """All calls so far."""
        guard(request)
        return dumped([asdict(call) for call in self._server.journal.calls])

    async def events(self, request: web.Request) -> web.Response:
        """All that happened to issues so far."""
        guard(request)
        return dumped(
            [
                {"at": one.at, "kind": one.kind, "key": one.issue.key, "by": one.by}
                for one in self._server.journal.events
            ]
        )

    async def move(self, request: web.Request) -> web.Response:
        """A person moves an issue to `status`."""
        given = await document(request)
        key = request.match_info["key"]
        return acted(lambda: self._server.move(key, str(given.get("status")), by=str(given.get("by", "ann"))))

    async def comment(self, request: web.Request) -> web.Response:
        """A person comments `body`."""
        given = await document(request)
        key = request.match_info["key"]
        return acted(
            lambda: self._server.comment(key, str(given.get("body")), by=str(given.get("by", "ann")))
        )

    async def delete(self, request: web.Request) -> web.Response:
        """A person deletes an issue."""
        guard(request)
        key = request.match_info["key"]
        return acted(lambda: self._server.delete(key, by=request.query.get("by", "ann")))


def guard(request: web.Request) -> None:
    """Refuse a name that was made to point to this machine (DNS rebinding)."""
    if request.host.rpartition(":")[0] not in LOOPBACK:
        raise web.HTTPForbidden(text="The control API answers on loopback only.")


async def document(request: web.Request) -> Mapping[str, object]:
    """A JSON object; the content type is required, because a foreign page cannot send it unasked."""
    guard(request)
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="Send application/json.")
    try:
        given: object = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="This is not JSON.") from None
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(text="Send a JSON object.")
    return given


def seconds(given: Mapping[str, object]) -> float:
    """The number under `seconds`."""
    value = given.get("seconds")
    if not isinstance(value, int | float) or value < 0:
        raise web.HTTPBadRequest(text="`seconds` must be a number that is not negative.")
    return float(value)


def fault_from(given: Mapping[str, object]) -> Fault:
    """A fault from a JSON object; raises ValueError or TypeError when it is not one."""
    plain = Fault(mode=Mode(str(given.get("mode"))))
    kinds: Mapping[str, type | tuple[type, ...]] = {
        "status": int,
        "seconds": (int, float),
        "http_date": bool,
        "method": (str, type(None)),
        "path": str,
        "times": (int, type(None)),
    }
    for name, value in given.items():
        if name != "mode" and (name not in kinds or not isinstance(value, kinds[name])):
            raise ValueError(f"{name!r} is unknown or has a wrong value")
    return Fault(**{**asdict(plain), **given, "mode": plain.mode})


def acted(act: Callable[[], object]) -> web.Response:
    """The answer to something done by hand."""
    try:
        act()
    except Refusal as refusal:
        return web.json_response(refusal.body(), status=refusal.status)
    except LookupError as error:
        return web.json_response({"error": str(error)}, status=404)
    return web.Response(status=204)


def dumped(items: object) -> web.Response:
    """A document with instants in it."""
    return web.json_response(text=json.dumps(items, default=str))
