"""The private control API `/_sandbox/`: acts, failure modes and the journal, for pages and processes.

Everything is JSON. Only pages of this server may use it: a foreign `Origin` or `Host` is refused.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from bot.clock import ShiftedClock
from bot.sandbox.slack.faults import Fault, FaultKind
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.integrations import Integration
from bot.sandbox.slack.journal import Entry, jsonable
from bot.sandbox.slack.people import Outcome, Person
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.targets import CannotAct
from bot.sandbox.slack.views import shape
from bot.sandbox.slack.workspace import Channel, ChannelKind, Message, TokenState, View

LONGEST_WAIT = 30.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """The routes, over one hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def routes(self) -> list[web.RouteDef]:
        """What to add to the server."""
        return [
            web.get("/_sandbox/workspace", self._guarded(self._workspace)),
            web.get("/_sandbox/messages", self._guarded(self._messages)),
            web.get("/_sandbox/person", self._guarded(self._person)),
            web.get("/_sandbox/journal", self._guarded(self._journal)),
            web.post("/_sandbox/act", self._guarded(self._act)),
            web.post("/_sandbox/integration", self._guarded(self._integrate)),
            web.get("/_sandbox/faults", self._guarded(self._faults)),
            web.post("/_sandbox/faults", self._guarded(self._add_fault)),
            web.delete("/_sandbox/faults", self._guarded(self._clear_faults)),
            web.post("/_sandbox/app", self._guarded(self._configure)),
            web.post("/_sandbox/clock", self._guarded(self._advance)),
        ]

    def _guarded(self, handler: Callable[[web.Request], Awaitable[Json]]) -> Handler:
        async def serve(request: web.Request) -> web.StreamResponse:
            own = (urlsplit(self._hub.base_url).netloc, f"localhost:{urlsplit(self._hub.base_url).port}")
            origin = request.headers.get("Origin")
            if request.host not in own or origin not in (None, f"http://{request.host}"):
                return web.json_response({"error": "foreign origin"}, status=403)
            try:
                return web.json_response(await handler(request))
            except SlackError as refusal:
                return web.json_response({"error": refusal.error, **refusal.extra}, status=400)
            except (CannotAct, KeyError, TypeError, ValueError) as refusal:
                return web.json_response({"error": str(refusal)}, status=400)

        return serve

    async def _workspace(self, _: web.Request) -> Json:
        world = self._hub.world
        return {
            "team": {"id": world.id, "name": world.name},
            "app": {"id": world.app.id, "name": world.app.name, "user": world.app.user_id},
            "manifest": world.app.manifest,
            "people": [
                {"id": u.id, "name": u.name, "real_name": u.real_name, "kind": u.kind.value, "tz": u.tz}
                for u in world.users.values()
            ],
            "channels": [_channel(c) for c in world.channels.values()],
            "integrations": [a.name for a in world.apps.values() if a is not world.app],
            "connections": self._hub.sockets.count,
            "now": self._hub.clock.now().isoformat(),
        }

    async def _messages(self, request: web.Request) -> Json:
        query = request.query
        person = self._someone(query["person"]) if query.get("person") else None
        room = self._hub.world.channel(query["channel"])
        if room is None:
            raise CannotAct(f"there is no channel {query['channel']}")
        thread = query.get("thread", "")
        order = room.threads.get(thread, []) if thread else room.roots
        own = person.ephemerals(room.id) if person else []
        shown = [m for m in own if m.thread_ts == thread]
        return {
            "messages": [_message(m) for m in sorted([*room.standing(order), *shown], key=lambda m: m.ts)]
        }

    async def _person(self, request: web.Request) -> Json:
        person = self._someone(request.query["name"])
        dm = self._hub.world.dm(person.user.id, self._hub.world.app.user_id)
        return {
            "id": person.user.id,
            "name": person.user.name,
            "dm": dm.id if dm else None,
            "home": self._view(person.home),
            "modal": self._view(person.modal),
            "ephemerals": [_message(m) for m in person.ephemerals()],
        }

    async def _journal(self, request: web.Request) -> Json:
        since = int(request.query.get("since", "0"))
        wait = min(float(request.query.get("wait", "0")), LONGEST_WAIT)
        journal = self._hub.journal
        if wait and len(journal) <= since:
            await self._news(since, wait)
        return {"entries": [jsonable(e) for e in journal.entries(since=since)], "next": len(journal)}

    async def _news(self, since: int, wait: float) -> None:
        news = asyncio.Event()

        def listener(_: Entry) -> None:
            if len(self._hub.journal) > since:
                news.set()

        ignore = self._hub.journal.listen(listener)
        try:
            async with asyncio.timeout(wait):
                await news.wait()
        except TimeoutError:
            return  # nothing happened: an empty answer
        finally:
            ignore()

    async def _act(self, request: web.Request) -> Json:
        """`{"person": "ann", "do": "say", …}`; the other keys are the arguments of that verb."""
        body = await _body(request)
        person = self._someone(str(body["person"]))
        match str(body["do"]):
            case "say":
                thread = str(body.get("thread") or "")
                text, loud = str(body["text"]), bool(body.get("broadcast"))
                return _message(person.say(str(body["channel"]), text, thread=thread, broadcast=loud))
            case "dm":
                return _message(person.dm(str(body["text"]), thread=str(body.get("thread") or "")))
            case "edit":
                return _message(person.edit(self._target_message(body), str(body["text"])))
            case "delete":
                person.delete(self._target_message(body))
                return {}
            case "react":
                return {"added": person.react(self._target_message(body), str(body["emoji"]))}
            case "open_home":
                return {"home": self._view(person.open_home())}
            case "fill":
                return {"modal": self._view(person.fill(body["values"], self._target_view(body)))}
            case "close":
                await person.close(self._target_view(body), everything=bool(body.get("everything")))
                return {"modal": self._view(person.modal)}
            case _:
                return self._outcome(await self._interact(person, body))

    async def _interact(self, person: Person, body: Json) -> Outcome:
        match str(body["do"]):
            case "slash":
                command, text = str(body["command"]), str(body.get("text") or "")
                return await person.slash(command, text, channel=str(body.get("channel") or "#general"))
            case "click":
                return await person.click(self._target(body), str(body["name"]), body.get("value"))
            case "suggest":
                return await person.suggest(self._target(body), str(body["name"]), str(body["value"]))
            case "submit":
                return await person.submit(body.get("values") or {}, self._target_view(body))
            case "shortcut":
                return await person.shortcut(str(body["name"]))
            case "message_shortcut":
                return await person.message_shortcut(str(body["name"]), self._target_message(body))
            case other:
                raise CannotAct(f"nobody can {other}")

    async def _integrate(self, request: web.Request) -> Json:
        """`{"name": "Grafana", "do": "post" | "edit" | "delete", "channel": …, "ts": …, "payload": {…}}`."""
        body = await _body(request)
        app = self._hub.world.integration(str(body["name"]))
        if app is None:
            raise CannotAct(f"there is no integration {body['name']}")
        integration = Integration(self._hub, app)
        match str(body["do"]):
            case "post":
                thread = str(body.get("thread") or "")
                return _message(integration.post(str(body["channel"]), body["payload"], thread=thread))
            case "edit":
                return _message(integration.edit(self._target_message(body), body["payload"]))
            case "delete":
                integration.delete(self._target_message(body))
                return {}
            case other:
                raise CannotAct(f"no integration can {other}")

    async def _faults(self, _: web.Request) -> Json:
        return {"faults": [_fault(each) for each in self._hub.faults.active()]}

    async def _add_fault(self, request: web.Request) -> Json:
        """The fields of `Fault`, with `lasting` in seconds and `channel` by id or name."""
        body = await _body(request)
        lasting = body.pop("lasting", None)
        known = {f.name for f in fields(Fault)} - {"until", "id"}
        if not known.issuperset(body):
            raise ValueError(f"unknown: {', '.join(sorted(set(body) - known))}")
        room = self._hub.world.channel(str(body.get("channel") or ""))
        body |= {"kind": FaultKind(body["kind"])} | ({"channel": room.id} if room else {})
        span = None if lasting is None else timedelta(seconds=float(lasting))
        return {"id": self._hub.faults.add(Fault(**body), lasting=span)}

    async def _clear_faults(self, request: web.Request) -> Json:
        self._hub.faults.clear(request.query.get("id", ""))
        return {}

    async def _configure(self, request: web.Request) -> Json:
        """`token_state`, `scopes`, `manifest` and `rate_limits` (a scale; 0 switches them off) of the app."""
        body = await _body(request)
        app = self._hub.world.app
        if "token_state" in body:
            app.token_state = TokenState(body["token_state"])
        if "scopes" in body:
            app.scopes = {str(each) for each in body["scopes"]}
        if "manifest" in body:
            app.manifest = dict(body["manifest"])
        if "rate_limits" in body:
            self._hub.limits.scale = float(body["rate_limits"]) or float("inf")
        return {"token_state": app.token_state.value, "scopes": sorted(app.scopes)}

    async def _advance(self, request: web.Request) -> Json:
        clock = self._hub.clock
        if not isinstance(clock, ShiftedClock):
            raise CannotAct("this sandbox runs on the machine's clock")
        clock.advance(timedelta(seconds=float((await _body(request))["seconds"])))
        return {"now": clock.now().isoformat()}

    def _someone(self, name: str) -> Person:
        user = self._hub.world.user(name)
        if user is None:
            raise CannotAct(f"there is no person {name}")
        return Person(self._hub, user)

    def _target(self, body: Json) -> Message | View:
        return self._target_view(body) or self._target_message(body)

    def _target_view(self, body: Json) -> View | None:
        if not body.get("view"):
            return None
        found = self._hub.world.views.get(str(body["view"]))
        if found is None:
            raise CannotAct("the view is gone")
        return found

    def _target_message(self, body: Json) -> Message:
        room = self._hub.world.channel(str(body["channel"]))
        found = self._hub.world.message(room.id, str(body["ts"])) if room else None
        if found is None:
            raise CannotAct("the message is gone")
        return found

    def _view(self, view: View | None) -> Json | None:
        return shape(view, self._hub) if view else None

    def _outcome(self, outcome: Outcome) -> Json:
        return {
            "error": outcome.error,
            "errors": outcome.errors,
            "reply": _message(outcome.reply) if outcome.reply else None,
            "modal": self._view(outcome.view),
            "options": list(outcome.options),
        }


async def _body(request: web.Request) -> Json:
    found: Any = json.loads(await request.text())
    if not isinstance(found, dict):
        raise TypeError("an object is needed")
    return found


def _message(message: Message) -> Json:
    known = {"channel": message.channel, "edits": len(message.revisions), "only_for": message.only_for}
    return message.body | known | ({"metadata": message.metadata} if message.metadata else {})


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "kind": channel.kind.value,
        "direct": channel.kind is ChannelKind.DM,
        "members": sorted(channel.members),
        "archived": channel.archived,
        "messages": len(channel.roots),
    }


def _fault(fault: Fault) -> Json:
    return vars(fault) | {"until": fault.until.isoformat() if fault.until else None}
