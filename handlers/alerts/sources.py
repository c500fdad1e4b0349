"""The table of alert sources, and which one a message belongs to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.domain.alert import Alert
from handlers.alerts import (
    alertmanager,
    argo_cd,
    aws,
    elastalert,
    elastic,
    gatus,
    generic,
    github,
    grafana,
    healthchecks,
    netdata,
    sentry,
    splunk,
    uptime_kuma,
    wazuh,
    zabbix,
)
from handlers.alerts.reading import SlackMessage

AUTO = "auto"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A parser, and how `auto` knows that a message is for it."""

    parse: Callable[[SlackMessage], list[Alert]]
    recognise: Callable[[SlackMessage], bool]


def _anything(_: SlackMessage) -> bool:
    return True


# Each knows its own by what no other has, so the order matters only to messages that pretend.
SOURCES: Mapping[str, Source] = {
    grafana.SOURCE: Source(parse=grafana.parse, recognise=grafana.recognise),
    alertmanager.SOURCE: Source(parse=alertmanager.parse, recognise=alertmanager.recognise),
    sentry.SOURCE: Source(parse=sentry.parse, recognise=sentry.recognise),
    github.SOURCE: Source(parse=github.parse, recognise=github.recognise),
    aws.SOURCE: Source(parse=aws.parse, recognise=aws.recognise),
    wazuh.SOURCE: Source(parse=wazuh.parse, recognise=wazuh.recognise),
    zabbix.SOURCE: Source(parse=zabbix.parse, recognise=zabbix.recognise),
    healthchecks.SOURCE: Source(parse=healthchecks.parse, recognise=healthchecks.recognise),
    netdata.SOURCE: Source(parse=netdata.parse, recognise=netdata.recognise),
    gatus.SOURCE: Source(parse=gatus.parse, recognise=gatus.recognise),
    uptime_kuma.SOURCE: Source(parse=uptime_kuma.parse, recognise=uptime_kuma.recognise),
    argo_cd.SOURCE: Source(parse=argo_cd.parse, recognise=argo_cd.recognise),
    splunk.SOURCE: Source(parse=splunk.parse, recognise=splunk.recognise),
    elastalert.SOURCE: Source(parse=elastalert.parse, recognise=elastalert.recognise),
    elastic.SOURCE: Source(parse=elastic.parse, recognise=elastic.recognise),
    generic.SOURCE: Source(parse=generic.parse, recognise=_anything),
}
PARSERS = frozenset({AUTO, *SOURCES})


def parse(message: SlackMessage, parser: str = AUTO) -> list[Alert]:
    """The alerts of a message: nothing for one that is empty, a reply in a thread, or a source's other news.

    `parser` is one of PARSERS; a KeyError otherwise, since the configuration has checked it.
    What a chosen parser does not know as its own and cannot read is read by the default one, in its name.
    A letter is always read by the default one: whoever knows a channel's address can write in any form.
    """
    if message.reply:
        return []
    if message.mail:
        return generic.parse(message)
    name = next(known for known in SOURCES if SOURCES[known].recognise(message)) if parser == AUTO else parser
    found = SOURCES[name].parse(message)
    if found or SOURCES[name].recognise(message):
        return found
    return [replace(guess, source=name) for guess in generic.parse(message)]
