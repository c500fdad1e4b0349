"""Modals in the hands of a person: filled in, submitted, answered by the app, closed."""

from collections.abc import Mapping

from bot.sandbox.slack import interactions, views
from bot.sandbox.slack.delivery import INTERACTIVE, Answer, NotAnswered
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.targets import Found, Resolve, chosen, find, state_of, unfinished
from bot.sandbox.slack.workspace import User, View

TROUBLE = "We had some trouble connecting. Try again?"


def fill(hub: Hub, view: View, values: Mapping[str, object], resolve: Resolve) -> View:
    """Put values into fields found by label, action_id or block_id."""
    for name, value in values.items():
        found = find(view.body, name)
        view = typed(hub, view, found, chosen(found.element, value, resolve))
    return view


def typed(hub: Hub, view: View, found: Found, value: Json) -> View:
    """Remember what one field holds now; a button holds nothing."""
    if found.element["type"] in ("button", "overflow"):
        return view
    block = str(found.block["block_id"])
    known = view.state.get(block) or {}
    return views.fill(hub, view, {block: {**known, found.element["action_id"]: value}})


async def submit(hub: Hub, user: User, view: View) -> tuple[str, Json]:
    """Submit a modal; the answer is Slack's error, or the fields with errors."""
    errors = unfinished(view.body, state_of(view.body, view.state))
    if errors:
        return "", errors
    try:
        payload = interactions.submission(hub, user, view)
        answer = await hub.deliveries.request(INTERACTIVE, payload, user.name)
        return "", _answered(hub, hub.world.views.get(view.id, view), answer)
    except (NotAnswered, SlackError):
        return TROUBLE, {}


async def dismiss(hub: Hub, user: User, view: View, *, cleared: bool) -> None:
    """Close a modal; the app hears of it if it asked to."""
    cleared = cleared or bool(view.body.get("clear_on_close"))
    names = hub.world.stacks.get(user.id, []) if cleared else [view.id]
    gone = [hub.world.views[name] for name in reversed(names)]
    told = [interactions.closed(hub, user, v, cleared=cleared) for v in gone if v.body.get("notify_on_close")]
    for each in gone:
        views.close(hub, each)
    for payload in told:
        try:
            await hub.deliveries.request(INTERACTIVE, payload, user.name)
        except NotAnswered:
            continue  # the modal is gone all the same; the journal has the failure


def _answered(hub: Hub, view: View, answer: Answer) -> Json:
    action = answer.get("response_action") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or action is None:
        views.close(hub, view)
        return {}
    match action:
        case "errors":
            return _errors(view, answer.get("errors"))
        case "update":
            views.revise(hub, view, views.checked(answer.get("view"), "modal", hub.world, known=view.id))
        case "push":
            body = views.checked(answer.get("view"), "modal", hub.world)
            views.place(hub, view.user, view.app_id, body, fresh=False)
        case "clear":
            views.clear(hub, view.user)
        case _:
            raise SlackError("invalid_response_action")
    return {}


def _errors(view: View, errors: object) -> Json:
    inputs = {b["block_id"] for b in view.body["blocks"] if b["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not inputs.issuperset(errors):
        raise SlackError("invalid_errors")  # Slack accepts only the block ids of inputs
    return errors
