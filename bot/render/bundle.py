"""Bundles: one message for all that somebody must know at once, where more would be too much."""

from collections.abc import Sequence
from datetime import datetime
from html import escape as html_escape

from bot.domain.decide import wanted
from bot.domain.effects import PagePerson
from bot.domain.incident import Incident, Status
from bot.render import actions as a
from bot.render import facts
from bot.render.escape import header, marked, one_line, own_link, safe_url, utc_clock
from bot.render.look import severity_word
from bot.render.mail import EmailPage
from bot.render.message import Block, Message, button, context, message, section
from bot.render.seal import Seal

Paged = tuple[PagePerson, Incident]
MOST_TITLES = 3


def bundle(pages: Sequence[Paged], seal: Seal, now: datetime) -> Message:
    """The direct message for several incidents, as it should look now: each with its own button."""
    shown = _once(pages)
    needed = [incident for page, incident in shown if wanted(incident, page)]
    names = ", ".join(incident.key for incident in needed)
    if needed:
        text = f"PAGE {count(len(needed))} you: {names}. Please acknowledge."
        headline = f"🚨 *{count(len(needed))} you*"
    else:
        text = f"No action needed any more: {', '.join(incident.key for _, incident in shown)}."
        headline = "✔ *No action needed any more*"
    return message(
        text,
        section(headline),
        *(_line(page, incident, seal) for page, incident in shown),
        context(f"They came within a short time, so they are told together · {utc_clock(now)}"),
    )


def minimal_bundle(pages: Sequence[Paged]) -> Message:
    """The same in plain words."""
    return message(f"{_plainly(pages)} The details could not be rendered.")


def email_bundle(pages: Sequence[Paged]) -> EmailPage:
    """The same as an e-mail. It has no link that acts."""
    shown = _once(pages)
    titles = "; ".join(one_line(incident.title, 60) for _, incident in shown[:MOST_TITLES])
    worst = min(incident.severity for _, incident in shown)
    subject = header(f"[{severity_word(worst)}] {count(len(shown))} you: {titles}")
    texts = [_plainly(pages), ""]
    rows = []
    for page, incident in shown:
        head = f"{severity_word(incident.severity)} {incident.key}: {one_line(incident.title)}"
        how = f"/incident ack {incident.key}"
        link = safe_url(incident.permalink) if incident.permalink else None
        texts += [head, f"  Why you: {one_line(page.why)}", f"  To acknowledge, type in Slack: {how}"]
        texts += [f"  {link}", ""] if link else [""]
        where = f' <a href="{html_escape(link, quote=True)}">in Slack</a>' if link else ""
        rows.append(
            f"<li><strong>{html_escape(head)}</strong>{where}<br>{html_escape(one_line(page.why))}"
            f"<br><code>{how}</code></li>"
        )
    html = f"<p><strong>{_plainly(pages)}</strong></p>\n<ul>{''.join(rows)}</ul>"
    return EmailPage(
        subject=subject,
        text="\n".join(texts) + "\n",
        html=f"<!doctype html>\n<html><body>{html}</body></html>\n",
    )


def minimal_email_bundle(pages: Sequence[Paged]) -> EmailPage:
    """The same in plain words."""
    words = f"{_plainly(pages)} Their details could not be rendered."
    return EmailPage(subject=header(_plainly(pages)), text=f"{words}\n", html=f"<p>{words}</p>\n")


def count(number: int) -> str:
    """`4 incidents need`, to go before `you`."""
    return f"{number} incidents need" if number != 1 else "1 incident needs"


def _plainly(pages: Sequence[Paged]) -> str:
    shown = _once(pages)
    return f"{count(len(shown))} you: {', '.join(incident.key for _, incident in shown)}."


def _once(pages: Sequence[Paged]) -> list[Paged]:
    """Each incident once, the worst first, then the oldest; its newest page says why."""
    newest = {incident.id: (page, incident) for page, incident in sorted(pages, key=lambda each: each[0].at)}
    return sorted(newest.values(), key=lambda each: (each[1].severity, each[1].opened_at, each[1].number))


def _line(page: PagePerson, incident: Incident, seal: Seal) -> Block:
    name = own_link(incident.permalink, incident.key)
    head = f"*{severity_word(incident.severity)} {name}*"
    what = f"{head} {facts.title_of(incident)} · {facts.service_of(incident)}"
    if not wanted(incident, page):
        return section(f"✔ {what}\n{_state(incident)}")
    press = button(
        "Acknowledge",
        a.ACKNOWLEDGE,
        seal.value(a.ACKNOWLEDGE, incident),
        said=f"Acknowledge incident {incident.number}",
        style="primary",
    )
    return section(f"🔴 {what}\nWhy you: {marked(page.why, 200)}.", accessory=press)


def _state(incident: Incident) -> str:
    match incident.status:
        case Status.RESOLVED:
            return "It is resolved."
        case Status.ACKNOWLEDGED:
            return f"{facts.holders(incident)} has it."
        case Status.TRIGGERED:
            return "Nothing is asked of you here."
