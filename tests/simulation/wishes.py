"""Wishes: what somebody who acts asks of the bot."""

from collections.abc import Mapping
from datetime import timedelta

from bot.domain import commands as c
from bot.domain.alert import Severity
from bot.domain.ids import PersonId
from bot.domain.incident import Status, Via
from bot.domain.people import Person
from tests.simulation.accounts import SKEW, Account
from tests.simulation.clock import BEGIN
from tests.simulation.company import NAMES, actor
from tests.simulation.records import Books
from tests.simulation.scenario import Act, Want

KEEPS = timedelta(minutes=30)


class Wishes:
    """Turns acts into the commands that a press of a button makes."""

    def __init__(self, people: Mapping[PersonId, Person], books: Books) -> None:
        self._people = people
        self._books = books

    def wish(self, account: Account, act: Act, now: float) -> c.Wish | None:
        """The command; None when nobody would ask for that now."""
        by = actor(act.by)
        match act.want:
            case Want.ACKNOWLEDGE:
                return c.Acknowledge(by=by, via=Via.CARD)
            case Want.UNACKNOWLEDGE:
                return c.Unacknowledge(by=by, via=Via.CARD)
            case Want.SNOOZE:
                until = BEGIN + timedelta(seconds=now + 60 * act.minutes + SKEW)
                return c.Snooze(by=by, via=Via.CARD, until=until)
            case Want.ESCALATE:
                return c.Escalate(by=by, via=Via.CARD)
            case Want.RAISE:
                return c.ChangeSeverity(by=by, via=Via.COMMAND, severity=raised(account.severity))
            case Want.NOTE:
                return c.AddNote(by=by, via=Via.COMMAND, text="looking at it")
            case Want.PAGE:
                return c.PagePeople(by=by, via=Via.COMMAND, people=(self._people[PersonId(act.by)],))
            case Want.RESOLVE:
                return c.Resolve(by=by, via=Via.CARD)
            case Want.DECLINE:
                return self._decline(account)
            case Want.UNDO | Want.EXTEND:
                return _of_holders(account, act, now)
            case _:
                return None

    def _decline(self, account: Account) -> c.Decline | None:
        page = self._books.last.get(account.name)
        if page is None or page.person not in NAMES or not page.step.round:
            return None
        return c.Decline(by=actor(page.person), via=Via.PAGE, person=PersonId(page.person), epoch=page.epoch)


def _of_holders(account: Account, act: Act, now: float) -> c.Wish | None:
    """Whoever did something last takes it back; one of those who have it keeps it for longer."""
    if act.want is Want.EXTEND:
        if account.status is not Status.ACKNOWLEDGED or not account.holders:
            return None
        return c.Extend(by=actor(min(account.holders)), via=Via.PAGE, span=KEEPS)
    before = account.before
    if before is None or before.by != act.by or account.unsure(now, now):
        return None
    return c.Undo(by=actor(act.by), via=Via.CARD)


def raised(severity: Severity) -> Severity:
    """One worse."""
    order = list(Severity)
    return order[max(order.index(severity) - 1, 0)]
