"""Authority over schedules: who may change who is on call. What is not allowed explicitly is denied."""

from bot.domain.authority import check_standing
from bot.domain.configuration import Authority
from bot.domain.duty import AnswerSwap, DutyWish, OfferSwap, SetOverride, Swap, Withdraw
from bot.domain.ids import PersonId, ScheduleId
from bot.domain.override import Override, OverrideKind
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.roster import Roster
from bot.domain.shifts import listed


def leads(actor: Actor, schedule: ScheduleId, authority: Authority) -> bool:
    """Whether somebody may change anybody's shifts there: a lead of the schedule, or an admin."""
    user = actor.slack_user or ""
    return bool(user) and user in authority.admins | authority.leads.get(schedule, frozenset())


def belongs(actor: Actor, schedule: ScheduleId, authority: Authority, roster: Roster) -> bool:
    """Whether somebody is of the people of a schedule: its layers or its `members` name them."""
    user = actor.slack_user or ""
    if user and user in authority.members.get(schedule, frozenset()):
        return True
    found = roster.schedules.get(schedule)
    return found is not None and roster.by_slack(user).id in listed(found, (), roster.feeds)


def check_duty(
    wish: DutyWish, authority: Authority, roster: Roster, *, about: Override | Swap | None = None
) -> None:
    """Raise Refused unless the actor may do this. `about` is what they withdraw or answer."""
    user = wish.by.slack_user or ""
    me = roster.by_slack(user).id
    check_standing(wish.by, authority, roster, what="who is on call")
    match wish:
        case SetOverride():
            _check_override(wish, me, authority, roster)
        case Withdraw():
            assert isinstance(about, Override)
            own = about.person == me and about.by.slack_user == user
            if not (own or leads(wish.by, about.schedule, authority)):
                raise Refused(
                    "You may withdraw what you took yourself; anything else is for "
                    f"{_whom(about.schedule, authority, roster)}."
                )
        case OfferSwap():
            if wish.mine.person != me and not leads(wish.by, wish.schedule, authority):
                raise Refused(
                    "You may offer turns of your own; those of others are for "
                    f"{_whom(wish.schedule, authority, roster)}."
                )
        case AnswerSwap():
            assert isinstance(about, Swap)
            if about.theirs.person != me:
                raise Refused("This offer was made to somebody else, who alone can answer it.")


def _check_override(wish: SetOverride, me: PersonId, authority: Authority, roster: Roster) -> None:
    if leads(wish.by, wish.schedule, authority):
        return
    whom = _whom(wish.schedule, authority, roster)
    if wish.kind is OverrideKind.REMOVE:
        raise Refused(f"To take somebody off duty without another one is for {whom}. Offer a swap instead.")
    if wish.person != me:
        raise Refused(
            f"You may take shifts yourself; to give them to others is for {whom}. Offer a swap instead."
        )
    if not belongs(wish.by, wish.schedule, authority, roster):
        raise Refused(
            f"You are not of the people of {wish.schedule}, so its shifts are not yours to take. "
            f"Ask {whom}; an admin can list you under `schedules.{wish.schedule}.members` in tocsin.yaml."
        )


def _whom(schedule: ScheduleId, authority: Authority, roster: Roster) -> str:
    users = sorted(authority.leads.get(schedule, frozenset()))
    names = [person.name for user in users if (person := roster.by_slack(user)).name != user][:5]
    return f"its leads ({', '.join(names)}) and admins" if names else "its leads and admins"
