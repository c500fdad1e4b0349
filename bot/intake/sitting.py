"""A sitting: one transaction in which alerts are judged, after all that is known of them was read at once."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.alert import AlertState, HeldAlert
from bot.domain.changing import changed
from bot.domain.commands import AlertSeen
from bot.domain.configuration import Configuration
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.gathering import name_of
from bot.domain.heartbeat import SOURCE as HEARTBEAT
from bot.domain.hush import flapping
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.domain.intake import (
    may_reopen,
    outdated,
    storm_begins,
    stormy,
    told_by_edit,
)
from bot.domain.quiet import FLAPPING, Muted
from bot.domain.route import Limit
from bot.domain.standing import AlertKey, Signal, Standing
from bot.domain.unheard import Span
from bot.ids import new_id
from bot.intake.arrival import (
    Arrived,
    Brought,
    Ingested,
    ended_since,
    late,
    outcome_of,
    seen,
    told_already,
)
from bot.intake.beginning import begun
from bot.intake.edits import EDITED, Edits
from bot.intake.floods import Floods, moved
from bot.intake.keys import alone, key_before
from bot.intake.leftovers import Leftovers
from bot.intake.observing import Observing
from bot.intake.placing import NAMED, placement_of
from bot.intake.quieting import Quieting, aged, beats
from bot.intake.services import Services
from bot.intake.turns import in_turn
from bot.ports import Tx

BEGUN = frozenset({"opened", "reopened"})
"""Outcomes that a route's limit counts."""

QUIET = frozenset({"repeated", "ignored", "beat"})
"""Outcomes that are counted, and not written down."""

OLDER = "its source has told something newer"
"""Why an alert that fires is ignored; that is written down."""

log = structlog.get_logger(__name__)


