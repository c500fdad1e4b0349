"""The use cases around who is on call: asking, overriding, swapping. Each change is one transaction."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.domain import rewrite
from bot.domain.authority import check_standing
from bot.domain.configuration import Configuration
from bot.domain.duty import (
    AnswerSwap,
    Change,
    ChangeKind,
    DutyWish,
    OfferOver,
    OfferSwap,
    SetOverride,
    Swap,
    SwapId,
    Withdraw,
)
from bot.domain.duty_authority import check_duty
from bot.domain.effects import AskSwap, EndSwap, TellChange
from bot.domain.ids import IncidentId, OverrideId, PersonId, ScheduleId
from bot.domain.ladder import ScheduleTarget
from bot.domain.override import Override
from bot.domain.people import Actor, Person
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.domain.trial import trial
from bot.ids import new_id
from bot.ports import Store, Tx

T = TypeVar("T")
log = structlog.get_logger(__name__)

LISTED = timedelta(days=366)


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What was changed. `repeated`: this very request came before; nothing was done again."""

    change: Change | None = None
    repeated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """What became of an offer: it stands (`swap`), or was made true at once (`change`)."""

    swap: Swap
    change: Change | None = None
    repeated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What was decided and still counts, or stands open."""

    roster: Roster
    overrides: tuple[Override, ...]
    swaps: tuple[Swap, ...]


class Duty:
    """Who is on call, and what people may want of it.

    Every method that changes something takes `request`, a key that is the same when the same request comes
    again. It is told to both sides and to the schedule's channel, and written into the journal, in the
    transaction that changes it; authority is checked there.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        configuration: Callable[[], Configuration],
        changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._configuration = configuration
        self._changed = changed
        self._last: Roster | None = None

    @property
    def known(self) -> Roster:
        """The configuration's roster with what was last known of the database, for when that is away."""
        static = self._configuration().roster
        if self._last is None:
            return static
        last = self._last
        return replace(static, overrides=last.overrides, feeds=last.feeds, groups=last.groups, load=last.load)

    def learn(self, roster: Roster) -> None:
        """Keep in mind what was read."""
        self._last = roster

    async def roster(self) -> Roster:
        """Who is on call, as of now."""
        found = await self._store.read(self.now)
        self.learn(found)
        return found

    def now(self, tx: Tx) -> Roster:
        """The same, inside a transaction."""
        return tx.roster(self._configuration().roster, self._clock.now())

    async def decided(self) -> Decided:
        """Overrides that count now or later, and offers that stand."""

        def work(tx: Tx) -> Decided:
            now = self._clock.now()
            overrides = tx.overrides(now, now + LISTED + timedelta(days=1))
            roster = self.now(tx)
            swaps = tuple(each for each in tx.open_swaps(now) if _possible(each, roster, now))
            return Decided(roster=roster, overrides=tuple(overrides), swaps=swaps)

        return await self._store.read(work)

    async def override(self, request: str, wish: SetOverride) -> Changed:
        """Make an override. Raises Refused."""

        def work(tx: Tx) -> Changed:
            now, roster = self._began(tx)
            check_duty(wish, self._configuration().authority, roster)
            if not tx.first_time(request, now):
                return Changed(repeated=True)
            made = rewrite.override_of(wish, roster, now, OverrideId(new_id(now)))
            after = _adding(roster, made)
            change = rewrite.change(
                roster,
                after,
                wish.schedule,
                [made],
                kind=ChangeKind.OVERRIDDEN,
                by=wish.by,
                now=now,
                reason=wish.reason,
                leaving_nobody=wish.leaving_nobody,
            )
            rewrite.useful(change, wish)
            tx.add_override(made)
            self._tell(tx, change, roster)
            return Changed(change=change)

        return await self._write(wish, work)

    async def withdraw(self, request: str, wish: Withdraw) -> Changed:
        """Have an override count no more. Raises Refused."""

        def work(tx: Tx) -> Changed:
            now, roster = self._began(tx)
            found = tx.override(wish.override)
            if found is None:
                raise Refused("There is no such override. `/oncall list` shows those that there are.")
            made, withdrawn_at = found
            check_duty(wish, self._configuration().authority, roster, about=made)
            if not tx.first_time(request, now):
                return Changed(repeated=True)
            if withdrawn_at is not None:
                raise Refused("This override was withdrawn before; it doesn't count any more.")
            if made.until <= now:
                raise Refused("This override is over, and who was on call then can't be changed any more.")
            change = rewrite.change(
                roster,
                _without(roster, made),
                made.schedule,
                [made],
                kind=ChangeKind.WITHDRAWN,
                by=wish.by,
                now=now,
                reason=made.reason,
                leaving_nobody=wish.leaving_nobody,
            )
            tx.withdraw_override(made.id, now)
            self._tell(tx, change, roster)
            return Changed(change=change)

        return await self._write(wish, work)

    async def offer(self, request: str, wish: OfferSwap) -> Offered:
        """Ask the other side whether they swap. A lead who speaks for both swaps at once. Raises Refused."""

        def work(tx: Tx) -> Offered:
            now, roster = self._began(tx)
            check_duty(wish, self._configuration().authority, roster)
            swap = rewrite.swap_of(wish, roster, now, SwapId(new_id(now)))
            if not tx.first_time(request, now):
                return Offered(swap=swap, repeated=True)
            tx.offer_swap(swap)
            if roster.by_slack(wish.by.slack_user or "").id != wish.mine.person:
                change = self._swap(tx, swap, roster, now, wish)
                return Offered(swap=swap, change=change)
            self._ask(tx, swap, roster, now)
            return Offered(swap=swap)

        return await self._write(wish, work)

    async def answer(self, request: str, wish: AnswerSwap) -> Changed:
        """Agree to a swap, or decline it. Raises Refused."""

        def work(tx: Tx) -> Changed:
            now, roster = self._began(tx)
            swap = tx.swap(wish.swap)
            if swap is None:
                raise OfferOver("There is no such offer any more, so nothing was changed.")
            check_duty(wish, self._configuration().authority, roster, about=swap)
            if not tx.first_time(request, now):
                return Changed(repeated=True)
            if swap.answer is not None:
                raise OfferOver(f"This offer was answered before ({swap.answer}), so nothing was changed.")
            if swap.expires_at <= now:
                raise OfferOver("This offer has expired, so nothing was changed. Ask for a new one.")
            if wish.agree:
                _check_possible(swap, roster, now)
                return Changed(change=self._swap(tx, swap, roster, now, wish))
            tx.answer_swap(swap.id, "declined", now)
            change = _spoken(swap, roster, ChangeKind.DECLINED, now, wish)
            self._tell(tx, change, roster, only=swap.mine.person)
            return Changed(change=change)

        return await self._write(wish, work)

    async def try_out(self, request: str, by: Actor) -> Person:
        """Page somebody who asks for it by each of their methods, and have them told what arrived.

        Raises Refused.
        """

        def work(tx: Tx) -> Person:
            now, configuration = self._clock.now(), self._configuration()
            check_standing(by, configuration.authority, configuration.roster, what="anything")
            person = configuration.roster.by_slack(by.slack_user or "")
            number = -1 - secrets.randbelow(2**31 - 1)
            decisions = trial(IncidentId(new_id(now)), number, person, by, now)
            if tx.first_time(request, now):
                tx.save(decisions, now)
            return person

        person = await self._store.write(work)
        self._changed()
        return person

    def _swap(self, tx: Tx, swap: Swap, roster: Roster, now: datetime, wish: DutyWish) -> Change:
        made = rewrite.overrides_of(swap, roster, now)
        after = _adding(roster, *made)
        change = rewrite.change(
            roster,
            after,
            swap.schedule,
            made,
            kind=ChangeKind.SWAPPED,
            by=wish.by,
            now=now,
            reason=swap.reason,
        )
        tx.answer_swap(swap.id, "agreed", now)
        for override in made:
            tx.add_override(override)
        self._tell(tx, change, roster)
        return change

    def _ask(self, tx: Tx, swap: Swap, roster: Roster, now: datetime) -> None:
        """The journal knows of offers, too; of them the other side alone is told."""
        change = _spoken(swap, roster, ChangeKind.OFFERED, now, None)
        tx.write_down(change)
        other = roster.person(swap.theirs.person)
        if other is None or other.slack_user is None:
            raise Refused(
                f"{swap.theirs.person} has no Slack user id in tocsin.yaml and can't be asked, so nothing "
                "was changed. A lead can make two overrides instead."
            )
        ask = AskSwap(key=f"swap:{swap.id}", swap=swap, change=change, user=other.slack_user)
        end = EndSwap(key=f"swap-over:{swap.id}", swap=swap, change=change)
        tx.enqueue([ask, end], now)

    def _began(self, tx: Tx) -> tuple[datetime, Roster]:
        now = self._clock.now()
        tx.guard_duty(now)
        return now, self.now(tx)

    def _tell(self, tx: Tx, change: Change, roster: Roster, *, only: PersonId | None = None) -> None:
        """Write it down, and tell the channels and everybody whom it concerns, but not who did it."""
        seq = tx.write_down(change)
        concerned = [only] if only else change.concerned
        people = [person for each in concerned if (person := roster.person(each)) is not None]
        users = [person.slack_user for person in people if person.slack_user != change.by.slack_user]
        channels = [] if only else places_of(change.schedule, self._configuration())
        tx.enqueue(
            [
                *(TellChange(key=f"duty:{seq}:{each}", change=change, channel=each) for each in channels),
                *(
                    TellChange(key=f"duty:{seq}:{user}", change=change, user=user)
                    for user in dict.fromkeys(users)
                    if user
                ),
            ],
            change.at,
        )

    async def _write(self, wish: DutyWish, work: Callable[[Tx], T]) -> T:
        try:
            result = await self._store.write(work)
        except Refused as refused:
            log.info("refused", wish=type(wish).__name__, by=wish.by.id, why=str(refused))
            raise
        self._changed()
        return result


