"""Notes: what is no mistake, and what somebody who begins should know all the same."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from bot.config.build_people import PLACEHOLDER
from bot.config.environment import trusted
from bot.config.futile import notes_on_conditions
from bot.config.load import load
from bot.config.models import FileSection
from bot.config.reach import notes_on_reach
from bot.config.starter import starter
from bot.config.zones import FIXED, REGIONS
from bot.domain.configuration import Configuration
from bot.settings import Settings

_BOT_ID = re.compile(r"[AB][A-Z0-9]{8,}")


def check_notes(
    path: Path | None,
    settings: Settings,
    parsers: frozenset[str],
    sources: frozenset[str] = frozenset(),
    *,
    today: date,
) -> list[str]:
    """What to tell about settings and a file in which nothing is wrong."""
    loaded = load(path or settings.config, trusted(settings), parsers, sources)
    configuration = loaded.configuration
    return [
        *_examples(configuration),
        *_placeholders(configuration),
        *_empty(loaded.file, today),
        *notes_on_reach(loaded.file),
        *notes_on_conditions(configuration),
        *_silent(loaded.file),
        *_named_bots(configuration),
        *_groups(configuration),
        *_zones(loaded.file),
        *_missing(settings),
    ]


def _examples(configuration: Configuration) -> Iterator[str]:
    """Member ids of the starting file that are still there: they are nobody's."""
    text = starter()
    for key, person in configuration.roster.people.items():
        if person.slack_user and person.slack_user in text:
            yield (
                f"people.{key}.slack is still {person.slack_user}, an example. "
                "Slack would refuse their pages: put their own member ID."
            )


def _placeholders(configuration: Configuration) -> Iterator[str]:
    """Addresses that no mail ever reaches (RFC 2606), as an import writes them for strangers."""
    for key, person in configuration.roster.people.items():
        if person.email and person.email.lower().endswith(PLACEHOLDER):
            yield f"people.{key}.email is a placeholder: whatever pages {key} by e-mail reaches nobody."


def _empty(file: FileSection, today: date) -> Iterator[str]:
    """Schedules whose layers put nobody on call, now or later."""
    hint = "Whatever pages it finds nobody, unless an override says who."
    for name, section in file.schedules.items():
        layers = section.layers
        if not any(layer.ical is not None or any(layer.people or ()) for layer in layers):
            yield f"schedules.{name}: nobody stands in any of its layers. {hint}"
            continue
        ends = [layer.until for layer in layers if layer.ical is None and any(layer.people or ())]
        over = [end for end in ends if end is not None and end <= today]
        if len(over) == len(ends) and not any(layer.ical is not None for layer in layers):
            yield f"schedules.{name}: its last layer ended on {max(over)}. {hint}"


def _silent(file: FileSection) -> Iterator[str]:
    if not (file.channels or file.integrations):
        yield (
            "Alerts come from nowhere: there are neither `channels:` nor `integrations:`, so only people "
            'open incidents. Write `channels: [{channel: "#alerts"}]` for what is posted in Slack, or '
            "`integrations: {grafana: {source: grafana}}` for what calls an address of Tocsin's."
        )


def _named_bots(configuration: Configuration) -> Iterator[str]:
    """Bots that are told by a name, which any integration may give itself."""
    for watch in configuration.watches:
        for bot in watch.bots:
            if not _BOT_ID.fullmatch(bot):
                yield (
                    f"channels {watch.channel}: any integration may call itself {bot}, in a shared one also "
                    "somebody else's. The id of the bot (`B…`) or of its app (`A…`) can't be borrowed."
                )


def _groups(configuration: Configuration) -> Iterator[str]:
    """Alertmanager's, as far as the file says whose they are: its default message hides its alerts."""
    for watch in configuration.watches:
        if any("alertmanager" in name.casefold() for name in (watch.parser, *watch.bots)):
            yield (
                f"channels {watch.channel}: Alertmanager's default message tells of a group, and hides its "
                "alerts. Another one in a group that somebody has acknowledged is told in the thread, and "
                "pages only if it can be seen to be worse. The template in docs/alerts.md lists each of them."
            )


def _missing(settings: Settings) -> Iterator[str]:
    if not settings.paging:
        yield (
            "Neither Slack (TOCSIN_SLACK__BOT_TOKEN) nor e-mail (TOCSIN_SMTP__HOST) is configured here, so "
            "the file was checked by itself: whether its people, tickets and webhooks have what they need is "
            "not known. The bot would not start like this; `--strict` refuses it."
        )
        return
    if settings.slack is None:
        yield "Slack is not configured (TOCSIN_SLACK__BOT_TOKEN): people are paged by e-mail alone."
    if settings.smtp is None:
        yield "E-mail is not configured (TOCSIN_SMTP__HOST): people are paged by Slack alone."
    if settings.jira is None:
        yield "Jira is not configured (TOCSIN_JIRA__URL): there will be no tickets."


def _zones(file: FileSection) -> Iterator[str]:
    """Zones that stay at one distance from UTC all year, and are seldom meant."""
    written = [
        *((f"people.{name}", one.zone) for name, one in file.people.items()),
        *((f"calendars.{name}", one.zone) for name, one in file.calendars.items()),
        *((f"schedules.{name}", one.zone) for name, one in file.schedules.items()),
        *(
            (f"schedules.{name}.layers[{number}]", layer.zone)
            for name, one in file.schedules.items()
            for number, layer in enumerate(one.layers)
        ),
    ]
    for where, zone in written:
        if zone in FIXED:
            yield (
                f"{where}.zone: {zone} is the same all year, without summer time. "
                f"If a region's clocks are meant, write it, such as {REGIONS[zone]}."
            )
