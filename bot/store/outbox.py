"""The outbox in a transaction: what the world must be told, who is telling it, and what came of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.alert import MessageRef
from bot.domain.decide import wanted
from bot.domain.decision import Decision
from bot.domain.effects import (
    Effect,
    Lane,
    PageChannel,
    PagePerson,
    PageWebhook,
    due,
)
from bot.domain.ids import IncidentId
from bot.domain.incident import Incident
from bot.ids import new_id
from bot.ports import Claim, Receipt, SentPage
from bot.ports.outbox import SOON, Full, Limits
from bot.store import outbox_queries as q
from bot.store.codec import decode_effect
from bot.store.incidents import Incidents
from bot.store.limits import UNSENT, Item, LimitsKept
from bot.store.news import earliest
from bot.store.query import Params, Query, Row, Session
from bot.store.tellings import Tellings, Told
from bot.store.waiting import Waiting

FOUND = "not sent again: a look-up found an earlier attempt"

UNWANTED = "not wanted any more since version "
"""Why a row was cancelled; the incident's version follows."""

MANY, LOOKS = 256, 16
"""So many rows are looked at together where most of them will be turned away, and so often at once."""


class Outbox:
    """Outbox rows and the ledger of attempts. Semantics of the methods: bot.ports.Tx."""

    def __init__(self, session: Session, incidents: Incidents) -> None:
        self._session = session
        self._incidents = incidents
        self._limits = LimitsKept(session, incidents)
        self._waiting = Waiting(session)
        self._log = structlog.get_logger(__name__)
        self.news: dict[str, datetime] = {}
        self._tellings = Tellings(session, self.news)

    # writing

    def save(self, decisions: Sequence[Decision], now: datetime) -> None:
        """Write the effects of decisions, and cancel the pages that they revoke."""
        told = [
            Told(effect=effect, due=due(effect, now), incident=decision.incident, index=index)
            for decision in decisions
            for index, effect in enumerate(decision.effects)
        ]
        self._tellings.write(told, now)
        revoking = {d.incident.id: d.incident for d in decisions if d.revokes_pages}
        if revoking:
            self._revoke(revoking, now)
        for decision in decisions:
            if decision.restores_from is not None:
                self._restore(decision.incident, decision.restores_from)

    def enqueue(self, effects: Sequence[Effect], now: datetime) -> None:
        """Write effects that belong to no incident."""
        self._tellings.write([Told(effect=effect, due=due(effect, now)) for effect in effects], now)

    def _revoke(self, incidents: Mapping[IncidentId, Incident], now: datetime) -> None:
        pending = self._session.rows(q.REVOCABLE, {"incidents": sorted(incidents)})
        unwanted = {
            row_id: incidents[incident].version
            for row_id, incident, body in pending
            if not wanted(incidents[incident], decode_effect(body))
        }
        self._cancel(unwanted, now)

    def _cancel(self, rows: Mapping[str, int], now: datetime) -> None:
        """Nobody is told these. Each has the version of its incident that does not want it any more."""
        for version in sorted(set(rows.values())):
            ids = sorted(row_id for row_id, its_version in rows.items() if its_version == version)
            self._session.run(q.CANCEL, {"ids": ids, "now": now, "why": f"{UNWANTED}{version}"})

    def _restore(self, incident: Incident, version: int) -> None:
        """Want again what that version of the incident, or a later one, did not want."""
        rows = self._session.rows(q.CANCELLED, {"its_incident": incident.id})
        again = {
            row_id: due_at
            for row_id, body, reason, due_at in rows
            if _unwanted_by(reason) >= version and wanted(incident, decode_effect(body))
        }
        if again:
            self._session.run(q.RESTORE, {"ids": sorted(again)})
            earliest(self.news, ((Lane.PAGE.value, due_at) for due_at in again.values()))

    # claiming

    def claim(
        self,
        lane: Lane,
        now: datetime,
        monotonic: float,
        limit: int,
        lease: timedelta,
        limits: Limits | None = None,
        full: Full | None = None,
    ) -> list[Claim]:
        """Take ready rows and cancel those that their incident does not want any more."""
        ready, incidents = self._ready(lane, now, limit, full or {})
        if not ready:
            return []
        moot = {
            row[0]: incidents[incident].version
            for row, effect, incident in ready
            if incident in incidents and not wanted(incidents[incident], effect)
        }
        self._cancel(moot, now)
        taken = [item for item in ready if item[0][0] not in moot]
        take = partial(self._take, lane=lane, now=now, monotonic=monotonic, lease=lease)
        if limits is None:
            return take(taken)
        arranged = self._limits.arrange(taken, limits, now)
        asked = [replace(claim, asks=True) for claim in take(arranged.asked)]
        told = [take(items) for items in arranged.messages]
        return [*take(arranged.alone), *asked, *(replace(all_[0], also=tuple(all_[1:])) for all_ in told)]

    def _ready(
        self, lane: Lane, now: datetime, limit: int, full: Full
    ) -> tuple[list[Item], dict[IncidentId, Incident]]:
        """What can be taken; while all of many are turned away, more are looked at."""
        many = max(limit, MANY) if full else limit
        ready: list[Item] = []
        incidents: dict[IncidentId, Incident] = {}
        for _ in range(LOOKS):
            rows = self._session.rows(q.READY, {"its_lane": lane.value, "now": now, "limit": many})
            ready = self._readable(rows, now)
            incidents = self._incidents.incidents([incident for _, _, incident in ready if incident])
            ready = self._waiting.doubted(ready, incidents, now)
            if full:
                ready = self._waiting.turned_away(ready, incidents, full)
            if ready or len(rows) < many or not full:
                break
        return ready[:limit], incidents

    def _take(
        self, taken: Sequence[Item], *, lane: Lane, now: datetime, monotonic: float, lease: timedelta
    ) -> list[Claim]:
        """All of them under one token."""
        if not taken:
            return []
        token = new_id(now)
        self._session.run(
            q.CLAIM,
            {
                "ids": [row[0] for row, _, _ in taken],
                "new_token": token,
                "now": now,
                "lease_until": now + lease,
            },
        )
        return [
            _claim(row, effect, incident, lane, token, lease, monotonic, now)
            for row, effect, incident in taken
        ]

    def _readable(self, rows: Iterable[Row], now: datetime) -> list[Item]:
        """Rows with their effects. One that cannot be read goes to the dead letters."""
        readable = []
        for row in rows:
            try:
                effect = decode_effect(row[2])
            except ValueError:
                self._log.exception("effect unreadable", effect=row[0])
                self._session.run(q.BURY, {"its_id": row[0], "now": now})
            else:
                readable.append((row, effect, row[1]))
        return readable

    # recording

    def record_sent(self, claim: Claim, receipt: Receipt, now: datetime) -> bool:
        """The provider has it."""
        return self.record_all_sent([(claim, receipt)], now)[0]

    def record_all_sent(self, sent: Sequence[tuple[Claim, Receipt]], now: datetime) -> list[bool]:
        """Providers have them. A record that was committed before is not made again.

        The incidents are locked first, in the order that every other writer keeps.
        """
        self._incidents.lock([claim.incident for claim, _ in sent if claim.incident is not None])
        receipts = [_receipt(claim, receipt) for claim, receipt in sent]
        ours = self._session.rows(q.SENT, {"receipts": receipts, "now": now})
        changed = {(row[0], row[1]) for row in ours}
        noted = [
            _note(claim, "sent", FOUND if receipt.looked_up else None, now)
            for claim, receipt in sent
            if (claim.id, claim.token) in changed
        ]
        if noted:
            self._session.push(q.NOTE, noted)
        return [(it.id, it.token) in changed or self._fenced(it, "sent", None, now) for it, _ in sent]

    def record_retry(
        self,
        claim: Claim,
        reason: str,
        *,
        unknown: bool,
        again_at: datetime,
        now: datetime,
        doubted_at: datetime | None = None,
    ) -> bool:
        """It failed and is due again."""
        params = {"unknown": int(unknown), "again_at": again_at, "why": reason, "doubted": doubted_at}
        if not self._record(q.RETRY, claim, params, "unknown" if unknown else "not sent", reason, now):
            return False
        self._waiting.behind(claim, again_at)
        return True

    def record_rejected(self, claim: Claim, reason: str, now: datetime) -> bool:
        """It lies among the dead letters, unless the wish was renewed meanwhile: that is tried for itself."""
        params = {"its_revision": claim.revision, "why": reason}
        return self._record(q.REJECT, claim, params, "rejected", reason, now)

    def _record(
        self, query: Query, claim: Claim, params: Params, outcome: str, reason: str | None, now: datetime
    ) -> bool:
        """Change the row if it is still ours. A record that was committed before is not made again.

        The incident is locked first, in the order that every other writer keeps.
        """
        if claim.incident is not None:
            self._incidents.lock([claim.incident])
        if self._session.run(query, {**params, **_ours(claim), "now": now}) == 1:
            self._session.push(q.NOTE, [_note(claim, outcome, reason, now)])
            return True
        return self._fenced(claim, outcome, reason, now)

    def _fenced(self, claim: Claim, outcome: str, reason: str | None, now: datetime) -> bool:
        """What was not ours to change; True when we had recorded it before."""
        if self._session.rows(q.OURS_ALREADY, _ours(claim)):
            return True
        if self._session.rows(q.EXISTS, {"its_id": claim.id}):
            self._session.push(q.NOTE, [_note(claim, f"fenced: {outcome}", reason, now)])
        self._log.warning(
            "delivery fenced off", effect=claim.effect.key, outcome=outcome, attempt=claim.attempt
        )
        return False

    def unsent(self, claim: Claim, now: datetime) -> None:
        """It is known not to have been sent: due again, as if it had not been tried."""
        self._session.run(UNSENT, {"its_id": claim.id, "its_token": claim.token, "now": now})

    def release(self, claims: Sequence[Claim], now: datetime) -> None:
        """Give back rows that were never sent."""
        if claims:
            rows = [{"its_id": claim.id, "its_token": claim.token, "now": now} for claim in claims]
            self._session.push(q.RELEASE, rows)

    # pages of one rung

    def hasten_method(self, claim: Claim, now: datetime) -> bool:
        """Make the same person's next contact method of this page due now."""
        effect = claim.effect
        if not isinstance(effect, PagePerson):
            return False
        params = {**_step(claim, effect), "its_person": effect.person, "its_number": effect.number}
        rows = self._session.rows(q.NEXT_METHOD, params)
        for row_id, state in rows:
            if state == q.State.PENDING:
                self._session.push(q.HASTEN, [{"its_id": row_id, "now": now}])
        return bool(rows)

    def pages_left(self, claim: Claim, now: datetime) -> bool:
        """Whether another page of the same incident, epoch and step was accepted or is on its way."""
        effect = claim.effect
        if not isinstance(effect, PagePerson | PageChannel | PageWebhook):
            return False
        return bool(
            self._session.rows(q.LEFT, {**_step(claim, effect), "its_id": claim.id, "soon": now + SOON})
        )

    def sent_pages(self, incident: IncidentId) -> list[SentPage]:
        """Pages of the incident that stand as Slack messages."""
        rows = self._session.rows(q.SENT_PAGES, {"its_incident": incident})
        pages = [
            (found, decode_effect(body), MessageRef(channel=channel, ts=ts))
            for found, body, channel, ts in rows
        ]
        others = self._incidents.incidents(list({found for found, _, _ in pages if found != incident}))
        also = defaultdict[MessageRef, list[tuple[Effect, Incident]]](list)
        for found, effect, ref in pages:
            if found in others:
                also[ref].append((effect, others[found]))
        return [
            SentPage(effect=effect, ref=ref, also=tuple(also[ref]))
            for found, effect, ref in pages
            if found == incident
        ]


