"""What a message may hold: text, blocks, attachments and metadata, checked and completed as Slack does it."""

import json
from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.blocks import (
    TEXT_BUDGET,
    Surface,
    check_attachments,
    check_blocks,
    elements_of,
    text_length,
)
from bot.sandbox.slack.ids import new_id
from bot.sandbox.slack.shapes import Json, SlackError, colour, invalid
from bot.sandbox.slack.workspace import App

TRUNCATED_AT = 40_000
UPDATE_LIMIT = 4_000
ATTACHMENTS = 100
METADATA_LIMIT = 8_000


def content(args: Mapping[str, Any]) -> Json:
    """The checked `text`, `blocks` and `attachments` of a message; refusals are Slack's."""
    blocks = _unpacked(args.get("blocks"))
    attachments = _unpacked(args.get("attachments"))
    text = args.get("text") or ""
    markdown = args.get("markdown_text")
    if markdown:
        if text or blocks:
            raise SlackError("markdown_text_conflict")
        blocks = [{"type": "markdown", "text": markdown}]
    if not isinstance(text, str):
        raise SlackError("invalid_arguments")
    if not (text.strip() or blocks or attachments):
        raise SlackError("no_text")
    body: Json = {"text": text[:TRUNCATED_AT]}
    if blocks:
        body["blocks"] = checked_blocks(blocks)
    if attachments:
        body["attachments"] = _checked_attachments(attachments)
    return body


def checked_blocks(blocks: object) -> list[Json]:
    """Blocks for a message, with the ids that Slack gives to those without one."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    problems = check_blocks(blocks, Surface.MESSAGE)
    if problems:
        raise invalid("invalid_blocks", [str(each) for each in problems])
    if text_length(blocks) > TEXT_BUDGET:
        raise SlackError("msg_blocks_too_long")
    return with_ids(blocks)


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy in which every block has a `block_id` and every element an `action_id`."""
    return [_with_id(block) for block in blocks]


def metadata(value: object) -> Json | None:
    """Message metadata: a type and an object of limited size."""
    if value in (None, "", {}):
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    kind, payload = value.get("event_type"), value.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(payload)) > METADATA_LIMIT:
        raise SlackError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def signed_by(app: App, team: str, args: Mapping[str, Any], *, classic: bool) -> Json:
    """Who the message is from. A classic integration, and a borrowed name, has no `user`."""
    borrowed = args.get("username") or args.get("icon_emoji") or args.get("icon_url")
    if classic or borrowed:
        icons = {"emoji": args["icon_emoji"]} if args.get("icon_emoji") else {}
        icons |= {"image_48": args["icon_url"]} if args.get("icon_url") else {}
        name = str(args.get("username") or app.name)
        sender: Json = {"type": "message", "subtype": "bot_message", "username": name, "bot_id": app.bot_id}
        sender |= {"icons": icons} if icons else {}
        return sender if classic else sender | {"app_id": app.id}
    return {
        "type": "message",
        "user": app.user_id,
        "bot_id": app.bot_id,
        "app_id": app.id,
        "team": team,
        "bot_profile": bot_profile(app, team),
    }


def bot_profile(app: App, team: str) -> Json:
    """The short description of an app that its messages carry."""
    icons = {
        f"image_{n}": f"https://a.slack-edge.com/80588/img/plugins/app/bot_{n}.png" for n in (36, 48, 72)
    }
    return {
        "id": app.bot_id,
        "app_id": app.id,
        "name": app.name,
        "icons": icons,
        "deleted": False,
        "updated": 1607307935,
        "team_id": team,
    }


def _unpacked(value: object) -> object:
    """Older integrations put JSON into a string, as in a form; Slack reads that too."""
    if not isinstance(value, str) or not value:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _with_id(block: Json) -> Json:
    done = block if block.get("block_id") else block | {"block_id": new_id("b")[-5:]}
    if not any("action_id" not in element for element, _ in elements_of(done)):
        return done
    if done.get("type") == "actions":
        return done | {"elements": [_named(element) for element in done["elements"]]}
    place = "accessory" if "accessory" in done else "element"
    return done | {place: _named(done[place])}


def _named(element: Json) -> Json:
    if element.get("action_id") or element.get("type") == "image":
        return element
    return element | {"action_id": new_id("a")[-5:]}


def _checked_attachments(attachments: object) -> list[Json]:
    if not isinstance(attachments, list):
        raise SlackError("invalid_attachments")
    if len(attachments) > ATTACHMENTS:
        raise SlackError("too_many_attachments")
    problems = check_attachments(attachments)
    if problems:
        raise invalid("invalid_attachments", [str(each) for each in problems])
    return [_attachment(each, number) for number, each in enumerate(attachments, start=1)]


def _attachment(given: Json, number: int) -> Json:
    done: Json = given | {"id": number}
    if "color" in given:
        done["color"] = colour(given["color"])
    if given.get("blocks"):
        done["blocks"] = with_ids(given["blocks"])
    done.setdefault("fallback", str(given.get("text") or given.get("title") or "[no preview available]"))
    return done
