"""Routed: where an alert would go, why, and who would be paged first, in words and as a document."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.alert import Alert
from bot.domain.effects import PageChannel, PagePerson, PageWebhook
from bot.domain.rehearsal import Told
from bot.domain.route import Placement
from bot.domain.story import Story
from bot.render.escape import one_line
from bot.render.explanation import zulu
from bot.render.look import span
from bot.render.story import page, plainly

INDENT = "    "
_OUTCOMES = {
    "opened": "an incident begins",
    "added": "goes to the incident that an alert before it began",
    "repeated": "repeats an alert before it",
    "cleared": "ends an alert before it",
    "ignored": "nothing: there is nothing that it could end",
    "muted": "KEPT QUIET",
    "beat": "a sign of life of a heartbeat",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Routed:
    """What becomes of an alert. `unread`: why no overrides and silences are known, if that is so."""

    alert: Alert
    placement: Placement
    story: Story
    outcome: str
    why: str
    group: str | None
    unread: str = ""

    @property
    def first(self) -> tuple[Told, ...]:
        """Those who are paged first; nobody for what pages nobody."""
        told = self.story.rehearsal.told if self.outcome == "opened" else ()
        begin = min((each.at for each in told), default=None)
        return tuple(each for each in told if each.at == begin)


def lines(it: Routed, number: int) -> Iterator[str]:
    """The decision, a line each; fit for a terminal."""
    alert, placement = it.alert, it.placement
    yield f"{number}. {alert.state.value.upper()}: {one_line(alert.title, 200)}"
    yield f"{INDENT}route: {one_line(placement.route, 400)}"
    yield f"{INDENT}service: {placement.service}"
    yield f"{INDENT}severity: {placement.severity.value}, {one_line(placement.severity_by, 120)}"
    why = f": {one_line(it.why, 300)}" if it.why else ""
    yield f"{INDENT}outcome: {_OUTCOMES.get(it.outcome, it.outcome)}{why}"
    ladder = _ladder(it)
    yield f"{INDENT}ladder: {ladder or 'none: NOBODY IS PAGED for this severity of the service'}"
    if handled := list(_handling(it)):
        yield f"{INDENT}{'; '.join(handled)}"
    show = plainly(it.story.zone)
    for told in it.first:
        yield f"{INDENT}first: {page(told, it.story, show)}"
    if it.outcome == "opened" and ladder and not it.first:
        yield f"{INDENT}first: NOBODY would be reached"
    if it.unread:
        yield f"{INDENT}overrides and silences were NOT read: {one_line(it.unread, 200)}"


def document(it: Routed) -> dict[str, object]:
    """The same for machines."""
    handling = it.placement.handling
    return {
        "source": it.alert.source,
        "fingerprint": it.alert.fingerprint,
        "title": it.alert.title,
        "state": it.alert.state.value,
        "route": it.placement.route,
        "service": it.placement.service,
        "severity": it.placement.severity.value,
        "severity_by": it.placement.severity_by,
        "outcome": it.outcome,
        "why": it.why or None,
        "ladder": _ladder(it),
        "group": it.group,
        "pause_seconds": handling.pause.total_seconds() if handling.pause else None,
        "wait_seconds": handling.wait(it.placement.severity).total_seconds(),
        "first": [_page(each) for each in it.first],
    }


def _ladder(it: Routed) -> str | None:
    ladder = it.story.rehearsal.case.service.ladder_for(it.placement.severity)
    return str(ladder.id) if ladder else None


def _handling(it: Routed) -> Iterator[str]:
    handling = it.placement.handling
    if handling.group_by is not None:
        yield f"grouped by {', '.join(handling.group_by) or 'nothing: all of the service together'}"
    if wait := handling.wait(it.placement.severity):
        yield f"the first page waits {span(wait)} for others of the group"
    if handling.pause:
        yield f"what clears within {span(handling.pause)} pages nobody"
    if handling.limit and handling.limit.most:
        yield f"more than {handling.limit.most} in {span(handling.limit.per)} are a storm"
    if handling.resolve_after:
        yield f"counts as cleared when it is not told again for {span(handling.resolve_after)}"


def _page(told: Told) -> dict[str, object]:
    match told.effect:
        case PagePerson(person=person, method=method, why=why):
            return {"at": zulu(told.at), "person": str(person), "method": method.value, "why": why}
        case PageChannel(channel=channel):
            return {"at": zulu(told.at), "person": channel, "method": "channel", "why": "named in the ladder"}
        case PageWebhook(name=name):
            return {"at": zulu(told.at), "person": name, "method": "webhook", "why": "named in the ladder"}
        case _:
            return {"at": zulu(told.at), "person": None, "method": told.effect.kind, "why": ""}
