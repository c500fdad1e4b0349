"""Why: the chain from a message to each attempt at paging somebody, in words and as a document."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.alert import HeldAlert
from bot.domain.condition import words as condition_words
from bot.domain.effects import Announce, PageChannel, PagePerson, PageWebhook
from bot.domain.incident import Incident, Status
from bot.domain.ladder import Ladder, Rung
from bot.domain.people import ActorKind
from bot.ports.trail import Attempt, Delivery, Explanation
from bot.render.escape import clip, clock, marked, marked_lines
from bot.render.facts import target_words
from bot.render.look import severity_word, span
from bot.render.message import LONGEST_SECTION, Message, context, message, section
from bot.render.tell import Show, tell

MOST_ALERTS = 10
MOST_PARAGRAPHS = 4
INDENT = "    "

_STOPPED = {
    Status.TRIGGERED: "nothing is due",
    Status.ACKNOWLEDGED: "for somebody has it",
    Status.RESOLVED: "for it is resolved",
}


def lines(it: Explanation, show: Show) -> Iterator[str]:
    """The whole chain, a line each; further lines of one thing are indented. All facts pass `show`."""
    incident = it.incident
    yield (
        f"{incident.key}: {show.word(incident.title, 200)}"
        f" ({severity_word(incident.severity)}, {incident.status.value},"
        f" {show.word(incident.service.name, 80)})"
    )
    yield from _origin(it, show)
    yield from _ladder(it, show)
    yield from _story(it, show)


def _origin(it: Explanation, show: Show) -> Iterator[str]:
    incident = it.incident
    if not it.alerts:
        how = "an alert of" if incident.opened_by.kind is ActorKind.SOURCE else "declared by"
        yield f"Began {show.time(incident.opened_at)}: {how} {show.word(incident.opened_by.name, 80)}"
    for held in it.alerts[:MOST_ALERTS]:
        yield from _alert(held, it, show)
    if len(it.alerts) > MOST_ALERTS:
        yield f"{INDENT}and {len(it.alerts) - MOST_ALERTS} more alerts"
    key = incident.dedup_key
    yield f"Deduplication key: {show.word(key, 200)}" if key else "No deduplication key: declared by hand"


def _alert(held: HeldAlert, it: Explanation, show: Show) -> Iterator[str]:
    times = "once" if held.count == 1 else f"{held.count} times"
    yield f"Alert {show.time(held.first_at)}: {show.word(held.title, 200)} ({held.state.value}, {times})"
    where = f", message {held.origin.ts} in {held.origin.channel}" if held.origin else ""
    yield f"{INDENT}from {show.word(held.source, 80)}{where}"
    sure = "exact" if held.confidence == 1 else f"confidence {held.confidence:.2f}"
    yield f"{INDENT}read by {show.word(held.parser or 'a parser that was not recorded', 120)}, {sure}"
    if read := ", ".join(f"{part} in {show.word(place, 120)}" for part, place in held.places.items()):
        yield f"{INDENT}{read}"
    yield f"{INDENT}route: {show.word(held.route or 'not recorded', 300)}"
    yield f"{INDENT}severity {held.severity.value}: {show.word(held.severity_by or 'not recorded', 120)}"
    yield from (f"{INDENT}{each}" for each in _quiet(held, it, show))


def _quiet(held: HeldAlert, it: Explanation, show: Show) -> Iterator[str]:
    """What grouped it, what kept it quiet before it paged, and what does so now."""
    key = held.source, held.fingerprint
    for signal in it.kept_quiet:
        if (signal.alert.source, signal.alert.fingerprint) == key:
            by = f" ({show.word(signal.facts['by'], 80)})" if "by" in signal.facts else ""
            yield f"kept quiet {show.time(signal.at)}: {show.word(signal.why, 200)}{by}"
    standing = it.standings.get(key)
    if standing is None:
        return
    if standing.together:
        yield f"grouped with others as {show.word(standing.together, 200)}"
    if standing.muted_by:
        until = f", looked at again {show.time(standing.next_at)}" if standing.next_at else ""
        yield f"now kept quiet by {show.word(standing.muted_by, 80)}{until}"


def _ladder(it: Explanation, show: Show) -> Iterator[str]:
    escalation = it.incident.escalation
    if escalation is None:
        severity = severity_word(it.incident.severity)
        yield f"No ladder was climbed: {severity} of this service pages nobody, or somebody said so"
        return
    yield f"Ladder {show.word(str(escalation.ladder.id), 80)}, climb {escalation.epoch}: {compared(it)}"
    for number, rung in enumerate(escalation.ladder.rungs, 1):
        yield f"{INDENT}{number}. {show.word(rung_words(rung), 300)}"
    if escalation.catch_all:
        yield f"{INDENT}then the catch-all {show.word(str(escalation.catch_all.id), 80)}, again and again"
    yield f"{INDENT}{_standing(it.incident, show)}"


def compared(it: Explanation) -> str:
    """Whether the ladder is still what the configuration says."""
    escalation = it.incident.escalation
    if escalation is None or not it.configured:
        return "as it was when the climb began; tocsin.yaml could not be compared"
    if it.today is None:
        return "as it was when the climb began; today this severity of the service has none"
    if it.today != escalation.ladder:
        return "as it was when the climb began; in tocsin.yaml it is DIFFERENT today"
    return "the same in tocsin.yaml today"


def _standing(incident: Incident, show: Show) -> str:
    escalation = incident.escalation
    assert escalation is not None
    step = f"round {escalation.step.round}, rung {escalation.step.rung}"
    if escalation.over:
        step = "the catch-all" if escalation.catch_all else "the first rung again: the last round is over"
    if escalation.due_at is None:
        return f"stopped, {_STOPPED[incident.status]}; next would be {step}"
    over = f"exhausted {show.time(escalation.exhausted_at)}; " if escalation.exhausted_at else ""
    return f"{over}next is {step}, due {show.time(escalation.due_at)}"


def rung_words(rung: Rung) -> str:
    """Whom a rung means, when it counts, and how long it waits; not escaped."""
    turns = f", the next in turn every {span(rung.every)}" if rung.every else ""
    only = f"; only {condition_words(rung.when)}, else {rung.otherwise}" if rung.when else ""
    inside = f" of {rung.wait_in.id}" if rung.wait_in else ""
    whom = ", ".join(target_words(target) for target in rung.targets)
    return f"{whom}{turns}{only}; then {span(rung.wait)}{inside}"


def ladder_words(ladder: Ladder) -> str:
    """How a ladder is climbed, after its name: rounds, the time before it, whose answers; not escaped."""
    parts = [f"{ladder.rounds} rounds"] if ladder.rounds > 1 else []
    parts += [f"begins after {span(ladder.delay)}"] if ladder.delay else []
    if ladder.roles:
        parts.append(f"goes on until somebody has acknowledged for each of {', '.join(ladder.roles)}")
    elif ladder.acknowledgements > 1:
        parts.append(f"goes on until {ladder.acknowledgements} people have acknowledged")
    return "".join(f", {part}" for part in parts)


def _story(it: Explanation, show: Show) -> Iterator[str]:
    """Entries and pages in the order in which they were decided."""
    told = [(entry.at, 0, [f"{show.time(entry.at)} {tell(entry, show)}"]) for entry in it.entries]
    told += [(page.decided_at, 1, list(_page(page, show))) for page in it.pages]
    for _, _, said in sorted(told, key=lambda each: each[:2]):
        yield from said


def _page(page: Delivery, show: Show) -> Iterator[str]:
    yield f"{show.time(page.decided_at)} PAGE {show.word(whom(page), 120)}{_place(page)}: {page.state}"
    match page.effect:
        case PagePerson(why=why, at=at, late=late):
            yield f"{INDENT}why: {show.word(why, 300)}"
            delay = f", {span(at - page.decided_at)} after the rung" if at > page.decided_at else ""
            yield f"{INDENT}due {show.time(at)}{delay}{_late(late)}"
        case PageChannel(late=late) if late:
            yield f"{INDENT}due {show.time(page.due_at)}{_late(late)}"
        case _:
            pass
    for attempt in page.attempts:
        yield f"{INDENT}{_attempt(attempt, show)}"
    if page.provider_id or page.ref:
        yield f"{INDENT}at the provider: {show.word(_provider(page), 200)}"
    if page.reason and not any(page.reason == each.reason for each in page.attempts):
        yield f"{INDENT}{show.word(page.reason, 200)}"


def _attempt(attempt: Attempt, show: Show) -> str:
    reason = f": {show.word(attempt.reason, 200)}" if attempt.reason else ""
    return f"attempt {attempt.number} {show.time(attempt.at)} {show.word(attempt.outcome, 60)}{reason}"


def _late(late: timedelta) -> str:
    return f", the rung fired {span(late)} late" if late else ""


def _provider(page: Delivery) -> str:
    ref = f"message {page.ref.ts} in {page.ref.channel}" if page.ref else ""
    return ", ".join(part for part in (page.provider_id or "", ref) if part)


def _place(page: Delivery) -> str:
    match page.effect:
        case PagePerson(step=step) | PageChannel(step=step) | PageWebhook(step=step) | Announce(step=step):
            return f" (round {step.round}, rung {step.rung})" if step.round else " (outside the ladder)"
        case _:
            return ""


def whom(page: Delivery) -> str:
    """Who is paged by it, and how; not escaped."""
    match page.effect:
        case PagePerson(name=name, method=method):
            return f"{name} by {method.value}"
        case PageChannel(channel=channel):
            return channel
        case PageWebhook(name=name):
            return f"the webhook {name}"
        case Announce(about=about):
            return f"announcement ({about})"
        case _:
            return page.kind.replace("_", " ")


def explanation(it: Explanation, now: datetime) -> Message:
    """The chain for one reader in Slack, as much of it as fits; nobody is mentioned."""
    show = Show(word=marked, block=marked_lines, time=clock)
    head, *rest = lines(it, show)
    paragraphs, left = packed(rest, most=MOST_PARAGRAPHS)
    more = f"… and {left} more lines: `tocsin explain {it.incident.key}` shows them all. " if left else ""
    return message(
        f"Why {head}",
        section(f"*Why {head}*"),
        *(section(each) for each in paragraphs),
        context(f"{more}As of {clock(now)}"),
    )


def packed(rows: Sequence[str], *, most: int) -> tuple[list[str], int]:
    """Whole lines put together into so many paragraphs as Slack takes them, and how many were left over."""
    paragraphs: list[str] = []
    for number, row in enumerate(rows):
        line = clip(row.replace(INDENT, "    "), 900)
        if paragraphs and len(paragraphs[-1]) + len(line) < LONGEST_SECTION:
            paragraphs[-1] += f"\n{line}"
        elif len(paragraphs) == most:
            return paragraphs, len(rows) - number
        else:
            paragraphs.append(line)
    return paragraphs, 0


def document(it: Explanation) -> dict[str, object]:
    """The same for machines, times in UTC."""
    incident, escalation = it.incident, it.incident.escalation
    plain = Show(word=_cut, block=_cut, time=zulu)
    return {
        "incident": incident.key,
        "title": incident.title,
        "service": incident.service.id,
        "severity": incident.severity.value,
        "status": incident.status.value,
        "opened_at": zulu(incident.opened_at),
        "opened_by": incident.opened_by.id,
        "deduplication_key": incident.dedup_key,
        "alerts": [_alert_document(held, it) for held in it.alerts],
        "ladder": _ladder_document(escalation.ladder, it) if escalation else None,
        "timeline": [
            {"at": zulu(entry.at), "kind": entry.kind.value, "by": entry.by.id, "text": tell(entry, plain)}
            for entry in it.entries
        ],
        "pages": [_page_document(page) for page in it.pages],
    }


def _alert_document(held: HeldAlert, it: Explanation) -> dict[str, object]:
    standing = it.standings.get((held.source, held.fingerprint))
    return {
        "source": held.source,
        "fingerprint": held.fingerprint,
        "title": held.title,
        "state": held.state.value,
        "message": f"{held.origin.channel}/{held.origin.ts}" if held.origin else None,
        "parser": held.parser,
        "confidence": held.confidence,
        "places": dict(held.places),
        "route": held.route,
        "severity": held.severity.value,
        "severity_by": held.severity_by,
        "group": standing.together or None if standing else None,
        "muted_by": standing.muted_by if standing else None,
        "kept_quiet": [
            {"at": zulu(each.at), "by": each.facts.get("by"), "why": each.why}
            for each in it.kept_quiet
            if (each.alert.source, each.alert.fingerprint) == (held.source, held.fingerprint)
        ],
        "signals": held.count,
        "first_at": zulu(held.first_at),
        "last_at": zulu(held.last_at),
    }


def _ladder_document(ladder: Ladder, it: Explanation) -> dict[str, object]:
    return {
        "id": ladder.id,
        "rounds": ladder.rounds,
        "rungs": [rung_words(rung) for rung in ladder.rungs],
        "same_today": it.today == ladder if it.configured else None,
    }


def _page_document(page: Delivery) -> dict[str, object]:
    effect = page.effect
    person = effect if isinstance(effect, PagePerson) else None
    step = effect.step if isinstance(effect, PagePerson | PageChannel | PageWebhook | Announce) else None
    return {
        "decided_at": zulu(page.decided_at),
        "at": zulu(person.at if person else page.due_at),
        "round": step.round if step else None,
        "rung": step.rung if step else None,
        "person": person.person if person else None,
        "whom": whom(page),
        "method": person.method.value if person else None,
        "why": person.why if person else None,
        "key": page.key,
        "state": page.state,
        "reason": page.reason or None,
        "provider_id": page.provider_id,
        "message": f"{page.ref.channel}/{page.ref.ts}" if page.ref else None,
        "attempts": [
            {
                "number": each.number,
                "at": zulu(each.at),
                "outcome": each.outcome,
                "reason": each.reason or None,
            }
            for each in page.attempts
        ],
    }


def zulu(at: datetime) -> str:
    """`2026-12-24T03:10:00Z`; parts of a second only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _cut(text: str, limit: int) -> str:
    return text[:limit]
