"""Any steps in any order on a real store: it always holds what a plain account of them says."""

import os
import random
import secrets
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from bot.store import schema
from tests.store.life import Life
from tests.store.world import World

LIVES = int(os.environ.get("MODEL_LIVES", "0"))
STEPS = int(os.environ.get("MODEL_STEPS", "40"))
FIRST = int(os.environ.get("MODEL_FIRST", "0"))
"""`MODEL_LIVES=1000 MODEL_STEPS=100` looks for longer; `MODEL_FIRST=417 MODEL_LIVES=1` at one life again."""

IN_CI = {"sqlite": 20, "postgresql": 6}
"""A step on PostgreSQL takes three times as long."""

CHECKS = settings(
    max_examples=2,  # the shortest life of all, and one that the seed chooses
    stateful_step_count=STEPS,
    phases=(Phase.generate, Phase.shrink),
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(0 if LIVES else 300)
def test_the_store_holds_what_a_plain_account_says(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    schema.migrate(url)
    world = World(url)

    def begin() -> Life:
        monkeypatch.setattr(secrets, "randbits", random.Random(7).getrandbits)  # a failure must come again
        world.begin()
        return Life(world)

    try:
        for life in range(FIRST, FIRST + (LIVES or IN_CI[schema.address(url).get_backend_name()])):
            live(begin, life)
    finally:
        world.close()


def live(begin: Callable[[], Life], life: int) -> None:
    """One life, and a shorter one with the same end when it ends badly."""
    try:
        run_state_machine_as_test(seed(life)(begin), settings=CHECKS)  # type: ignore[arg-type]  # it only calls it
    except BaseException as error:
        error.add_note(f"MODEL_FIRST={life} MODEL_LIVES=1 MODEL_STEPS={STEPS} shows it again")
        raise
