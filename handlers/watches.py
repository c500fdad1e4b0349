"""Watches: which channels' messages are alerts or signs of life, by the ids that Slack's events carry."""

from collections.abc import Callable, Mapping

import structlog

from bot.domain.configuration import Configuration, Watch
from bot.domain.heartbeat import Heartbeat
from bot.errors import DeliveryError
from bot.ports import Directory
from handlers.alerts import SlackMessage
from handlers.alerts.spots import spots

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
        for name in self._named():
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
    def unknown(self) -> tuple[str, ...]:
        """The watched channels of which neither the id is known nor that they do not exist."""
        known = self._ids.keys() | self._missing
        return tuple(name for name in self._named() if name not in known)

    @property
    def complete(self) -> bool:
        """Whether every watched channel's id is known, or known not to exist."""
        return not self.unknown

    def ids(self) -> tuple[str, ...]:
        """The ids of all watched channels, as far as they are known, each once."""
        found = (self._ids.get(name) for name in self._named())
        return tuple(dict.fromkeys(channel for channel in found if channel))

    def watching(self, message: SlackMessage) -> Watch | None:
        """The first watch of the message's channel that takes its author."""
        for watch in self._configuration().watches:
            if message.channel in (watch.channel, self._ids.get(watch.channel)) and _takes(watch, message):
                return watch
        return None

    def beating(self, message: SlackMessage) -> tuple[Heartbeat, ...]:
        """The heartbeats of which a bot's message is a sign of life, by its words.

        A letter is none: whoever knows a channel's address could hide with it that nothing else comes.
        """
        if message.mail:
            return ()
        expected = [each for each in self._configuration().heartbeats if each.channel or each.says]
        if not expected:
            return ()
        words = "\n".join(spots(message).values())
        return tuple(each for each in expected if self._is_for(each, message) and each.hears_text(words))

    def _is_for(self, heartbeat: Heartbeat, message: SlackMessage) -> bool:
        if heartbeat.channel:
            return message.channel in (heartbeat.channel, self._ids.get(heartbeat.channel))
        return self.watching(message) is not None

    def _named(self) -> tuple[str, ...]:
        """All channels that are listened to, as the file names them, each once."""
        configuration = self._configuration()
        heard = (each.channel for each in configuration.heartbeats if each.channel)
        return tuple(dict.fromkeys([*(watch.channel for watch in configuration.watches), *heard]))


def _takes(watch: Watch, message: SlackMessage) -> bool:
    if not watch.bots:
        return True
    names = {message.bot_id, message.app_id, message.username.casefold()} - {""}
    return any(bot in names or bot.casefold() in names for bot in watch.bots)
