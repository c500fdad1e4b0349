"""Addresses that need no token: incoming webhooks of integrations, and the response URLs of interactions."""

import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from bot.sandbox.slack.api import Reply, answered, send
from bot.sandbox.slack.content import content, signed_by
from bot.sandbox.slack.faults import WEB, FaultKind
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.limits import CHANNEL
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.triggers import ResponseUrl
from bot.sandbox.slack.workspace import App, Message

HOOK, RESPONSE = "hook", "response_url"


class Hooks:
    """The endpoints `/services/…` and `/commands|actions|app/…`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def webhook(self, request: web.Request) -> web.StreamResponse:
        """An integration posts; answers are Slack's: `ok`, `invalid_payload`, `no_text`, `no_service` …"""
        app = next((a for a in self._hub.world.apps.values() if a.hook_path == request.path), None)
        payload = await _payload(request)
        actor = app.name if app else ""
        return await self._serve(request, HOOK, actor, payload, lambda: self._hook(app, payload))

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """The app answers an interaction: five times within thirty minutes, without a token."""
        payload = await _payload(request)
        return await self._serve(request, RESPONSE, "", payload, lambda: self._respond(request.path, payload))

    async def _serve(
        self, request: web.Request, name: str, actor: str, payload: Json | None, process: Callable[[], Reply]
    ) -> web.StreamResponse:
        fault = self._hub.faults.strike(WEB, name)
        if fault and fault.kind is FaultKind.DELAY:
            await self._hub.clock.sleep(fault.seconds or 0)
        reply = answered(fault, process)
        outcome = reply.outcome if fault is None else f"{fault.kind.value}: {reply.outcome}"
        self._hub.journal.add(Kind.HOOK, name, actor=actor, payload=payload, outcome=outcome)
        return await send(request, reply, fault, self._hub)

    def _hook(self, app: App | None, payload: Json | None) -> Reply:
        if app is None:
            return _said(404, "no_service")
        wait = self._hub.limits.wait(CHANNEL, HOOK, app.id)
        if wait:
            return _said(429, "rate_limited", {"Retry-After": str(wait)})
        if payload is None:
            return _said(400, "invalid_payload")
        channel = self._hub.world.channel(str(payload.get("channel") or "#alerts"))
        if channel is None:
            return _said(404, "channel_not_found")
        if channel.archived:
            return _said(410, "channel_is_archived")
        try:
            body = content(payload)
        except SlackError as refusal:
            return _said(400, refusal.error)
        sender = signed_by(app, self._hub.world.id, payload, classic=True)
        thread = {"thread_ts": payload["thread_ts"]} if payload.get("thread_ts") else {}
        self._hub.feed.post(channel, sender | body | thread, app_id=app.id)
        return _said(200, "ok")

    def _respond(self, path: str, payload: Json | None) -> Reply:
        try:
            url = self._hub.triggers.respond(path)
        except SlackError as refusal:
            return _said(404, refusal.error)
        if payload is None:
            return _said(400, "invalid_payload")
        try:
            self._apply(url, payload)
        except SlackError as refusal:
            return _said(400, refusal.error)
        return _said(200, "ok")

    def _apply(self, url: ResponseUrl, payload: Json) -> None:
        original = url.message and self._hub.world.message(url.channel, url.message.ts)
        if payload.get("delete_original"):
            if original:
                self._hub.feed.delete(original)
            return
        body = content(payload)
        if payload.get("replace_original") and original:
            self._replace(original, body)
            return
        thread = {"thread_ts": payload["thread_ts"]} if payload.get("thread_ts") else {}
        say(self._hub, url, body | thread, openly=payload.get("response_type") == "in_channel")

    def _replace(self, original: Message, body: Json) -> None:
        kept = {k: v for k, v in original.body.items() if k not in ("blocks", "attachments", "text")}
        if original.only_for:
            self._hub.feed.rewrite_whisper(original, kept | body)
        else:
            editor = str(original.body.get("user", ""))
            self._hub.feed.edit(original, kept | body, editor=editor, metadata=original.metadata)


def say(hub: Hub, url: ResponseUrl, body: Json, *, openly: bool) -> Message:
    """Show an app's answer to one person, or to the whole channel."""
    app = hub.world.apps[url.app_id]
    signed = hub.feed.author(app) | body
    if openly:
        return hub.feed.post(hub.world.channels[url.channel], signed, app_id=app.id)
    return hub.feed.whisper(url.channel, url.user, signed, app_id=app.id)


async def _payload(request: web.Request) -> Json | None:
    raw: str = await request.text()
    if request.content_type == "application/x-www-form-urlencoded":
        raw = str((await request.post()).get("payload") or raw)
    try:
        found: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _said(status: int, text: str, headers: dict[str, str] | None = None) -> Reply:
    return Reply(status=status, body={}, text=text, media="text/plain", headers=headers)
