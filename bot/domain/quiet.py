"""Quiet: whether something keeps an alert that fires from paging, what it is, until when, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.inhibition import Inhibition
from bot.domain.recurring import Recurring
from bot.domain.route import OWN, Matcher, Placement, condition_labels
from bot.domain.silence import Silence, SilenceKind
from bot.domain.standing import AlertKey, Standing
from bot.domain.unheard import Span, due

FLAPPING, PAUSE, LATE = "flapping", "pause", "late"
LATE_FOR = timedelta(minutes=2)
"""So long after the end of an alert something that began before it is held as its late copy."""

FLAPS = 3
"""So many changes of state within"""

FLAPS_WITHIN = timedelta(minutes=15)
"""that time are flapping."""

LOOK_AGAIN = timedelta(minutes=1)
"""What is inhibited is judged again so often, should nobody tell that its cause is over."""

INHIBITS_FOR = timedelta(hours=24)
"""An alert of which nothing was heard for so long keeps no others quiet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hiding:
    """A silence, or planned maintenance, with its conditions ready for use."""

    silence: Silence
    matchers: tuple[Matcher, ...]

    def hides(self, labels: Mapping[str, str], placement: Placement, now: datetime) -> bool:
        """Whether it keeps quiet what has these labels and belongs there."""
        silence = self.silence
        return (
            silence.in_force(now)
            and silence.covers(placement.severity)
            and (not silence.services or placement.service in silence.services)
            and holds(self.matchers, labels)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiet:
    """All that can keep alerts quiet now. `causes` are alerts that fire, for each inhibition by its place."""

    hiding: tuple[Hiding, ...] = ()
    recurring: tuple[Recurring, ...] = ()
    inhibitions: tuple[Inhibition, ...] = ()
    causes: Mapping[int, tuple[Standing, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Muted:
    """What keeps an alert quiet. It is judged again at `until`, at the latest."""

    by: str
    until: datetime
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """An alert that fires, as it is to be judged: since when, and how its state changed lately.

    `going_on`: its incident is open, so that it begins none.
    """

    alert: Alert
    placement: Placement
    since: datetime
    turns: tuple[datetime, ...] = ()
    going_on: bool = False

    @property
    def key(self) -> AlertKey:
        """Its identity."""
        return self.alert.source, self.alert.fingerprint


def keeps_quiet(heard: Heard, quiet: Quiet, now: datetime) -> Muted | None:
    """What keeps it quiet; None: it pages. Maintenance first, then silences, inhibition, and the pause."""
    if not (quiet.hiding or quiet.recurring or quiet.inhibitions):
        return _paused(heard, now)
    labels = quiet_labels(heard.alert, heard.placement)
    return (
        _planned(labels, heard.placement, quiet, now, SilenceKind.MAINTENANCE)
        or _recurring(labels, heard.placement, quiet, now)
        or _planned(labels, heard.placement, quiet, now, SilenceKind.SILENCE)
        or _inhibited(labels, heard, quiet, now)
        or _paused(heard, now)
    )


def quiet_labels(alert: Alert, placement: Placement) -> Mapping[str, str]:
    """What conditions look at: its service and severity as the route gave them, and the alert's labels."""
    return condition_labels(alert, placement.service, placement.severity)


def holds(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Whether all of them do."""
    return all(matcher.matches(labels) for matcher in matchers)


def is_target(rule: Inhibition, alert: Alert, placement: Placement) -> bool:
    """Whether it may be kept quiet by that."""
    return holds(rule.target, quiet_labels(alert, placement))


def is_cause(rule: Inhibition, standing: Standing) -> bool:
    """Whether it keeps others quiet, as long as it fires."""
    return holds(rule.source, _labels_of(standing))


def held_open(turns: tuple[datetime, ...], now: datetime) -> Muted | None:
    """What keeps the end of an alert from ending its incident: it flaps, and would page again and again."""
    calm_at = turns[-FLAPS] + FLAPS_WITHIN if len(turns) >= FLAPS else now
    if calm_at <= now:
        return None
    recent = sum(1 for at in turns if now - at < FLAPS_WITHIN)
    minutes = int(FLAPS_WITHIN.total_seconds() // 60)
    why = f"it flaps: its state changed {recent} times in {minutes} minutes"
    return Muted(by=FLAPPING, until=calm_at, why=why)


def stale_at(standing: Standing, placement: Placement, unheard: Sequence[Span] = ()) -> datetime | None:
    """When it counts as cleared, because its source tells it again and again and has stopped doing so."""
    after = placement.handling.resolve_after
    return due(standing.last_at, after, unheard) if after is not None and standing.firing else None


def _planned(
    labels: Mapping[str, str], placement: Placement, quiet: Quiet, now: datetime, kind: SilenceKind
) -> Muted | None:
    """Of several that which ends last."""
    found = [
        each.silence
        for each in quiet.hiding
        if each.silence.kind is kind and each.hides(labels, placement, now)
    ]
    if not found:
        return None
    last = max(found, key=lambda each: (each.over_at, each.id))
    return Muted(by=last.name, until=last.over_at, why=f"{kind.value} by {last.by.name}: {last.reason}")


def _recurring(labels: Mapping[str, str], placement: Placement, quiet: Quiet, now: datetime) -> Muted | None:
    for window in quiet.recurring:
        around = window.around(now)
        fits = not window.services or placement.service in window.services
        fits = fits and (window.sev1 or placement.severity is not Severity.SEV1)
        if around is not None and fits and holds(window.matchers, labels):
            why = f"maintenance “{window.name}”"
            return Muted(by=f"maintenance:{window.name}", until=around[1], why=why)
    return None


def _inhibited(labels: Mapping[str, str], heard: Heard, quiet: Quiet, now: datetime) -> Muted | None:
    for number, rule in enumerate(quiet.inhibitions):
        if not holds(rule.target, labels):
            continue
        itself = holds(rule.source, labels)
        for cause in quiet.causes.get(number, ()):
            theirs = _labels_of(cause)
            if (
                cause.firing
                and cause.key != heard.key
                and now - cause.last_at < INHIBITS_FOR
                and holds(rule.source, theirs)
                and not (itself and holds(rule.target, theirs))  # two of a kind do not hide each other
                and _alike(rule, theirs, labels)
            ):
                why = f"“{cause.alert.title}” fires, which keeps it quiet (inhibition {number + 1})"
                return Muted(by=f"inhibited:{number + 1}", until=now + LOOK_AGAIN, why=why)
    return None


def _paused(heard: Heard, now: datetime) -> Muted | None:
    """What comes and goes again and again would be paused for ever, and so it is not."""
    pause = heard.placement.handling.pause
    severe = heard.placement.severity is Severity.SEV1
    if pause is None or severe or heard.going_on or held_open(heard.turns, now) is not None:
        return None
    until = heard.since + pause
    minutes = int(pause.total_seconds() // 60)
    why = f"what clears within {minutes} minutes pages nobody"
    return Muted(by=PAUSE, until=until, why=why) if now < until else None


def _labels_of(standing: Standing) -> Mapping[str, str]:
    return condition_labels(standing.alert, standing.service, standing.severity)


def _alike(rule: Inhibition, one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """The alerts' own labels count: of two that are at one service each may tell of another."""
    return all(_own(name, one) == _own(name, other) for name in rule.equal)


def _own(name: str, labels: Mapping[str, str]) -> str:
    return labels.get(f"{OWN}{name}") or labels.get(name, "")


def cleared(standing: Standing) -> Alert:
    """The end of an alert that its source does not tell any more."""
    alert = standing.alert
    return Alert(
        source=alert.source,
        fingerprint=alert.fingerprint,
        state=AlertState.CLEARED,
        title=alert.title,
        severity=alert.severity,
        labels=alert.labels,
        links=alert.links,
        origin=alert.origin,
        parser=alert.parser,
    )
