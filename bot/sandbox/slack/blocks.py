"""The block validator: what Slack says about a list of blocks, an attachment list or a view. Pure."""

import json
from collections.abc import Iterator
from enum import StrEnum

from bot.sandbox.slack.elements import IN_ACTIONS, IN_CONTEXT, IN_INPUT, IN_SECTION, plain, text
from bot.sandbox.slack.schema import (
    Check,
    Problem,
    Report,
    anything,
    choice,
    fail,
    flag,
    record,
    several,
    string,
    typed,
)
from bot.sandbox.slack.shapes import Json

TEXT_BUDGET = (
    13_200  # characters in all blocks of a message; undocumented, measured by others (bolt-js #2509)
)
VIEW_BYTES = 250_000


class Surface(StrEnum):
    """Where blocks appear."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


_MOST = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
_TYPE: dict[str, Check] = {"type": anything}
_ID: dict[str, Check] = {"block_id": string(1, 255)}

_SECTION_PARTS = record(
    _TYPE,
    {
        **_ID,
        "text": text(3000),
        "fields": several(text(2000), 1, 10),
        "accessory": IN_SECTION,
        "expand": flag,
    },
)


def _section(value: object, at: str, report: Report) -> None:
    _SECTION_PARTS(value, at, report)
    if isinstance(value, dict) and value.get("text") is None and value.get("fields") is None:
        fail(report, at, "missing required field: text")


_IMAGE = record(
    {**_TYPE, "alt_text": string(1, 2000)},
    {**_ID, "image_url": string(1, 3000), "slack_file": anything, "title": plain(2000)},
)
_INPUT = record(
    {**_TYPE, "label": plain(2000), "element": IN_INPUT},
    {**_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
)
_ANYWHERE: dict[str, Check] = {
    "section": _section,
    "header": record({**_TYPE, "text": plain(150)}, {**_ID, "level": anything}),
    "divider": record(_TYPE, _ID),
    "image": _IMAGE,
    "context": record({**_TYPE, "elements": several(IN_CONTEXT, 1, 10)}, _ID),
    "actions": record({**_TYPE, "elements": several(IN_ACTIONS, 1, 25)}, _ID),
    "rich_text": record({**_TYPE, "elements": several(anything, 0, 1000)}, _ID),
    "input": _INPUT,
    "video": record(
        {
            **_TYPE,
            "alt_text": string(1, 2000),
            "title": plain(200),
            "thumbnail_url": string(1, 3000),
            "video_url": string(1, 3000),
        },
        {
            **_ID,
            "author_name": string(1, 50),
            "description": plain(200),
            "provider_icon_url": string(1, 3000),
            "provider_name": string(1, 50),
            "title_url": string(1, 3000),
        },
    ),
}
_CELLS = several(several(anything, 1, 20), 1, 100)
_IN_MESSAGES: dict[str, Check] = {
    "markdown": record({**_TYPE, "text": string(1, 12_000)}, _ID),
    "table": record({**_TYPE, "rows": _CELLS}, {**_ID, "column_settings": anything}),
    "context_actions": record({**_TYPE, "elements": several(anything, 1, 5)}, _ID),
    "file": record({**_TYPE, "external_id": string(1, 255), "source": choice("remote")}, _ID),
}
_BLOCK = {
    Surface.MESSAGE: typed({**_ANYWHERE, **_IN_MESSAGES}),
    Surface.MODAL: typed(_ANYWHERE),
    Surface.HOME: typed(_ANYWHERE),
}
_LIST = {surface: several(block, 0, _MOST[surface]) for surface, block in _BLOCK.items()}


def check_blocks(blocks: object, surface: Surface, at: str = "/blocks") -> list[Problem]:
    """Everything that Slack refuses about these blocks on this surface; nothing means accepted."""
    report: Report = []
    _LIST[surface](blocks, at, report)
    if isinstance(blocks, list):
        _check_names(blocks, at, report)
        _check_markdown(blocks, at, report)
    return report


def check_attachments(attachments: object) -> list[Problem]:
    """What Slack refuses about the blocks inside attachments."""
    if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
        return [Problem(pointer="/attachments", message="must be an array of objects")]
    report: Report = []
    for number, attachment in enumerate(attachments):
        if attachment.get("blocks") is not None:
            at = f"/attachments/{number}/blocks"
            report += check_blocks(attachment["blocks"], Surface.MESSAGE, at)
    return report


_VIEW_PARTS: dict[str, Check] = {
    "blocks": anything,
    "callback_id": string(0, 255),
    "external_id": string(0, 255),
    "private_metadata": string(0, 3000),
    "type": anything,
}
_MODAL = record(
    {"title": plain(24), "blocks": anything, "type": anything},
    {
        **_VIEW_PARTS,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
)
_HOME = record({"blocks": anything, "type": anything}, _VIEW_PARTS)
_VIEW = typed({"modal": _MODAL, "home": _HOME})


def check_view(view: object) -> list[Problem]:
    """Everything that Slack refuses about a modal or Home view, its blocks included."""
    report: Report = []
    _VIEW(view, "/view", report)
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return report
    surface = Surface(view["type"])
    blocks = view.get("blocks")
    if blocks is None:
        return report
    report += check_blocks(blocks, surface, "/view/blocks")
    if surface is Surface.MODAL and not view.get("submit") and has_input(blocks):
        fail(report, "/view", "missing required field: submit")
    return report


def view_too_large(view: Json) -> bool:
    """Slack's limit on a view is on its JSON."""
    return len(json.dumps(view, ensure_ascii=False).encode(errors="surrogatepass")) > VIEW_BYTES


