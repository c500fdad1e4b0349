"""The order of a run: what takes longest comes first, so that no worker is left with it in the end."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Marked(Protocol):
    """A test that may bear marks."""

    def get_closest_marker(self, name: str) -> object | None:
        """The mark of that name."""


Item = TypeVar("Item", bound=Marked)


def long_first(items: Iterable[Item], workers: int) -> list[Item]:
    """Arranged for workers of whom each begins with an equal part of the list, and takes from others later.

    Those that are marked `chaos` have many processes, and of too many at once none gets its time: the long
    ones stand before one worker, the others before a second, and what is only long before the rest.
    """
    found = list(items)
    heads: list[list[Item]] = [[] for _ in range(workers)]
    rest: list[Item] = []
    for item in found:
        chaos, long = (item.get_closest_marker(name) is not None for name in ("chaos", "long"))
        if chaos:
            heads[0 if long else workers // 2].append(item)
        elif long:
            min(heads[workers // 2 - 1 :: 2] or heads, key=len).append(item)
        else:
            rest.append(item)
    arranged: list[Item] = []
    for worker, head in enumerate(heads):
        size = (len(found) - len(arranged)) // (workers - worker)
        tail = max(0, size - len(head))
        arranged += [*head, *rest[:tail]]
        del rest[:tail]
    return arranged
