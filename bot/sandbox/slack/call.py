"""One Web API call: who asks, with which arguments, and the checks that many methods share."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.limits import Allowance
from bot.sandbox.slack.shapes import Json, SlackError, invalid
from bot.sandbox.slack.workspace import App, Channel, ChannelKind, Message, User, UserKind

_READING = {
    ChannelKind.PUBLIC: "channels",
    ChannelKind.PRIVATE: "groups",
    ChannelKind.DM: "im",
    ChannelKind.GROUP_DM: "mpim",
}


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that passed authentication."""

    hub: Hub
    app: App
    method: str
    args: Json

    def text(self, name: str) -> str:
        """A string argument, empty if absent."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def need(self, name: str) -> str:
        """A required string argument."""
        value = self.text(name)
        if not value:
            raise invalid("invalid_arguments", [f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """A boolean argument, in any of the spellings that Slack takes."""
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        """An integer argument inside Slack's range."""
        try:
            value = int(self.args.get(name) or default)
        except (TypeError, ValueError):
            raise invalid("invalid_arguments", [f"[ERROR] must be an integer: {name}"]) from None
        if not 1 <= value <= most:
            raise SlackError("invalid_limit")
        return value

    def scope(self, *any_of: str) -> None:
        """One of these scopes is needed."""
        if not self.app.scopes.intersection(any_of):
            raise SlackError("missing_scope", needed=any_of[0], provided=",".join(sorted(self.app.scopes)))

    def user(self, name: str = "user") -> User:
        """The user that an argument names."""
        found = self.hub.world.users.get(self.need(name))
        if found is None:
            raise SlackError("user_not_found")
        return found

    def channel(self, name: str = "channel") -> Channel:
        """A conversation that the app can see; private ones of others do not exist for it."""
        found = self.hub.world.channel(self.need(name))
        if found is None:
            raise SlackError("channel_not_found")
        if found.kind is not ChannelKind.PUBLIC and self.app.user_id not in found.members:
            raise SlackError("channel_not_found")
        return found

    def readable(self, sort: str) -> Channel:
        """A conversation whose history (or description) the app's scopes allow it to read."""
        found = self.channel()
        self.scope(f"{_READING[found.kind]}:{sort}")
        return found

    def own_message(self, refusal: str) -> Message:
        """The app's own message that `channel` and `ts` name."""
        channel = self.channel()
        message = channel.messages.get(self.need("ts"))
        if message is None or message.deleted:
            raise SlackError("message_not_found")
        if message.app_id != self.app.id:
            raise SlackError(refusal)
        return message

    def target(self) -> Channel:
        """Where a new message may go; a user's id opens the direct conversation."""
        name = self.need("channel")
        user = self.hub.world.users.get(name)
        channel = self.dm_with(user) if user else self.channel()
        if channel.archived:
            raise SlackError("is_archived")
        if self.app.user_id not in channel.members and "chat:write.public" not in self.app.scopes:
            raise SlackError("not_in_channel")
        return channel

    def dm_with(self, user: User) -> Channel:
        """The direct conversation with a person; bots and deactivated people have none."""
        if user.kind is UserKind.BOT:
            raise SlackError("cannot_dm_bot")
        if user.kind is UserKind.DEACTIVATED:
            raise SlackError("user_disabled")
        return self.hub.feed.open_dm(self.app.user_id, user.id)


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method of the Web API: what it does, the scopes of which it needs one, how often it may be called."""

    run: Callable[[Call], Json]
    allowance: Allowance
    scopes: tuple[str, ...] = ()
