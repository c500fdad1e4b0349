"""Whoever looks at the pages: ids become names, instants local times, links addresses that work here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from bot.sandbox.slack.workspace import Channel, ChannelKind, User, UserKind, Workspace

_PERMALINK = re.compile(r"/archives/(\w+)(?:/p(\d{10})(\d{6}))?")
_BROWSE = re.compile(r"/browse/([A-Za-z][A-Za-z0-9_]*-\d+)")
_THREAD = re.compile(r"(?:^|&)thread_ts=(\d{10}\.\d{6})(?:&|$)")
_SAFE = ("http", "https", "mailto")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """One person at one moment. `jira` is the address that tickets are linked under."""

    world: Workspace
    user: User
    now: datetime
    jira: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this person reads times."""
        return ZoneInfo(self.user.tz)

    def local(self, instant: datetime) -> datetime:
        """An instant as this person's clock shows it."""
        return instant.astimezone(self.zone)

    def stamp(self, ts: str) -> datetime:
        """A message's timestamp as this person's clock shows it."""
        return self.local(datetime.fromtimestamp(float(ts), UTC))

    def short(self, instant: datetime) -> str:
        """The time, and the day unless it is today."""
        there = self.local(instant)
        today = there.date() == self.local(self.now).date()
        return f"{there:%H:%M}" if today else f"{there:%-d %b, %H:%M}"

    def room(self, place: str) -> str:
        """The address of a room, as this person sees it."""
        return f"/as/{quote(self.user.name, safe='')}/{quote(place, safe='/')}"

    def name_of(self, user_id: str) -> str | None:
        """What people call a user; None for an id that is nobody's."""
        found = self.world.users.get(user_id)
        return None if found is None else shown_name(found)

    def channel_name(self, channel_id: str) -> str | None:
        """A channel's name if this person may see it."""
        found = self.world.channels.get(channel_id)
        return None if found is None or not self.sees(found) else found.name

    def sees(self, channel: Channel) -> bool:
        """Whether the channel is open to this person."""
        return self.user.id in channel.members

    def href(self, url: str) -> str | None:
        """Where a link leads: messages and tickets stay on this server, unsafe ones lead nowhere."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        mail = parts.scheme.lower() == "mailto"
        if parts.scheme.lower() not in _SAFE or not (mail or parts.netloc):
            return None
        if parts.netloc == f"{self.world.domain}.slack.com":
            return self.permalink(parts.path, parts.query)
        ticket = _BROWSE.fullmatch(parts.path)
        if self.jira and ticket and url.startswith(f"{self.jira}/"):
            return self.room(f"jira/{ticket.group(1)}")
        return url

    def permalink(self, path: str, query: str) -> str | None:
        """The room and the message that a path below `/archives/` names."""
        found = _PERMALINK.fullmatch(path)
        if found is None:
            return self.room("home")
        channel, seconds, fraction = found.groups()
        room = self.world.channels.get(channel)
        direct = room is not None and room.kind is ChannelKind.DM
        here = self.room("dm" if direct else channel)
        if not seconds:
            return here
        thread = _THREAD.search(query)
        panel = f"?thread={thread.group(1)}" if thread else ""
        return f"{here}{panel}#m-{seconds}-{fraction}"


def shown_name(user: User) -> str:
    """The name that stands beside a person's messages."""
    return user.real_name or user.name


def people(world: Workspace) -> list[User]:
    """Everybody who can act, bots and deactivated people left out."""
    return [u for u in world.users.values() if u.kind not in (UserKind.BOT, UserKind.DEACTIVATED)]