def _claim(
    row: Row,
    effect: Effect,
    incident: IncidentId | None,
    lane: Lane,
    token: str,
    lease: timedelta,
    monotonic: float,
    now: datetime,
) -> Claim:
    row_id, _, _, attempts, failures, uncertain, state, first_attempt_at, revision, doubted_at = row
    return Claim(
        id=row_id,
        effect=effect,
        incident=incident,
        lane=lane,
        attempt=attempts + 1,
        token=token,
        lease=lease,
        claimed_at=monotonic,
        uncertain=bool(uncertain) or state == q.State.CLAIMED,
        since=first_attempt_at or now,
        doubted_at=doubted_at,
        revision=revision,
        failures=failures,
    )


def _unwanted_by(reason: str | None) -> int:
    """The version of the incident because of which a row was cancelled; -1 for another reason."""
    version = (reason or "").removeprefix(UNWANTED)
    return int(version) if version.isdigit() else -1


def _ours(claim: Claim) -> Params:
    return {"its_id": claim.id, "its_token": claim.token}


def _note(claim: Claim, outcome: str, reason: str | None, now: datetime) -> Params:
    entry = {"id": new_id(now), "effect": claim.id, "attempt": claim.attempt, "at": now}
    return {**entry, "outcome": outcome, "reason": reason}


def _receipt(claim: Claim, receipt: Receipt) -> Params:
    ref = receipt.ref
    return {
        "id": claim.id,
        "token": claim.token,
        "revision": 0 if receipt.outdated else claim.revision,
        "channel": ref.channel if ref else None,
        "ts": ref.ts if ref else None,
        "provider": receipt.provider_id,
    }


def _step(claim: Claim, effect: PagePerson | PageChannel | PageWebhook) -> Params:
    return {
        "its_incident": claim.incident,
        "its_epoch": effect.epoch,
        "its_round": effect.step.round,
        "its_rung": effect.step.rung,
    }
