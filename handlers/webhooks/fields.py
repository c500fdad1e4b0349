"""Named values: however they were posted, and which of them are labels and which are text."""

from collections.abc import Container, Mapping

from bot.domain.alert import AlertState
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.document import Node
from handlers.webhooks.finding import Part, spread, text

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


def addresses_of(details: Node) -> list[tuple[str, Part]]:
    """Members that are addresses of pages, as links."""
    return [(name, part) for name, part in spread(details).items() if text(part).startswith("http")]


def over(details: Mapping[str, Part], own: Mapping[str, Part]) -> dict[str, Part]:
    """Details, and what the source says of itself: where something stands there, it wins."""
    return {**details, **{name: part for name, part in own.items() if text(part)}}


def listed(node: Node, path: str = "") -> Node:
    """The texts of a list, or those at a path in each of its items, as one text."""
    texts = (each.at(path).text if path else each.text for each in node.items)
    return Node(", ".join(text for text in texts if text), node.place)


def unless(cleared: Container[str], word: Node) -> AlertState:
    """Cleared by one of these words; firing by any other, also by one that nobody knew: it had a reason."""
    return AlertState.CLEARED if word.word in cleared else AlertState.FIRING


def _long(part: Part) -> bool:
    shown = text(part)
    return "\n" in shown or len(shown) > _LONGEST_WORD
