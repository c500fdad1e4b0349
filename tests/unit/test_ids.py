"""Names for new things: never the same twice, in no thread and in no copy of the process."""

import os
from concurrent.futures import ThreadPoolExecutor

from bot.ids import new_id
from tests.examples import NOW


def names(count: int) -> list[str]:
    return [new_id(NOW) for _ in range(count)]


def test_no_two_names_are_the_same_whichever_thread_makes_them() -> None:
    with ThreadPoolExecutor(4) as threads:
        made = [name for some in threads.map(names, [2_500] * 4) for name in some]

    assert len(set(made)) == len(made) == 10_000
    assert {len(name) for name in made} == {26}


def test_a_copy_of_the_process_makes_names_of_its_own() -> None:
    new_id(NOW)
    end, beginning = os.pipe()
    child = os.fork()
    if not child:
        os.write(beginning, " ".join(names(5)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(beginning)
    with os.fdopen(end) as told:
        theirs = told.read().split()

    assert len(theirs) == 5
    assert not {*theirs} & {*names(1_000)}
