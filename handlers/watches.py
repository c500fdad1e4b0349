"""Watches: which channels' messages are alerts, by the ids that Slack's events carry."""

from collections.abc import Callable, Mapping

import structlog

from bot.domain.configuration import Configuration, Watch
from bot.errors import DeliveryError
from bot.ports import Directory
from handlers.alerts import SlackMessage

log = structlog.get_logger(__name__)


class Watches:
    """The watches of the configuration in force. Names become ids in `refresh`, not while an event waits."""

    def __init__(self, directory: Directory, configuration: Callable[[], Configuration]) -> None:
        self._directory = directory
        self._configuration = configuration
        self._ids: Mapping[str, str] = {}
        self._missing = frozenset[str]()

    async def refresh(self) -> None:
        """Ask for the ids of channels that are given by name. When Slack is away, what was known stays."""
        found, missing = dict(self._ids), set()
        for name in {watch.channel for watch in self._configuration().watches}:
            try:
                known = await self._directory.channel_id(name)
            except DeliveryError as error:
                log.warning("a watched channel could not be looked up", channel=name, why=error.reason)
                continue
            if known is None:
                log.warning("a watched channel does not exist, or the bot is not in it", channel=name)
                found.pop(name, None)
                missing.add(name)
            else:
                found[name] = known
        self._ids, self._missing = found, frozenset(missing)

    @property
    def complete(self) -> bool:
        """Whether every watched channel's id is known, or known not to exist."""
        known = self._ids.keys() | self._missing
        return all(watch.channel in known for watch in self._configuration().watches)

    def ids(self) -> tuple[str, ...]:
        """The ids of all watched channels that exist, each once."""
        named = (watch.channel for watch in self._configuration().watches)
        found = (self._ids.get(name, "" if name in self._missing else name) for name in named)
        return tuple(dict.fromkeys(channel for channel in found if channel))

    def watching(self, message: SlackMessage) -> Watch | None:
        """The first watch of the message's channel that takes its author."""
        for watch in self._configuration().watches:
            if message.channel in (watch.channel, self._ids.get(watch.channel)) and _takes(watch, message):
                return watch
        return None


def _takes(watch: Watch, message: SlackMessage) -> bool:
    if not watch.bots:
        return True
    names = {message.bot_id, message.app_id, message.username.casefold()} - {""}
    return any(bot in names or bot.casefold() in names for bot in watch.bots)