class Sitting:
    """Takes requests in, in order. What it decides is written at its end, all at once."""

    def __init__(
        self,
        tx: Tx,
        configuration: Configuration,
        now: datetime,
        services: Services | None = None,
        *,
        blind: bool = False,
        unheard: Sequence[Span] = (),
    ) -> None:
        """`blind`: nothing is asked or noted of what is known of alerts; they page as if nothing hid them."""
        self._tx = tx
        self._blind = blind
        self._by_clock = False
        self._unheard = unheard
        self._quieting = Quieting(tx, configuration, now, unheard)
        self._configuration = configuration
        self._now = now
        self._services = services or Services()
        self._floods = Floods(tx, now, configuration.limit)
        self._observing = Observing(tx, configuration, now)
        self._open: dict[str, Incident] = {}
        self._last: dict[str, Incident] = {}
        self._held: dict[tuple[IncidentId, str, str], HeldAlert] = {}
        self._standings: dict[AlertKey, Standing] = {}
        self._numbers: Iterator[int] = iter(())
        self._decisions: list[Decision] = []
        self._signals: list[Signal] = []
        self._leftovers = Leftovers(tx, now)
        self._edits = Edits(tx, now, blind=blind)

    def take(self, requests: Sequence[Brought]) -> list[list[Ingested]]:
        """What became of each alert of each request; nothing for a request that came before."""
        new = self._tx.first_times([each.request for each in requests if each.request], self._now)
        arrived: list[list[Arrived]] = []
        for each in requests:
            first = each.request is None or each.request in new
            new.discard(each.request or "")
            arrived.append(self._arrived(each) if first else [])
            self._leftovers.keep(each.news if first else None)
        self._look_up([one for some in arrived for one in some])
        taken = [[self._judged(self._rejoined(one)) for one in some] for some in arrived]
        self._save()
        return taken

    def again(self, due: Sequence[Standing]) -> list[Ingested]:
        """What becomes of alerts that are judged without any signal, each of which is locked."""
        self._by_clock = True
        arrived = [self._come_back(each) for each in due]
        self._look_up(arrived)
        taken = [self._judged_again(self._rejoined(one)) for one in arrived]
        self._save()
        return taken

    def _save(self) -> None:
        self._floods.save()
        self._tx.save(self._decisions, self._now)
        if not self._blind:
            self._tx.save_standings([*self._standings.values()])
            self._tx.record_signals(self._signals)
            self._leftovers.save()
            self._edits.save()
            self._observing.save()

    # what is known

    def _arrived(self, brought: Brought) -> list[Arrived]:
        edit = self._edits.of(brought)
        found = []
        for one, known in (part for told in brought.alerts for part in edit.now_told(told)):
            alert = beats(self._configuration, one) or one
            placement = placement_of(self._configuration, alert, brought.service)
            key = known or placement.handling.group(alert, placement.service) or alone(alert)
            found.append(edit.arrived(alert, placement, key))
        self._edits.note(found)
        return found

    def _come_back(self, known: Standing) -> Arrived:
        """With the service that it had when it came."""
        placement = placement_of(self._configuration, known.alert)
        if placement.service != known.service and known.service in self._configuration.services:
            placement = replace(placement, service=known.service, route="as when it came")
        alert = aged(self._configuration, known, placement, self._now, self._unheard)
        key = placement.handling.group(alert, placement.service) or alone(alert)
        return Arrived(alert=alert, placement=placement, key=key)

    def _look_up(self, arrived: Sequence[Arrived]) -> None:
        """Standings first: whoever judges the same alerts waits there, and holds no incident meanwhile."""
        tx = self._tx
        if not self._blind:
            self._standings = tx.standings({one.identity for one in arrived})
            self._quieting.look_up([(one.alert, one.placement) for one in arrived])
        floods = {found[0] for one in arrived if (found := self._floods.limited(one.placement))}
        keys = {one.key for one in arrived} | floods
        self._open = tx.open_for_all(keys.union(map(key_before, self._standings.values())), self._now)
        self._last = tx.last_for_all(keys - self._open.keys())
        known = {(found.id, *one.identity) for one in arrived for found in self._may_be_of(one)}
        self._held = tx.held_all(known)
        self._floods.look_up(floods)
        self._numbers = iter(tx.next_numbers(self._beginning(arrived)))

    def _beginning(self, arrived: Sequence[Arrived]) -> int:
        """How many incidents will begin, as far as it can be told: a number that is taken leaves a hole."""
        going_on = self._open.keys() | self._reopening()
        new = {
            one.key: self._floods.limited(one.placement)
            for one in arrived
            if one.key not in going_on
            and not (one.cleared or one.again or self._is_quiet(one) or self._will_be_quiet(one))
        }
        limited = Counter(found for found in new.values() if found)
        count = len(new) - limited.total()
        for (key, limit), many in limited.items():
            if not self._floods.on(self._known_storm(key)):
                count += min(many, self._floods.left(key, limit) + (key not in going_on))
        return count

    def _known_storm(self, key: str) -> Incident | None:
        return self._open.get(key) or self._last.get(key)

    def _may_be_of(self, one: Arrived) -> Iterator[Incident]:
        """The incident that it belongs to by now, and the storm that may take it."""
        known = self._known(self._rejoined(one))
        if known is not None:
            yield known
        found = self._floods.limited(one.placement)
        storm = self._known_storm(found[0]) if found else None
        if storm is not None:
            yield storm

    def _rejoined(self, one: Arrived) -> Arrived:
        """What fires stays with its incident while that is open, whatever became of routes meanwhile."""
        known = self._standings.get(one.identity)
        if known is None or not (known.firing or known.muted_by == FLAPPING):
            return one
        before = key_before(known)
        return replace(one, key=before) if before != one.key and before in self._open else one

    def _is_quiet(self, one: Arrived) -> bool:
        known = self._standings.get(one.identity)
        return known is not None and known.muted_by is not None

    def _will_be_quiet(self, one: Arrived) -> bool:
        """As far as it can be told before the others are judged: what is kept quiet takes no number."""
        if self._blind:
            return False
        return self._muted(one, seen(self._standings.get(one.identity), one, self._now)) is not None

    def _known(self, one: Arrived) -> Incident | None:
        return self._open.get(one.key) or self._last.get(one.key)

    def _reopening(self) -> set[str]:
        return {key for key, incident in self._last.items() if may_reopen(incident, self._now)}

    # judging

    def _judged(self, one: Arrived) -> Ingested:
        before = self._standings.get(one.identity)
        if ended_since(one, before):
            taken = Ingested(outcome="ignored", incident=None, why=EDITED)
            self._record(one, taken, None)
            return taken
        standing = seen(before, one, self._now)
        if standing is before and (before.muted_by is not None or before.incident is None):
            taken = Ingested(outcome="ignored", incident=None, why="" if one.cleared else OLDER)
            self._record(one, taken, None)
            return taken
        return self._settled(one, before, standing)

    def _judged_again(self, one: Arrived) -> Ingested:
        """What was kept quiet and is not any more is handled as new; what waits for nothing is left alone."""
        before = self._standings[one.identity]
        if one.alert.state is not before.alert.state:
            return self._judged(one)
        waits = before.muted_by is not None and (before.muted_by == FLAPPING) is not before.firing
        return self._settled(one, before, before, deal=waits)

    def _settled(
        self, one: Arrived, before: Standing | None, standing: Standing, *, deal: bool = True
    ) -> Ingested:
        muted = None if self._blind else self._muted(one, standing) or late(one.alert, before, self._now)
        if muted is not None:
            taken = self._kept_quiet(one, before, muted)
        else:
            taken = self._dealt(one) if deal else Ingested(outcome="ignored", incident=None)
        self._observing.notice(one.alert, taken)
        if taken.incident is not None:
            key = taken.incident.dedup_key or ""
            together = "" if key == alone(one.alert) else key
            if (standing.incident, standing.together) != (taken.incident.id, together):
                standing = changed(standing, incident=taken.incident.id, together=together)
        self._standings[one.identity] = self._quieting.settled(before, standing, muted, one.placement)
        if taken.outcome == "ignored" and one.cleared and not self._by_clock:
            taken = replace(taken, why=self._leftovers.ended_nothing(one.alert, before))
        if not (muted and told_already(before, standing, muted)):
            self._record(one, taken, muted)
        return taken

    def _record(self, one: Arrived, taken: Ingested, muted: Muted | None) -> None:
        """Write down what it changed, and what fires and is not believed."""
        if taken.outcome in QUIET and not taken.why:
            return
        if taken.why == OLDER:
            log.info("alert_older_than_its_end", source=one.alert.source, fingerprint=one.alert.fingerprint)
        self._signals.append(
            Signal(
                id=new_id(self._now),
                at=self._now,
                alert=one.alert,
                outcome=taken.outcome,
                why=taken.why or one.placement.route,
                incident=taken.incident.id if taken.incident else None,
                facts=self._facts(one, muted),
            )
        )

    def _facts(self, one: Arrived, muted: Muted | None) -> dict[str, str]:
        facts = {"by": muted.by} if muted else {}
        if one.placement.route == NAMED:
            facts["service"] = one.placement.service
        return facts | ({"clock": "yes"} if self._by_clock else {})

    def _muted(self, one: Arrived, standing: Standing) -> Muted | None:
        known = self._open.get(one.key)
        held = self._held.get((known.id, *one.identity)) if known else None
        fires = held is not None and held.state is AlertState.FIRING
        return self._quieting.muted(standing, one.placement, going_on=known is not None, held=fires)

    def _kept_quiet(self, one: Arrived, before: Standing | None, muted: Muted) -> Ingested:
        """It begins nothing. That an incident is held open is said there, once."""
        known = self._open.get(one.key)
        if known is not None and muted.by == FLAPPING and (before is None or before.muted_by != FLAPPING):
            self._decided(one.key, flapping(known, one.alert.title, muted.why, muted.until, self._now))
        held = known is not None and (known.id, *one.identity) in self._held
        return Ingested(outcome="muted", incident=self._open[one.key] if held else None, why=muted.why)

    def _dealt(self, one: Arrived) -> Ingested:
        """It goes to its incident, begins one, or goes to the storm when that would be one too many."""
        found = self._floods.limited(one.placement)
        if found is None or one.cleared or one.key in self._open:
            return self._single(one)
        key, limit = found
        storm = self._known_storm(key)
        if self._floods.on(storm):
            apart = self._floods.apart(storm, one.alert, one.placement.severity)
            if apart is None:
                return self._single(replace(one, key=key))
            self._decided(key, apart)
            return self._single(one)
        if self._floods.exceeded(key, limit):
            return self._storm(replace(one, key=key), limit)
        taken = self._single(one)
        if taken.outcome in BEGUN:
            self._floods.begun(key, limit, one.key)
        return taken

    def _storm(self, one: Arrived, limit: Limit) -> Ingested:
        """A storm begins with it; what was begun lately and nobody has acknowledged goes to it as well."""
        if one.key in self._open:
            self._decided(one.key, storm_begins(self._open[one.key], limit, self._now))
        taken = self._single(one, limit)
        if taken.incident is None or taken.outcome == "ignored":
            return taken
        if not stormy(taken.incident):
            self._decided(one.key, storm_begins(taken.incident, limit, self._now))
        begun = self._floods.storm(one.key, self._open[one.key])
        self._open |= self._tx.open_for_all(set(begun) - self._open.keys() - self._last.keys(), self._now)
        for key in begun:
            if key in self._open:
                self._take_over(one.key, self._open[key])
        return replace(taken, incident=self._open[one.key])

    def _take_over(self, storm_key: str, incident: Incident) -> None:
        """The storm has its alerts from now on."""
        storm = self._open[storm_key]
        here = {key: held for key, held in self._held.items() if key[0] == incident.id}
        taken = self._floods.take_over(incident, storm, here)
        if taken is None:
            return
        self._decided(incident.dedup_key or "", taken.decision)
        keys = {(each.source, each.fingerprint) for each in taken.held}
        self._standings |= self._tx.standings(keys - self._standings.keys())
        known = [self._standings[key] for key in sorted(keys & self._standings.keys())]
        for each in known:
            self._standings[each.key] = replace(each, incident=storm.id, together=storm_key)
        names = tuple(name_of(each.alert) for each in known)
        self._decided(storm_key, moved(storm, incident.severity, taken.held, names, self._now))

    def _single(self, one: Arrived, limit: Limit | None = None) -> Ingested:
        """It goes to its incident, or begins one: that of a storm where there is a limit."""
        alert, known = one.alert, self._known(one)
        cleared = one.cleared
        if known is not None:
            held = self._held.get((known.id, *one.identity))
            seen = AlertSeen(
                alert=alert,
                severity=one.placement.severity,
                held=held,
                placement=one.placement,
                anew=self._by_clock,
                again=one.again,
                more=bool(one.more),
            )
            again = told_by_edit(seen)
            if known.open or cleared or may_reopen(known, self._now) or outdated(seen) or again:
                decision = in_turn(self._tx, known, decide(known, seen, self._now))
                if not decision.changed:
                    return Ingested(outcome="ignored", incident=known, why="" if cleared else OLDER)
                self._decided(one.key, decision)
                outcome = outcome_of(known, decision.incident, one, seen)
                why = EDITED if again and not decision.incident.open else ""
                return Ingested(outcome=outcome, incident=decision.incident, why=why)
        if cleared:
            return Ingested(outcome="beat" if alert.source == HEARTBEAT else "ignored", incident=None)
        decision = in_turn(self._tx, None, self._begun(one, limit))
        self._decided(one.key, decision)
        return Ingested(outcome="opened", incident=decision.incident)

    def _begun(self, one: Arrived, limit: Limit | None) -> Decision:
        number = next(self._numbers, None) or self._tx.next_number()
        service = self._services.serving(self._configuration, one.placement)
        return begun(one, service, number, limit, self._now)

    def _decided(self, key: str, decision: Decision) -> None:
        """Whatever comes next in this sitting is judged by what is so now."""
        self._decisions.append(decision)
        incident = decision.incident
        self._open.pop(key, None)
        (self._open if incident.open else self._last)[key] = incident
        for held in decision.held:
            self._held[incident.id, held.source, held.fingerprint] = held
