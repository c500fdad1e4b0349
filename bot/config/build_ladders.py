"""Build ladders from sections that were found valid; what is nested is spliced in."""

from collections.abc import Mapping
from dataclasses import replace

from bot.config.ladders import ConditionSection, LadderSection, RungSection, TargetSection
from bot.domain.calendar import Calendar, Window
from bot.domain.ids import CalendarId, LadderId, PersonId, ScheduleId
from bot.domain.ladder import (
    ChannelTarget,
    Condition,
    GroupTarget,
    Ladder,
    PersonTarget,
    RotatingTarget,
    Rung,
    ScheduleTarget,
    Target,
    TurnBy,
    WebhookTarget,
    Which,
)

Calendars = Mapping[CalendarId, Calendar]
Sections = Mapping[str, LadderSection]


def ladders(sections: Sections, calendars: Calendars) -> dict[str, Ladder]:
    """Every ladder by its name. They are known not to contain themselves."""
    return {name: _ladder(name, section, sections, calendars) for name, section in sections.items()}


def _ladder(name: str, section: LadderSection, sections: Sections, calendars: Calendars) -> Ladder:
    quorum = section.acknowledgements
    return Ladder(
        id=LadderId(name),
        rungs=tuple(_rungs(section, sections, calendars)),
        rounds=section.rounds,
        delay=section.delay,
        acknowledgements=quorum if isinstance(quorum, int) else 1,
        roles=() if isinstance(quorum, int) else tuple(map(ScheduleId, quorum)),
    )


def _rungs(section: LadderSection, sections: Sections, calendars: Calendars) -> list[Rung]:
    """The rungs, with those of nested ladders in the place of the rung that names them."""
    rungs: list[Rung] = []
    for one in section.rungs:
        nested = next((target.ladder for target in one.targets if target.ladder is not None), None)
        if nested is None:
            rungs.append(_rung(one, calendars))
        else:
            rungs += _spliced(one, sections[nested], sections, calendars)
    return rungs


def _spliced(
    outer: RungSection, inner: LadderSection, sections: Sections, calendars: Calendars
) -> list[Rung]:
    """All rounds of the nested ladder; who stands beside it is paged with its first rung.

    The outer rung's wait takes the place of the last one, and its condition counts for all of them.
    """
    mine = _rung(outer, calendars)
    rungs = _rungs(inner, sections, calendars) * inner.rounds
    if mine.when is not None:
        rungs = [replace(rung, when=mine.when, otherwise=mine.otherwise) for rung in rungs]
    rungs[0] = replace(rungs[0], targets=(*mine.targets, *rungs[0].targets))
    rungs[-1] = replace(rungs[-1], wait=mine.wait, wait_in=mine.wait_in)
    return rungs


def _rung(section: RungSection, calendars: Calendars) -> Rung:
    return Rung(
        targets=tuple(_target(target) for target in section.targets if target.ladder is None),
        wait=section.wait,
        when=_condition(section.when, calendars) if section.when else None,
        otherwise=section.otherwise,
        wait_in=calendars[CalendarId(section.wait_in)] if section.wait_in else None,
    )


def _condition(section: ConditionSection, calendars: Calendars) -> Condition:
    return Condition(
        severities=tuple(sorted(set(section.severity or ()))),
        during=calendars[CalendarId(section.during)] if section.during else None,
        outside=calendars[CalendarId(section.outside)] if section.outside else None,
        local=Window(begin=section.local[0], end=section.local[1]) if section.local else None,
    )


def _target(section: TargetSection) -> Target:
    if section.person is not None:
        return PersonTarget(person=PersonId(section.person))
    if section.schedule is not None:
        return ScheduleTarget(schedule=ScheduleId(section.schedule), which=section.which or Which.NOW)
    if section.group is not None:
        return GroupTarget(group=section.group)
    if section.webhook is not None:
        return WebhookTarget(name=section.webhook)
    if section.round_robin is not None:
        turns = section.round_robin
        return RotatingTarget(
            people=tuple(map(PersonId, turns.people)),
            schedule=ScheduleId(turns.schedule) if turns.schedule else None,
            by=TurnBy.LOAD if section.by == "least-paged" else TurnBy.INCIDENT,
            every=section.every,
        )
    assert section.channel is not None
    return ChannelTarget(channel=section.channel)
