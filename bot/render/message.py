"""A Slack message and the blocks that it is made of. Every part keeps Slack's limits by construction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.render.escape import NOTHING, clip, inert, safe_url

Block = dict[str, object]

LONGEST_TEXT = 3000
"""Of a message's `text`: below the 4,000 that chat.update takes."""
LONGEST_SECTION = 3000
MOST_FIELDS = 10
MOST_OPTIONS = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """What is to be said: `text` is a whole sentence, for notifications and screen readers."""

    text: str
    blocks: tuple[Block, ...] = ()
    attachments: tuple[Block, ...] = ()

    def body(self) -> Block:
        """Arguments for `chat.postMessage` and `chat.update`; an empty list removes what stood there."""
        return {"text": self.text, "blocks": list(self.blocks), "attachments": list(self.attachments)}


def message(text: str, *blocks: Block | None, attachment: Block | None = None) -> Message:
    """A message. `text` is escaped already; missing blocks are left out."""
    return Message(
        text=clip(text, LONGEST_TEXT) or NOTHING,
        blocks=tuple(block for block in blocks if block is not None),
        attachments=(attachment,) if attachment else (),
    )


def mrkdwn(markup: str, limit: int = LONGEST_SECTION) -> Block:
    """A text object of escaped markup. `verbatim`: Slack turns nothing into links or mentions by itself."""
    return {"type": "mrkdwn", "text": clip(markup, limit) or NOTHING, "verbatim": True}


def plain(text: str, limit: int) -> Block:
    """A text object without markup."""
    return {"type": "plain_text", "text": inert(text, limit), "emoji": True}


def section(
    markup: str | None,
    fields: Sequence[str] = (),
    *,
    block_id: str | None = None,
    accessory: Block | None = None,
) -> Block:
    """A paragraph and, below it, short texts in two columns."""
    block: Block = {"type": "section"}
    if markup is not None:
        block["text"] = mrkdwn(markup)
    if fields:
        block["fields"] = [mrkdwn(each, 700) for each in fields[:MOST_FIELDS]]
    if accessory:
        block["accessory"] = accessory
    return _named(block, block_id)


def heading(text: str) -> Block:
    """A line in large letters."""
    return {"type": "header", "text": plain(text, 150)}


def context(*markups: str) -> Block:
    """Small print."""
    return {"type": "context", "elements": [mrkdwn(each, 1500) for each in markups[:10]]}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def actions(elements: Sequence[Block | None], *, block_id: str | None = None) -> Block | None:
    """A row of buttons; missing ones are left out, and without any there is no row."""
    row = [element for element in elements if element is not None]
    return _named({"type": "actions", "elements": row[:25]}, block_id) if row else None


def button(
    label: str,
    action: str,
    value: str,
    *,
    said: str | None = None,
    style: Literal["primary", "danger"] | None = None,
) -> Block:
    """A button; `said` is what a screen reader says instead of its label."""
    block: Block = {"type": "button", "text": plain(label, 75), "action_id": action, "value": value}
    if said:
        block["accessibility_label"] = inert(said, 75)
    if style:
        block["style"] = style
    return block


def link_button(label: str, action: str, url: str | None) -> Block | None:
    """A button that opens an address; nothing when the address may not be linked."""
    address = safe_url(url) if url else None
    if address is None:
        return None
    return {"type": "button", "text": plain(label, 75), "action_id": action, "url": address}


def option(label: str, value: str, description: str | None = None) -> Block:
    """One choice of a menu."""
    block: Block = {"text": plain(label, 75), "value": value[:150]}
    if description:
        block["description"] = plain(description, 75)
    return block


def overflow(action: str, options: Sequence[Block]) -> Block:
    """A small menu of up to five choices."""
    return {"type": "overflow", "action_id": action, "options": list(options[:5])}


def menu(action: str, placeholder: str, options: Sequence[Block]) -> Block:
    """A menu of up to a hundred choices."""
    return {
        "type": "static_select",
        "action_id": action,
        "placeholder": plain(placeholder, 150),
        "options": list(options[:MOST_OPTIONS]),
    }


def _named(block: Block, block_id: str | None) -> Block:
    return block | {"block_id": block_id[:255]} if block_id else block
