"""A rehearsal in words: minute, rung, who, by what and why, for the terminal, for Slack and for machines."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.effects import Announce, PageChannel, PagePerson, PageWebhook
from bot.domain.rehearsal import End, Told
from bot.domain.story import ClockChange, Hole, Story
from bot.domain.timeline import EntryKind
from bot.render import actions as a
from bot.render.escape import date, marked, marked_lines, one_line, several_lines
from bot.render.explanation import ladder_words, packed, rung_words, zulu
from bot.render.look import severity_word, span
from bot.render.message import Message, actions, button, context, message, section
from bot.render.rounds import Beat, folded, repeats
from bot.render.seal import Seal
from bot.render.tell import Show, tell

SILENT = frozenset({EntryKind.OPENED, EntryKind.RUNG})
"""What the pages themselves say already."""

NAMED = "named in the ladder"
MOST_PARAGRAPHS = 4


def plainly(zone: ZoneInfo) -> Show:
    """For a terminal: cleaned, and on the clock of the zone."""
    return Show(word=one_line, block=several_lines, time=lambda at: local(at, zone))


def local(at: datetime, zone: ZoneInfo) -> str:
    """`Thu 2026-12-24 03:10 Europe/London`."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M} {zone.key}"


def head(story: Story, show: Show) -> Iterator[str]:
    """What is supposed, the ladder, and what was known."""
    case, zone = story.rehearsal.case, story.zone
    name = show.word(case.service.name or case.service.id, 80)
    also = "" if zone.key == "UTC" else f" ({case.at:%Y-%m-%d %H:%M} UTC)"
    yield f"{severity_word(case.severity)} of {name} at {local(case.at, zone)}{also}, and nobody answers"
    if story.routed:
        yield f"Chosen by {show.word(story.routed, 400)}"
    if story.note:
        yield show.word(story.note, 400)
    ladder = case.service.ladder_for(case.severity)
    if ladder is None:
        yield "NOBODY IS PAGED: this severity of the service has no ladder"
        return
    how = show.word(words, 300) if (words := ladder_words(ladder)) else ""
    yield f"Ladder {show.word(str(ladder.id), 80)}{how}:"
    for number, rung in enumerate(ladder.rungs, 1):
        yield f"  {number}. {show.word(rung_words(rung), 300)}"
    if case.service.catch_all:
        catch_all = case.service.catch_all
        yield f"  then the catch-all {show.word(str(catch_all.id), 80)}, again and again:"
        for number, rung in enumerate(catch_all.rungs, 1):
            yield f"    {number}. {show.word(rung_words(rung), 300)}"
    yield overrides(story)


def overrides(story: Story) -> str:
    """Whether overrides were read."""
    if story.overrides is None:
        return f"Overrides were NOT read: {story.unread or 'there is no database'}"
    count = story.overrides
    return f"Overrides were read from the database: {count or 'none'} of these schedules at that time"


def beats(story: Story, show: Show) -> Iterator[str]:
    """What happens, a line each, in order; rounds of the catch-all that are alike are counted."""
    rehearsal, zone = story.rehearsal, story.zone
    day = rehearsal.case.at.astimezone(zone).date()
    found = sorted(_beats(story, show), key=lambda each: (each.at, each.moment, each.order))
    for beat in folded(found, repeats(rehearsal), lambda at: local(at, zone)):
        clock = beat.at.astimezone(zone)
        if clock.date() != day:
            day = clock.date()
            yield f"{day:%a %Y-%m-%d}"
        yield f"{_hands(clock)}  {after(beat.at - rehearsal.case.at)}  {beat.words}"


def _beats(story: Story, show: Show) -> Iterator[Beat]:
    plain, timeless = replace(story, zones={}), replace(show, time=lambda _: "")
    for number, moment in enumerate(story.rehearsal.moments):
        for entry in (each for each in moment.entries if each.kind not in SILENT):
            words, like = tell(entry, show), tell(entry, timeless)
            yield Beat(at=entry.at, moment=number, order=0, words=words, like=like)
    for change in (each for each in story.changes if each.zone == story.zone.key):
        words = f"the clocks go {_hop(change)}"
        yield Beat(at=change.at, moment=-1, order=0, words=words, like=words)
    for told in story.rehearsal.told:
        words, like = page(told, story, show), page(told, plain, timeless)
        yield Beat(at=told.at, moment=told.moment, order=1, words=words, like=like)


def page(told: Told, story: Story, show: Show) -> str:
    """Who is told, by what, and why; with their own time where it is another."""
    match told.effect:
        case PagePerson(name=name, method=method, why=why, step=step) as one:
            own = _own_time(told.at, story.zones.get(one.person, ""), story.zone)
            who = f"{show.word(name, 80)} by {method.value}"
            return f"round {step.round}, rung {step.rung}: {who}: {show.word(why, 300)}{own}"
        case PageChannel(channel=channel, step=step):
            return f"round {step.round}, rung {step.rung}: {show.word(channel, 80)}: {NAMED}"
        case PageWebhook(name=name, step=step):
            return f"round {step.round}, rung {step.rung}: the webhook {show.word(name, 80)}: {NAMED}"
        case Announce(about="exhausted"):
            return "the channel is told loudly that nobody answers"
        case Announce():
            return "the channel is told loudly that nobody is on call"
        case other:
            return other.kind.replace("_", " ")


