"""The methods `views.*`, and what happens to views when people or answers change them."""

from dataclasses import replace

from bot.sandbox.slack.blocks import check_view, view_too_large
from bot.sandbox.slack.call import Call, Method
from bot.sandbox.slack.content import with_ids
from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.ids import new_id, new_secret
from bot.sandbox.slack.journal import Kind
from bot.sandbox.slack.limits import TIER_4
from bot.sandbox.slack.shapes import Json, SlackError, invalid
from bot.sandbox.slack.workspace import UserKind, View, Workspace

STACK = 3


def opened(call: Call) -> Json:
    """views.open: a modal for the person whose trigger this is."""
    body = checked(call.args.get("view"), "modal", call.hub.world)
    user = call.hub.triggers.spend(call.need("trigger_id"), call.app.id)
    return {"view": shape(place(call.hub, user, call.app.id, body, fresh=True), call.hub)}


def pushed(call: Call) -> Json:
    """views.push: a modal on top of the one that is open; three at most."""
    body = checked(call.args.get("view"), "modal", call.hub.world)
    user = call.hub.triggers.spend(call.need("trigger_id"), call.app.id)
    return {"view": shape(place(call.hub, user, call.app.id, body, fresh=False), call.hub)}


def updated(call: Call) -> Json:
    """views.update: new content for an open view, unless someone was faster (`hash_conflict`)."""
    view = _wanted(call)
    body = checked(call.args.get("view"), str(view.body["type"]), call.hub.world, known=view.id)
    if call.text("hash") and call.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    return {"view": shape(revise(call.hub, view, body), call.hub)}


def published(call: Call) -> Json:
    """views.publish: the Home tab of one user."""
    hub = call.hub
    user = hub.world.users.get(call.need("user_id"))
    if user is None or user.kind in (UserKind.BOT, UserKind.DEACTIVATED):
        raise SlackError("invalid_arguments" if user is None else "user_not_found")
    features = call.app.manifest.get("features") or {}
    if not (features.get("app_home") or {}).get("home_tab_enabled"):
        raise SlackError("not_enabled")
    known = hub.world.homes.get(user.id, "")
    body = checked(call.args.get("view"), "home", hub.world, known=known)
    if known:
        view = hub.world.views[known]
        if call.text("hash") and call.text("hash") != view.hash:
            raise SlackError("hash_conflict")
        return {"view": shape(revise(hub, view, body), hub)}
    view = _new(user.id, call.app.id, body)
    hub.world.homes[user.id] = view.id
    return {"view": shape(_keep(hub, view, "published"), hub)}


def checked(view: object, kind: str, world: Workspace, *, known: str = "") -> Json:
    """A view that passes every rule, with ids for its nameless blocks."""
    if not isinstance(view, dict):
        raise invalid("invalid_arguments", ["[ERROR] missing required field: view"])
    if view_too_large(view):
        raise SlackError("view_too_large")
    problems = [str(each) for each in check_view(view)]
    if view.get("type") in ("modal", "home") and view["type"] != kind:
        problems.append(f"[ERROR] must be a valid enum value: {kind} [json-pointer:/view/type]")
    if problems:
        raise invalid("invalid_arguments", problems)
    external = view.get("external_id")
    if external and any(
        v.id != known and v.body.get("external_id") == external for v in world.views.values()
    ):
        raise SlackError("duplicate_external_id")
    return view | {"blocks": with_ids(view["blocks"])}


def place(hub: Hub, user: str, app_id: str, body: Json, *, fresh: bool) -> View:
    """Show a modal: alone, or on top of what is open."""
    if fresh:
        clear(hub, user)
    stack = hub.world.stacks.setdefault(user, [])
    if len(stack) >= STACK:
        raise SlackError("push_limit_reached")
    view = _new(user, app_id, body)
    if stack:
        view = replace(view, root=stack[0], previous=stack[-1])
    stack.append(view.id)
    return _keep(hub, view, "opened")


def revise(hub: Hub, view: View, body: Json) -> View:
    """New content; what was typed survives where block and action keep their names."""
    kept = {b["block_id"]: b for b in body["blocks"]}
    state = {name: values for name, values in view.state.items() if name in kept}
    return _keep(hub, replace(view, body=body, hash=_hash(), state=state), "updated")


def close(hub: Hub, view: View) -> None:
    """Take one modal away; the one below comes to the front."""
    stack = hub.world.stacks.get(view.user, [])
    if view.id in stack:
        stack.remove(view.id)
    hub.world.views.pop(view.id, None)
    hub.journal.add(Kind.VIEW, "closed", actor=view.user, payload={"view_id": view.id})


def clear(hub: Hub, user: str) -> None:
    """Take all modals of a user away."""
    for name in tuple(hub.world.stacks.get(user, [])):
        close(hub, hub.world.views[name])


def fill(hub: Hub, view: View, state: Json) -> View:
    """Keep what the person typed so far."""
    changed = replace(view, state={**view.state, **state})
    hub.world.views[view.id] = changed
    return changed


def shape(view: View, hub: Hub) -> Json:
    """A view's JSON, as answers and payloads carry it."""
    body, app = view.body, hub.world.apps[view.app_id]
    modal = body["type"] == "modal"
    shared: Json = {
        "id": view.id,
        "team_id": hub.world.id,
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata") or "",
        "callback_id": body.get("callback_id") or "",
        "state": {"values": view.state},
        "hash": view.hash,
        "title": body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "submit_disabled": bool(body.get("submit_disabled")),
        "close": body.get("close"),
        "submit": body.get("submit"),
        "previous_view_id": view.previous if modal else None,
        "root_view_id": view.root,
        "app_id": app.id,
        "external_id": body.get("external_id") or "",
        "app_installed_team_id": hub.world.id,
        "bot_id": app.bot_id,
    }
    return shared


def _wanted(call: Call) -> View:
    name, external = call.text("view_id"), call.text("external_id")
    if not name and not external:
        raise invalid("invalid_arguments", ["[ERROR] missing required field: view_id"])
    views = call.hub.world.views
    found = views.get(name) or next(
        (v for v in views.values() if external and v.body.get("external_id") == external), None
    )
    if found is None or found.app_id != call.app.id:
        raise SlackError("not_found")
    return found


def _new(user: str, app_id: str, body: Json) -> View:
    name = new_id("V")
    return View(id=name, user=user, app_id=app_id, body=body, hash=_hash(), root=name)


def _keep(hub: Hub, view: View, outcome: str) -> View:
    hub.world.views[view.id] = view
    hub.journal.add(Kind.VIEW, outcome, actor=view.user, payload=shape(view, hub))
    return view


def _hash() -> str:
    secret = new_secret()
    return f"{int(secret[:8], 16)}.{secret[8:16]}"


METHODS = {
    "views.open": Method(run=opened, allowance=TIER_4),
    "views.push": Method(run=pushed, allowance=TIER_4),
    "views.update": Method(run=updated, allowance=TIER_4),
    "views.publish": Method(run=published, allowance=TIER_4),
}
