"""Clocks: layers that count while a calendar is open stand on that calendar's clocks."""

from collections.abc import Iterator

from bot.config.models import FileSection
from bot.config.source import Flaw, Source
from bot.domain.walltime import zone_of


def flaws_of_clocks(file: FileSection, source: Source) -> Iterator[Flaw]:
    """Calendars that are not in the zone of the layer that names them: whose hours would count?"""
    for name, section in file.schedules.items():
        for place, layer in enumerate(section.layers):
            zone = zone_of(layer.zone or section.zone).key
            for each in layer.only:
                theirs = zone_of(file.calendars[each.calendar].zone).key if each.calendar else zone
                if theirs != zone:
                    path = ("schedules", name, "layers", place, "only")
                    message = f"the calendar `{each.calendar}` is in {theirs}, and the layer in {zone}"
                    remedy = f"Give the layer `zone: {theirs}`, or name a calendar of its own zone."
                    yield Flaw(line=source.line(path), path=path, message=message, remedy=remedy)
