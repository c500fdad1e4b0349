"""Named values: however they were posted, and which of them are labels and which are text."""

from collections.abc import Container

from bot.domain.alert import AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Part, spread

_LONGEST_WORD = 200


def fields_of(delivery: Delivery) -> Node:
    """The body's object; for a source that lets one choose, the fields of a form or of the query instead."""
    if delivery.body.is_object:
        return delivery.body
    return Node({**delivery.query, **delivery.form}) if delivery.form or delivery.query else delivery.body


def words_of(details: Node) -> dict[str, Part]:
    """Members of one short line, as labels."""
    return {name: part for name, part in spread(details).items() if not _long(part)}


def texts_of(details: Node) -> list[Part]:
    """Members of several lines, each under its name: they describe."""
    return [said for name, part in spread(details).items() if _long(part) for said in (f"{name}:", part)]


def unless(cleared: Container[str], word: Node) -> AlertState:
    """Cleared by one of these words; firing by any other, also by one that nobody knew: it had a reason."""
    return AlertState.CLEARED if word.word in cleared else AlertState.FIRING


def _long(part: Part) -> bool:
    shown = part.text if isinstance(part, Node) else part
    return "\n" in shown or len(shown) > _LONGEST_WORD
