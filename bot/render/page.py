"""Pages: what wakes somebody up, and what stands there once nobody needs to be awake."""

from datetime import datetime

from bot.domain.asked import asked_of
from bot.domain.decide import wanted
from bot.domain.effects import Announce, Page, PageChannel, PagePerson
from bot.domain.incident import Incident, Status
from bot.render import actions as a
from bot.render import facts
from bot.render.answering import acknowledge, acknowledge_for, hand_over
from bot.render.escape import clock, marked, marked_lines, mention, own_link, utc_clock
from bot.render.look import severity_word, span
from bot.render.message import Block, Message, actions, button, context, link_button, message, section
from bot.render.seal import Seal

_PLEASE = "Please acknowledge."


def page(
    effect: PagePerson, incident: Incident, seal: Seal, now: datetime, *, next_up: str | None = None
) -> Message:
    """The direct message to a paged person, as it should look now.

    While their answer is wanted it asks for one; afterwards it says who answered.
    """
    if not wanted(incident, effect):
        return _over(effect, incident, seal)
    name = facts.name_of(incident)
    ask = _by_hand(effect) if effect.step.round == 0 else _deadline(incident, next_up)
    why = f"Why you: {marked(effect.why, 200)}."
    delayed = _delayed(effect)
    headline = f"{delayed}You are being paged: {severity_word(incident.severity)} {incident.key}"
    return message(
        f"{delayed}PAGE {name}. {ask} {why}",
        section(f"🚨 *{headline}*\n{_what(incident)}"),
        section(f"{_said(effect)}{why}{_held(effect)}\n{_next(effect, incident, next_up)}".strip()),
        _answers(effect, incident, seal),
        _small_print(incident),
    )


def channel_page(
    effect: PageChannel, incident: Incident, seal: Seal, now: datetime, *, next_up: str | None = None
) -> Message:
    """The page to a whole channel; it mentions the service's group where there is one."""
    if not wanted(incident, effect):
        return _over(effect, incident, seal)
    call, delayed = mention(incident.service.mention), _delayed(effect)
    headline = f"{delayed}This channel is being paged: {severity_word(incident.severity)} {incident.key}"
    return message(
        f"{delayed}PAGE {facts.name_of(incident)}. {call} {_deadline(incident, next_up)}".replace("  ", " "),
        section(f"🚨 *{headline}* {call}\n{_what(incident)}\n{_next(effect, incident, next_up)}"),
        actions([acknowledge(incident, seal), acknowledge_for(incident, seal), _open_card(incident)]),
        _small_print(incident),
    )


def announcement(
    effect: Announce, incident: Incident, seal: Seal, now: datetime, *, next_up: str | None = None
) -> Message:
    """The loud message in the incident's channel: the ladder is exhausted, or nobody is on call."""
    if not wanted(incident, effect):
        return _over(effect, incident, seal)
    call = mention(incident.service.mention)
    loud = _nobody_there(effect) if effect.about == "nobody" else _all_paged(incident, now)
    plain_follow, follow = _goes_on(incident, next_up, utc_clock), _goes_on(incident, next_up, clock)
    return message(
        f"{facts.name_of(incident)}: {loud} {call} {plain_follow}".replace("  ", " "),
        section(f"🔴 *{incident.key}: {loud}* {call}\n{_what(incident)}\n{follow}"),
        actions(
            [
                acknowledge(incident, seal),
                button(
                    "Page someone",
                    a.PAGE,
                    seal.value(a.PAGE, incident),
                    said=f"Page someone for incident {incident.number}",
                ),
                _open_card(incident),
            ]
        ),
    )


def minimal_page(number: int) -> Message:
    """What is sent when everything else about an incident cannot be shown: better this than silence."""
    return message(f"INC-{number} needs you; its details could not be rendered.")


def _delayed(effect: PagePerson | PageChannel) -> str:
    """What stands first in a page that should have come earlier: the bot was away."""
    return f"DELAYED by {span(effect.late)}. " if effect.late else ""


def _held(effect: PagePerson) -> str:
    """Why it comes so late: that is what they wished for."""
    if not effect.held or effect.asked_at is None:
        return ""
    return f"\nIt has waited for the end of your quiet hours since {clock(effect.asked_at)}."


def _by_hand(effect: PagePerson) -> str:
    return f"{marked_lines(effect.message, 300)} Please acknowledge." if effect.message.strip() else _PLEASE


def _said(effect: PagePerson) -> str:
    if effect.step.round or not effect.message.strip():
        return ""
    return f"“{marked_lines(effect.message, 1500)}”\n"


def _deadline(incident: Incident, next_up: str | None) -> str:
    if incident.due_at is None:
        return _PLEASE
    return f"Acknowledge by {utc_clock(incident.due_at)} or {facts.next_rung(incident, next_up)} is paged."


def _next(effect: PagePerson | PageChannel, incident: Incident, next_up: str | None) -> str:
    if incident.due_at is None:
        return "Next: nobody."
    at = f"{clock(incident.due_at)} ({utc_clock(incident.due_at)})"
    if isinstance(effect, PagePerson) and effect.step.round == 0:
        return f"Meanwhile the ladder goes on: {facts.next_rung(incident, next_up)} at {at}."
    return f"Next: {facts.next_rung(incident, next_up)} at {at}."


