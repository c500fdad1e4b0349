"""A message in whichever form one has it: an event, a line of history, or what was posted to Slack."""

import json
from collections.abc import Mapping

from handlers.alerts.reading import SlackMessage, read_event, read_history

NOWHERE, NEVER = "C0", "1.000000"
"""The channel and the moment of a message that names none."""
_ONE_ATTACHMENT = ("fallback", "pretext", "title", "fields")


def read_posted(raw: object, channel: str = NOWHERE) -> SlackMessage | None:
    """The message of an event, of `conversations.history`, or of a body for `chat.postMessage` or a webhook.

    An event may stand in its envelope. A form sends blocks and attachments as text; that is read as well,
    and so is a single attachment. None for what is no message.
    """
    if not isinstance(raw, Mapping):
        return None
    if isinstance(raw.get("event"), Mapping):
        return read_event(raw["event"])
    inner = raw.get("message")
    if raw.get("subtype") == "message_changed" or (raw.get("type") == "message" and raw.get("channel")):
        return read_event({"ts": NEVER, **raw})
    if isinstance(inner, Mapping):  # the answer of chat.postMessage, and the body of a shortcut
        place = raw.get("channel")
        named = place.get("id") if isinstance(place, Mapping) else place
        return read_posted({**inner, "channel": named or channel}, channel)
    return read_history(str(raw.get("channel") or channel), _body(raw))


def _body(raw: Mapping[str, object]) -> dict[str, object]:
    body: dict[str, object] = {"ts": NEVER, **raw}
    for name in ("attachments", "blocks"):
        if isinstance(body.get(name), str):
            body[name] = _parsed(str(body[name]))
    if "attachments" not in raw and "blocks" not in raw and any(name in raw for name in _ONE_ATTACHMENT):
        return {"ts": NEVER, "attachments": [dict(raw)]}
    if not isinstance(body["ts"], str):
        body["ts"] = NEVER
    return body


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
