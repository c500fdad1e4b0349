"""Authority over what is kept quiet. What is not allowed explicitly is denied."""

from bot.domain.authority import check_standing
from bot.domain.configuration import Authority
from bot.domain.people import Actor
from bot.domain.refused import Refused
from bot.domain.roster import Roster


def check_silencer(by: Actor, authority: Authority, roster: Roster) -> None:
    """Raise Refused unless somebody may keep alerts quiet, or end that: responders and admins."""
    listed = check_standing(by, authority, roster, what="what is kept quiet")
    if not (listed or (by.slack_user or "") in authority.responders | authority.admins):
        raise Refused(
            "You may not keep alerts quiet: that needs a responder. "
            "Ask an admin to list you under `people` or `authority.responders` in tocsin.yaml."
        )