def tail(story: Story, show: Show) -> Iterator[str]:
    """How it ends, gaps, and clocks that are changed."""
    rehearsal = story.rehearsal
    when = local(rehearsal.end, story.zone)
    match rehearsal.why:
        case End.EXHAUSTED:
            yield f"Exhausted; from here it goes on, at least hourly, until somebody acknowledges ({when})"
        case End.TIME:
            yield f"Looked at until {when}; {_coming(story, show)}"
        case End.STILL:
            yield f"Nothing more is due after {when}"
        case End.NOBODY:
            pass
    yield from (gap(hole, story, show) for hole in story.holes)
    yield from (changed(change) for change in story.changes)


def _coming(story: Story, show: Show) -> str:
    """What would follow after the time that was looked at, if still nobody answered."""
    incident = story.rehearsal.moments[-1].after
    escalation, at = incident.escalation, incident.next_at
    if escalation is None or at is None:
        return "nothing more is due"
    step, climbed = escalation.step, show.word(str(escalation.climbed.id), 80)
    further = f"then comes round {step.round}, rung {step.rung} of {climbed}"
    if escalation.hold is not None:
        further += ", which is held"
    return f"{further}, {local(at, story.zone)} at the earliest; --for looks further"


def gap(hole: Hole, story: Story, show: Show) -> str:
    """A gap in words, on the clock of the story."""
    begin, end = (f"{each.astimezone(story.zone):%a %Y-%m-%d %H:%M}" for each in (hole.since, hole.until))
    return f"GAP in {show.word(hole.schedule, 60)}: nobody on call from {begin} to {end} {story.zone.key}"


def changed(change: ClockChange) -> str:
    """A change of clocks in words."""
    where = f" in {change.zone} at {change.at:%H:%M} UTC"
    return f"The clocks go {_hop(change, where)}; waits are real minutes"


def _hop(change: ClockChange, where: str = "") -> str:
    """`back: after 01:59 comes 01:00`."""
    zone, way = ZoneInfo(change.zone), "forward" if change.by > timedelta() else "back"
    before, after_it = (change.at - timedelta(seconds=1)).astimezone(zone), change.at.astimezone(zone)
    last = (before + timedelta(seconds=1)).replace(tzinfo=None) - timedelta(minutes=1)
    return f"{way}{where}: after {last:%H:%M} comes {after_it:%H:%M}"


def after(since: timedelta) -> str:
    """`+5 min`."""
    return f"+{span(since)}" if since else "+0 min"


def _hands(clock: datetime) -> str:
    return f"{clock:%H:%M:%S}" if clock.second else f"{clock:%H:%M}"


def _own_time(at: datetime, zone: str, shown: ZoneInfo) -> str:
    if not zone:
        return ""
    own = at.astimezone(ZoneInfo(zone))
    if own.utcoffset() == at.astimezone(shown).utcoffset():
        return ""
    return f" ({own:%a %H:%M} in {zone})"


def story_told(story: Story, *, seal: Seal | None, question: str) -> Message:
    """The story in Slack, as much of it as fits; with a seal, the button that shares it with everybody."""
    show = Show(word=marked, block=marked_lines, time=date)
    title, *rest = [*head(story, show), *tail(story, show)]
    beaten, left = packed(list(beats(story, show)), most=MOST_PARAGRAPHS)
    more = [context(f"… and {left} more: `tocsin simulate` shows them all.")] if left else []
    share = button("Share to channel", a.SHARE, seal.stamp(a.SHARE, question)) if seal else None
    return message(
        f"{title}.",
        section(f"*{title}*"),
        *(section(each) for each in beaten),
        *more,
        *(section(each) for each in packed(rest, most=2)[0]),
        context(f"Nobody was paged. The incident would begin {date(story.rehearsal.case.at)} on your clock."),
        actions([share]),
    )


def lines(story: Story, show: Show) -> Sequence[str]:
    """The whole story."""
    return [*head(story, show), *beats(story, show), *tail(story, show)]


def document(story: Story) -> dict[str, object]:
    """The same for machines, times in UTC."""
    return {
        "pages": [found for told in story.rehearsal.told if (found := _page(told))],
        "gaps": [
            {"schedule": hole.schedule, "since": zulu(hole.since), "until": zulu(hole.until)}
            for hole in story.holes
        ],
    }


def _page(told: Told) -> dict[str, object] | None:
    match told.effect:
        case PagePerson(person=person, method=method, why=why, step=step):
            who, how, reason = str(person), method.value, why
        case PageChannel(channel=channel, step=step):
            who, how, reason = channel, "channel", NAMED
        case PageWebhook(name=name, step=step):
            who, how, reason = name, "webhook", NAMED
        case _:
            return None
    return {
        "at": zulu(told.at),
        "round": step.round,
        "rung": step.rung,
        "person": who,
        "method": how,
        "why": reason,
    }
