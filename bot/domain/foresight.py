"""Foresight: at which times to come a ladder would find nobody where somebody is expected."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from bot.domain.alert import Severity
from bot.domain.edges import edges, named
from bot.domain.effects import Announce, PagePerson
from bot.domain.hole import Finding, Hole, joined
from bot.domain.incident import Incident
from bot.domain.ladder import LONGEST_HOLD, Ladder, Otherwise
from bot.domain.rehearsal import LONGEST, Case, Rehearsal, exhausted, rehearse
from bot.domain.remembered import remembered
from bot.domain.roster import Roster
from bot.domain.service import Service
from bot.domain.story import zone_of

MARGIN = LONGEST + timedelta(hours=1)
"""An incident that begins at the end of the time is followed for so long; longer where a rung may be held."""


def foresee(service: Service, roster: Roster, since: datetime, until: datetime) -> list[Hole]:
    """The holes of one service, for every ladder that it has. `roster` must know what is decided already."""
    found: list[Hole] = []
    all_of_them = [*(service.ladder_for(each) for each in Severity), service.catch_all]
    ladders = [ladder for ladder in all_of_them if ladder]
    roster = remembered(roster, since, until + _margin(ladders))
    for severities, ladder in _ladders(service, roster).items():
        if ladder is not None:
            found += _holes(service, severities, ladder, roster, since, until)
    return sorted(joined(found), key=lambda hole: (hole.since, hole.severities))


def _ladders(service: Service, roster: Roster) -> Mapping[tuple[Severity, ...], Ladder | None]:
    """Severities that share a ladder are looked at once, unless something tells them apart."""
    groups: list[tuple[list[Severity], Ladder | None]] = []
    for severity in Severity:
        ladder = service.ladder_for(severity)
        same = (group for group in groups if group[1] == ladder)
        known = None if _tells_apart(ladder, service.catch_all, roster) else next(same, None)
        if known:
            known[0].append(severity)
        else:
            groups.append(([severity], ladder))
    return {tuple(severities): ladder for severities, ladder in groups}


def _tells_apart(ladder: Ladder | None, catch_all: Ladder | None, roster: Roster) -> bool:
    """Whether a condition, or somebody's quiet hours, may make a difference between severities."""
    rungs = [rung for each in (ladder, catch_all) if each for rung in each.rungs]
    return any(
        (rung.when and rung.when.severities) or any(person.quiet for person in named(rung, roster))
        for rung in rungs
    )


def _holes(
    service: Service,
    severities: tuple[Severity, ...],
    ladder: Ladder,
    roster: Roster,
    since: datetime,
    until: datetime,
) -> Iterator[Hole]:
    """Situations that find the same one after the other are one hole."""
    zone = zone_of(Case(service=service, severity=severities[0], at=since), roster).key
    held: Hole | None = None
    for begin, end, finding in situations(service, severities[0], roster, since, until):
        if held and _same(held.finding, finding):
            held = replace(held, until=end, finding=_worse(held.finding, finding))
            continue
        if held:
            yield held
        held = None
        if finding.hole:
            held = Hole(
                service=service.id,
                name=service.name or service.id,
                channel=service.channel,
                ladder=ladder.id,
                severities=severities,
                zone=zone,
                since=begin,
                until=end,
                finding=finding,
            )
    if held:
        yield replace(held, open=True)


def _same(one: Finding, other: Finding) -> bool:
    return (one.missing, one.ladder) == (other.missing, other.ladder)


def _worse(one: Finding, other: Finding) -> Finding:
    """The one that leaves people waiting longer; for ever is longest."""
    if one.after is None or (other.after is not None and other.after <= one.after):
        return one
    return other


def situations(
    service: Service, severity: Severity, roster: Roster, since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime, Finding]]:
    """Every distinct situation in which an incident could begin: from when, until when, and what it finds.

    What a climb finds stays the same, a little later, as long as none of its instants is moved across an
    edge of a calendar or of somebody's hours, and every schedule that it asks answers the same; so the next
    situation begins when the first of these changes.
    """
    ladders = [each for each in (service.ladder_for(severity), service.catch_all) if each]
    last = until + _margin(ladders)
    known, memory = edges(ladders, roster, since, last), remembered(roster, since, last)
    at = since
    while at < until:
        memory.leeway.clear()
        instants, finding = look(Case(service=service, severity=severity, at=at), memory)
        leeway = min([*memory.leeway, *_leeway(instants, known)], default=until - at)
        end = min(at + leeway, until)
        yield at, end, finding
        at = end


def _leeway(instants: Iterable[datetime], known: Sequence[datetime]) -> Iterator[timedelta]:
    """How much later each instant could be before it reaches an edge."""
    for instant in instants:
        place = bisect_right(known, instant)
        if place < len(known):
            yield known[place] - instant


def look(case: Case, roster: Roster) -> tuple[list[datetime], Finding]:
    """What one incident finds in one round, or until somebody is reached, and at which instants."""
    played = rehearse(case, lambda _: roster, enough=_one_round)
    if not any(at <= played.moments[-1].at for at, _ in _people(played)):
        played = rehearse(case, lambda _: roster)
    if not _people(played) and _held(played):
        played = rehearse(case, lambda _: roster, span=LONGEST_HOLD + LONGEST, enough=_settled)
    people = _people(played)
    at, first = people[0] if people else (None, None)
    finding = Finding(
        missing=_missing(played),
        first=first.name if first else None,
        after=at - case.at if at else None,
        ladder=any(page.step.round <= _rounds(case) for _, page in people),
    )
    return [case.at, *(moment.at for moment in played.moments)], finding


def _margin(ladders: Iterable[Ladder]) -> timedelta:
    holds = any(rung.otherwise is Otherwise.HOLD for ladder in ladders for rung in ladder.rungs)
    return MARGIN + LONGEST_HOLD if holds else MARGIN


def _held(played: Rehearsal) -> bool:
    """Whether it ends while a rung waits for its hours."""
    escalation = played.moments[-1].after.escalation
    return escalation is not None and escalation.hold is not None


def _settled(incident: Incident) -> bool:
    return bool(incident.paging.people) or exhausted(incident)


def _rounds(case: Case) -> int:
    ladder = case.service.ladder_for(case.severity)
    return ladder.rounds if ladder else 0


def _one_round(incident: Incident) -> bool:
    escalation = incident.escalation
    return escalation is not None and escalation.step.round > 1


def _people(played: Rehearsal) -> list[tuple[datetime, PagePerson]]:
    """Everybody whom a rung pages, in order; when the rung fires counts, not when the method is due."""
    return [
        (moment.at, effect)
        for moment in played.moments
        for effect in moment.effects
        if isinstance(effect, PagePerson)
    ]


def _missing(played: Rehearsal) -> tuple[str, ...]:
    """For whom nobody is there when rungs of the first round are due."""
    names = (
        name
        for before, moment in pairwise(played.moments)
        if before.after.escalation and before.after.escalation.step.round == 1
        for effect in moment.effects
        if isinstance(effect, Announce)
        for name in effect.nobody
    )
    return tuple(sorted(set(names)))
