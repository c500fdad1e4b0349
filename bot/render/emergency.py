"""What people are told while the database is away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape as html_escape

from bot.domain.configuration import Configuration
from bot.domain.incident import Incident
from bot.domain.ladder import ChannelTarget, WebhookTarget
from bot.domain.outlook import Outlook
from bot.domain.people import Person
from bot.render.escape import header, marked, marked_lines, one_line, safe_url, several_lines, utc_clock
from bot.render.look import severity_word
from bot.render.mail import EmailPage
from bot.render.message import Message, message, section

MOST = 10
"""Incidents that an alarm names; the others are counted."""


def alarm(
    since: datetime,
    why: str,
    known_at: datetime | None,
    coming: Sequence[tuple[Incident, Outlook]],
    people: Mapping[str, Person],
    told: Sequence[str],
) -> str:
    """For those who look after Tocsin. `coming` is what is due next, the first one first."""
    lines = [
        f"Tocsin's database {why} since {utc_clock(since)}. Nothing is recorded: alerts and acknowledgements "
        "are refused, and nothing but what is listed here is known. Bring the database back; page by hand "
        "whoever does not answer."
    ]
    if coming:
        lines.append(f"These are due or will be, as known at {_known(known_at)}; people are told directly:")
        lines += [_line(incident, ahead, people) for incident, ahead in coming[:MOST]]
        if len(coming) > MOST:
            lines.append(f"… and {len(coming) - MOST} more.")
    else:
        lines.append(f"No page was due within two hours, as known at {_known(known_at)}.")
    if told:
        lines.append(f"Told already: {'; '.join(told[-MOST:])}.")
    return "\n".join(lines)


def page(
    incident: Incident, why: str, since: datetime, known_at: datetime | None, ahead: Outlook | None
) -> tuple[str, str]:
    """For a person or a channel: subject and text."""
    name = f"{incident.key} ({severity_word(incident.severity)}): {one_line(incident.title, 150)}"
    lines = [
        f"{name}, service {one_line(incident.service.name, 80)}.",
        f"You are asked because: {one_line(why, 150)}.",
        f"Tocsin's database is away since {utc_clock(since)}: this page is NOT RECORDED, and cannot be "
        f"acknowledged. Say in {one_line(incident.service.channel, 80)} that you have it.",
        f"At {_known(known_at)} nobody had it. When the database is back, you may be paged again: "
        "that page counts.",
    ]
    if ahead is not None and ahead.names:
        names = ", ".join(one_line(each, 80) for each in ahead.names)
        lines.append(f"Next in turn: {names} at {utc_clock(ahead.at)}.")
    if incident.permalink and (link := safe_url(incident.permalink)):
        lines.append(link)
    return f"PAGE WITHOUT RECORD {name}", "\n".join(lines)


def by_hand(configuration: Configuration, now: datetime) -> str:
    """Whom to call when nothing can be written down: asked of the configuration alone."""
    service = configuration.services[configuration.default_service]
    ladders = [service.ladder, *([service.catch_all] if service.catch_all else [])]
    for rung in (rung for ladder in ladders for rung in ladder.rungs):
        targets = [target for target in rung.targets if not isinstance(target, ChannelTarget | WebhookTarget)]
        people = [each.person for target in targets for each in configuration.roster.reach(target, now)]
        if found := list(dict.fromkeys(_reached(person.name, person) for person in people if person)):
            return f"{', '.join(found)} for {one_line(service.name, 80)}"
    return f"NOBODY IS ON CALL for {one_line(service.name, 80)}; ask in {one_line(service.channel, 80)}"


def emergency_message(subject: str, text: str) -> Message:
    """A page for Slack; both texts are escaped here."""
    body = section(f"🚨 *{marked(subject, 250)}*\n{marked_lines(text, 2500)}")
    return message(f"{marked(subject, 250)}", body)


def emergency_mail(subject: str, text: str) -> EmailPage:
    """A page by e-mail; both texts are cleaned here."""
    lines = several_lines(text, 5000)
    html = f"<p>{html_escape(lines).replace(chr(10), '<br>')}</p>\n"
    return EmailPage(subject=header(subject, 250), text=f"{lines}\n", html=html)


def told(who: str, ways: Sequence[str], at: datetime) -> str:
    """Who was told, by which ways, and when."""
    return f"{one_line(who, 80)} at {utc_clock(at)} ({', '.join(one_line(way, 80) for way in ways)})"


def note(since: datetime, entries: Sequence[str]) -> str:
    """For the timeline, when the database is back."""
    told_meanwhile = "; ".join(entries)
    return (
        f"The database was away from {utc_clock(since)}. Told meanwhile, without a record: {told_meanwhile}"
    )


def _line(incident: Incident, ahead: Outlook, people: Mapping[str, Person]) -> str:
    names = ", ".join(_reached(name, people.get(name)) for name in ahead.names) or "NOBODY ON CALL"
    title = one_line(incident.title, 80)
    return (
        f"{incident.key} {title} ({severity_word(incident.severity)}), next: {names}, {utc_clock(ahead.at)}"
    )


def _reached(name: str, person: Person | None) -> str:
    """Somebody, and how to reach them by hand."""
    ways = [f"Slack {person.slack_user}" if person.slack_user else "", person.email or ""] if person else []
    told_ways = ", ".join(one_line(way, 100) for way in ways if way)
    return f"{one_line(name, 80)} ({told_ways})" if told_ways else one_line(name, 80)


def _known(at: datetime | None) -> str:
    return utc_clock(at) if at else "no time: nothing could be read yet"
