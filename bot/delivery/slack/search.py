"""Searches: a channel is read once for all the keys that are looked for in it at the same moment."""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.delivery.slack.client import Answer, SlackClient
from bot.domain.alert import MessageRef
from bot.errors import DeliveryError

EVENT_TYPE = "tocsin_effect"

_SKEW = timedelta(seconds=5)
_PAGE_SIZE = 200
_MOST_PAGES = 10

Found = tuple[MessageRef, Mapping[str, str]]
"""A message of ours and what it carries beside its words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A channel, or one thread of it."""

    channel: str
    thread: str | None = None


@dataclass(kw_only=True, slots=True)
class _Wanted:
    key: str
    since: datetime
    but: str | None
    answered: bool = False
    found: Found | None = None
    error: DeliveryError | None = None

    def answer(self, found: Found | None = None, error: DeliveryError | None = None) -> None:
        self.answered, self.found, self.error = True, found, error


class Searches:
    """Looks for messages by their keys.

    After a crash in a burst hundreds of pages to one person are uncertain at once, and Slack allows some
    fifty questions a minute. Whoever asks while a channel is being read waits for the next reading: only
    what is read after the question can tell that something was not sent.
    """

    def __init__(self, client: SlackClient) -> None:
        self._client = client
        self._turns: defaultdict[Place, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: defaultdict[Place, list[_Wanted]] = defaultdict(list)

    async def find(self, place: Place, key: str, since: datetime, *, but: str | None = None) -> Found | None:
        """Our message with that key since then, other than `but`. Raises DeliveryError."""
        mine = _Wanted(key=key, since=since, but=but)
        self._waiting[place].append(mine)
        async with self._turns[place]:
            if not mine.answered:
                await self._read_for(place, self._waiting.pop(place))
        if not self._waiting.get(place) and not self._turns[place].locked():
            self._turns.pop(place)
        if mine.error is not None:
            raise mine.error
        return mine.found

    async def _read_for(self, place: Place, wanted: list[_Wanted]) -> None:
        try:
            await self._read(place, wanted)
        except DeliveryError as error:
            for each in wanted:
                if not each.answered:
                    each.answer(error=error)
        finally:  # whoever read for all of them may have been stopped
            self._waiting[place][:0] = [each for each in wanted if not each.answered]
            if not self._waiting[place]:
                self._waiting.pop(place)

    async def _read(self, place: Place, wanted: Sequence[_Wanted]) -> None:
        me = await self._client.whoami()
        ours = frozenset({me.bot_id, me.bot_user_id} - {""})
        oldest = (min(each.since for each in wanted) - _SKEW).timestamp()
        args: dict[str, object] = {
            "channel": place.channel,
            "oldest": f"{oldest:.6f}",
            "inclusive": True,
            "include_all_metadata": True,
            "limit": _PAGE_SIZE,
        }
        method = "conversations.history"
        if place.thread is not None:
            method, args["ts"] = "conversations.replies", place.thread
        for _ in range(_MOST_PAGES):
            answer = await self._client.read(method, args)
            _compare(answer.get("messages") or (), wanted, place, ours)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor or all(each.answered for each in wanted):
                break
            args["cursor"] = cursor
        for each in wanted:
            if not each.answered:
                each.answer()


def _compare(
    messages: Sequence[Answer], wanted: Sequence[_Wanted], place: Place, ours: frozenset[str]
) -> None:
    carrying = [(payload, found) for found in messages if (payload := carried(found)) and by_us(found, ours)]
    for each in (each for each in wanted if not each.answered):
        for payload, found in carrying:
            if _tells(payload, each.key) and found.get("ts") != each.but:
                each.answer((MessageRef(channel=place.channel, ts=str(found["ts"])), payload))
                break


def _tells(payload: Mapping[str, str], key: str) -> bool:
    """Whether that message has the key: as its own, or as one of several that it tells together."""
    return payload.get("key") == key or short(key) in str(payload.get("keys", "")).split()


def short(key: str) -> str:
    """A key as a message carries it that carries many: Slack takes few bytes beside the words."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def carried(message: Answer) -> Mapping[str, str]:
    """What a message of ours carries beside its words: its key and facts."""
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload")
    return payload if metadata.get("event_type") == EVENT_TYPE and isinstance(payload, dict) else {}


def by_us(message: Answer, ours: frozenset[str]) -> bool:
    """Who wrote it: other apps could carry our key, to make us believe that a page was sent."""
    return any(str(message[name]) in ours for name in ("bot_id", "user") if message.get(name))
