"""Webhooks out: signed, numbered, repeated when the receiver does not take them."""

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from bot.clock import Clock
from bot.sandbox.jira.model import Event
from bot.sandbox.jira.wire import Json, Wire

AGAIN = frozenset({408, 409, 425, 429})
UPDATED = "jira:issue_updated"


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Where events go. Jira repeats 5 times, 5 to 15 minutes apart; tests shorten that."""

    url: str
    secret: str | None = None
    retries: int = 5
    pause: timedelta = timedelta(minutes=5)
    timeout: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One attempt to deliver; `status` is None when nothing came back."""

    at: datetime
    identifier: str
    event: str
    number: int
    status: int | None


class Webhooks:
    """Sends what happens on the site to the registered address, each event by itself and in no order."""

    def __init__(self, hook: Webhook, wire: Wire, clock: Clock) -> None:
        self._hook = hook
        self._wire = wire
        self._clock = clock
        self._running: set[asyncio.Task[None]] = set()
        self._group: asyncio.TaskGroup | None = None
        self.attempts: list[Attempt] = []

    def open(self, group: asyncio.TaskGroup) -> None:
        """Deliver from now on, in tasks of this group."""
        self._group = group

    def close(self) -> None:
        """Give up what is still on its way."""
        self._group = None
        for task in tuple(self._running):
            task.cancel()

    def announce(self, event: Event) -> None:
        """Begin to deliver an event."""
        if self._group is None:
            return
        for payload in self._payloads(event):
            task = self._group.create_task(self._deliver(payload))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _payloads(self, event: Event) -> Iterator[Json]:
        document: Json = {
            "timestamp": int(event.at.timestamp() * 1000),
            "webhookEvent": event.kind,
            "user": self._wire.user(event.by),
            "issue": self._wire.issue(event.issue),
        }
        if event.comment is not None:
            comment = self._wire.comment(event.issue.key, event.comment)
            yield {**document, "comment": comment}
            # The same comment comes a second time, as an update of its issue.
            yield {
                **document,
                "webhookEvent": UPDATED,
                "issue_event_type_name": "issue_commented",
                "comment": comment,
            }
            return
        if event.kind == UPDATED:
            items = [self._wire.change(change) for change in event.changes]
            document["issue_event_type_name"] = "issue_generic"
            document["changelog"] = {"id": str(int(event.at.timestamp() * 1000)), "items": items}
        yield document

    async def _deliver(self, payload: Json) -> None:
        body = json.dumps(payload).encode()
        identifier = str(uuid.uuid4())
        limit = aiohttp.ClientTimeout(total=self._hook.timeout.total_seconds())
        async with aiohttp.ClientSession(timeout=limit) as session:
            for number in range(self._hook.retries + 1):
                if number:
                    await self._clock.sleep(self._hook.pause.total_seconds())
                status = await self._post(session, body, self._headers(body, identifier, number))
                self.attempts.append(
                    Attempt(
                        at=self._clock.now(),
                        identifier=identifier,
                        event=str(payload["webhookEvent"]),
                        number=number,
                        status=status,
                    )
                )
                if status is not None and status < 500 and status not in AGAIN:
                    return

    def _headers(self, body: bytes, identifier: str, number: int) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "X-Atlassian-Webhook-Identifier": identifier,
            "X-Atlassian-Webhook-Flow": "Primary",
        }
        if number:
            headers["X-Atlassian-Webhook-Retry"] = str(number)
        if self._hook.secret is not None:
            digest = hmac.new(self._hook.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        return headers

    async def _post(self, session: aiohttp.ClientSession, body: bytes, headers: dict[str, str]) -> int | None:
        try:
            async with session.post(self._hook.url, data=body, headers=headers) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None
