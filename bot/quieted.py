"""What keeps alerts quiet, all of it: for the list and the Home tab, and what is told when a silence ends."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from bot.domain.configuration import Configuration
from bot.domain.effects import SayTo
from bot.domain.intake import stormy
from bot.domain.lesson import Lesson, newest
from bot.domain.notice import About, QuietTold
from bot.domain.quiet import FLAPPING, LATE, PAUSE
from bot.domain.silence import Quieted, Silence, conditions_of
from bot.domain.standing import Signal, Standing
from bot.ports import Tx
from bot.ports.silences import KeptQuiet

PAGE, MOST_PAGES = 1000, 30
"""So many signals are looked at, at most."""

SHOWN = 10
MOST_OPEN = 200
"""So many open incidents are looked at for storms."""


def quieted(tx: Tx, configuration: Configuration, now: datetime) -> list[Quieted]:
    """All that keeps alerts quiet now or will soon, the earliest end first."""
    counts = tx.muted_counts()
    found = [
        Quieted(
            name=each.name,
            title=conditions_of(each),
            since=each.since,
            until=each.over_at,
            hidden=counts.get(each.name, 0),
            silence=each,
        )
        for each in tx.silences(now)
    ]
    for recurring in configuration.maintenance:
        around = recurring.around(now)
        if around is not None:
            name = f"maintenance:{recurring.name}"
            hidden = counts.get(name, 0)
            found.append(
                Quieted(name=name, title=recurring.name, since=around[0], until=around[1], hidden=hidden)
            )
    found += [each for known in tx.kept_quiet() if (each := _by_itself(known, configuration, now))]
    found += _storms(tx)
    found += _taught(newest(configuration.lessons, tuple(tx.lessons())), now)
    return sorted(found, key=lambda each: (each.until is None, each.until or now, each.name))


def _by_itself(known: KeptQuiet, configuration: Configuration, now: datetime) -> Quieted | None:
    """What nobody ordered; None for what was ordered, and is told as that."""
    if known.by == FLAPPING:
        title, until, ends = "Flapping: alerts that come and go hold their incidents open", known.until, ""
    elif known.by == PAUSE:
        title, until, ends = "Paused: what clears soon pages nobody", known.until, ""
    elif known.by == LATE:
        title, until, ends = "Late: told just after its end, so perhaps a copy", known.until, ""
    elif known.by.startswith("inhibited:"):
        number = known.by.partition(":")[2]
        rules = configuration.inhibitions
        rule = rules[int(number) - 1] if number.isdigit() and 0 < int(number) <= len(rules) else None
        source = ", ".join(map(str, rule.source)) if rule else f"inhibition {number}"
        title, until, ends = f"Inhibited by {source}", None, "until that clears"
    else:
        return None
    return Quieted(name=known.by, title=title, since=now, until=until, ends=ends, hidden=known.count)


def _storms(tx: Tx) -> Iterator[Quieted]:
    for incident in tx.open_incidents(MOST_OPEN):
        if stormy(incident):
            yield Quieted(
                name=f"storm:{incident.key}",
                title=f"Alert storm: {incident.key} takes what is new",
                since=incident.opened_at,
                until=None,
                ends="until it brings little",
                hidden=incident.alerts.firing,
            )


def _taught(lessons: Iterable[Lesson], now: datetime) -> Iterator[Quieted]:
    """What lessons ignore, for as long as they count."""
    for lesson in lessons:
        if lesson.ignored:
            said = " or ".join(f"“{phrase}”" for phrase in lesson.ignored)
            yield Quieted(
                name=f"lesson:{lesson.name}",
                title=f"Lesson {lesson.name}: what says {said} is no alert",
                since=lesson.made_at or now,
                until=None,
                ends="until it is taught otherwise",
            )


def signals(tx: Tx, since: datetime, until: datetime, outcome: str = "") -> Iterator[Signal]:
    """What alerts told in that time, page by page, as far as it is looked at; `outcome`: what came out so."""
    after = ""
    for _ in range(MOST_PAGES):
        page = tx.signals(since, until + timedelta(seconds=1), after, PAGE, outcome)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].id


def hidden(tx: Tx, silence: Silence, now: datetime) -> list[Standing]:
    """The alerts that it hid, as they are now, each once."""
    told = {
        (signal.alert.source, signal.alert.fingerprint)
        for signal in signals(tx, silence.since, now, "muted")
        if signal.facts.get("by") == silence.name
    }
    return list(tx.standings(told).values())


def words_of_end(silence: Silence, hid: Iterable[Standing]) -> str:
    """What is told when it is over."""
    known = list(hid)
    firing = sum(1 for each in known if each.firing)
    by_hand = f", ended by {silence.ended_by.name}" if silence.ended_by else ""
    what = f"The {silence.kind.value} of {silence.by.name} is over{by_hand}: {conditions_of(silence)}."
    if not known:
        return f"{what} It hid nothing."
    alerts = "1 alert" if len(known) == 1 else f"{len(known)} alerts"
    still = f"{firing} of them still {'fires' if firing == 1 else 'fire'} and count as new"
    return f"{what} It hid {alerts}; {still if firing else 'none of them fires any more'}."


def told_end(silence: Silence, hid: Iterable[Standing]) -> list[SayTo]:
    """The same, for the channel in which it was made, and for whoever made it."""
    known = list(hid)
    notice = QuietTold(
        about=About(title=silence.name, zone="UTC"),
        text=words_of_end(silence, known),
        titles=tuple(each.alert.title for each in known[:SHOWN]),
    )
    told = []
    if silence.channel:
        told.append(SayTo(key=f"quiet:{silence.id}:over:here", channel=silence.channel, notice=notice))
    if silence.by.slack_user:
        told.append(SayTo(key=f"quiet:{silence.id}:over", user=silence.by.slack_user, notice=notice))
    return told
