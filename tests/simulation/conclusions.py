"""Conclusions: what the world knows of an incident once somebody was answered, by plain rules of its own."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime

from bot.domain import commands as c
from bot.domain.incident import Incident, Status
from bot.service import Handled
from tests.simulation.accounts import SKEW, UNDO, Account
from tests.simulation.almanac import Duty
from tests.simulation.clock import BEGIN
from tests.simulation.company import NEEDED, ROLES, service
from tests.simulation.records import Books
from tests.simulation.scenario import Act, Want
from tests.simulation.wishes import KEEPS, raised

GRACE = 10.0
"""Seconds between "nobody has it after all" and the first rung."""

CHANGES_NOTHING = {Want.NOTE, Want.PAGE, Want.DECLINE}
"""What leaves it open who has the incident."""

Span = tuple[float, float]


class Conclusions:
    """What follows from answers. A refusal means that it was so already, or that it is over."""

    def __init__(self, books: Books, duties: Mapping[str, Duty]) -> None:
        self._books = books
        self._duties = duties

    def expect(self, account: Account, act: Act, wish: c.Wish, began: float) -> None:
        """Somebody asks: whoever was asked themselves may have answered from now on."""
        if act.want in {Want.ACKNOWLEDGE, Want.SNOOZE, Want.DECLINE}:
            account.may_answer(wish.by.name, began)
        if act.want is Want.RESOLVE:
            for asked in account.asked:
                account.may_answer(asked.person, began)

    def conclude(self, account: Account, act: Act, wish: c.Wish, answer: object, span: Span) -> None:
        """What is known now."""
        now, done, was = span[1], isinstance(answer, Handled), copy(account)
        over = account.status is Status.RESOLVED
        if act.want not in CHANGES_NOTHING and act.want is not Want.UNDO:
            account.before = None
        match act.want:
            case Want.NOTE:
                return
            case Want.PAGE:
                if done:
                    account.asks(act.by, now)
            case Want.DECLINE:
                _declined(account, wish.by.name, span, done=done)
            case Want.ESCALATE if account.climb is not None:
                account.climb.nudges.append(span)
            case Want.RESOLVE:
                account.rests_from(now, Status.RESOLVED)
                if done and not over:
                    account.may_be_undone(act.by, now, was)
            case Want.UNDO:
                _undone(account, span, done=done)
            case _ if over:
                account.as_before(now)
            case Want.ACKNOWLEDGE | Want.SNOOZE | Want.EXTEND:
                self._taken(account, act, answer, span)
            case _:
                _climbs_again(account, act, now)

    def _taken(self, account: Account, act: Act, answer: object, span: Span) -> None:
        """Somebody has it, or at least somebody of those who must."""
        now, was = span[1], copy(account)
        if act.want is Want.EXTEND and account.status is Status.TRIGGERED:
            account.as_before(now)
            return
        if not isinstance(answer, Handled):
            account.lost_track = True
            account.rests_from(now, Status.ACKNOWLEDGED)
            return
        if account.unsure(*span) and (NEEDED.get(_name(account)) or ROLES.get(_name(account))):
            account.lost_track = True
        if act.want is Want.EXTEND:
            wake = _extended(account, answer.after, span)
            keepers, snoozed = account.holders, account.snoozed
            account.rests_from(now, Status.ACKNOWLEDGED, wake, holders=keepers, snoozed=snoozed)
            return
        account.has_answered(act.by, now)
        if act.want is Want.SNOOZE:
            wake = _seconds(answer.after.wake_at)
            holders = account.holders | {act.by}
            account.rests_from(now, Status.ACKNOWLEDGED, wake, holders=holders, snoozed=True)
            account.may_be_undone(act.by, now, was)
            return
        self._acknowledged(account, act.by, answer.after, span)
        if act.by not in was.holders or was.snoozed:
            account.may_be_undone(act.by, now, was)

    def _acknowledged(self, account: Account, by: str, told: Incident, span: Span) -> None:
        now, enough = span[1], self._enough(account, by, span)
        partly = told.status is Status.TRIGGERED
        if enough is True and partly:
            account.wrongs.append((now, f"{by} was told that others are needed, although all have answered"))
        if enough is False and not partly:
            account.early.append((now, account.climbs[-1].began))
        if partly and enough is not True:
            account.holders |= {by}
            account.goes_on(now)
            return
        holders = frozenset({by}) if account.snoozed else account.holders | {by}
        wake = _checked(account, told, span)
        account.rests_from(now, Status.ACKNOWLEDGED, wake, holders=holders)

    def _enough(self, account: Account, by: str, span: Span) -> bool | None:
        """Whether nobody else has to acknowledge; None when the world cannot know."""
        if account.status is Status.ACKNOWLEDGED:
            return None if account.unsure(*span) else True
        roles = ROLES.get(_name(account))
        if roles is None:
            return len(account.holders | {by}) >= NEEDED.get(_name(account), 1)
        filled = [self._fills(account, role, account.holders | {by}, span) for role in roles]
        return False if False in filled else None if None in filled else True

    def _fills(self, account: Account, role: str, people: frozenset[str], span: Span) -> bool | None:
        """Whether one of them answers for a schedule: on call for it now, or paged for it in this climb."""
        duty, since = self._duties[role], account.climbs[-1].began
        ever = {each for each in people if duty.certainly(each, since - SKEW, span[1], SKEW) is not False}
        if not ever:
            return False
        sure = {each for each in ever if duty.certainly(each, since - SKEW, span[1], SKEW)}
        return True if sure else None


def _declined(account: Account, person: str, span: Span, *, done: bool) -> None:
    if not done:
        return
    account.has_answered(person, span[1])
    if account.climb is not None:
        account.climb.nudges.append(span)
        account.climb.declined = True
        account.climb.gone |= {person}


def _undone(account: Account, span: Span, *, done: bool) -> None:
    """Within half a minute it is taken back, and afterwards not any more."""
    before = account.before
    assert before is not None
    if not done:
        if span[1] < before.began + UNDO - SKEW:
            account.wrongs.append((span[1], f"{before.by} could not take it back in time"))
        account.before = None
        account.as_before(span[1])
        return
    if span[0] > before.told + UNDO + SKEW:
        account.wrongs.append((span[1], f"{before.by} took it back too late"))
    account.is_undone(span[1])


def _climbs_again(account: Account, act: Act, now: float) -> None:
    match act.want:
        case Want.ESCALATE:
            account.climbs_from(now, fresh=False)
        case Want.UNACKNOWLEDGE if account.status is Status.TRIGGERED:
            account.holders -= {act.by}
            account.as_before(now)
        case Want.UNACKNOWLEDGE:
            account.climbs_from(now + GRACE)
        case Want.RAISE:
            account.severity = raised(account.severity)
            account.climbs_from(now)
        case _:
            raise AssertionError(act)


def _checked(account: Account, told: Incident, span: Span) -> float | None:
    """When it ends, as people were told; it has to be what the rules say."""
    wake, (began, now) = _seconds(told.wake_at), span
    if account.unsure(*span):
        return wake
    timeout = service(account.service).acknowledgement_timeouts.get(account.severity)
    if account.status is Status.ACKNOWLEDGED and not account.snoozed:
        _must_end(account, wake, None if account.wake is None else (account.wake, account.wake), now)
    elif timeout is None:
        _must_end(account, wake, None, now)
    else:
        seconds = timeout.total_seconds()
        _must_end(account, wake, (began + seconds, now + seconds), now)
    return wake


def _extended(account: Account, told: Incident, span: Span) -> float | None:
    """It ends half an hour from now, or later if it would have."""
    wake, seconds = _seconds(told.wake_at), KEEPS.total_seconds()
    if account.unsure(*span):
        return wake
    known = account.wake
    ends = None if known is None else (max(known, span[0] + seconds), max(known, span[1] + seconds))
    _must_end(account, wake, ends, span[1])
    return wake


def _must_end(account: Account, wake: float | None, ends: Span | None, now: float) -> None:
    fits = wake is None if ends is None else wake is not None and ends[0] - SKEW <= wake <= ends[1] + SKEW
    if not fits:
        account.wrongs.append((now, f"it ends at {wake} and not within {ends}"))


def _name(account: Account) -> str:
    return str(service(account.service).id)


def _seconds(instant: datetime | None) -> float | None:
    return None if instant is None else (instant - BEGIN).total_seconds()
