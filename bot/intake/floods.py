"""Floods in a sitting: what is more than a limit goes to one storm, which takes over what was begun."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.alert import Alert, AlertState, HeldAlert, Severity
from bot.domain.commands import Resolve
from bot.domain.decide import decide
from bot.domain.decision import Decision, Draft
from bot.domain.flood import Flood, flood_key
from bot.domain.gathering import Gathering
from bot.domain.incident import Incident, Reason, Status, Via
from bot.domain.intake import may_reopen, raise_to, stands_out, stood_out, stormy
from bot.domain.people import SYSTEM
from bot.domain.route import Limit, Placement
from bot.domain.standing import AlertKey
from bot.ports import Tx
from bot.ports.alerts import HeldKey

MOST_ALERTS = 1000
"""So many alerts of an incident move to the storm that takes it over."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """An incident that a storm takes over: the decision that ends it, and the alerts that move."""

    decision: Decision
    held: tuple[HeldAlert, ...]


class Floods:
    """Counts what limited routes begin, and says when that is a storm. Written at the end of the sitting."""

    def __init__(self, tx: Tx, now: datetime, usual: Limit | None = None) -> None:
        """`usual` is the limit of what no route limits."""
        self._tx = tx
        self._now = now
        self._usual = usual
        self._known: dict[str, Flood] = {}
        self._changed: set[str] = set()

    def limited(self, placement: Placement) -> tuple[str, Limit] | None:
        """The limit that counts for an alert, and its key."""
        limit = placement.handling.limit or self._usual
        return (flood_key(placement, limit), limit) if limit is not None and limit.most else None

    def look_up(self, keys: set[str]) -> None:
        """Know what these limits have seen."""
        self._known = self._tx.floods(keys) if keys else {}

    def on(self, storm: Incident | None) -> bool:
        """Whether that incident takes what is new."""
        return storm is not None and stormy(storm) and (storm.open or may_reopen(storm, self._now))

    def apart(self, storm: Incident | None, alert: Alert, severity: Severity) -> Decision | None:
        """What becomes of the storm when the alert has an incident of its own all the same."""
        if storm is None or not stands_out(storm, alert, severity):
            return None
        return stood_out(storm, alert, self._now)

    def exceeded(self, key: str, limit: Limit) -> bool:
        """Whether one more would be too much."""
        return self.left(key, limit) == 0

    def left(self, key: str, limit: Limit) -> int:
        """How many may begin yet."""
        return max(0, limit.most - len(self._flood(key).within(limit, self._now).begun))

    def begun(self, key: str, limit: Limit, incident: str) -> None:
        """One more incident was begun; it is known by its deduplication key."""
        self._known[key] = self._flood(key).within(limit, self._now).with_one(incident, self._now)
        self._changed.add(key)

    def storm(self, key: str, incident: Incident) -> tuple[str, ...]:
        """The storm begins: what was begun lately and is to be taken over, and the count begins anew."""
        flood = self._flood(key)
        self._known[key] = replace(flood, begun=(), incident=incident.id, since=self._now, last_at=self._now)
        self._changed.add(key)
        return tuple(dict.fromkeys(its_key for _, its_key in flood.begun))

    def save(self) -> None:
        """Write it."""
        self._tx.save_floods([self._known[key] for key in sorted(self._changed)])

    def take_over(
        self, incident: Incident, storm: Incident, held: Mapping[HeldKey, HeldAlert]
    ) -> Taken | None:
        """End an incident of the flood; None for one that somebody has already, or that is gone.

        What this sitting knows of its alerts (`held`) counts more than what is stored.
        """
        if incident.status is not Status.TRIGGERED or incident.acknowledgements or incident.id == storm.id:
            return None
        if incident.severity is Severity.SEV1 and storm.severity is not Severity.SEV1:
            return None  # it became worse, and has a page of its own
        stored = self._tx.alerts(incident.id, MOST_ALERTS) if incident.version > 1 or not held else []
        alerts = {(each.source, each.fingerprint): each for each in [*stored, *held.values()]}
        summary = f"Part of the alert storm {storm.key}, which pages from here on."
        wish = Resolve(by=SYSTEM, via=Via.ALERT, reason=Reason.DUPLICATE, summary=summary)
        return Taken(decision=_left(decide(incident, wish, self._now), alerts), held=tuple(alerts.values()))

    def _flood(self, key: str) -> Flood:
        return self._known.get(key) or Flood(key=key, since=self._now, last_at=self._now)


def _left(decision: Decision, alerts: Mapping[AlertKey, HeldAlert]) -> Decision:
    """Nothing fires in it any more: should one of its alerts open it again, the others are elsewhere."""
    ended = replace(decision.incident, alerts=replace(decision.incident.alerts, firing=0))
    over = (replace(each, state=AlertState.CLEARED) for each in alerts.values())
    return replace(decision, incident=ended, held=(*decision.held, *over))


def moved(
    storm: Incident, severity: Severity, alerts: tuple[HeldAlert, ...], names: tuple[str, ...], now: datetime
) -> Decision:
    """The storm has these alerts now as well; it is as bad as the worst of what it takes over."""
    draft = Draft(incident=storm, now=now, calm=True)
    draft.held.extend(alerts)
    firing = sum(each.state is AlertState.FIRING for each in alerts)
    tally = storm.alerts
    gathers = storm.gathering or Gathering()
    if gathers.storm is not None:
        for name in names:
            gathers = replace(gathers, storm=gathers.storm.called(name))
    draft.change(
        alerts=replace(tally, firing=tally.firing + firing, signals=tally.signals + len(alerts)),
        gathering=gathers,
    )
    if severity.outranks(storm.severity):
        raise_to(draft, severity)
    return draft.done()
