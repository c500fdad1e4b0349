"""The page by e-mail: subject, plain text and HTML."""

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape as html_escape
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.domain.effects import PagePerson
from bot.domain.incident import Incident
from bot.render.escape import header, one_line, safe_url, several_lines, utc
from bot.render.facts import target_words
from bot.render.look import severity_word


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailPage:
    """An e-mail without addresses. `subject` is one line; `html` is escaped whole."""

    subject: str
    text: str
    html: str


def email_page(
    effect: PagePerson,
    incident: Incident,
    now: datetime,
    *,
    next_up: str | None = None,
    zone: str = "UTC",
    act: str | None = None,
) -> EmailPage:
    """A page as an e-mail. Times are in the person's zone and in UTC.

    `act` leads to a page that says what it will do: whoever opens links ahead of the reader must
    acknowledge nothing.
    """
    delayed = "DELAYED " if effect.late else ""
    subject = header(
        f"{delayed}[{severity_word(incident.severity)}] {incident.key}: {one_line(incident.title, 150)}"
    )
    lines = _lines(effect, incident, next_up, zone)
    link = safe_url(incident.permalink) if incident.permalink else None
    text, html = _text(lines, incident, link, act), _html(lines, incident, link, act)
    return EmailPage(subject=subject, text=text, html=html)


def minimal_email(number: int) -> EmailPage:
    """What is sent when everything else about an incident cannot be shown."""
    words = f"INC-{number} needs you; its details could not be rendered."
    return EmailPage(subject=f"INC-{number} needs you", text=f"{words}\n", html=f"<p>{words}</p>\n")


def _lines(effect: PagePerson, incident: Incident, next_up: str | None, zone: str) -> list[tuple[str, str]]:
    lines = [
        ("Severity", severity_word(incident.severity)),
        ("Service", one_line(incident.service.name or incident.service.id, 80)),
        ("Started", _local(incident.opened_at, zone)),
        ("Why you", one_line(effect.why)),
    ]
    if effect.held and effect.asked_at is not None:
        lines.append(("Waited", f"for the end of your quiet hours, since {_local(effect.asked_at, zone)}"))
    if effect.message.strip():
        lines.append(("Message", several_lines(effect.message, 1500)))
    if incident.due_at is not None and incident.escalation is not None:
        following = ", ".join(target_words(target) for target in incident.escalation.rung.targets)
        who = one_line(next_up or following)
        lines.append(("Next", f"{who} at {_local(incident.due_at, zone)}"))
    if incident.ticket.key:
        lines.append(("Ticket", one_line(incident.ticket.key, 40)))
    return lines


def _local(at: datetime, zone: str) -> str:
    try:
        there = at.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return utc(at)
    return (
        utc(at) if there.utcoffset() == at.astimezone(UTC).utcoffset() else f"{there:%H:%M} {zone}, {utc(at)}"
    )


_HOW = "To acknowledge, press Acknowledge in Slack, or type there:"


def _text(lines: list[tuple[str, str]], incident: Incident, link: str | None, act: str | None) -> str:
    body = [f"You are being paged for {incident.key}: {one_line(incident.title)}", ""]
    body += [f"{name}: {value}" for name, value in lines]
    if incident.description.strip():
        body += ["", several_lines(incident.description)]
    if act:
        body += ["", f"Acknowledge {incident.key}: {act}"]
    body += ["", f"{_HOW} /incident ack {incident.key}"]
    if link:
        body.append(link)
    return "\n".join(body) + "\n"


def _html(lines: list[tuple[str, str]], incident: Incident, link: str | None, act: str | None) -> str:
    rows = "".join(
        f"<tr><th align='left'>{html_escape(name)}</th><td>{_paragraphs(value)}</td></tr>"
        for name, value in lines
    )
    body = [
        f"<p><strong>You are being paged for {incident.key}: "
        f"{html_escape(one_line(incident.title))}</strong></p>",
        f"<table>{rows}</table>",
    ]
    if act:
        body.append(f'<p><a href="{html_escape(act, quote=True)}"><strong>Acknowledge</strong></a></p>')
    if incident.description.strip():
        body.append(f"<p>{_paragraphs(several_lines(incident.description))}</p>")
    body.append(f"<p>{_HOW} <code>/incident ack {incident.key}</code></p>")
    if link:
        body.append(f'<p><a href="{html_escape(link, quote=True)}">{incident.key} in Slack</a></p>')
    return "<!doctype html>\n<html><body>" + "\n".join(body) + "</body></html>\n"


def _paragraphs(text: str) -> str:
    return html_escape(text).replace("\n", "<br>")
