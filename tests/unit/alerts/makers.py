"""Messages as Slack sends them, written in one line."""

from handlers.alerts import SlackMessage, read_event


def event(**parts: object) -> dict[str, object]:
    """A `message` event of a bot."""
    known = {
        "type": "message",
        "subtype": "bot_message",
        "channel": "C1",
        "ts": "1767225600.000100",
        "bot_id": "B1",
    }
    return known | parts


def said(**parts: object) -> SlackMessage:
    """The message of such an event."""
    found = read_event(event(**parts))
    assert found is not None
    return found


def titled(title: str, **parts: object) -> SlackMessage:
    """A message of Alertmanager's kind: one attachment with this title."""
    link = "https://am.example.com/#/alerts?receiver=ops"
    return said(attachments=[{"title": title, "title_link": link, **parts}])


def changed(
    now: dict[str, object], before: dict[str, object], ts: str = "1767225700.000200"
) -> dict[str, object]:
    """The event of an edit, from one message event to another."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": now["channel"],
        "ts": ts,
        "message": {name: value for name, value in now.items() if name != "channel"},
        "previous_message": {name: value for name, value in before.items() if name != "channel"},
    }
