"""Bots of one's own: messages that people write as JSON, posted, and replaced by what they write next."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.slack.hub import Hub
from bot.sandbox.slack.ids import new_id, new_secret
from bot.sandbox.slack.integrations import Integration
from bot.sandbox.slack.seed import add_integration
from bot.sandbox.slack.shapes import Json, SlackError
from bot.sandbox.slack.targets import CannotAct
from bot.sandbox.slack.workspace import App, Message, User
from bot.sandbox.web.examples import ALERTS

NAMELESS = "My bot"
LONGEST_NAME = 80
AROUND = 40
"""So many characters before a mistake, and after it, are shown with it."""

DEEPEST = 30
"""So many objects and lists may stand in each other."""

EXAMPLE = """{
  "username": "Night Owl",
  "text": "",
  "attachments": [
    {"color": "danger", "title": "DOWN api-eu", "text": "5xx above 5%"}
  ]
}"""

_KNOWN = ("text", "attachments", "blocks", "username", "icon_emoji", "icon_url", "metadata", "channel")
_WORDS = ("text", "username", "icon_emoji", "icon_url", "channel")
_LISTS = ("fields", "actions")


class Unreadable(ValueError):
    """What is wrong with the JSON, and where."""


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a person wrote last, what was said to it, and the message that it became."""

    text: str = EXAMPLE
    said: str = ""
    wrong: bool = False
    message: Message | None = None


class Bots:
    """Posts what people write. Each name is another bot, with ids of its own."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._drafts: dict[str, Draft] = {}

    def draft(self, user: User) -> Draft:
        """What this person wrote last."""
        return self._drafts.get(user.id, Draft())

    def take(self, user: User, text: str, *, replacing: bool) -> Draft:
        """Post it, or put it in the place of this person's last one; the draft says what came of it."""
        last, text = self.draft(user).message, text.replace("\r\n", "\n")
        try:
            payload = read(text)
            last = self._replace(last, payload) if replacing else self._post(payload)
            draft = Draft(text=text, said=self._told(last, payload, replacing=replacing), message=last)
        except SlackError as refusal:
            draft = Draft(text=text, said=_refused(refusal), wrong=True, message=last)
        except (Unreadable, CannotAct) as wrong:
            words = str(wrong)
            said = f"{words[:1].upper()}{words[1:]}."
            draft = Draft(text=text, said=said, wrong=True, message=last)
        self._drafts[user.id] = draft
        return draft

    def _post(self, payload: Json) -> Message:
        channel = str(payload.get("channel") or ALERTS)
        sent = {key: value for key, value in payload.items() if key != "channel"}
        return self._named(str(payload.get("username") or NAMELESS)).post(channel, sent)

    def _replace(self, last: Message | None, payload: Json) -> Message:
        if last is None:
            raise CannotAct("Nothing of yours was posted from here that could be replaced")
        return Integration(self._hub, self._hub.world.apps[last.app_id]).edit(last, payload)

    def _named(self, name: str) -> Integration:
        world = self._hub.world
        others = (each for each in world.apps.values() if each is not world.app)
        known = next((each for each in others if each.name.casefold() == name.casefold()), None)
        return Integration(self._hub, known or add_integration(world, _new(name, world.id)))

    def _told(self, message: Message, payload: Json, *, replacing: bool) -> str:
        app, room = self._hub.world.apps[message.app_id], self._hub.world.channels[message.channel]
        did = "Replaced in" if replacing else "Posted into"
        told = f"{did} #{room.name or room.id} as {app.name} ({app.bot_id})."
        ignored = ", ".join(f"“{key}”" for key in payload if key not in _KNOWN)
        return f"{told} Nothing is made of {ignored}." if ignored else told


def read(text: str) -> Json:
    """The message that is written there. Raises Unreadable."""
    try:
        found: Any = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1]
        around = line[max(0, error.colno - AROUND) :][: 2 * AROUND].strip()
        where = f", in “{around}”" if around else ""
        raise Unreadable(f"Line {error.lineno}, column {error.colno}{where}: {error.msg}") from None
    except RecursionError:
        raise Unreadable("It is nested too deeply") from None
    except Unreadable:
        raise
    except ValueError as error:
        raise Unreadable(str(error)) from None
    for problem in _problems(found):
        raise Unreadable(problem)
    return dict(found)


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found: Json = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f"“{key}” stands twice in one object")
        found[key] = value
    return found


def _no_number(name: str) -> Any:
    raise Unreadable(f"{name} is no JSON")


def _problems(found: Any) -> Iterator[str]:
    if not isinstance(found, dict):
        yield 'The whole is to be an object, such as {"text": "DOWN api-eu"}'
        return
    if _depth(found) > DEEPEST:
        yield "It is nested too deeply"
        return
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        yield f"{error.object[error.start]!a} is half a character"
    for key in _WORDS:
        if not isinstance(found.get(key, ""), str):
            yield f"“{key}” is to be a string"
    if len(found.get("username", "")) > LONGEST_NAME:
        yield f"“username” has more than {LONGEST_NAME} characters"
    yield from _of_lists(found)


def _of_lists(found: Json) -> Iterator[str]:
    """Lists whose entries are objects, also those within attachments."""
    yield from _objects(found.get("blocks"), "blocks")
    yield from _objects(attachments := found.get("attachments"), "attachments")
    for number, each in enumerate(attachments or []):
        for key in _LISTS:
            yield from _objects(each.get(key), f"attachments[{number}].{key}")


def _objects(many: Any, at: str) -> Iterator[str]:
    if many is None:
        return
    if not isinstance(many, list):
        yield f"“{at}” is to be a list"
        return
    for number, each in enumerate(many):
        if not isinstance(each, dict):
            yield f"“{at}[{number}]” is to be an object"


def _depth(value: object) -> int:
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        depth += 1
    return depth


def _refused(refusal: SlackError) -> str:
    details = "; ".join(str(each) for each in refusal.extra.get("errors", []))
    return f"Slack refuses it: {refusal.error}{f' ({details})' if details else ''}."


def _new(name: str, team: str) -> App:
    bot = new_id("B")
    return App(
        id=new_id("A"),
        name=name,
        bot_id=bot,
        user_id=new_id("U"),
        bot_token=f"xoxb-sandbox-{new_secret()}",
        scopes={"chat:write", "chat:write.public"},
        hook_path=f"/services/{team}/{bot}/{new_secret()}",
    )
