"""The directory's port: who and what the ids of Slack stand for."""

from dataclasses import dataclass
from typing import Protocol

from bot.domain.people import Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class Whoami:
    """Who the bot itself is in Slack (`auth.test`, `bots.info`). `enterprise` is empty outside a grid.

    `app_id` is empty when Slack did not tell: then requests of other apps are not told apart by it.
    """

    team_id: str
    bot_id: str
    bot_user_id: str
    app_id: str = ""
    enterprise_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackUser:
    """What Slack says of a user. `zone` is an IANA name; `email` needs the scope users:read.email.

    `team` is their workspace or, for people of our own organisation in a grid, the organisation.
    """

    id: str
    team: str
    name: str
    standing: Standing
    zone: str = "UTC"
    email: str | None = None


class Directory(Protocol):
    """Who and what the ids of Slack stand for, remembered for a few minutes."""

    async def user(self, user: str) -> SlackUser:
        """A user; standing UNKNOWN when Slack cannot be asked."""
        ...

    async def channel_id(self, channel: str) -> str | None:
        """The id of `#name` (an id is given back as it is); None when there is no such channel."""
        ...
