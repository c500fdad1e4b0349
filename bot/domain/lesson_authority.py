"""Authority over lessons: who may teach how messages are read. What is not allowed explicitly is denied."""

from bot.domain.authority import check_standing
from bot.domain.configuration import Authority
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.roster import Roster


def check_teacher(actor: Actor, authority: Authority, roster: Roster) -> None:
    """Raise Refused unless somebody may teach: it changes what pages everybody, so it needs a responder."""
    listed = check_standing(actor, authority, roster, what="how messages are read")
    user = actor.slack_user or ""
    if not (listed or user in authority.responders or user in authority.admins):
        raise Refused(
            "You may not teach Tocsin how messages are read: that needs a responder. "
            "Ask an admin to list you under `people` or `authority.responders` in tocsin.yaml."
        )