def places_of(schedule: ScheduleId, configuration: Configuration) -> tuple[str, ...]:
    """Where changes of a schedule are told: its channel, else those of the services that page it."""
    found = configuration.roster.schedules.get(schedule)
    if found is not None and found.channel:
        return (found.channel,)
    paging = [
        service.channel
        for service in configuration.services.values()
        if any(
            isinstance(target, ScheduleTarget) and target.schedule == schedule
            for ladder in (service.ladder, *service.ladders.values(), service.catch_all)
            if ladder is not None
            for rung in ladder.rungs
            for target in rung.targets
        )
    ]
    default = configuration.services[configuration.default_service].channel
    return tuple(dict.fromkeys(paging)) or (default,)


def _check_possible(swap: Swap, roster: Roster, now: datetime) -> None:
    """Raises OfferOver when one of them is not on call then any more, or can't be."""
    try:
        rewrite.overrides_of(swap, roster, now)
    except Refused as refused:
        raise OfferOver(str(refused)) from refused


def _possible(swap: Swap, roster: Roster, now: datetime) -> bool:
    try:
        _check_possible(swap, roster, now)
    except OfferOver:
        return False
    return True


def _adding(roster: Roster, *made: Override) -> Roster:
    schedule = made[0].schedule
    return rewrite.with_overrides(roster, schedule, [*roster.overrides.get(schedule, ()), *made])


def _without(roster: Roster, made: Override) -> Roster:
    left = [each for each in roster.overrides.get(made.schedule, ()) if each.id != made.id]
    return rewrite.with_overrides(roster, made.schedule, left)


def _spoken(swap: Swap, roster: Roster, kind: ChangeKind, now: datetime, wish: DutyWish | None) -> Change:
    """An offer, or its refusal, for the journal: nothing has changed."""
    plan = rewrite.schedule_of(roster, swap.schedule)
    people = (swap.mine.person, swap.theirs.person)
    found = {each: person.name for each in people if (person := roster.person(each)) is not None}
    return Change(
        kind=kind,
        at=now,
        by=wish.by if wish else swap.by,
        schedule=swap.schedule,
        title=plan.name or swap.schedule,
        zone=plan.zone,
        since=min(swap.mine.since, swap.theirs.since),
        until=max(swap.mine.until, swap.theirs.until),
        names=found,
        reason=swap.reason,
    )
