"""The card: the one message of an incident in its channel, edited in place."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain.doubt import TELLER
from bot.domain.incident import Incident, Status, TicketState
from bot.domain.observable import Sighting, seen_before
from bot.render import actions as a
from bot.render import facts
from bot.render.alert_pages import show_alerts
from bot.render.answering import acknowledge, acknowledge_for, hand_over
from bot.render.escape import clock, date, link, marked, marked_lines, utc_clock
from bot.render.look import look, severity_word, span
from bot.render.message import Block, Message, actions, button, context, message, option, overflow, section
from bot.render.seal import Seal

_SOON = timedelta(minutes=1)
MOST_SEEN = 3


def card(
    incident: Incident,
    seal: Seal,
    now: datetime,
    *,
    next_up: str | None = None,
    sightings: Sequence[Sighting] = (),
) -> Message:
    """The card of what is true now. `next_up` says in words whom the next rung will page.

    `sightings` are the observables that its alerts name.

    The headline and the buttons stand in the message itself, the details in an attachment, for its colour.
    """
    state = look(incident)
    headline = f"{state.sign} *{severity_word(incident.severity)} · {state.word} · {incident.key}*"
    details: list[Block] = [section(f"*{warning}*") for warning in _warnings(incident)]
    if stormy := facts.storm(incident):
        details.append(section(stormy))
    details.append(section(_description(incident), _fields(incident, now, next_up)))
    if known := _seen_before(sightings):
        details.append(section(known))
    details.append(context(_origin(incident)))
    sentence = card_sentence(incident, now, next_up=next_up)
    return message(
        sentence,
        section(f"{headline}\n{facts.title_of(incident)}"),
        actions(buttons(incident, seal), block_id=f"inc:{incident.id}:card:v1"),
        attachment={"color": state.colour, "fallback": sentence, "blocks": details},
    )


def left_card(incident: Incident) -> Message:
    """What stands where the card was before the incident was moved: where it is now, nothing to press."""
    where = f"{facts.service_of(incident)} ({facts.channel_of(incident)})"
    there = link(incident.permalink, "Its card is there") if incident.permalink else "Its card is there"
    title = facts.title_of(incident)
    return message(
        f"{severity_word(incident.severity)} MOVED {incident.key}: {title}. It was moved to {where}.",
        section(f"*{severity_word(incident.severity)} · Moved · {incident.key}*\n{title}"),
        context(f"Moved to {where}. {there}; nothing that happens from now on is shown here."),
    )


def card_sentence(incident: Incident, now: datetime, *, next_up: str | None = None) -> str:
    """The card in one sentence: severity, state, id and title first, then what happens next."""
    word = look(incident).word.upper()
    start = (
        f"{severity_word(incident.severity)} {word} {incident.key}: {facts.title_of(incident)} "
        f"({facts.service_of(incident)})."
    )
    return f"{start} {what_follows(incident, now, next_up=next_up)}"


def what_follows(
    incident: Incident, now: datetime, *, next_up: str | None = None, show: facts.Time = utc_clock
) -> str:
    """What is happening and what will happen next, as a sentence without links; `show` writes its times."""
    match incident.status:
        case Status.TRIGGERED:
            loud = [facts.exhausted(incident, show), facts.nobody(incident)]
            if answered := facts.needed(incident):
                loud.append(f"Acknowledged by {answered}")
            goes_on = _climb_sentence(incident, now, next_up, show)
            return " ".join([*(f"{part.rstrip('.')}." for part in loud if part), goes_on])
        case Status.ACKNOWLEDGED:
            verb = "Snoozed" if incident.snoozed else "Acknowledged"
            return f"{verb} by {facts.holders(incident)}. {_pause_sentence(incident, show)}"
        case Status.RESOLVED:
            ended = facts.ending(incident, show)
            length = span((incident.resolution.at if incident.resolution else now) - incident.opened_at)
            return f"{ended[0].upper()}{ended[1:]} after {length}. Nobody is paged any more."


def buttons(incident: Incident, seal: Seal) -> list[Block]:
    """What can be done with it: acknowledging first."""

    def press(label: str, action: str, verb: str) -> Block:
        return button(label, action, seal.value(action, incident), said=f"{verb} incident {incident.number}")

    match incident.status:
        case Status.TRIGGERED:
            row = [
                acknowledge(incident, seal),
                acknowledge_for(incident, seal),
                press("Resolve", a.RESOLVE, "Resolve"),
                more(incident, seal),
            ]
        case Status.ACKNOWLEDGED:
            row = [
                press("Resolve", a.RESOLVE, "Resolve"),
                press("Unacknowledge", a.UNACKNOWLEDGE, "Unacknowledge"),
                hand_over(incident, seal),
                more(incident, seal),
            ]
        case Status.RESOLVED:
            row = [
                press("Reopen", a.REOPEN, "Reopen"),
                press("Timeline", a.TIMELINE, "Timeline of"),
            ]
    if incident.gathering is not None and incident.gathering.storm is not None:
        row.append(show_alerts(incident, seal))
    if incident.dedup_key == TELLER and incident.open:
        row = [
            press("Page them", a.SAFE_PAGE, "Page them for all that:"),
            press("Leave them", a.SAFE_LEAVE, "Leave them, all that:"),
            *row,
        ]
    if incident.ticket.state is TicketState.FAILED:
        row.append(press("Retry ticket", a.TICKET_RETRY, "Retry ticket of"))
    return row


def more(incident: Incident, seal: Seal) -> Block:
    """The menu of rarer wishes."""
    choices = (
        ("Add note", a.MORE_NOTE),
        ("Change severity", a.MORE_SEVERITY),
        ("Page someone", a.MORE_PAGE),
        ("Escalate now", a.MORE_ESCALATE),
        ("Snooze", a.MORE_SNOOZE),
    )
    return overflow(a.MORE, [option(label, seal.value(a.MORE, incident, which)) for label, which in choices])


def _climb_sentence(incident: Incident, now: datetime, next_up: str | None, show: facts.Time) -> str:
    due, paged = incident.due_at, facts.names(incident.paging.people)
    if due is None:
        return "Nobody is being paged." if incident.unpaged else f"Paged {paged or 'nobody'}."
    now_paged = f"Paged {paged}. " if paged else ""
    if wait := facts.held(incident, show):
        return f"{now_paged}Next: {facts.next_rung(incident, next_up)}, {wait}."
    if rest := facts.resting(incident, show):
        return f"{now_paged}{rest}. Next: {facts.next_rung(incident, next_up)}."
    if incident.paging.at is None and due - now < _SOON:
        return f"Paging {facts.next_rung(incident, next_up)}."
    if incident.paging.at is None:
        return f"Pages {facts.next_rung(incident, next_up)} at {show(due)}."
    return f"{now_paged}Escalates to {facts.next_rung(incident, next_up)} at {show(due)}."


def _pause_sentence(incident: Incident, show: facts.Time) -> str:
    if incident.wake_at is None:
        return "The escalation is stopped."
    return f"The escalation begins again at {show(incident.wake_at)}."


def _description(incident: Incident) -> str | None:
    if incident.status is Status.RESOLVED and incident.resolution and incident.resolution.summary:
        return f"*Resolution* {marked_lines(incident.resolution.summary, 1000)}"
    return marked_lines(incident.description, 700) if incident.description.strip() else None


def _fields(incident: Incident, now: datetime, next_up: str | None) -> list[str]:
    fields = [f"*Service*\n{facts.service_of(incident)}", f"*Started*\n{date(incident.opened_at)}"]
    match incident.status:
        case Status.TRIGGERED:
            fields += _climb_fields(incident, next_up)
        case Status.ACKNOWLEDGED:
            fields += _holder_fields(incident)
        case Status.RESOLVED:
            fields += _end_fields(incident, now)
    if asked := facts.besides(incident):
        fields.append(f"*Asked besides*\n{asked}")
    if counter := _counter(incident):
        fields.append(f"*Alerts*\n{counter}")
    if state := facts.ticket(incident):
        fields.append(f"*Jira*\n{state}")
    return fields


def _climb_fields(incident: Incident, next_up: str | None) -> list[str]:
    paged = facts.names(incident.paging.people) or ("nobody" if incident.paging.at else "-")
    if incident.due_at is None:
        why = "nobody (opened without paging)" if incident.unpaged else "nobody"
        return [f"*Paging*\n{why if incident.unpaged else paged}", "*Next*\nnobody"]
    when = facts.held(incident) or f"at {clock(incident.due_at)}"
    after = f"{facts.next_rung(incident, next_up)} {when}"
    if rest := facts.resting(incident):
        after = f"{facts.next_rung(incident, next_up)}; {rest}"
    fields = [f"*Paged*\n{paged}", f"*Next*\n{after} ({facts.step_words(incident)})"]
    if answered := facts.needed(incident):
        fields.insert(0, f"*Acknowledged by*\n{answered}")
    return fields


def _holder_fields(incident: Incident) -> list[str]:
    first = incident.acknowledgements[0] if incident.acknowledgements else None
    when = f" at {clock(first.at)} (after {span(first.at - incident.opened_at)})" if first else ""
    verb = "Snoozed by" if incident.snoozed else "Acknowledged by"
    if incident.wake_at is None:
        then = "stopped"
    elif incident.snoozed:
        then = f"silent until {clock(incident.wake_at)}"
    else:
        then = f"stopped; begins again at {clock(incident.wake_at)}"
    return [f"*{verb}*\n{facts.holders(incident)}{when}", f"*Escalation*\n{then}"]


def _end_fields(incident: Incident, now: datetime) -> list[str]:
    resolution = incident.resolution
    if resolution is None:
        return []
    took = span(resolution.at - incident.opened_at)
    fields = [
        f"*Resolved*\n{date(resolution.at)} (after {took})",
        f"*Resolved by*\n{marked(resolution.by.name, 60)}",
    ]
    if resolution.reason:
        fields.append(f"*Reason*\n{resolution.reason.value}")
    if incident.acknowledgements:
        first = incident.acknowledgements[0]
        fields.append(
            f"*Acknowledged*\n{facts.holders(incident)}, after {span(first.at - incident.opened_at)}"
        )
    return fields


def _counter(incident: Incident) -> str | None:
    tally = incident.alerts
    if tally.signals < 2:
        return None
    last = f", last {clock(tally.last_at)}" if tally.last_at else ""
    return f"x{tally.signals}, {tally.firing} firing{last}"


def _warnings(incident: Incident) -> list[str]:
    if incident.status is not Status.TRIGGERED:
        return []
    return [part for part in (facts.exhausted(incident), facts.nobody(incident)) if part]


def _seen_before(sightings: Sequence[Sighting]) -> str:
    """What was in other incidents, defanged."""
    known = seen_before(sightings, MOST_SEEN)
    rows = [f"`{marked(each.shown, 120)}` {words}" for each, words in known.items()]
    return "\n".join(["*Seen before*", *rows]) if rows else ""


def _origin(incident: Incident) -> str:
    links = [link(each.url, each.label or each.url) for each in incident.links[:5]]
    return " · ".join([f"Source: {marked(incident.source, 60)}", *links])
