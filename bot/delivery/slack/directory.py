"""Who and what Slack's ids stand for, asked once and remembered for some minutes."""

import asyncio
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.delivery.slack.client import SlackClient
from bot.domain.people import Standing
from bot.errors import DeliveryError, Outcome
from bot.ports import SlackUser, Whoami

USERS_KEPT = timedelta(minutes=5)
LAST_KNOWN_KEPT = timedelta(hours=1)
"""How old an answer may be that stands in when Slack cannot be asked."""

CHANNELS_KEPT = timedelta(minutes=10)
MISSES_KEPT = timedelta(seconds=30)
"""How soon a name that was not found is looked for again: the channel may have been made meanwhile."""

DOUBT_EVERY = timedelta(minutes=1)
"""How often a stranger makes us ask whether it is our workspace that got another id."""

_ID = re.compile(r"[CDG][A-Z0-9]{6,}")
_MANY = 10_000
_MOST_PAGES = 50


class SlackDirectory:
    """The directory of the workspace that the bot is installed in, or of its organisation.

    Concurrent questions about the same thing become one call.
    """

    def __init__(self, client: SlackClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._users: dict[str, tuple[SlackUser, float]] = {}
        self._asking: dict[str, asyncio.Lock] = {}
        self._channels: dict[str, str] = {}
        self._channels_at: float | None = None
        self._listing = asyncio.Lock()
        self._doubted_at: float | None = None

    async def user(self, user: str) -> SlackUser:
        """A user; the last that was known, or standing UNKNOWN, when Slack cannot be asked."""
        if known := self._known(user, USERS_KEPT):
            return known
        lock = self._asking.setdefault(user, asyncio.Lock())
        try:
            async with lock:
                return self._known(user, USERS_KEPT) or await self._ask(user)
        finally:
            if not lock.locked():
                self._asking.pop(user, None)

    async def channel_id(self, channel: str) -> str | None:
        """The id of a channel by its name; raises DeliveryError when Slack cannot be asked."""
        if _ID.fullmatch(channel):
            return channel
        name = channel.removeprefix("#").strip().lower()
        async with self._listing:
            age = self._age(self._channels_at)
            if age > CHANNELS_KEPT or (name not in self._channels and age > MISSES_KEPT):
                await self._list()
        return self._channels.get(name)

    def forget(self, user: str) -> None:
        """Ask about this user anew: Slack said that they changed."""
        self._users.pop(user, None)

    def _known(self, user: str, kept: timedelta) -> SlackUser | None:
        found = self._users.get(user)
        return found[0] if found and self._age(found[1]) <= kept else None

    def _age(self, at: float | None) -> timedelta:
        return timedelta.max if at is None else timedelta(seconds=self._clock.monotonic() - at)

    async def _ask(self, user: str) -> SlackUser:
        try:
            me = await self._client.whoami()
            answer = await self._client.read("users.info", {"user": user})
            if not _of_us(answer.get("user") or {}, me) and self._age(self._doubted_at) > DOUBT_EVERY:
                self._doubted_at = self._clock.monotonic()
                me = await self._client.whoami(again=True)
        except DeliveryError as error:
            if error.outcome is Outcome.REJECTED:
                self._users.pop(user, None)
            elif known := self._known(user, LAST_KNOWN_KEPT):
                return known
            return SlackUser(id=user, team="", name=user, standing=Standing.UNKNOWN)
        found = _read(answer.get("user") or {}, user, me)
        if len(self._users) >= _MANY:
            self._users.clear()
        self._users[user] = (found, self._clock.monotonic())
        return found

    async def _list(self) -> None:
        found: dict[str, str] = {}
        me = await self._client.whoami()
        args: dict[str, object] = {
            "types": "public_channel,private_channel",
            "exclude_archived": True,
            "limit": 1000,
            "team_id": me.team_id,
        }
        try:
            for _ in range(_MOST_PAGES):
                answer = await self._client.read("conversations.list", args)
                for channel in answer.get("channels") or ():
                    found[str(channel.get("name", "")).lower()] = str(channel["id"])
                cursor = (answer.get("response_metadata") or {}).get("next_cursor")
                if not cursor:
                    break
                args["cursor"] = cursor
        except DeliveryError:
            if self._channels_at is None:
                raise
            return  # a name that was known stays known
        self._channels, self._channels_at = found, self._clock.monotonic()


def _read(told: Mapping[str, Any], user: str, me: Whoami) -> SlackUser:
    profile: Mapping[str, Any] = told.get("profile") or {}
    name = profile.get("real_name") or told.get("real_name") or told.get("name") or user
    return SlackUser(
        id=str(told.get("id") or user),
        team=_home(told, me),
        name=str(name),
        standing=_standing(told, me),
        zone=str(told.get("tz") or "UTC"),
        email=profile.get("email") or None,
    )


def _standing(told: Mapping[str, Any], me: Whoami) -> Standing:
    """The strictest that applies. Whoever Slack says nothing of is not one of us."""
    if told.get("deleted"):
        return Standing.DEACTIVATED
    if told.get("is_bot") or told.get("id") == "USLACKBOT":
        return Standing.BOT
    if told.get("is_stranger") or not _of_us(told, me):
        return Standing.STRANGER
    if told.get("is_restricted") or told.get("is_ultra_restricted"):
        return Standing.GUEST
    return Standing.MEMBER


def _home(told: Mapping[str, Any], me: Whoami) -> str:
    """Our organisation, whose people keep their ids in all of its workspaces; else the workspace."""
    if me.enterprise_id and (told.get("enterprise_user") or {}).get("enterprise_id") == me.enterprise_id:
        return me.enterprise_id
    return str(told.get("team_id") or "")


def _of_us(told: Mapping[str, Any], me: Whoami) -> bool:
    organisation = told.get("enterprise_user") or {}
    if me.enterprise_id and organisation.get("enterprise_id") == me.enterprise_id:
        return True
    return bool(told.get("team_id") == me.team_id)
