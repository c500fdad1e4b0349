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

    Those that are marked `chaos` are for every second worker: each has many processes, and of too many at
    once none gets its time.
    """
    found = list(items)
    chaos = sorted(_of(found, "chaos"), key=lambda item: item.get_closest_marker("long") is None)
    alone = [item for item in _of(found, "long") if item.get_closest_marker("chaos") is None]
    heads: list[list[Item]] = [[] for _ in range(workers)]
    rest = [
        item for item in found if not (item.get_closest_marker("chaos") or item.get_closest_marker("long"))
    ]
    pairs = (workers + 1) // 2
    for number, item in enumerate(chaos):
        heads[2 * (number % pairs)].append(item)
    for number, item in enumerate(alone):
        heads[min(2 * (number % pairs) + 1, workers - 1)].append(item)
    arranged: list[Item] = []
    for worker, head in enumerate(heads):
        size = (len(found) - len(arranged)) // (workers - worker)
        tail = max(0, size - len(head))
        arranged += [*head, *rest[:tail]]
        del rest[:tail]
    return arranged


def _of(items: Iterable[Item], mark: str) -> list[Item]:
    return [item for item in items if item.get_closest_marker(mark) is not None]
