"""Oddities: what stands in a document and could not be used, and what is understood instead.

The alert opens all the same. Whoever posts it is told, so that nothing is left out in silence.
"""

from collections.abc import Iterator, Sequence

from bot.domain.alert import Alert, AlertState
from handlers.webhooks.document import Node, kind

_LONGEST = 60
_WORDLESS = (list, dict)


def unusable(nodes: Sequence[tuple[Node, str]]) -> Iterator[tuple[str, str]]:
    """The nodes that should have had words and are lists or objects, each with what is understood instead."""
    for node, instead in nodes:
        if isinstance(node.value, list | dict) and node.value:
            yield node.place, f"a text is expected here, and {kind(node.value)} was sent; {instead}"


def wordless(part: object) -> bool:
    """Whether a part may be something that has no words; of several parts at once it may always be."""
    return isinstance(part.value if isinstance(part, Node) else part, _WORDLESS)


def memberless(nodes: Sequence[Node]) -> Iterator[tuple[str, str]]:
    """What should have been objects of words and is none, and their members that are no words."""
    for node in nodes:
        if node and not node.is_object:
            why = f"an object is expected here, and {kind(node.value)} was sent; nothing of it was read"
            yield node.place, why
        elif isinstance(node.value, dict) and any(
            isinstance(each, _WORDLESS) for each in node.value.values()
        ):
            yield from unusable([(member, "it was left out") for _, member in node.members])


def untitled(node: Node, alert: Alert) -> tuple[str, str]:
    """That no title was there."""
    return node.place, f"a title is expected here, and {kind(node.value)} was sent; it is “{alert.title}”"


def no_state(node: Node, state: AlertState) -> tuple[str, str]:
    """A word for the state that says nothing."""
    return node.place, f"“{_shown(node)}” is no state that is known here; it counts as {state.value}"


def no_severity(node: Node) -> tuple[str, str]:
    """A word for the severity that says nothing."""
    return node.place, f"“{_shown(node)}” is no severity that is known here; the route says how bad it is"


def no_time(node: Node) -> tuple[str, str]:
    """A time that is none."""
    return node.place, f"“{_shown(node)}” is no time with its zone; the moment of its arrival counts"


def _shown(node: Node) -> str:
    return node.text if len(node.text) <= _LONGEST else node.text[:_LONGEST] + "…"
