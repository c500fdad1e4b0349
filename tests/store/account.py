"""A plain account of what a store must hold: the rules of bot/ports/store.py, without a database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.alert import HeldAlert, MessageRef
from bot.domain.decide import wanted
from bot.domain.decision import Decision
from bot.domain.effects import Effect, Lane, PageChannel, PagePerson, due, lane, standing
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident, Status
from bot.domain.override import Override
from bot.domain.timeline import Entry
from bot.ports import Claim, Receipt

OVERDUE, STUCK = timedelta(seconds=60), timedelta(seconds=45)
KEYS_KEPT, ROWS_KEPT = timedelta(days=3), timedelta(days=30)


@dataclass(kw_only=True)
class Row:
    """An effect on its way. `ready` is when it can be taken, or when its lease ends; None once it is over."""

    effect: Effect
    incident: IncidentId | None
    place: tuple[int, int]
    """The decision's version and the effect's number in it: the order within incident and lane."""
    due: datetime
    ready: datetime | None
    state: str = "pending"
    revision: int = 1
    attempt: int = 0
    failures: int = 0
    uncertain: bool = False
    since: datetime | None = None
    doubted: datetime | None = None
    token: str | None = None
    ref: MessageRef | None = None
    reason: str = ""
    done: datetime | None = None
    unwanted: int | None = None
    """The version of the incident because of which it was cancelled."""

    @property
    def lane(self) -> Lane:
        return lane(self.effect)

    def wait(self, at: datetime, state: str = "pending") -> None:
        """It can be taken from then on."""
        self.state, self.ready, self.done = state, at, None

    def end(self, state: str, at: datetime) -> None:
        """Nobody will take it any more."""
        self.state, self.ready, self.done = state, None, at

    def doubt(self) -> None:
        """Whoever lets a lease end may have sent until then."""
        if self.state == "claimed":
            self.uncertain, self.doubted = True, self.ready

    def begin_anew(self) -> None:
        """Nothing was tried yet of what is wanted now."""
        self.attempt, self.failures, self.since = 0, 0, None


@dataclass
class Account:
    """Incidents, their timelines and alerts, the outbox, and the keys of requests."""

    incidents: dict[IncidentId, Incident] = field(default_factory=dict)
    entries: dict[IncidentId, list[Entry]] = field(default_factory=dict)
    held: dict[tuple[IncidentId, str, str], HeldAlert] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    inbox: dict[str, datetime] = field(default_factory=dict)
    overrides: list[Override] = field(default_factory=list)
    """Those that nobody has withdrawn, in the order in which they were made."""

    # decisions

    def save(self, decisions: Sequence[Decision], now: datetime) -> None:
        """All of each, or nothing where nothing follows."""
        changed = [decision for decision in decisions if decision.changed]
        renewed: dict[str, Row] = {}
        for decision in changed:
            incident = decision.incident
            self.incidents[incident.id] = incident
            self.entries.setdefault(incident.id, []).extend(decision.entries)
            for alert in decision.held:
                self.held[incident.id, alert.source, alert.fingerprint] = alert
            for number, effect in enumerate(decision.effects):
                at = due(effect, now)
                row = Row(
                    effect=effect, incident=incident.id, place=(incident.version, number), due=at, ready=at
                )
                if standing(effect):
                    renewed[effect.key] = row
                else:
                    self.rows.setdefault(effect.key, row)
        for key, row in renewed.items():
            self._renew(key, row)
        for decision in changed:
            if decision.revokes_pages:
                self._revoke(self.incidents[decision.incident.id], now)
        for decision in changed:
            if decision.restores_from is not None:
                self._restore(self.incidents[decision.incident.id], decision.restores_from)

    def _renew(self, key: str, new: Row) -> None:
        row = self.rows.setdefault(key, new)
        if row is new:
            return
        row.revision += 1
        row.effect = new.effect
        if row.state == "claimed":
            row.due = new.due
            return
        row.place = new.place
        if row.ready is None:
            row.due = new.due
            row.begin_anew()
        elif not row.failures:
            row.due = min(row.due, new.due)
        row.wait(row.due)

    def _revoke(self, incident: Incident, now: datetime) -> None:
        for row in self.rows.values():
            waits = row.lane is Lane.PAGE and row.state == "pending"
            if waits and row.incident == incident.id and not wanted(incident, row.effect):
                row.end("cancelled", now)
                row.unwanted = incident.version

    def _restore(self, incident: Incident, version: int) -> None:
        for row in self.rows.values():
            cancelled = row.lane is Lane.PAGE and row.state == "cancelled" and row.incident == incident.id
            since = cancelled and row.unwanted is not None and row.unwanted >= version
            if since and wanted(incident, row.effect):
                row.wait(row.due)
                row.unwanted = None

    # claims

    def ready(self, lane: Lane, now: datetime) -> dict[str, Row]:
        """What may be taken now."""
        return {
            key: row
            for key, row in self.rows.items()
            if row.lane is lane and row.ready is not None and row.ready <= now and not self.blocked(row)
        }

    def blocked(self, row: Row) -> bool:
        """Whether it waits for an earlier one of its incident."""
        return row.lane is not Lane.PAGE and any(
            other.incident == row.incident
            and other.lane is row.lane
            and other.place < row.place
            and other.ready is not None
            and (
                row.lane is Lane.TRACKER
                or other.state != "pending"
                or other.failures > 0
                or other.due <= row.due
            )
            for other in self.rows.values()
            if row.incident is not None
        )

    def is_wanted(self, row: Row) -> bool:
        """Whether its incident, as it is now, wants it told."""
        return row.incident is None or wanted(self.incidents[row.incident], row.effect)

    def claim(self, claim: Claim, now: datetime) -> None:
        """Somebody takes it."""
        row = self.rows[claim.effect.key]
        row.doubt()
        row.state, row.token, row.ready = "claimed", claim.token, now + claim.lease
        row.attempt += 1
        row.since = row.since or now

    def cancel(self, key: str, now: datetime) -> None:
        """It was ready, and is not wanted any more."""
        row = self.rows[key]
        row.doubt()
        row.end("cancelled", now)
        row.unwanted = self.incidents[row.incident].version if row.incident else None

    # records

    def holds(self, claim: Claim) -> Row | None:
        """The row, if the claim still counts."""
        row = self.rows.get(claim.effect.key)
        return row if row and row.state == "claimed" and row.token == claim.token else None

    def recorded_before(self, claim: Claim) -> bool:
        """Whether nobody has taken it since, so that what is recorded now had been recorded already."""
        row = self.rows.get(claim.effect.key)
        return row is not None and row.state != "claimed" and row.token == claim.token

    def sent(self, claim: Claim, receipt: Receipt, now: datetime) -> bool:
        """The provider has it. Nobody has taken what was cancelled since: that counts as well."""
        row = self.holds(claim) or self.rows.get(claim.effect.key)
        if row is None or row.token != claim.token or row.state not in {"claimed", "cancelled"}:
            return self.recorded_before(claim)
        row.ref = receipt.ref or row.ref
        row.uncertain, row.doubted, row.reason = False, None, ""
        row.failures = 0
        if row.revision > claim.revision:
            row.begin_anew()
            row.wait(row.due)
        else:
            row.end("sent", now)
        return True

    def retry(self, claim: Claim, *, unknown: bool, at: datetime, doubted: datetime | None) -> bool:
        """It failed and is due again."""
        row = self.holds(claim)
        if row is None:
            return self.recorded_before(claim)
        row.failures += 1
        row.uncertain |= unknown
        row.doubted = doubted or row.doubted
        row.due = at
        row.wait(at, "unknown" if unknown else "pending")
        self.behind(row, at)
        return True

    def behind(self, row: Row, at: datetime) -> None:
        """What comes after it in its lane waits as well."""
        if row.lane is Lane.PAGE or row.incident is None:
            return
        for other in self.rows.values():
            same = (other.incident, other.lane, other.state) == (row.incident, row.lane, "pending")
            if same and other.place > row.place and other.ready is not None:
                other.ready = max(other.ready, at)

    def rejected(self, claim: Claim, reason: str, now: datetime) -> bool:
        """It was refused for good."""
        row = self.holds(claim)
        if row is None:
            return self.recorded_before(claim)
        row.failures += 1
        row.reason = reason
        if row.revision > claim.revision:
            row.wait(row.due)
        else:
            row.end("rejected", now)
        return True

    def release(self, claim: Claim, now: datetime) -> None:
        """It was never sent."""
        row = self.holds(claim)
        if row is not None:
            row.attempt -= 1
            row.token, row.due = None, now
            row.wait(now)

    # pages of one rung

    def _rung(self, claim: Claim) -> list[tuple[PagePerson | PageChannel, Row]]:
        mine = claim.effect
        assert isinstance(mine, PagePerson | PageChannel)
        return [
            (row.effect, row)
            for row in self.rows.values()
            if isinstance(row.effect, PagePerson | PageChannel)
            and (row.incident, row.effect.epoch, row.effect.step) == (claim.incident, mine.epoch, mine.step)
        ]

    def hasten_method(self, claim: Claim, now: datetime) -> bool:
        """The same person's next contact method that is still to come is due now."""
        mine = claim.effect
        if not isinstance(mine, PagePerson):
            return False
        left = [
            (page.number, row)
            for page, row in self._rung(claim)
            if isinstance(page, PagePerson)
            and page.person == mine.person
            and page.number > mine.number
            and row.ready is not None
        ]
        if not left:
            return False
        _, row = min(left, key=lambda item: item[0])
        if row.state == "pending" and row.due > now:
            row.due = row.ready = now
        return True

    def pages_left(self, claim: Claim, now: datetime) -> bool:
        """Whether another page of the rung was accepted, is carried, or goes out within five minutes."""
        if not isinstance(claim.effect, PagePerson | PageChannel):
            return False
        return any(
            page.key != claim.effect.key
            and (
                row.state in ("sent", "claimed", "unknown")
                or (row.ready is not None and row.ready <= now + timedelta(minutes=5))
            )
            for page, row in self._rung(claim)
        )

    # what is asked

    def next_at(self, incident: Incident) -> datetime | None:
        """When the clock has something to say: of the climb, of the wake, or to those asked besides."""
        asked = [each.again_at for each in incident.asked] if incident.open else []
        if incident.status is Status.TRIGGERED and incident.due_at is None and not incident.unpaged:
            return None  # a climb that was lost: the audit finds it, whoever is asked besides
        return _earliest([self.own_time(incident), *asked])

    def own_time(self, incident: Incident) -> datetime | None:
        """The rung, the reminder or the wake."""
        match incident.status:
            case Status.TRIGGERED:
                return incident.due_at
            case Status.ACKNOWLEDGED if incident.wake_at is not None:
                asked = incident.snoozed or incident.reminded == incident.wake_at
                return incident.wake_at if asked else incident.wake_at - timedelta(minutes=5)
            case _:
                return None

    def next_climb(self) -> datetime | None:
        """The earliest rung or wake."""
        return _earliest(self.next_at(incident) for incident in self.incidents.values())

    def next_delivery(self, lane: Lane) -> datetime | None:
        """The earliest instant at which something can be taken."""
        return _earliest(
            row.ready for row in self.rows.values() if row.lane is lane and not self.blocked(row)
        )

    def backlog(self, now: datetime) -> dict[Lane, tuple[int, float]]:
        """How many wait in each lane, and for how long the oldest does."""
        found = {}
        for each in Lane:
            waiting = [
                row.since or row.due
                for row in self.rows.values()
                if row.lane is each and row.ready is not None and (row.due <= now or row.attempt)
            ]
            oldest = max(0.0, (now - min(waiting)).total_seconds()) if waiting else 0.0
            found[each] = (len(waiting), oldest)
        return found

    def troubles(self, now: datetime) -> dict[str, int]:
        """What an audit must find, and nothing else."""
        late = [at for each in self.incidents.values() if (at := self.next_at(each)) and at < now - OVERDUE]
        waiting = [(row, row.ready) for row in self.rows.values() if row.ready is not None]
        found = {
            "climb overdue": len(late),
            "page overdue": sum(row.lane is Lane.PAGE and at < now - OVERDUE for row, at in waiting),
            "delivery stuck": sum(row.state != "pending" and at < now - STUCK for row, at in waiting),
            "incident forgotten": len(self.forgotten()),
            "dead letters": len(self.dead()),
        }
        return {kind: count for kind, count in found.items() if count}

    def forgotten(self) -> list[Incident]:
        """Triggered, and nobody would be paged although somebody should be."""
        return [
            each
            for each in self.incidents.values()
            if each.status is Status.TRIGGERED and self.next_at(each) is None and not each.unpaged
        ]

    def dead(self) -> dict[str, Row]:
        """What was given up."""
        return {key: row for key, row in self.rows.items() if row.state == "rejected"}

    def sent_pages(self, incident: IncidentId) -> set[tuple[str, MessageRef]]:
        """Pages that stand as Slack messages."""
        return {
            (key, row.ref)
            for key, row in self.rows.items()
            if row.incident == incident and row.lane is Lane.PAGE and row.ref is not None
        }

    # upkeep

    def old_keys(self, now: datetime) -> set[str]:
        """Requests that nobody sends again."""
        return {key for key, at in self.inbox.items() if at < now - KEYS_KEPT}

    def old_rows(self, now: datetime) -> set[str]:
        """Finished, old, and of no open incident."""
        return {
            key
            for key, row in self.rows.items()
            if row.state in {"sent", "cancelled"}
            and row.done is not None
            and row.done < now - ROWS_KEPT
            and (row.incident is None or not self.incidents[row.incident].open)
        }


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)
