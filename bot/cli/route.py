"""`tocsin route`: where alerts would go, why, and who would be paged for them first."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

import typer
from pydantic import TypeAdapter, ValidationError
from rich.text import Text

from bot.cli.database import Database, looking
from bot.cli.parse import reading_of, tell_faults
from bot.cli.payload import (
    File,
    Form,
    FromSlack,
    Headers,
    IntegrationName,
    ParserName,
    Read,
    SourceName,
    among,
    content,
)
from bot.cli.replay import replaying
from bot.cli.simulate import configuration_of
from bot.cli.terminal import Config, Json, errors, out, settings_with
from bot.clock import SystemClock
from bot.domain.alert import Alert
from bot.domain.configuration import Configuration
from bot.domain.lesson import Lesson, newest
from bot.domain.moment import Meant
from bot.domain.route import Placement
from bot.domain.silence import Silence
from bot.domain.standing import Signal
from bot.domain.story import Story
from bot.ids import new_id
from bot.inquiries import Placed, rehearsed
from bot.intake.placing import placement_of
from bot.intake.services import Services
from bot.ports import Tx
from bot.render import routed as words
from bot.render.escape import one_line
from bot.settings import Settings
from handlers.alerts import AUTO
from handlers.alerts.posted import NOWHERE
from handlers.webhooks.document import Malformed, Node
from handlers.webhooks.loading import document


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a database knows that counts now: silences, and what would be played for each alert."""

    silences: Sequence[Silence] = ()
    stories: Sequence[Story] = ()


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(route)


def route(
    file: File,
    source: SourceName = None,
    slack: FromSlack = False,
    parser: ParserName = AUTO,
    integration: IntegrationName = None,
    header: Headers = None,
    form: Form = False,
    config: Config = None,
    database: Database = None,
    as_document: Json = False,
) -> None:
    """Show where the alerts in a file would go and why; without an option it is what `parse --json` prints.

    Nobody is paged, and nothing is changed.
    """
    with errors():
        settings = settings_with(config)
        configuration = configuration_of(settings)
        own = None
        if integration is not None:
            among("integration", integration, configuration.integrations)
            own = configuration.integrations[integration]
        if source is None and own is None and not slack:
            read = listed(content(file))
        else:
            lessons = asyncio.run(_lessons(configuration, settings, database)) if slack else ()
            read = reading_of(
                file, source, own, header, slack=slack, parser=parser, form=form, lessons=lessons
            )
        service, unsure = (own.service, "") if own else _watched(configuration, read)
        decisions = asyncio.run(_decide(read.alerts, service, configuration, settings, database))
    _show(decisions, as_document=as_document)
    tell_faults(replace(read, note=" ".join(filter(None, (read.note, unsure)))))


async def _lessons(
    configuration: Configuration, settings: Settings, database: str | None
) -> tuple[Lesson, ...]:
    """Those that count: of the file, and of the database where there is one."""
    found, _ = await looking(
        settings.database, database, lambda tx: tuple(tx.lessons(None)) if tx else tuple[Lesson, ...]()
    )
    return newest(configuration.lessons, found)


def _show(decisions: Sequence[words.Routed], *, as_document: bool) -> None:
    if as_document:
        typer.echo(json.dumps([words.document(each) for each in decisions], indent=2, ensure_ascii=False))
        return
    for number, each in enumerate(decisions, 1):
        for row, line in enumerate(words.lines(each, number)):
            out.print(Text(line, style="" if row else "bold"), soft_wrap=True)


def listed(raw: bytes) -> Read:
    """Alerts as `parse --json` prints them, or one of them; what is missing is as if nobody had said it."""
    try:
        found = document(raw)
    except Malformed as error:
        return Read(faults=[error])
    items = list(found.items) if found.is_list else [found]
    alerts, faults = list[Alert](), list[Malformed]()
    for item in items:
        try:
            alerts.append(TypeAdapter(Alert).validate_python(_filled(item), strict=False))
        except ValidationError as error:
            faults += [
                Malformed(".".join([item.place, *map(str, each["loc"])]).strip("."), each["msg"])
                for each in error.errors(include_url=False, include_input=False)
            ]
        except Malformed as error:
            faults.append(error)
    return Read(alerts=alerts, faults=faults)


def _filled(item: Node) -> Mapping[str, object]:
    value = item.object().value
    assert isinstance(value, dict)
    told = {str(name): each for name, each in value.items() if each is not None}
    return {"source": "test", "fingerprint": str(told.get("title", "")), "state": "firing"} | told


def _watched(configuration: Configuration, read: Read) -> tuple[str | None, str]:
    """The service that the message's channel names; and what is not known of that without asking Slack."""
    channel = read.message.channel if read.message else None
    known = [each for each in configuration.watches if each.channel == channel]
    named = sorted({each.channel for each in configuration.watches if each.channel.startswith("#")})
    if known or not named or channel is None:
        return next((each.service for each in known), None), ""
    here = f"is {one_line(channel, 60)}" if channel != NOWHERE else "it came from"
    return None, (
        f"tocsin.yaml names {', '.join(named)}; whether one of them {here} only Slack knows, so "
        "neither their `service` nor their `parser` counts here. Write the id, C…, instead of the name."
    )


async def _decide(
    alerts: Sequence[Alert],
    service: str | None,
    configuration: Configuration,
    settings: Settings,
    database: str | None,
) -> list[words.Routed]:
    now, services = SystemClock().now(), Services()
    placements = [placement_of(configuration, alert, service) for alert in alerts]
    cases = [
        _case(each, alert, configuration, services) for each, alert in zip(placements, alerts, strict=True)
    ]
    meant = Meant(at=now, zone=ZoneInfo("UTC"))

    def known(tx: Tx | None) -> Known:
        stories = [rehearsed(case, meant, configuration, tx) for case in cases]
        return Known(silences=tx.silences(now) if tx else (), stories=stories)

    found, unread = await looking(settings.database, database, known)
    signals = list(_signals(alerts, service, now))
    async with replaying(configuration) as replay:
        await replay.hide(found.silences)
        outcomes = await replay.play(signals)
    return [
        words.Routed(
            alert=alert,
            placement=placement,
            story=story,
            outcome=outcome.ingested.outcome,
            why=outcome.ingested.why,
            group=placement.handling.group(alert, placement.service),
            unread=unread,
        )
        for alert, placement, story, outcome in zip(alerts, placements, found.stories, outcomes, strict=True)
    ]


def _case(placement: Placement, alert: Alert, configuration: Configuration, services: Services) -> Placed:
    service = services.serving(configuration, placement)
    return Placed(service=service, severity=placement.severity, labels=alert.labels, routed=placement.route)


def _signals(alerts: Sequence[Alert], service: str | None, now: datetime) -> Iterator[Signal]:
    for alert in alerts:
        facts = {"service": service} if service else {}
        yield Signal(id=new_id(now), at=now, alert=alert, outcome="", facts=facts)