def text_length(blocks: object) -> int:
    """The characters in all text objects: what Slack's budget for a message counts."""
    if isinstance(blocks, list):
        return sum(text_length(each) for each in blocks)
    if isinstance(blocks, dict):
        own = blocks.get("text")
        inner = sum(text_length(each) for each in blocks.values() if isinstance(each, dict | list))
        return inner + (len(own) if isinstance(own, str) else 0)
    return 0


def has_input(blocks: object) -> bool:
    """Whether there is something to submit."""
    return isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)


def elements_of(block: Json) -> Iterator[tuple[Json, str]]:
    """The interactive elements of a block and where each stands in it."""
    if block.get("type") == "actions" and isinstance(block.get("elements"), list):
        for number, element in enumerate(block["elements"]):
            if isinstance(element, dict):
                yield element, f"/elements/{number}"
    for place in ("accessory", "element"):
        if isinstance(block.get(place), dict):
            yield block[place], f"/{place}"


def _check_names(blocks: list[object], at: str, report: Report) -> None:
    names: set[str] = set()
    for number, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        name = block.get("block_id")
        if isinstance(name, str):
            if name in names:
                fail(report, f"{at}/{number}/block_id", f"`block_id` must be unique: {name}")
            names.add(name)
        actions: set[str] = set()
        for element, place in elements_of(block):
            action = element.get("action_id")
            if isinstance(action, str):
                if action in actions:
                    fail(report, f"{at}/{number}{place}/action_id", f"`action_id` must be unique: {action}")
                actions.add(action)


def _check_markdown(blocks: list[object], at: str, report: Report) -> None:
    kinds = [b for b in blocks if isinstance(b, dict)]
    markdown = sum(len(str(b.get("text", ""))) for b in kinds if b.get("type") == "markdown")
    if markdown > 12_000:
        fail(report, at, "markdown text must be less than 12001 characters in total")
    if sum(b.get("type") == "table" for b in kinds) > 1:
        fail(report, at, "only one table block allowed")


__all__ = [
    "Problem",
    "Surface",
    "check_attachments",
    "check_blocks",
    "check_view",
    "elements_of",
    "has_input",
    "text_length",
    "view_too_large",
]
