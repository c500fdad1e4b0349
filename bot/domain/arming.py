"""Arming: a climb begins, stands still, or goes on at once."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.decision import Draft
from bot.domain.incident import Paging, Status
from bot.domain.ladder import Escalation


def arm(
    draft: Draft, *, delay: timedelta = timedelta(), first: bool = False, also: tuple[str, ...] = ()
) -> None:
    """Begin a new climb of the ladder that fits the severity; the first rung is due after `delay`.

    `first`: the incident has just begun, so that the ladder's own delay counts as well. Whoever had
    acknowledged or declined before counts for nothing in the new climb, and the pages of earlier ones do
    not go on saying that nothing is needed.
    """
    incident = draft.incident
    if incident.epoch:
        draft.refresh_pages()
    ladder = incident.service.ladder_for(incident.severity)
    draft.change(
        status=Status.TRIGGERED,
        acknowledgements=(),
        declined=(),
        wake_at=None,
        snoozed=False,
        paging=Paging(),
        unpaged=ladder is None,
        unconfirmed=None,
        escalation=incident.escalation and replace(incident.escalation, due_at=None),
    )
    if ladder is None:
        return
    draft.change(
        escalation=Escalation(
            epoch=incident.epoch + 1,
            ladder=ladder,
            catch_all=incident.service.catch_all,
            due_at=draft.now + delay + (ladder.delay if first else timedelta()),
            also=also,
        )
    )


def halt(draft: Draft) -> None:
    """Stop the climb where it is."""
    if escalation := draft.incident.escalation:
        draft.change(escalation=replace(escalation, due_at=None))


def hasten(draft: Draft, *, forced: bool = False) -> None:
    """What comes next is due now. `forced`: that is the next rung that is for it, and it is not held.

    A rung that waits for the end of quiet hours is gone on from, and wakes nobody.
    """
    escalation = draft.incident.escalation
    assert escalation is not None
    hurried = escalation.hurried or escalation.kept is not None
    escalation = replace(escalation, due_at=draft.now, hurried=hurried)
    if forced:
        escalation = replace(escalation, forced=escalation.hold is not None, hurried=True, spin=None)
    draft.change(escalation=escalation)
