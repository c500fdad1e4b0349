"""Authority: who may do what. Checked in the transaction that writes, not when a button is drawn."""

from bot.domain import commands as c
from bot.domain.configuration import Authority
from bot.domain.ids import PersonId
from bot.domain.people import LISTED, Actor, ActorKind, Standing
from bot.domain.refused import Refused
from bot.domain.roster import Roster

_OPEN_TO_MEMBERS = (c.AddNote, c.Declare, c.PagePeople)
_ACKNOWLEDGING = (
    c.Acknowledge,
    c.Unacknowledge,
    c.Decline,
    c.StopPages,
    c.Undo,
    c.Extend,
    c.HandOver,
    c.AnswerOffer,
)


def check(actor: Actor, wish: c.Wish | c.Declare, authority: Authority, roster: Roster) -> None:
    """Raise Refused unless the actor may do this. What is not allowed explicitly is denied."""
    if actor.kind is not ActorKind.PERSON:
        return
    user = actor.slack_user or ""
    listed = check_standing(actor, authority, roster)
    if isinstance(wish, _OPEN_TO_MEMBERS):
        return
    if isinstance(wish, _ACKNOWLEDGING) and authority.acknowledge == "members":
        return
    if not (listed or user in authority.responders or user in authority.admins):
        raise Refused(
            f"You may not {_verb(wish)} incidents: that needs a responder. "
            "Ask an admin to list you under `people` or `authority.responders` in tocsin.yaml."
        )


def check_standing(actor: Actor, authority: Authority, roster: Roster, *, what: str = "incidents") -> bool:
    """Raise Refused for somebody who is not one of us; whether the configuration lists the person."""
    user = actor.slack_user or ""
    listed = actor.id.startswith(LISTED) and PersonId(actor.id.removeprefix(LISTED)) in roster.people
    listed = listed or any(person.slack_user == user for person in roster.people.values())
    _check_standing(actor, user, authority, listed=listed, what=what)
    return listed


def _check_standing(actor: Actor, user: str, authority: Authority, *, listed: bool, what: str) -> None:
    match actor.standing:
        case Standing.MEMBER:
            return
        case Standing.GUEST | Standing.STRANGER:
            if user in authority.allowed_guests:
                return
            raise Refused(
                f"Guests and people of other workspaces can't change {what}. "
                "An admin can list you under `authority.allowed_guests` in tocsin.yaml."
            )
        case Standing.BOT:
            raise Refused(f"Bots can't change {what}.")
        case Standing.DEACTIVATED:
            raise Refused("This Slack account is deactivated.")
        case Standing.UNKNOWN:
            if not listed:
                raise Refused(
                    "Slack doesn't tell who you are right now, so nothing was changed. "
                    "Try again in a minute; people who are listed in tocsin.yaml can act meanwhile."
                )


def _verb(wish: c.Wish | c.Declare) -> str:
    words = {
        c.Resolve: "resolve",
        c.Reopen: "reopen",
        c.Snooze: "snooze",
        c.ChangeSeverity: "change the severity of",
        c.Escalate: "escalate",
        c.Restart: "restart the ladders of",
        c.Move: "move",
        c.RetryTicket: "retry the tickets of",
        c.Confirm: "confirm",
    }
    return words.get(type(wish), "acknowledge")
