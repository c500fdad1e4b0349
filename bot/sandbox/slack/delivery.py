"""Carrying things to the app: events on Slack's redelivery schedule, requests with three seconds each."""

import heapq
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.sandbox.slack.faults import FaultKind, Faults
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.journal import Journal, Kind
from bot.sandbox.slack.shapes import Json
from bot.sandbox.slack.tasks import Tasks
from bot.sandbox.slack.workspace import ChannelKind, Workspace

REDELIVERIES = (timedelta(), timedelta(minutes=1), timedelta(minutes=5))
ACK_SECONDS = 3.0
POLL_SECONDS = 0.01

EVENTS, SLASH, INTERACTIVE = "events_api", "slash_commands", "interactive"
Answer = Json | str | None


class NotAnswered(Exception):
    """The app did not acknowledge. `reason` is one of Slack's; `final` stops the redelivery."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One thing for the app; `attempt` counts redeliveries and `reason` says why the last one failed."""

    kind: str
    payload: Json
    actor: str = ""
    attempt: int = 0
    reason: str = ""


class Transport(Protocol):
    """A way to the app: Socket Mode or signed HTTP."""

    async def carry(self, envelope: Envelope, limit: float) -> Answer:
        """Hand it over and wait for the acknowledgement; raises `NotAnswered`."""
        ...


class Deliveries:
    """Everything on its way to the app under test."""

    def __init__(
        self,
        *,
        world: Workspace,
        clock: Clock,
        journal: Journal,
        faults: Faults,
        tasks: Tasks,
        limit: float,
        redeliveries: Sequence[timedelta] = REDELIVERIES,
    ) -> None:
        self._world = world
        self._clock = clock
        self._journal = journal
        self._faults = faults
        self._tasks = tasks
        self._limit = limit
        self._redeliveries = redeliveries
        self._due: list[tuple[datetime, int, Envelope]] = []
        self._numbers = itertools.count()
        self._held: Envelope | None = None
        self.transport: Transport | None = None

    @property
    def waiting(self) -> int:
        """Events that wait for their next attempt."""
        return len(self._due)

    @property
    def overdue(self) -> bool:
        """Whether an event should go out again this moment."""
        return bool(self._due) and self._due[0][0] <= self._clock.now()

    def event(self, event: Json, *, shared: bool = False) -> None:
        """Send an event if the app subscribed to it; it is redelivered until acknowledged or given up."""
        if self.transport is None or not self._subscribed(event):
            return
        envelope = Envelope(kind=EVENTS, payload=self._wrapped(event, shared=shared))
        if self._faults.strike((FaultKind.PAUSED,), EVENTS):
            self._note(envelope, "lost", 0.0, None)
        elif self._held is None and self._faults.strike((FaultKind.REORDER,), EVENTS):
            self._held = envelope
        else:
            self._tasks.spawn(self._attempt(envelope))
            if self._held:
                held, self._held = self._held, None
                self._tasks.spawn(self._attempt(held))

    async def request(self, kind: str, payload: Json, actor: str) -> Answer:
        """Send a command or an interaction, once; raises `NotAnswered` after three seconds."""
        return await self._carry(Envelope(kind=kind, payload=payload, actor=actor))

    async def redeliver(self) -> None:
        """Attempt again whatever is due; runs as long as the server."""
        while True:
            while self.overdue:
                self._tasks.spawn(self._attempt(heapq.heappop(self._due)[2]))
            await self._clock.sleep(POLL_SECONDS)

    async def _attempt(self, envelope: Envelope) -> None:
        try:
            await self._carry(envelope)
        except NotAnswered as failure:
            if failure.final or envelope.attempt >= len(self._redeliveries):
                return
            wait = self._redeliveries[envelope.attempt]
            again = replace(envelope, attempt=envelope.attempt + 1, reason=failure.reason)
            if wait:
                heapq.heappush(self._due, (self._clock.now() + wait, next(self._numbers), again))
            else:
                await self._attempt(again)

    async def _carry(self, envelope: Envelope) -> Answer:
        if self._faults.strike((FaultKind.DUPLICATE,), envelope.kind):
            self._tasks.spawn(self._repeat(envelope))
        began = self._clock.monotonic()
        try:
            if self.transport is None:
                raise NotAnswered("connection_failed")
            answer = await self.transport.carry(envelope, self._limit)
        except NotAnswered as failure:
            self._note(envelope, failure.reason, self._clock.monotonic() - began, None)
            raise
        self._note(envelope, "ok", self._clock.monotonic() - began, answer)
        return answer

    async def _repeat(self, envelope: Envelope) -> None:
        if self.transport is None:
            return
        outcome, answer = "duplicate", None
        try:
            answer = await self.transport.carry(envelope, self._limit)
        except NotAnswered as failure:
            outcome = f"duplicate: {failure.reason}"
        self._note(envelope, outcome, 0.0, answer)

    def _note(self, envelope: Envelope, outcome: str, seconds: float, answer: Answer) -> None:
        inner = envelope.payload.get("event") or envelope.payload
        channel = inner.get("channel") or inner.get("channel_id") or ""
        self._journal.add(
            Kind.DELIVERY,
            envelope.kind,
            actor=envelope.actor or str(inner.get("user") or ""),
            channel=str(channel.get("id", "") if isinstance(channel, dict) else channel),
            ts=str(inner.get("ts", "")),
            payload=envelope.payload,
            answer=answer,
            outcome=outcome,
            seconds=seconds,
            attempt=envelope.attempt,
        )

    def _subscribed(self, event: Json) -> bool:
        settings = self._world.app.manifest.get("settings") or {}
        wanted = (settings.get("event_subscriptions") or {}).get("bot_events") or []
        if event["type"] != "message":
            return event["type"] in wanted
        kind = ChannelKind(event["channel_type"])
        names = {
            ChannelKind.PUBLIC: "message.channels",
            ChannelKind.PRIVATE: "message.groups",
            ChannelKind.DM: "message.im",
            ChannelKind.GROUP_DM: "message.mpim",
        }
        return names[kind] in wanted

    def _wrapped(self, event: Json, *, shared: bool) -> Json:
        app, team, enterprise = self._world.app, self._world.id, self._world.enterprise or None
        return {
            "token": "deprecated-verification-token",
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": enterprise,
            "api_app_id": app.id,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(self._clock.now().timestamp()),
            "authorizations": [
                {
                    "enterprise_id": enterprise,
                    "team_id": team,
                    "user_id": app.user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": shared,
            "event_context": f"4-{new_id('ctx')}",
        }
