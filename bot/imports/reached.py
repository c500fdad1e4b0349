"""Reached: who would not be reached as things stand, why, and what is to be done about it."""

from bot.imports.draft import Draft, Human
from bot.imports.note import Notes
from bot.imports.workspace import Absence, Workspace

MOST_PLACES = 5


def reach(draft: Draft, slack: Workspace, notes: Notes) -> None:
    """Note everybody whom nothing, or only e-mail, reaches, and whom the other product did not page."""
    for one in draft.people:
        subject, stands = f"person `{one.key}`", _stands(draft, one)
        if one.slack is None:
            what, remedy = _without_slack(one, slack, stands)
            notes.fill(subject, what, remedy, one.place)
        elif one.unlisted:
            what = f"their Slack user id {one.slack} is not in the list of Slack users"
            notes.fill(subject, what, _LOOK.get(slack.whole, ""), one.place)
        if one.blocked:
            what = f"is blocked there, {stands}"
            notes.fill(
                subject, what, "Take them out if they have left, and put somebody else there.", one.place
            )
        elif one.unruled:
            what = "had no rule there that told them of urgent alerts; here the usual ways page them at once"
            remedy = "Ask whether they are to be on call, and have them try `/oncall test`."
            notes.changed(subject, what, remedy, one.place)


_LOOK = {
    True: "Give them the id of this workspace as `slack:`, or take them out if they have left.",
    False: "The list goes on: save the next page too, and import again.",
}


def _without_slack(one: Human, slack: Workspace, stands: str) -> tuple[str, str]:
    """What is wrong, and what to do."""
    reached = "is paged by e-mail alone" if one.email else "whatever pages them reaches nobody"
    match one.absence:
        case Absence.LEFT:
            what = f"is deactivated in Slack, {stands}, and {reached}"
            return what, "Put somebody else there, or write the `slack:` of their new account."
        case Absence.SHARED:
            return f"several in Slack have the address {one.email}; {reached}", "Write the right `slack:`."
        case Absence.UNKNOWN if one.email:
            what = f"nobody in the list of Slack users has the address {one.email}, {stands}; {reached}"
            known = "Write their `slack:`, or put somebody else there if they have left."
            return what, known if slack.whole else _LOOK[False]
        case _ if one.email:
            what = f"has no Slack user id, and {reached}"
            return what, "Write `slack:`, or import again with `--slack-users` (docs/migrating.md says how)."
        case _:
            what = f"has neither a Slack user id nor an e-mail address: {reached}"
            return what, "Write their `slack:`, or take them out."


def _stands(draft: Draft, one: Human) -> str:
    """Where their turns are."""
    named = draft.where(one.key)
    if not named:
        return "named in no schedule and no ladder"
    more = f" and {len(named) - MOST_PLACES} more" if len(named) > MOST_PLACES else ""
    return f"named in {', '.join(named[:MOST_PLACES])}{more}"
