"""The ticket in words: its draft, comments and links. Whatever strangers wrote is escaped for the tracker."""

import re
from dataclasses import dataclass

from bot.domain.incident import Incident
from bot.domain.service import TicketPlan
from bot.domain.timeline import Entry
from bot.ports import TicketDraft
from bot.render.entries import sentence
from bot.render.escape import clean, one_line, utc
from bot.render.look import severity_word
from bot.render.wiki import noformat, wiki, wiki_lines, wiki_link

LONGEST_SUMMARY = 254
MOST_LABELS = 40
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """A comment for the ticket. The body carries the marker, by which it is found again."""

    body: str
    marker: str


def marker(incident: Incident) -> str:
    """The label by which the incident's one ticket is found again."""
    return f"tocsin-{incident.id}"


def draft(incident: Incident, plan: TicketPlan) -> TicketDraft:
    """The ticket to be made. A severity without a mapped priority gets the tracker's default."""
    return TicketDraft(
        marker=marker(incident),
        project=plan.project,
        issue_type=plan.issue_type,
        summary=summary(incident),
        description=description(incident),
        priority=plan.priorities.get(incident.severity),
        labels=tuple(_BLANK.sub("-", clean(label)) for label in plan.labels),
        components=plan.components,
        security=plan.security,
        fields=plan.fields,
    )


def summary(incident: Incident) -> str:
    """`INC-42: title` on one line; a summary knows no markup, so nothing is escaped."""
    return one_line(f"{incident.key}: {one_line(incident.title)}", LONGEST_SUMMARY)


def description(incident: Incident) -> str:
    """What is known when the ticket is made, in wiki markup."""
    lines = [
        f"*Incident:* {wiki(incident.key)} ({wiki(severity_word(incident.severity))})",
        f"*Service:* {wiki(incident.service.name or incident.service.id)}",
        f"*Started:* {wiki(utc(incident.opened_at))}",
        f"*Source:* {wiki(incident.source)}",
        f"*Opened by:* {wiki(incident.opened_by.name)}",
    ]
    if incident.permalink:
        lines.append(f"*Slack:* {wiki_link(incident.key, incident.permalink)}")
    lines += [f"*Link:* {wiki_link(each.label or each.url, each.url)}" for each in incident.links[:10]]
    if incident.description.strip():
        lines += ["", noformat(incident.description, 12_000)]
    if incident.labels:
        lines += ["", noformat("\n".join(_labels(incident)), 6000)]
    return "\n".join([*lines, "", f"Incident: {incident.id}"])


def comment(incident: Incident, entry: Entry) -> Comment:
    """A timeline entry as a comment, with its time."""
    mark = f"tocsin:{incident.id}:{entry.seq}"
    text = wiki_lines(sentence(entry), 6000)
    return Comment(body=f"{wiki(utc(entry.at))} {text}\n\n\\[{mark}\\]", marker=mark)


def remote_id(incident: Incident) -> str:
    """The global id under which the ticket links to the incident's card; the same one changes the link."""
    return f"tocsin:incident:{incident.id}"


def remote_title(incident: Incident) -> str:
    """The title of that link."""
    return one_line(f"{incident.key} in Slack: {one_line(incident.title)}", LONGEST_SUMMARY)


def _labels(incident: Incident) -> list[str]:
    pairs = sorted(incident.labels.items())[:MOST_LABELS]
    return [f"{one_line(name, 80)} = {one_line(value, 300)}" for name, value in pairs]
