"""Addresses that need no token: incoming webhooks of integrations, and the response URLs of interactions."""

import json
from typing import Any

from aiohttp import web

from bot.sandbox.slack.api import Reply, planned, send
from bot.sandbox.slack.content import content, signed_by
from bot.sandbox.slack.faults import WEB, Fault, FaultKind
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
        fault = self._hub.faults.strike(WEB, HOOK)
        if fault and fault.kind is FaultKind.DELAY:
            await self._hub.clock.sleep(fault.seconds or 0)
        status, text, retry = 200, "ok", 0
        if fault is None or fault.delivered or fault.kind is FaultKind.DELAY:
            status, text, retry = self._hook(app, payload)
        self._hub.journal.add(Kind.HOOK, HOOK, actor=app.name if app else "", payload=payload, outcome=text)
        return await _answer(request, status, text, fault, self._hub, retry)

    def _hook(self, app: App | None, payload: Json | None) -> tuple[int, str, int]:
        if app is None:
            return 404, "no_service", 0
        wait = self._hub.limits.wait(CHANNEL, HOOK, app.id)
        if wait:
            return 429, "rate_limited", wait
        if payload is None:
            return 400, "invalid_payload", 0
        channel = self._hub.world.channel(str(payload.get("channel") or "#alerts"))
        if channel is None:
            return 404, "channel_not_found", 0
        if channel.archived:
            return 410, "channel_is_archived", 0
        try:
            body = content(payload)
        except SlackError as refusal:
            return 400, refusal.error, 0
        sender = signed_by(app, self._hub.world.id, payload, classic=True)
        thread = {"thread_ts": payload["thread_ts"]} if payload.get("thread_ts") else {}
        self._hub.feed.post(channel, sender | body | thread, app_id=app.id)
        return 200, "ok", 0

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """The app answers an interaction: five times within thirty minutes, without a token."""
        payload = await _payload(request)
        fault = self._hub.faults.strike(WEB, RESPONSE)
        if fault and fault.kind is FaultKind.DELAY:
            await self._hub.clock.sleep(fault.seconds or 0)
        status, text = 200, "ok"
        if fault is None or fault.delivered or fault.kind is FaultKind.DELAY:
            status, text = self._respond(request.path, payload)
        self._hub.journal.add(Kind.HOOK, RESPONSE, payload=payload, outcome=text)
        return await _answer(request, status, text, fault, self._hub, 0)

    def _respond(self, path: str, payload: Json | None) -> tuple[int, str]:
        try:
            url = self._hub.triggers.respond(path)
        except SlackError as refusal:
            return 404, refusal.error
        if payload is None:
            return 400, "invalid_payload"
        try:
            self._apply(url, payload)
        except SlackError as refusal:
            return 400, refusal.error
        return 200, "ok"

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
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


async def _answer(
    request: web.Request, status: int, text: str, fault: Fault | None, hub: Hub, retry: int
) -> web.StreamResponse:
    if fault:
        return await send(request, planned(fault) or Reply(body={"ok": True}), fault, hub)
    headers = {"Retry-After": str(retry)} if retry else {}
    return web.Response(status=status, text=text, headers=headers)
