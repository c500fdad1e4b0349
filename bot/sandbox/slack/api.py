"""The Web API over HTTP: arguments in, authentication, rate limits, failure modes, the method, answer out."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.sandbox.slack import chat, conversations, directory, files, groups, views
from bot.sandbox.slack.call import Call, Method
from bot.sandbox.slack.faults import WEB, Fault, FaultKind
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.ids import new_secret
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.limits import CHANNEL, TIER_1
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.workspace import App, TokenState

METHODS: dict[str, Method] = {
    **chat.METHODS,
    **conversations.METHODS,
    **directory.METHODS,
    **files.METHODS,
    **groups.METHODS,
    **views.METHODS,
}
_CONNECT = "apps.connections.open"
_CONNECT_METHOD = Method(run=directory.open_connection, allowance=TIER_1)
_STRUCTURED = ("blocks", "attachments", "metadata", "view", "files")
_NEVER = 24 * 3600.0
_SECRETS = ("token",)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes back: a status, a body, headers."""

    body: Json
    status: int = 200
    headers: dict[str, str] | None = None
    text: str = ""
    media: str = "text/html"

    @property
    def outcome(self) -> str:
        """The reply in one word, for the journal."""
        if self.body.get("ok"):
            return "ok"
        return str(self.body.get("error") or (self.text if self.media == "text/plain" else self.status))

    @property
    def encoded(self) -> tuple[bytes, str]:
        """The body as bytes, and its media type."""
        if self.text:
            return self.text.encode(), self.media
        return json.dumps(self.body).encode(), "application/json"


class Api:
    """The endpoint `/api/{method}`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, or fail in the way that is switched on."""
        method = request.match_info["method"]
        began = self._hub.clock.monotonic()
        try:
            args = await arguments(request)
        except SlackError as refusal:
            return web.json_response({"ok": False, "error": refusal.error})
        token = bearer(request, args)
        fault = self._hub.faults.strike(WEB, method, self._channel(args))
        if fault and fault.kind is FaultKind.DELAY:
            await self._hub.clock.sleep(fault.seconds or 0)
        reply = answered(fault, lambda: self._process(method, token, args))
        outcome = reply.outcome if fault is None else f"{fault.kind.value}: {reply.outcome}"
        self._hub.journal.add(
            Kind.CALL,
            method,
            actor=self._name(token),
            channel=self._channel(args),
            ts=str(reply.body.get("ts") or args.get("ts") or ""),
            payload={key: value for key, value in args.items() if key not in _SECRETS},
            answer=reply.body or reply.text,
            outcome=outcome,
            seconds=self._hub.clock.monotonic() - began,
        )
        return await send(request, reply, fault, self._hub)

    def _process(self, method: str, token: str, args: Json) -> Reply:
        try:
            known = METHODS.get(method) or (_CONNECT_METHOD if method == _CONNECT else None)
            if known is None:
                raise SlackError("unknown_method", req_method=method)
            app = self._authenticated(method, token)
            call = Call(hub=self._hub, app=app, method=method, args=args)
            if known.scopes:
                call.scope(*known.scopes)
            wait = self._wait(known, call)
            if wait:
                return limited(str(wait))
            answer = {"ok": True, **known.run(call)}
        except SlackError as refusal:
            body: Json = {"ok": False, "error": refusal.error, **refusal.extra}
            return Reply(body=body, headers=self._scopes(token))
        return Reply(body=answer, headers=self._scopes(token))

    def _authenticated(self, method: str, token: str) -> App:
        if not token:
            raise SlackError("not_authed")
        for app in self._hub.world.apps.values():
            if token in (app.bot_token, app.app_token):
                if app.token_state is not TokenState.ACTIVE:
                    raise SlackError(app.token_state.value)
                if (token == app.app_token) != (method == _CONNECT) and method != "auth.test":
                    raise SlackError("not_allowed_token_type")
                return app
        raise SlackError("invalid_auth")

    def _wait(self, method: Method, call: Call) -> int:
        limits = self._hub.limits
        if math.isinf(limits.scale):
            return 0
        wait = limits.wait(method.allowance, call.method, call.app.id)
        if wait or call.method != "chat.postMessage":
            return wait
        return limits.wait(CHANNEL, call.method, call.app.id, self._channel(call.args))

    def _scopes(self, token: str) -> dict[str, str]:
        app = next((a for a in self._hub.world.apps.values() if a.bot_token == token), None)
        return {"x-oauth-scopes": ",".join(sorted(app.scopes))} if app else {}

    def _name(self, token: str) -> str:
        apps = self._hub.world.apps.values()
        return next((a.name for a in apps if token and token in (a.bot_token, a.app_token)), "")

    def _channel(self, args: Json) -> str:
        name = str(args.get("channel") or "")
        if not name:
            return ""
        if name in self._hub.world.users:
            dm = self._hub.world.dm(name, self._hub.world.app.user_id)
            return dm.id if dm else name
        found = self._hub.world.channel(name)
        return found.id if found else name


