"""Quieting in a sitting: what keeps alerts quiet is read at once, and follows what is judged in it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.alert import Alert, AlertState
from bot.domain.changing import changed
from bot.domain.configuration import Configuration
from bot.domain.heartbeat import SOURCE, Heartbeat
from bot.domain.ids import IncidentId
from bot.domain.people import ActorKind
from bot.domain.quiet import (
    FLAPPING,
    INHIBITS_FOR,
    Heard,
    Hiding,
    Muted,
    Quiet,
    cleared,
    held_open,
    is_cause,
    is_target,
    keeps_quiet,
    stale_at,
)
from bot.domain.route import Matcher, Placement
from bot.domain.standing import AlertKey, Standing
from bot.domain.unheard import Span
from bot.matchers import hidings
from bot.ports import Tx

BY_HAND = frozenset({ActorKind.PERSON, ActorKind.TRACKER})
"""Whoever resolves so has decided it."""

PLACED = frozenset({"service", "severity"})
"""Labels that conditions see although the alert itself does not have them."""


class Quieting:
    """Says what keeps an alert quiet. Nothing does that could not be read."""

    def __init__(
        self, tx: Tx, configuration: Configuration, now: datetime, unheard: Sequence[Span] = ()
    ) -> None:
        self._tx = tx
        self._unheard = unheard
        self._configuration = configuration
        self._now = now
        self._hiding: tuple[Hiding, ...] = ()
        self._causes: dict[int, dict[AlertKey, Standing]] = {}
        self._dealt_with: set[IncidentId] = set()
        self._made: Quiet | None = None

    def look_up(self, placed: Sequence[tuple[Alert, Placement]]) -> None:
        """Read what may concern these alerts."""
        self._hiding = tuple(hidings(self._tx.silences(self._now)))
        wanted = [
            (number, rule)
            for number, rule in enumerate(self._configuration.inhibitions)
            if any(is_target(rule, alert, placement) for alert, placement in placed)
        ]
        for number, rule in wanted:
            told = self._tx.causes(_needle(rule.source), self._now - INHIBITS_FOR)
            found = [each for each in told if is_cause(rule, each)]
            self._dealt_with |= self._ended_by_people(found)
            self._causes[number] = {each.key: each for each in found if each.incident not in self._dealt_with}

    def _ended_by_people(self, causes: Sequence[Standing]) -> set[IncidentId]:
        """Incidents that a person has resolved: what they were about explains nothing any more."""
        found = self._tx.incidents([each.incident for each in causes if each.incident is not None])
        ended = ((each.id, each.resolution) for each in found.values())
        return {its_id for its_id, end in ended if end is not None and end.by.kind in BY_HAND}

    def muted(self, standing: Standing, placement: Placement, *, going_on: bool, held: bool) -> Muted | None:
        """What keeps it quiet. `going_on`: its incident is open; `held`: and knows of it as firing."""
        if not standing.firing:
            return held_open(standing.turns, self._now) if going_on and held else None
        heard = Heard(
            alert=standing.alert,
            placement=placement,
            since=standing.since,
            turns=standing.turns,
            going_on=going_on,
        )
        return keeps_quiet(heard, self._quiet(), self._now)

    def settled(
        self, before: Standing | None, standing: Standing, muted: Muted | None, placement: Placement
    ) -> Standing:
        """What is known of it after it was judged: what keeps it quiet, and when it is judged again."""
        by, times = (muted.by, [muted.until]) if muted else (None, [])
        if muted is None and standing.firing and before is not None and before.muted_by == FLAPPING:
            still = held_open(standing.turns, self._now)  # it fires, and is known to flap all the while
            by, times = (still.by, [still.until]) if still else (None, [])
        stale = stale_at(standing, placement, self._unheard)
        times += [stale] if stale is not None else []
        missed = self._missed_at(standing)
        times += [missed] if missed is not None else []
        next_at = min(times, default=None)
        settled = standing
        if (standing.muted_by, standing.next_at) != (by, next_at):
            settled = changed(standing, muted_by=by, next_at=next_at)
        self._follow(before, settled)
        return settled

    def _follow(self, before: Standing | None, settled: Standing) -> None:
        """Whoever keeps others quiet by firing does so at once, and lets them go at once."""
        for number, rule in enumerate(self._configuration.inhibitions):
            if not is_cause(rule, settled):
                continue
            self._made = None
            if settled.firing and settled.incident in self._dealt_with:
                continue
            if settled.firing:
                self._causes.setdefault(number, {})[settled.key] = settled
            else:
                self._causes.get(number, {}).pop(settled.key, None)
                if before is not None and before.firing:
                    self._tx.judge_again(f"inhibited:{number + 1}", self._now)

    def _quiet(self) -> Quiet:
        if self._made is None:
            self._made = Quiet(
                hiding=self._hiding,
                recurring=self._configuration.maintenance,
                inhibitions=self._configuration.inhibitions,
                causes={number: tuple(found.values()) for number, found in self._causes.items()},
            )
        return self._made

    def _missed_at(self, standing: Standing) -> datetime | None:
        """When a heartbeat that came is missed; of one that does not come nothing is expected but it."""
        if standing.alert.source != SOURCE or standing.firing:
            return None
        heartbeat = heartbeat_of(self._configuration, standing.alert)
        return heartbeat.missed_at(standing.last_at, self._unheard) if heartbeat else None


def heartbeat_of(configuration: Configuration, alert: Alert) -> Heartbeat | None:
    """The heartbeat whose alert it is."""
    if alert.source != SOURCE:
        return None
    return next((each for each in configuration.heartbeats if each.name == alert.fingerprint), None)


def aged(
    configuration: Configuration,
    known: Standing,
    placement: Placement,
    now: datetime,
    unheard: Sequence[Span] = (),
) -> Alert:
    """What has become of an alert by itself: it is stale, or a heartbeat did not come."""
    if known.alert.source == SOURCE:
        heartbeat = heartbeat_of(configuration, known.alert)
        if heartbeat is None:
            return cleared(known)
        if not known.firing and heartbeat.missed_at(known.last_at, unheard) <= now:
            last = f"{known.last_at:%Y-%m-%d %H:%M:%S} UTC"
            return heartbeat.alert(AlertState.FIRING, f"Nothing has come since {last}.")
        return known.alert
    stale = stale_at(known, placement, unheard)
    return cleared(known) if stale is not None and stale <= now else known.alert


def beats(configuration: Configuration, alert: Alert) -> Alert | None:
    """The sign of life that an alert is, as the heartbeat's own alert; None for any other."""
    for heartbeat in configuration.heartbeats:
        if heartbeat.hears(alert):
            return heartbeat.alert(AlertState.CLEARED, f"“{alert.title}” came")
    return None


def _needle(matchers: Iterable[Matcher]) -> str:
    """A text that every alert has of which they hold, by which the database finds few; perhaps none."""
    values = [each.value for each in matchers if each.op == "=" and each.label not in PLACED]
    return max(values, key=len, default="")
