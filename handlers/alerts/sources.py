"""The table of alert sources, and which one a message belongs to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.domain.alert import Alert
from handlers.alerts import alertmanager, generic, grafana
from handlers.alerts.reading import SlackMessage

AUTO = "auto"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A parser, and how `auto` knows that a message is for it."""

    parse: Callable[[SlackMessage], list[Alert]]
    recognise: Callable[[SlackMessage], bool]


def _anything(_: SlackMessage) -> bool:
    return True


# In the order in which `auto` asks: Grafana's titles follow Alertmanager's convention too.
SOURCES: Mapping[str, Source] = {
    grafana.SOURCE: Source(parse=grafana.parse, recognise=grafana.recognise),
    alertmanager.SOURCE: Source(parse=alertmanager.parse, recognise=alertmanager.recognise),
    generic.SOURCE: Source(parse=generic.parse, recognise=_anything),
}
PARSERS = frozenset({AUTO, *SOURCES})


def parse(message: SlackMessage, parser: str = AUTO) -> list[Alert]:
    """The alerts of a message: at least one, unless it is empty or a reply in a thread.

    `parser` is one of PARSERS; a KeyError otherwise, since the configuration has checked it.
    What a chosen parser does not understand is read by the default one, in the chosen one's name.
    """
    if message.reply:
        return []
    name = next(known for known in SOURCES if SOURCES[known].recognise(message)) if parser == AUTO else parser
    return SOURCES[name].parse(message) or [replace(guess, source=name) for guess in generic.parse(message)]