async def arguments(request: web.Request) -> Json:
    """The arguments of a call, from the query, a form or JSON; JSON inside a form is read too."""
    args: Json = dict(request.query)
    raw = await request.read()
    if not raw:
        return _opened(args)
    if request.content_type == "application/json":
        try:
            found: Any = json.loads(raw)
        except (ValueError, RecursionError):
            raise SlackError("invalid_json") from None
        if not isinstance(found, dict):
            raise SlackError("json_not_object")
        return args | found
    form = await request.post()
    args |= {key: value for key, value in form.items() if isinstance(value, str)}
    return _opened(args)


def _opened(args: Json) -> Json:
    """JSON inside a form or a query is read too."""
    for name in _STRUCTURED:
        if isinstance(args.get(name), str):
            args[name] = _structured(args[name])
    return args


def bearer(request: web.Request, args: Json) -> str:
    """The token: in the header, or as the argument `token`."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(args.get("token") or "")


def limited(retry_after: str | None) -> Reply:
    """Slack's 429."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Reply(status=429, body={"ok": False, "error": "ratelimited"}, headers=headers)


def answered(fault: Fault | None, process: Callable[[], Reply]) -> Reply:
    """The true reply or the one that a failure mode plans; processed or not, as the failure mode says."""
    if fault is None:
        return process()
    real = process() if fault.takes_effect else Reply(body={})
    return planned(fault) or real


def planned(fault: Fault) -> Reply | None:
    """What a failure mode answers in the place of the truth; None if it only comes late or not at all."""
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            return limited(fault.retry_after)
        case FaultKind.ERROR:
            return Reply(body={"ok": False, "error": fault.error})
        case FaultKind.STATUS:
            return Reply(status=fault.status, body={}, text=_page(fault.status))
        case FaultKind.DOWN:
            return Reply(status=503, body={}, text=_page(503))
        case _:
            return None


async def send(request: web.Request, reply: Reply, fault: Fault | None, hub: Hub) -> web.StreamResponse:
    """Put a reply on the wire, or fail on the way."""
    if fault and fault.kind is FaultKind.HANG:
        await hub.clock.sleep(_NEVER if fault.seconds is None else fault.seconds)
    if fault and (fault.kind is FaultKind.RESET or (fault.kind is FaultKind.DOWN and fault.cut)):
        _cut(request)
        return web.Response()  # it reaches nobody
    raw, media = reply.encoded
    headers = {"x-slack-req-id": new_secret(), **(reply.headers or {})}
    response = web.StreamResponse(status=reply.status, headers=headers)
    response.content_type = media
    response.charset = "utf-8"
    response.content_length = len(raw)
    await response.prepare(request)
    if fault and fault.kind is FaultKind.TORN:
        await response.write(raw[: len(raw) // 2])
        _cut(request)
        return response
    await response.write_eof(raw)
    return response


def _cut(request: web.Request) -> None:
    if request.transport:
        request.transport.close()


def _structured(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _page(status: int) -> str:
    return f"<html><head><title>Server Error</title></head><body><h1>{status} Server Error</h1></body></html>"
