"""Members by their names, as people write them: `ruleId`, `rule_id` and `rule.id` are one."""

import re
from collections.abc import Iterator

from handlers.webhooks.document import NOTHING, Node

_DEEPEST = 4
_MOST = 2_000
_PLAIN = re.compile(r"[^a-z0-9]+")
# A variable of a template that nobody filled: `$ALERT_ID`, `{ProblemID}`, `{{ rule.id }}`, `<no value>`.
_UNFILLED = re.compile(
    r"\$[A-Za-z_]+|\$?\{{1,3}[^{}]{1,200}\}{1,3}|\*UNKNOWN\*|<no value>|null|None|undefined"
)


class Names:
    """The members of an object and of the objects in it, without regard to case and to what joins words."""

    def __init__(self, node: Node) -> None:
        self._known: dict[str, Node] = {}
        for name, found in _walk(node, "", _DEEPEST):
            if len(self._known) >= _MOST:
                return
            self._known.setdefault(_PLAIN.sub("", name.lower()), found)

    def __contains__(self, name: str) -> bool:
        return bool(self.first(name))

    def first(self, *names: str) -> Node:
        """The first of these (small letters, nothing between) where something stands that was filled in."""
        for name in names:
            found = self._known.get(name)
            if found and not unfilled(found):
                return found
        return Node(NOTHING, names[0] if names else "")


def unfilled(node: Node) -> bool:
    """Whether a template's variable stands here, and no value."""
    return isinstance(node.value, str) and bool(_UNFILLED.fullmatch(node.text))


def cut(node: Node, text: str) -> Node:
    """A part of a text, which stands where the text stands."""
    return Node(text, node.place)


def _walk(node: Node, before: str, depth: int) -> Iterator[tuple[str, Node]]:
    """The members of this object before those of the objects in it."""
    deeper: list[tuple[str, Node]] = []
    for name, value in node.members:
        yield before + name, value
        if value.is_object and depth > 1:
            deeper.append((before + name, value))
    for name, value in deeper:
        yield from _walk(value, name, depth - 1)