def _what(incident: Incident) -> str:
    return f"{facts.title_of(incident)} · {facts.service_of(incident)}"


def _resolve(incident: Incident, seal: Seal) -> Block | None:
    if not incident.open:
        return None
    value = seal.value(a.RESOLVE, incident)
    return button("Resolve", a.RESOLVE, value, said=f"Resolve incident {incident.number}")


def _answers(effect: PagePerson, incident: Incident, seal: Seal) -> Block | None:
    decline = None
    if effect.step.round == 0:
        decline = _besides(effect, incident, seal)
    elif incident.status is Status.TRIGGERED and effect.epoch == incident.epoch:
        decline = button(
            "I can't",
            a.DECLINE,
            seal.value(a.DECLINE, incident, effect.person, epoch=effect.epoch),
            said=f"I can't take incident {incident.number}, page the next one",
        )
    return actions(
        [acknowledge(incident, seal), acknowledge_for(incident, seal), decline, _open_card(incident)]
    )


def _besides(effect: PagePerson, incident: Incident, seal: Seal) -> Block | None:
    """How somebody who was asked besides the ladder says no."""
    if asked_of(incident, effect.slack_user) is None:
        return None
    if any(item.by.slack_user != effect.slack_user for item in incident.acknowledgements):
        said = f"Stop paging me for incident {incident.number}, somebody else has it"
        return button("Stop paging me", a.STOP, seal.value(a.STOP, incident), said=said)
    value = seal.value(a.DECLINE_ASKED, incident, effect.person, epoch=effect.epoch)
    return button("I can't", a.DECLINE_ASKED, value, said=f"I can't take incident {incident.number}")


def _open_card(incident: Incident) -> Block | None:
    return link_button("Open card", a.LINK, incident.permalink)


def _small_print(incident: Incident) -> Block:
    state = facts.ticket(incident)
    parts = [own_link(incident.permalink, f"{incident.key} in Slack")] if incident.permalink else []
    if state:
        parts.append(f"Jira: {state}")
    return context(" · ".join([f"Severity {incident.severity.value[-1]}", *parts]))


def _over(effect: Page, incident: Incident, seal: Seal) -> Message:
    """Nothing is asked any more; but an old page of a triggered incident still acknowledges it."""
    name = facts.name_of(incident)
    needed = incident.status is Status.TRIGGERED
    headline = f"{'🔴' if needed else '✔'} *{severity_word(incident.severity)} {incident.key}*"
    return message(
        f"{name}. {_outcome(effect, incident, utc_clock)}",
        section(f"{headline}\n{_what(incident)}\n{_outcome(effect, incident, clock)}"),
        actions([*_follow_up(incident, seal), _open_card(incident)]),
    )


def _follow_up(incident: Incident, seal: Seal) -> list[Block | None]:
    match incident.status:
        case Status.TRIGGERED:
            return [acknowledge(incident, seal)]
        case Status.ACKNOWLEDGED:
            return [_resolve(incident, seal), hand_over(incident, seal)]
        case Status.RESOLVED:
            return []


def _outcome(effect: Page, incident: Incident, show: facts.Time) -> str:
    match incident.status:
        case Status.RESOLVED:
            return f"No action needed: {facts.ending(incident, show)}."
        case Status.ACKNOWLEDGED:
            first = incident.acknowledgements[0].at if incident.acknowledgements else None
            verb = "snoozed" if incident.snoozed else "acknowledged"
            return f"No action needed: {verb} by {facts.holders(incident)}" + (
                f" at {show(first)}." if first else "."
            )
        case Status.TRIGGERED if _declined(effect, incident):
            return "You said that you can't; the next one is paged. Thank you for saying so."
        case Status.TRIGGERED:
            return "This page is an old one, but the incident is triggered again and nobody has it yet."


def _declined(effect: Page, incident: Incident) -> bool:
    return (
        isinstance(effect, PagePerson)
        and effect.person in incident.declined
        and effect.epoch == incident.epoch
    )


def _nobody_there(effect: Announce) -> str:
    return f"NOBODY ON CALL for {facts.names(effect.nobody) or 'this rung'}."


def _all_paged(incident: Incident, now: datetime) -> str:
    return facts.exhausted(incident, utc_clock) or f"nobody has it at {utc_clock(now)}."


def _goes_on(incident: Incident, next_up: str | None, show: facts.Time) -> str:
    escalation = incident.escalation
    if escalation is None or escalation.due_at is None:
        return "Nobody is paged next: somebody must take it."
    at = f"{facts.next_rung(incident, next_up)} at {show(escalation.due_at)}"
    if escalation.exhausted_at is None:
        return f"The ladder goes on with {at}."
    ladder = "The catch-all ladder goes on" if escalation.catch_all else "The ladder begins again"
    return f"{ladder} with {at}, and again until somebody acknowledges."
