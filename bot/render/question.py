"""Questions in private: whether somebody still has it, and whether they take it over."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.decide import wanted
from bot.domain.effects import AskHolder, Question, TellGiver
from bot.domain.incident import Incident, Offer, Status
from bot.domain.timeline import Entry, EntryKind
from bot.render import actions as a
from bot.render import facts
from bot.render.answering import acknowledge, hand_over
from bot.render.escape import clock, date, link, marked, marked_lines, own_link, utc_clock
from bot.render.look import severity_word, span
from bot.render.message import Block, Message, actions, button, context, link_button, message, section
from bot.render.seal import Seal

EXTENSIONS = (("30 more minutes", a.EXTEND_30), ("1 more hour", a.EXTEND_60))

MOST_NOTES = 3


def question(
    effect: Question, incident: Incident, seal: Seal, now: datetime, *, entries: Sequence[Entry] = ()
) -> Message:
    """What is asked, as it should look now; once it is not asked any more, what became of it."""
    if not wanted(incident, effect):
        return _over(effect, incident, seal)
    if isinstance(effect, AskHolder):
        return _still_on_it(effect, incident, seal)
    offer = next(each for each in incident.offers if each.id == effect.offer)
    return _offered(offer, incident, seal, now, entries)


def offer_answered(effect: TellGiver, incident: Incident) -> Message:
    """For whoever offered it."""
    name = f"{own_link(incident.permalink, incident.key)} ({facts.title_of(incident)})"
    who = marked(effect.name, 60)
    text = (
        f"{who} has {name} now." if effect.accepted else f"{who} can't take {name} over; you still have it."
    )
    return message(text, section(text))


def _still_on_it(effect: AskHolder, incident: Incident, seal: Seal) -> Message:
    name = facts.name_of(incident)
    ends = f"Your acknowledgement ends at {utc_clock(effect.wake_at)}"
    then = "then its ladder begins again, with you and whoever is on call."
    return message(
        f"Still on it? {name}. {ends}; {then}",
        section(f"🕑 *Still on it? {severity_word(incident.severity)} {incident.key}*\n{_what(incident)}"),
        section(f"Your acknowledgement ends at {clock(effect.wake_at)}; {then}"),
        actions(
            [
                *(
                    button(
                        label,
                        action,
                        seal.value(action, incident),
                        said=f"{label} for incident {incident.number}",
                    )
                    for label, action in EXTENSIONS
                ),
                hand_over(incident, seal),
                _resolve(incident, seal),
            ]
        ),
    )


def _offered(
    offer: Offer, incident: Incident, seal: Seal, now: datetime, entries: Sequence[Entry]
) -> Message:
    giver, name = marked(offer.giver.name, 60), facts.name_of(incident)
    why = (
        f"You are on call for *{marked(offer.schedule, 60)}* now."
        if offer.schedule
        else f"{giver} asks you to take it over."
    )
    until = f"Until you accept, {giver} has it."
    leave = f"Leave with {offer.giver.name}" if offer.schedule else "I can't"
    return message(
        f"Take over {name}? {giver} has it. {until}",
        section(f"🤝 *Take over {severity_word(incident.severity)} {incident.key}?*\n{_what(incident)}"),
        section(f"{why} {until}", _brief(incident, now)),
        _notes(entries),
        actions(
            [
                button(
                    "Accept",
                    a.ACCEPT,
                    seal.value(a.ACCEPT, incident, offer.id),
                    said=f"Accept incident {incident.number}, take it over",
                    style="primary",
                ),
                button(
                    leave,
                    a.LEAVE,
                    seal.value(a.LEAVE, incident, offer.id),
                    said=f"{leave}: incident {incident.number} stays theirs",
                ),
                _open_card(incident),
            ]
        ),
        _links(incident),
    )


def _brief(incident: Incident, now: datetime) -> list[str]:
    first = incident.acknowledgements[0].at if incident.acknowledgements else incident.opened_at
    fields = [
        f"*Open since*\n{date(incident.opened_at)} ({span(now - incident.opened_at)})",
        f"*Who has it*\n{facts.holders(incident)}, since {clock(first)}",
    ]
    if incident.wake_at is not None:
        fields.append(f"*Begins again*\n{clock(incident.wake_at)}")
    if state := facts.ticket(incident):
        fields.append(f"*Jira*\n{state}")
    return fields


def _notes(entries: Sequence[Entry]) -> Block | None:
    """The newest notes, the last one last."""
    notes = [entry for entry in entries if entry.kind is EntryKind.NOTE][-MOST_NOTES:]
    if not notes:
        return None
    lines = [
        f"{clock(entry.at)} {marked(entry.by.name, 60)}: {marked_lines(entry.facts.get('text', ''), 500)}"
        for entry in notes
    ]
    return section("*Last notes*\n" + "\n".join(lines))


def _links(incident: Incident) -> Block | None:
    shown = [link(each.url, each.label or each.url) for each in incident.links[:5]]
    return context(" · ".join(shown)) if shown else None


def _over(effect: Question, incident: Incident, seal: Seal) -> Message:
    needed = incident.status is Status.TRIGGERED
    sign = "🔴" if needed else "✔"
    plain, outcome = (_outcome(effect, incident, show) for show in (utc_clock, clock))
    press = acknowledge(incident, seal) if needed else None
    return message(
        f"{facts.name_of(incident)}. {plain}",
        section(f"{sign} *{severity_word(incident.severity)} {incident.key}*\n{_what(incident)}\n{outcome}"),
        actions([press, _open_card(incident)]),
    )


def _outcome(effect: Question, incident: Incident, show: facts.Time) -> str:
    match incident.status:
        case Status.RESOLVED:
            return f"No answer needed: {facts.ending(incident, show)}."
        case Status.TRIGGERED:
            return "It is triggered again: nobody has it, and its ladder is climbed."
        case Status.ACKNOWLEDGED:
            until = f" until {show(incident.wake_at)}" if incident.wake_at else ""
            return f"{facts.holders(incident)} has it{until}."


def _what(incident: Incident) -> str:
    return f"{facts.title_of(incident)} · {facts.service_of(incident)}"


def _resolve(incident: Incident, seal: Seal) -> Block:
    value = seal.value(a.RESOLVE, incident)
    return button("Resolve", a.RESOLVE, value, said=f"Resolve incident {incident.number}")


def _open_card(incident: Incident) -> Block | None:
    return link_button("Open card", a.LINK, incident.permalink)
