"""Calls: one request of Slack's, whatever its kind, and the boundary around everything that hears one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.clock import Clock
from bot.ids import new_id
from bot.render import replies
from bot.render.message import Message
from handlers.whispers import Ear, Whispers

log = structlog.get_logger(__name__)

SECONDS = 2.0
"""Slack waits for three; the answer has to get there, also from a machine under load."""

Json = Mapping[str, Any]  # a request's body, as Slack's JSON has it

NOT_RECORDED = (
    "NOT RECORDED, page by hand: {people}. Tocsin could not write this down in time. "
    "`list` shows whether it was written late after all."
)


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request of Slack's that was checked and is about to be heard."""

    body: Json
    ack: AsyncAck

    @property
    def user(self) -> str:
        """The id of the person who acts."""
        return user_of(self.body)

    @property
    def user_team(self) -> str | None:
        """The team of that person, where the request tells it."""
        user = self.body.get("user")
        team = user.get("team_id") if isinstance(user, Mapping) else None
        return str(team) if team else None

    @property
    def ear(self) -> Ear:
        """Where that person can be answered."""
        return ear_of(self.body)


def user_of(body: Json) -> str:
    """The id of the person who acts."""
    user = body.get("user")
    return str(user.get("id", "") if isinstance(user, Mapping) else body.get("user_id", ""))


def ear_of(body: Json) -> Ear:
    """Where that person can be answered."""
    channel, container = body.get("channel"), body.get("container") or {}
    return Ear(
        user=user_of(body),
        channel=str(channel.get("id", "") if isinstance(channel, Mapping) else ""),
        thread=str(container.get("thread_ts") or ""),
        response_url=str(body.get("response_url") or ""),
    )


Listener = Callable[[Call], Awaitable[None]]
BoltListener = Callable[[Json, AsyncAck], Awaitable[None]]


def hearing(listener: Listener) -> BoltListener:
    """The listener as Bolt calls it, cut off in time for an answer to reach Slack."""

    async def hear(body: Json, ack: AsyncAck) -> None:
        async with asyncio.timeout(SECONDS):
            await listener(Call(body=body, ack=ack))

    return hear


def boundary(
    whispers: Whispers, clock: Clock, by_hand: Callable[[], str]
) -> Callable[..., Awaitable[BoltResponse]]:
    """What is answered when a listener failed. An event is not acknowledged, so Slack brings it again.

    `by_hand` names whom to call; it must not need the database.
    """

    async def failed(error: Exception, body: Json) -> BoltResponse:
        reference = new_id(clock.now())[-6:]
        late = isinstance(error, TimeoutError)
        kind = str(body.get("type") or ("command" if "command" in body else ""))
        if late:
            log.error("a request was not answered in time", kind=kind, reference=reference)
        else:
            log.error("a request failed", kind=kind, reference=reference, exc_info=error)
        text = f"{NOT_RECORDED.format(people=by_hand())} Ref {reference}."
        match kind:
            case "event_callback":
                return BoltResponse(status=503, body="")
            case "command":
                return _reply(replies.error(text, f"{body.get('command')} {body.get('text') or ''}"))
            case "view_submission":
                return BoltResponse(
                    status=200, body={"response_action": "errors", "errors": _first(body, text)}
                )
            case _:
                whispers.tell(ear_of(body), replies.error(text))
                return BoltResponse(status=200, body="")

    return failed


def _reply(message: Message) -> BoltResponse:
    return BoltResponse(status=200, body={**message.body(), "response_type": "ephemeral"})


def _first(body: Json, text: str) -> dict[str, str]:
    """The text at the form's first input: an error must stand at one."""
    blocks = (body.get("view") or {}).get("blocks") or []
    inputs = [str(block.get("block_id")) for block in blocks if block.get("type") == "input"]
    return {inputs[0]: text} if inputs else {}
