"""Ladders that ask for what cannot come about: too many answers, rungs that never fire, nobody who climbs."""

from collections.abc import Iterator, Mapping

from bot.config.ladders import LadderSection, TargetSection
from bot.config.models import FileSection, ServiceSection
from bot.config.schedules import LayerSection, ScheduleSection
from bot.config.source import Flaw, Source
from bot.domain.alert import Severity
from bot.domain.ladder import Which

Sections = Mapping[str, LadderSection]
Schedules = Mapping[str, ScheduleSection]


def flaws_of_quorums(file: FileSection, source: Source) -> Iterator[Flaw]:
    """Quorums that a ladder can never fill, whoever is on call. Ladders are known not to be circular."""
    for name, section in file.ladders.items():
        if section.acknowledgements != 1:
            path = ("ladders", name, "acknowledgements")
            for message, remedy in _impossible(section, file):
                yield Flaw(line=source.line(path), path=path, message=message, remedy=remedy)


def notes_on_reach(file: FileSection) -> Iterator[str]:
    """What is no mistake for certain, and is seldom meant."""
    used = _used(file)
    for name, section in file.ladders.items():
        if name not in used:
            yield f"ladders.{name} is used by nothing: no service climbs it, and no other ladder names it."
        yield from _crowded(name, section, file)
        yield from _severities(name, section, _climbed_for(name, file))


def _impossible(section: LadderSection, file: FileSection) -> Iterator[tuple[str, str]]:
    targets, needed = list(_targets(section, file.ladders)), section.acknowledgements
    if isinstance(needed, int):
        people = _people(targets, file.schedules)
        if people is not None and len(people) < needed:
            whom = ", ".join(f"`{each}`" for each in sorted(people)) or "nobody"
            yield (
                f"{needed} people must acknowledge, but its rungs page only {len(people)}: {whom}",
                "Write a smaller number, or page more people.",
            )
        return
    paged = {target.schedule for target in targets}
    for role in needed:
        if role not in paged:
            yield (
                f"`{role}` must acknowledge, but no rung pages that schedule, nor one of the ladders within",
                f"Add `- schedule: {role}` to a rung.",
            )


def _targets(section: LadderSection, ladders: Sections) -> Iterator[TargetSection]:
    """All of a ladder, and of those that are nested in it."""
    for target in (target for rung in section.rungs for target in rung.targets):
        if target.ladder is None:
            yield target
        else:
            yield from _targets(ladders[target.ladder], ladders)


def _people(targets: list[TargetSection], schedules: Schedules) -> set[str] | None:
    """Everybody whom they can mean; None where the file does not tell."""
    found = set[str]()
    for target in targets:
        if target.group is not None or target.channel is not None:
            return None
        if target.person is not None:
            found.add(target.person)
        if target.round_robin is not None:
            found.update(target.round_robin.people)
        named = target.schedule or (target.round_robin.schedule if target.round_robin else None)
        if named is not None:
            layers = schedules[named].layers
            if any(layer.people is None for layer in layers):
                return None
            found.update(person for layer in layers for turn in layer.people or () for person in turn)
    return found


def _crowded(name: str, section: LadderSection, file: FileSection) -> Iterator[str]:
    """More answers than people who are on call at one time."""
    targets, needed = list(_targets(section, file.ladders)), section.acknowledgements
    if not isinstance(needed, int) or needed == 1 or _people(targets, file.schedules) is None:
        return
    turning = {
        (target.schedule, target.which or Which.NOW)
        for target in targets
        if target.schedule is not None and target.which is not Which.EVERYONE
    }
    others = [target for target in targets if (target.schedule, target.which or Which.NOW) not in turning]
    most = len(_people(others, file.schedules) or ())
    most += sum(_together(file.schedules[schedule].layers) for schedule, _ in turning)
    if most < needed:
        yield (
            f"ladders.{name}.acknowledgements: {needed} people must acknowledge, but its rungs page at most "
            f"{most} at any one time. Without others it goes on until it is exhausted."
        )


def _together(layers: list[LayerSection]) -> int:
    """How many are on call in a schedule at one time, at most."""
    levels: dict[int, int] = {}
    for place, layer in enumerate(layers, 1):
        level = place if layer.level is None else layer.level
        levels[level] = levels.get(level, 0) + max(map(len, layer.people or ()), default=0)
    return max(levels.values(), default=0)


def _severities(name: str, section: LadderSection, climbed: set[Severity]) -> Iterator[str]:
    """Rungs for severities that no service of the ladder's ever has."""
    for number, rung in enumerate(section.rungs, 1):
        wanted = set(rung.when.severity or ()) if rung.when else set()
        if climbed and wanted and not wanted & climbed:
            words, all_of_them = ", ".join(sorted(wanted)), ", ".join(sorted(climbed))
            yield (
                f"ladders.{name}, rung {number}: it is for {words}, but services climb this ladder for "
                f"{all_of_them} alone. It fires only when the severity is changed while it is climbed."
            )


def _used(file: FileSection) -> set[str | None]:
    services = (each for section in file.services.values() for each in _ladders(section))
    nested = (
        target.ladder
        for section in file.ladders.values()
        for rung in section.rungs
        for target in rung.targets
    )
    return {*services, *nested}


def _ladders(section: ServiceSection) -> Iterator[str | None]:
    yield from (section.ladder, section.catch_all, *section.ladders.values())


def _climbed_for(name: str, file: FileSection) -> set[Severity]:
    """For which severities a service climbs it, also by way of another ladder."""
    names = _around(name, file.ladders)
    return {
        severity
        for section in file.services.values()
        for severity in Severity
        if (own := section.ladders.get(severity, section.ladder)) is not None
        and names & {own, section.catch_all}
    }


def _around(name: str, ladders: Sections) -> set[str]:
    """The ladder, and all in which it is nested."""
    found, waiting = {name}, [name]
    while waiting:
        here = waiting.pop()
        for other, section in ladders.items():
            inner = {target.ladder for rung in section.rungs for target in rung.targets}
            if here in inner and other not in found:
                found.add(other)
                waiting.append(other)
    return found
