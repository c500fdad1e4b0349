"""The machine's clock and workers: climbing, claiming, recording, on one of two replicas."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from prometheus_client import CollectorRegistry

from bot.domain import commands as c
from bot.domain.alert import MessageRef, Severity
from bot.domain.decide import decide
from bot.domain.decision import Decision
from bot.domain.effects import Effect, Lane, OpenTicket, PageChannel, PagePerson, PostThread, RefreshCard
from bot.domain.incident import Incident, TicketState
from bot.domain.people import MethodKind
from bot.domain.timers import due_command
from bot.errors import DeliveryError, Outcome
from bot.metrics import Metrics
from bot.ports import Claim, Job, Receipt, Tx
from bot.workers.climber import Climber
from bot.workers.crowd import Crowd
from bot.workers.ledger import Ledger
from bot.workers.settlement import follow
from tests.store.machine import REPLICA, People, when_there_is_one

CLAIM = st.integers(0, 50)


when_somebody_holds_a_claim = precondition(lambda self: bool(self.world.held()))
when_somebody_comes_late = precondition(lambda self: bool(self.world.late()))


class Workers(People):
    """Each step is done on the database by the workers' own ways, and noted in the account."""

    @initialize(severity=st.sampled_from([Severity.SEV1, Severity.SEV2]))
    def somebody_is_paged_and_somebody_else_is_next(self, severity: Severity) -> None:
        self.declare("bob", severity, page=True, replica=0)
        self.tick(0)
        self.a_little_later(1)
        self.declare("cleo", severity, page=True, replica=1)

    # time

    @rule(seconds=st.sampled_from([1, 2, 3, 10, 14, 20, 40]))
    def a_little_later(self, seconds: int) -> None:
        self.world.clock.at += timedelta(seconds=seconds)

    @rule(minutes=st.sampled_from([1, 5, 30, 61, 600]))
    def much_later(self, minutes: int) -> None:
        self.world.clock.at += timedelta(minutes=minutes)

    @rule(days=st.sampled_from([1, 4, 31]))
    def days_later(self, days: int) -> None:
        self.world.clock.at += timedelta(days=days)

    @rule()
    def when_something_is_due(self) -> None:
        """Exactly then, not a microsecond later."""
        account, now = self.world.account, self.world.now
        instants = [account.next_climb(), *(account.next_delivery(lane) for lane in Lane)]
        self.world.clock.at = min((at for at in instants if at is not None and at > now), default=now)

    @when_somebody_holds_a_claim
    @rule()
    def a_lease_ends(self) -> None:
        account = self.world.account
        ends = [row.ready for row in account.rows.values() if row.state == "claimed" and row.ready]
        self.world.clock.at = max(self.world.now, min(ends))

    # climbing

    def due(self) -> list[Incident]:
        """Incidents whose clock has something to say, the longest due first."""
        account, now = self.world.account, self.world.now
        found = [(at, each) for each in account.incidents.values() if (at := account.next_at(each))]
        return [each for at, each in sorted(found, key=lambda item: item[0]) if at <= now]

    def command(self, incident: Incident) -> c.Command:
        """What the clock says to one for which something is due."""
        command = due_command(incident, self.world.roster, self.world.now)
        assert command is not None
        return command

    @rule(replica=REPLICA)
    def tick(self, replica: int) -> None:
        """The climber looks once."""
        world = self.world
        due = self.due()
        climber = Climber(
            world.store(replica), world.clock, lambda: world.configuration, lambda: None, Crowd(world.clock)
        )
        wait = world.run(climber.tick())
        world.account.save([decide(each, self.command(each), world.now) for each in due], world.now)
        world.told(f"climbed: {', '.join(each.key for each in due) or 'nothing'}")
        assert 0 < wait <= 1

    @when_there_is_one
    @rule(limit=st.integers(1, 2), replica=REPLICA)
    def climb_some(self, limit: int, replica: int) -> None:
        """A look with little room takes those that have waited longest."""
        world, due = self.world, self.due()

        def work(tx: Tx) -> list[Incident]:
            found = tx.due(world.now, limit)
            tx.save([decide(each, self.command(each), world.now) for each in found], world.now)
            return found

        climbed = world.write(work, replica, page=True)
        account = world.account
        assert len(climbed) == min(limit, len(due))
        assert [account.next_at(each) for each in climbed] == [account.next_at(each) for each in due[:limit]]
        account.save([decide(each, self.command(each), world.now) for each in climbed], world.now)

    # claiming and recording

    @rule(limit=st.sampled_from([1, 2, 30]), seconds=st.sampled_from([15, 30]), replica=REPLICA)
    def claim_pages(self, limit: int, seconds: int, replica: int) -> None:
        self.claim(Lane.PAGE, limit, seconds, replica)

    @rule(lane=st.sampled_from([Lane.CHAT, Lane.TRACKER]), limit=st.sampled_from([1, 2, 30]), replica=REPLICA)
    def claim_others(self, lane: Lane, limit: int, replica: int) -> None:
        self.claim(lane, limit, 15, replica)

    @rule(lane=st.sampled_from(Lane), replica=REPLICA)
    def carry_everything(self, lane: Lane, replica: int) -> None:
        """As on a good day: all that is ready is taken, sent, and answered."""
        taken = self.claim(lane, 30, 15, replica)
        self.arrived(taken, replica, answered=True)

    @rule(lane=st.sampled_from(Lane), unknown=st.booleans(), replica=REPLICA)
    def fail_with_everything(self, lane: Lane, *, unknown: bool, replica: int) -> None:
        """As while a provider is away."""
        for claim in self.claim(lane, 30, 15, replica):
            self.retry(claim, replica, unknown=unknown, seconds=10, doubt=unknown)

    @rule(lane=st.sampled_from(Lane), beyond=st.booleans(), replica=REPLICA)
    def stall(self, lane: Lane, *, beyond: bool, replica: int) -> None:
        """A replica takes everything and stands still until its leases end, or a moment before."""
        self.claim(lane, 30, 15, replica)
        self.world.clock.at += timedelta(seconds=15) if beyond else timedelta(seconds=14)

    @rule(lane=st.sampled_from(Lane), unknown=st.booleans(), replica=REPLICA)
    def take_over_and_fail(self, lane: Lane, *, unknown: bool, replica: int) -> None:
        """One is gone with all that it held, the other fails with it, and tries once more."""
        self.stall(lane, beyond=True, replica=replica)
        self.fail_with_everything(lane, unknown=unknown, replica=1 - replica)
        self.a_little_later(10)
        self.carry_everything(lane, 1 - replica)

    def claim(self, lane: Lane, limit: int, seconds: int, replica: int) -> list[Claim]:
        world, lease = self.world, timedelta(seconds=seconds)
        monotonic = world.clock.monotonic()
        taken = world.write(lambda tx: tx.claim(lane, world.now, monotonic, limit, lease), replica)
        world.told(f"replica {replica} takes {[claim.effect.key for claim in taken]}")
        world.check_claims(lane, limit, taken, lease)
        return taken

    @when_somebody_holds_a_claim
    @rule(first=CLAIM, count=st.integers(1, 5), answered=st.booleans(), replica=REPLICA)
    def sent(self, first: int, count: int, *, answered: bool, replica: int) -> None:
        """Some of what is on the wire arrives at once."""
        held = self.world.held()
        some = [held[(first + each) % len(held)] for each in range(min(count, len(held)))]
        assert all(self.arrived(some, replica, answered=answered))

    @when_somebody_comes_late
    @rule(which=CLAIM, replica=REPLICA)
    def sent_late(self, which: int, replica: int) -> None:
        """Whoever was fenced off changes nothing."""
        late = self.world.late()
        self.arrived([late[which % len(late)]], replica, answered=False)

    def arrived(self, claims: Sequence[Claim], replica: int, *, answered: bool) -> list[bool]:
        world = self.world
        pairs = [(claim, self.receipt(claim, answered=answered)) for claim in claims]
        answers = [(claim, receipt.answer) for claim, receipt in pairs if receipt.answer is not None]

        def work(tx: Tx) -> list[bool]:
            written = tx.record_all_sent(pairs, world.now)
            follow(tx, answers, world.now)
            return written

        written = world.write(work, replica)
        assert written == [world.account.sent(claim, receipt, world.now) for claim, receipt in pairs]
        self.followed(answers)
        world.told(f"sent: {[claim.effect.key for claim in claims]}: {written}")
        return written

    def receipt(self, claim: Claim, *, answered: bool) -> Receipt:
        """What the provider answers, with or without news for the incident."""
        ref = MessageRef(channel="C1", ts=f"{claim.effect.key}.{claim.attempt}")
        if not answered or claim.incident is None:
            return Receipt(ref=ref)
        return Receipt(
            ref=ref, answer=self.answer(claim.effect, self.world.account.incidents[claim.incident])
        )

    def answer(self, effect: Effect, incident: Incident) -> c.Answer | None:
        match effect:
            case PagePerson(name=name, method=method):
                return c.PageSent(person=name, method=method)
            case RefreshCard() if incident.card is None:
                return c.CardPosted(card=MessageRef(channel="C1", ts=incident.id))
            case PostThread():
                return c.ThreadPosted(through=incident.entries)
            case OpenTicket():
                return c.TicketOpened(key=f"OPS-{incident.number}", url="https://jira.example.com")
            case _:
                return None

    def followed(self, answers: Sequence[tuple[Claim, c.Answer]]) -> None:
        """The model's incidents learn the same."""
        world, decisions, latest = self.world, list[Decision](), dict(self.world.account.incidents)
        for claim, answer in answers:
            assert claim.incident is not None
            decision = decide(latest[claim.incident], answer, world.now)
            latest[claim.incident] = decision.incident
            decisions.append(decision)
        world.account.save(decisions, world.now)

    @when_somebody_holds_a_claim
    @rule(
        which=CLAIM,
        unknown=st.booleans(),
        seconds=st.sampled_from([0, 2, 30]),
        doubt=st.booleans(),
        replica=REPLICA,
    )
    def try_again(self, which: int, *, unknown: bool, seconds: int, doubt: bool, replica: int) -> None:
        held = self.world.held()
        self.retry(held[which % len(held)], replica, unknown=unknown, seconds=seconds, doubt=doubt)

    @when_somebody_comes_late
    @rule(which=CLAIM, unknown=st.booleans(), replica=REPLICA)
    def try_again_late(self, which: int, *, unknown: bool, replica: int) -> None:
        late = self.world.late()
        self.retry(late[which % len(late)], replica, unknown=unknown, seconds=5, doubt=True)

    def retry(self, claim: Claim, replica: int, *, unknown: bool, seconds: int, doubt: bool) -> None:
        world = self.world
        at, doubted = world.now + timedelta(seconds=seconds), world.now if doubt else None

        def work(tx: Tx) -> bool:
            return tx.record_retry(
                claim, "dns", unknown=unknown, again_at=at, now=world.now, doubted_at=doubted
            )

        written = world.write(work, replica)
        assert written is world.account.retry(claim, unknown=unknown, at=at, doubted=doubted)
        world.told(f"to be tried again: {claim.effect.key}: {written}")

    @when_somebody_holds_a_claim
    @rule(which=CLAIM, replica=REPLICA)
    def refused_for_good(self, which: int, replica: int) -> None:
        held = self.world.held()
        self.reject(held[which % len(held)], replica)

    @when_somebody_comes_late
    @rule(which=CLAIM, replica=REPLICA)
    def refused_late(self, which: int, replica: int) -> None:
        late = self.world.late()
        self.reject(late[which % len(late)], replica)

    def reject(self, claim: Claim, replica: int) -> None:
        """The ledger writes it down, with what follows: the next method, or the next rung."""
        world, metrics = self.world, Metrics()
        ledger = Ledger(world.store(replica), world.clock, lambda: None, metrics, world.chance)
        world.run(ledger.failed(Job(claim=claim), DeliveryError(Outcome.REJECTED, "user_not_found")))
        written = world.account.rejected(claim, "user_not_found", world.now)
        world.told(f"refused for good: {claim.effect.key}: {written}")
        assert fenced(metrics.registry) is not written
        if written and claim.incident is not None:
            self.followed([(claim, self.given_up(claim))])

    def given_up(self, claim: Claim) -> c.Answer:
        """What the incident learns of an effect that nobody will ever be told."""
        account, effect, reason = self.world.account, claim.effect, "user_not_found"
        match effect:
            case PagePerson(name=name, method=method, epoch=epoch, step=step):
                more = account.hasten_method(claim, self.world.now) or account.pages_left(
                    claim, self.world.now
                )
                return c.PageFailed(
                    person=name, method=method, reason=reason, epoch=epoch, step=step, more=more
                )
            case PageChannel(channel=channel, epoch=epoch, step=step):
                more = account.pages_left(claim, self.world.now)
                return c.PageFailed(
                    person=channel, method=MethodKind.SLACK, reason=reason, epoch=epoch, step=step, more=more
                )
            case OpenTicket():
                return c.TicketTrouble(state=TicketState.FAILED, problem=reason)
            case _:
                return c.DeliveryGivenUp(what=effect.kind.replace("_", " "), reason=reason)

    @when_somebody_holds_a_claim
    @rule(which=CLAIM, replica=REPLICA)
    def release(self, which: int, replica: int) -> None:
        world, held = self.world, self.world.held()
        claims = held[which % len(held) :]
        world.write(lambda tx: tx.release(claims, world.now), replica)
        for claim in claims:
            world.account.release(claim, world.now)

    @when_somebody_comes_late
    @rule(which=CLAIM, replica=REPLICA)
    def release_late(self, which: int, replica: int) -> None:
        world, late = self.world, self.world.late()
        world.write(lambda tx: tx.release([late[which % len(late)]], world.now), replica)

    @precondition(lambda self: self.world.claims)
    @rule(which=CLAIM, replica=REPLICA)
    def hasten(self, which: int, replica: int) -> None:
        """The next contact method at once, asked for by whoever ever held a page."""
        world = self.world
        claim = world.claims[which % len(world.claims)]
        left = world.write(lambda tx: tx.pages_left(claim, world.now), replica)
        assert left is world.account.pages_left(claim, world.now)
        hastened = world.write(lambda tx: tx.hasten_method(claim, world.now), replica)
        assert hastened is world.account.hasten_method(claim, world.now)


def fenced(registry: CollectorRegistry) -> bool:
    """Whether a record was refused because the lease had passed to another."""
    return registry.get_sample_value("tocsin_fenced_total") == 1
