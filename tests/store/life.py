"""A whole life: people, the clock, the workers, and what goes wrong with them."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import Lane
from bot.domain.ids import LadderId, OverrideId, PersonId
from bot.domain.incident import Status, Via
from bot.domain.ladder import ChannelTarget, Ladder
from bot.domain.override import Override, OverrideKind
from bot.domain.people import SYSTEM
from bot.ports import Tx
from bot.workers.upkeep import Auditor
from tests.examples import ANN, BOB, CLEO, PAYMENTS, PRIMARY, actor, on_call, rung, to
from tests.store.machine import REPLICA, WHICH, when_there_is_one
from tests.store.stories import declare
from tests.store.workers import Workers


class Life(Workers):
    """Everything together."""

    # dead letters

    @precondition(lambda self: self.world.account.dead())
    @rule(which=WHICH, everything=st.booleans(), drop=st.booleans(), replica=REPLICA)
    def revive_or_drop(self, which: int, *, everything: bool, drop: bool, replica: int) -> None:
        world, dead = self.world, self.world.account.dead()
        chosen = list(dead) if everything else [list(dead)[which % len(dead)]]
        letters = {letter.key: letter.id for letter in world.read(lambda tx: tx.dead_letters(), replica)}
        ids = [] if everything else [letters[key] for key in chosen]
        count = world.write(lambda tx: tx.drop(ids) if drop else tx.revive(ids, world.now), replica)
        assert count == len(chosen)
        for key in chosen:
            row = dead[key]
            if drop:
                row.state = "cancelled"
            else:
                row.failures, row.due = 0, world.now
                row.wait(world.now)

    # who is on call

    @rule(
        kind=st.sampled_from(OverrideKind),
        person=st.sampled_from([BOB.id, CLEO.id]),
        instead=st.sampled_from([None, ANN.id]),
        begin=st.sampled_from([0, 10, 600]),
        minutes=st.sampled_from([5, 60, 60 * 24 * 40]),
        replica=REPLICA,
    )
    def somebody_is_put_on_call(
        self,
        kind: OverrideKind,
        person: PersonId,
        instead: PersonId | None,
        begin: int,
        minutes: int,
        replica: int,
    ) -> None:
        """From now on, or from later on; the last one wins."""
        world = self.world
        since = world.now + timedelta(minutes=begin)
        made = Override(
            id=OverrideId(world.request()),
            schedule=PRIMARY.id,
            kind=kind,
            person=person,
            instead_of=instead if kind is OverrideKind.REPLACE else None,
            since=since,
            until=since + timedelta(minutes=minutes),
            by=actor("ann"),
            made_at=world.now,
        )
        world.write(lambda tx: tx.add_override(made), replica)
        world.account.overrides.append(made)

    @precondition(lambda self: self.world.account.overrides)
    @rule(which=WHICH, replica=REPLICA)
    def it_is_withdrawn(self, which: int, replica: int) -> None:
        """Once; the second time there is nothing to withdraw."""
        world, overrides = self.world, self.world.account.overrides
        gone = overrides.pop(which % len(overrides))
        assert world.write(lambda tx: tx.withdraw_override(gone.id, world.now), replica)
        assert not world.write(lambda tx: tx.withdraw_override(gone.id, world.now), replica)

    # what goes wrong, and upkeep

    @precondition(lambda self: self.world.looks > 5)
    @rule()
    def restart(self) -> None:
        """Closed and opened again: nobody remembers anything but the database."""
        self.world.stop()
        self.world.open()

    @rule(which=WHICH, replica=REPLICA)
    def a_work_fails_beside_one_that_does_not(self, which: int, replica: int) -> None:
        """Nothing is seen of the one, all of the other, though they may share a commit."""
        world, request = self.world, self.world.request()
        self.the_ladder_is_changed(which + 21, channel=False, replica=replica)
        service = world.configuration.services[PAYMENTS.id]

        def broken(tx: Tx) -> None:
            declare(tx, service=service, at=world.now)
            raise LookupError("after everything was written")

        async def both() -> tuple[object, object]:
            store = world.store(replica)
            fine = store.write(lambda tx: tx.first_time(request, world.now))
            first, second = await asyncio.gather(store.write(broken), fine, return_exceptions=True)
            return first, second

        failed, done = world.run(both())
        assert isinstance(failed, LookupError)
        assert done is True
        world.account.inbox[request] = world.now
        self.declare("ann", Severity.SEV1, page=True, replica=replica)  # the first that has this ladder

    @rule(minutes=st.integers(1, 20), channel=st.booleans(), replica=REPLICA)
    def the_ladder_is_changed(self, minutes: int, *, channel: bool, replica: int) -> None:
        """Those who climb it go on as they began."""
        world = self.world
        first = rung(ChannelTarget(channel="C0ALL") if channel else on_call(), minutes=minutes)
        ladder = Ladder(id=LadderId("payments"), rungs=(first, rung(to("cleo"))), rounds=1)
        changed = replace(PAYMENTS, ladder=ladder)
        world.configuration = replace(world.configuration, services={PAYMENTS.id: changed})

    @when_there_is_one
    @rule(which=WHICH, replica=REPLICA)
    def a_climb_is_forgotten(self, which: int, replica: int) -> None:
        """As a mistake of ours might: triggered, and nobody's turn."""
        world, incident = self.world, self.world.incident(which)
        if incident.status is not Status.TRIGGERED or incident.escalation is None:
            return
        lost = replace(
            incident,
            escalation=replace(incident.escalation, due_at=None),
            version=incident.version + 1,
        )
        world.write(lambda tx: tx.save([Decision(incident=lost)], world.now), replica)
        world.account.save([Decision(incident=lost)], world.now)

    @rule(replica=REPLICA)
    def audit_and_repair(self, replica: int) -> None:
        world, account = self.world, self.world.account
        auditor = Auditor(world.store(replica), world.clock, lambda: None, Unheard(), "us")
        found = world.run(auditor.audit())
        assert {trouble.kind: trouble.count for trouble in found} == account.troubles(world.now)
        wish = c.Escalate(by=SYSTEM, via=Via.CLOCK)
        account.save([decide(each, wish, world.now) for each in account.forgotten()], world.now)
        assert not account.forgotten()

    @rule(times=st.integers(2, 7), replica=REPLICA)
    def nobody_answers(self, times: int, replica: int) -> None:
        """Rung after rung, until the ladder is exhausted and beyond."""
        for _ in range(times):
            self.world.clock.at = max(self.world.now, self.world.account.next_climb() or self.world.now)
            self.tick(replica)

    @rule(limit=st.sampled_from([1, 3, 1000]), replica=REPLICA)
    def a_month_goes_by(self, limit: int, replica: int) -> None:
        for lane in Lane:
            self.carry_everything(lane, replica)
        self.world.clock.at += timedelta(days=31)
        self.sweep(limit, replica)

    @rule(limit=st.sampled_from([1, 3, 1000]), replica=REPLICA)
    def sweep(self, limit: int, replica: int) -> None:
        world, account = self.world, self.world.account
        keys, rows, told = account.old_keys(world.now), account.old_rows(world.now), world.old_alerts()
        swept = world.write(lambda tx: tx.sweep(world.now, limit), replica)

        gone_rows = set(account.rows) - {key for key, _ in world.states()}
        gone_keys = set(account.inbox) - world.keys()
        assert gone_rows <= rows
        assert gone_keys <= keys
        gone_told = told - world.old_alerts()
        assert swept == len(gone_rows) + len(gone_keys) + gone_told
        assert swept == min(limit, len(keys) + len(rows) + told)
        for key in gone_rows:
            del account.rows[key]
        for key in gone_keys:
            del account.inbox[key]
        world.told(f"swept {swept}")


class Unheard:
    """Alarms that nobody hears."""

    def raised(self, kind: str, text: str) -> None: ...

    def cleared(self, kind: str) -> None: ...
