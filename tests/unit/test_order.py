"""Long tests stand at the beginning of each worker's part, and nothing is left out."""

from dataclasses import dataclass

import pytest

from tests.order import long_first


@dataclass(frozen=True)
class Test:
    """One with these marks."""

    __test__ = False
    number: int
    marks: tuple[str, ...] = ()

    def get_closest_marker(self, name: str) -> object | None:
        return name if name in self.marks else None


def some(short: int, long: int, chaos: int) -> list[Test]:
    kinds = [()] * short + [("long",)] * long + [("chaos",)] * (chaos - 2) + [("chaos", "long")] * 2
    return [Test(number, marks) for number, marks in enumerate(kinds)]


@pytest.mark.parametrize("workers", [1, 2, 3, 4, 8])
@pytest.mark.parametrize(("short", "long", "chaos"), [(100, 6, 8), (3, 6, 8), (0, 0, 2), (1, 30, 2)])
def test_every_test_is_there_once(workers: int, short: int, long: int, chaos: int) -> None:
    found = some(short, long, chaos)

    arranged = long_first(found, workers)

    assert sorted(arranged, key=lambda test: test.number) == found


def test_each_worker_begins_with_what_takes_long() -> None:
    arranged = long_first(some(86, 6, 8), 4)

    parts = [arranged[begin : begin + 25] for begin in range(0, 100, 25)]
    heads = [[test.marks for test in part if test.marks] for part in parts]
    assert heads == [[("chaos", "long")] * 2, [("long",)] * 3, [("chaos",)] * 6, [("long",)] * 3]
    assert all(part[0].marks for part in parts)
