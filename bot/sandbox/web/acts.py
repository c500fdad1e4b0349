"""What people do on the pages: each form ends in one verb here, done as the person whose page it is."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from multidict import MultiDict

from bot.sandbox.jira.refusal import Refusal
from bot.sandbox.slack.people import Outcome
from bot.sandbox.slack.shapes import SlackError
from bot.sandbox.slack.targets import CannotAct
from bot.sandbox.slack.workspace import Message, View
from bot.sandbox.web.drawing import encoded
from bot.sandbox.web.examples import ALERTS, by_hand, examples
from bot.sandbox.web.forms import Form, filled, located, pressed, value_of
from bot.sandbox.web.live import Live, Part
from bot.sandbox.web.scene import Scene

SCRIPTED = "X-Sandbox-Script"
"""The header by which the script asks for JSON; a bare form gets a redirect back to its page."""

_TROUBLES = {
    "operation_timeout": "The app did not answer within 3 seconds.",
    "connection_failed": "The app is not connected.",
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """What the page should show at once; the rest comes live. `toast` is a word to the person."""

    toast: str = ""
    parts: tuple[Part, ...] = ()
    status: int = 200


Verb = Callable[[Scene, Form], Awaitable[Done]]


class Acts:
    """The verbs."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._verbs: Mapping[str, Verb] = {
            "say": _say,
            "press": _press,
            "submit": _submit,
            "close": _close,
            "shortcut": _shortcut,
            "react": _react,
            "alert": _alert,
            "bot": _bot,
            "trouble": self._trouble,
            "move": _move,
            "comment": _comment,
        }

    async def serve(self, request: web.Request, scene: Scene) -> web.StreamResponse:
        """Do what the form says, or say why not."""
        verb = self._verbs.get(request.match_info["verb"])
        if verb is None:
            raise web.HTTPNotFound
        sent = await request.post()
        form: Form = MultiDict((key, value) for key, value in sent.items() if isinstance(value, str))
        try:
            done = await verb(scene, form)
        except SlackError as refusal:
            done = Done(toast=f"Slack refuses: {refusal.error}", status=400)
        except (CannotAct, Refusal, LookupError, ValueError) as refusal:
            done = Done(toast=_sentence(refusal), status=400)
        return _answer(request, scene, done)

    async def _trouble(self, scene: Scene, form: Form) -> Done:
        scene.desk.troubles.turn(form["name"], on=form["on"] == "yes")
        self._live.tell("play")
        return Done()


def _answer(request: web.Request, scene: Scene, done: Done) -> web.StreamResponse:
    if request.headers.get(SCRIPTED):
        body = json.dumps({"toast": done.toast, "parts": done.parts})
        return web.Response(body=encoded(body), status=done.status, content_type="application/json")
    came_from = urlsplit(request.headers.get("Referer", ""))
    back = f"{came_from.path}?{came_from.query}" if came_from.path.startswith("/as/") else "/"
    raise web.HTTPSeeOther(back)


async def _say(scene: Scene, form: Form) -> Done:
    text, thread, channel = form["text"].strip(), form.get("thread", ""), form["channel"]
    if not text:
        return Done()
    command, _, rest = text.partition(" ")
    if not text.startswith("/"):
        scene.person.say(channel, text, thread=thread, broadcast=form.get("broadcast") == "yes")
        return Done()
    root = scene.desk.slack.world.message(channel, thread) if thread else None
    return _told(await scene.person.slash(command, rest.strip(), channel=channel, thread=root))


async def _press(scene: Scene, form: Form) -> Done:
    target = _target(scene, form)
    press = pressed(form)
    found = located(target.body, press.name)
    question = found.element.get("confirm")
    if question and form.get("confirmed") != "yes" and form.get("linked") != "yes":
        values = list(form.items())
        html = scene.confirm(question, scene.reader.room("do/press"), values)
        return Done(parts=({"op": "swap", "id": "confirm", "html": html},))
    if isinstance(target, View) and target.body["type"] == "modal":
        target = scene.person.fill(filled(target.body, form, scene.reader), target)
    value = value_of(found, press, form, scene.reader)
    return _told(await scene.person.click(target, press.name, value))


async def _submit(scene: Scene, form: Form) -> Done:
    view = _view(scene, form["view"])
    outcome = await scene.person.submit(filled(view.body, form, scene.reader), view)
    if outcome.errors or outcome.error:
        html = scene.modal(outcome.errors, outcome.error)
        return Done(parts=({"op": "swap", "id": "modal", "html": html},))
    return Done()


async def _close(scene: Scene, form: Form) -> Done:
    await scene.person.close(_view(scene, form["view"]))
    return Done()


async def _shortcut(scene: Scene, form: Form) -> Done:
    if form.get("ts"):
        message = _message(scene, form)
        return _told(await scene.person.message_shortcut(form["name"], message))
    return _told(await scene.person.shortcut(form["name"]))


async def _react(scene: Scene, form: Form) -> Done:
    scene.person.react(_message(scene, form), form["emoji"])
    return Done()


async def _alert(scene: Scene, form: Form) -> Done:
    slack = scene.desk.slack
    if words := form.get("words", "").strip():
        slack.integration("Alertmanager").post(ALERTS, by_hand(words))
        return Done(toast=f"Posted into {ALERTS}.")
    example = examples()[form["example"]]
    payload = example.cleared if form.get("state") == "cleared" else example.firing
    slack.integration(example.by).post(ALERTS, payload)
    return Done(toast=f"{example.by} posted into {ALERTS}.")


async def _bot(scene: Scene, form: Form) -> Done:
    replacing = form.get("do") == "replace"
    scene.desk.bots.take(scene.person.user, form["json"], replacing=replacing)
    shown: Part = {"op": "swap", "id": "bot-said", "html": scene.said()}
    return Done(parts=(shown,))


async def _move(scene: Scene, form: Form) -> Done:
    scene.desk.jira.move(form["key"], form["status"], by=_hand(scene))
    return Done()


async def _comment(scene: Scene, form: Form) -> Done:
    scene.desk.jira.comment(form["key"], form["body"], by=_hand(scene))
    return Done()


def _hand(scene: Scene) -> str:
    hand = scene.board.hand
    if not hand:
        raise CannotAct(f"{scene.person.user.real_name} has no account in Jira")
    return hand


def _told(outcome: Outcome) -> Done:
    """What an error means; with a reply, Slackbot has said it already."""
    if not outcome.error or outcome.reply is not None:
        return Done()
    return Done(toast=_TROUBLES.get(outcome.error, f"Slack could not reach the app: {outcome.error}"))


def _target(scene: Scene, form: Form) -> Message | View:
    return _view(scene, form["view"]) if form.get("view") else _message(scene, form)


def _view(scene: Scene, name: str) -> View:
    found = scene.desk.slack.world.views.get(name)
    if found is None:
        raise CannotAct("that form is not open any more")
    return found


def _message(scene: Scene, form: Form) -> Message:
    found = scene.desk.slack.world.message(form["channel"], form["ts"])
    if found is None:
        raise CannotAct("the message is gone")
    return found


def _sentence(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"There is no {error.args[0]}."
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}".rstrip(".") + "."
