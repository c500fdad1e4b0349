"""A scene: one database, some processes that die, load from outside, and what the witness says in the end."""

import asyncio
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from tests.chaos.child import CLOCK, LEASE
from tests.chaos.deaths import Death, Reaper
from tests.chaos.load import ANSWERED_BY, EVERY, Load
from tests.chaos.night import Night, night
from tests.chaos.plan import Plan
from tests.chaos.pulse import Pulse
from tests.chaos.verdict import Judge, Verdict
from tests.chaos.witness import Witness
from tests.postgres import Cluster

SETTLE = 90.0
"""Seconds that everything gets to come after the last death, before it counts as lost."""

PROGRESS = 5.0


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is played. `seconds`: it ends then at the latest, however many were killed by then.

    `rest`: so long the load goes on when nobody dies any more. `settle`: so long everything that is due may
    take then. `sabotage`: the way in which the bot is broken on purpose.
    """

    name: str
    database: str | None
    replicas: int = 1
    kills: int = 100
    seconds: float = 3600.0
    crashing: Cluster | None = None
    mixed: bool = True
    mean: float = 0.4
    lease: float = LEASE
    seed: int = 1
    every: float = EVERY
    rest: float = 0.0
    settle: float = SETTLE
    answered_by: float = ANSWERED_BY
    sabotage: str = ""


@dataclass(kw_only=True)
class Played:
    """What came of a scene. The figures of `verdict` are the witness's."""

    name: str
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)
    deaths: dict[Death, int] = field(default_factory=dict)
    drains: list[float] = field(default_factory=list)
    lives: list[float] = field(default_factory=list)
    presses: int = 0
    clears: int = 0
    asked: int = 0
    answered: int = 0
    stall: float = 0.0
    """Seconds for which the witness itself stood still at most: the machine had no time for it."""

    @property
    def failures(self) -> list[str]:
        """Whatever must not be."""
        return self.verdict.failures

    def add(self, other: "Played") -> None:
        """Count another scene too."""
        self.seconds += other.seconds
        self.verdict.add(other.verdict)
        for death, count in other.deaths.items():
            self.deaths[death] = self.deaths.get(death, 0) + count
        self.drains += other.drains
        self.lives += other.lives
        self.presses += other.presses
        self.clears += other.clears
        self.asked += other.asked
        self.answered += other.answered
        self.stall = max(self.stall, other.stall)


Tell = Callable[[str], None]


async def play(scene: Scene, folder: Path, tell: Tell = lambda _: None) -> Played:
    """Play it to the end. What the processes said stays in `folder`."""
    plan = Plan()
    async with night(
        folder,
        scene.database,
        config=plan.configuration(),
        services=plan.services + 2,
        lease=scene.lease,
    ) as stage:
        stage.limits, stage.sabotage = math.inf, scene.sabotage
        witness = Witness(slack=stage.slack, jira=stage.jira, mail=stage.mail)
        witness.watch()
        return await _act(scene, plan, stage, witness, tell)


async def _act(scene: Scene, plan: Plan, stage: Night, witness: Witness, tell: Tell) -> Played:
    began = CLOCK.monotonic()
    load = Load(
        plan=plan,
        witness=witness,
        chance=random.Random(f"load {scene.seed}"),
        every=scene.every,
        answered_by=scene.answered_by,
    )
    reaper = Reaper(
        night=stage,
        replicas=scene.replicas,
        kills=scene.kills,
        chance=random.Random(f"deaths {scene.seed}"),
        mean=scene.mean,
        mixed=scene.mixed,
        fast_enough=lambda: CLOCK.monotonic() - began < scene.seconds,
    )
    pulse = Pulse()
    async with asyncio.TaskGroup() as group:
        beating = group.create_task(pulse.run())
        working = group.create_task(load.run())
        telling = group.create_task(_progress(scene, reaper, load, witness, tell))
        await reaper.run(scene.crashing)
        await CLOCK.sleep(scene.rest)
        telling.cancel()
        tell(f"{scene.name}: the last process lives; waiting for whatever is still on its way")
        load.stop()
        await working
        until = CLOCK.now()
        verdict = await _settled(scene, plan, witness, load, until, pulse)
        beating.cancel()
    verdict.failures += reaper.failures
    return Played(
        name=scene.name,
        seconds=CLOCK.monotonic() - began,
        verdict=verdict,
        deaths=dict(reaper.count),
        drains=reaper.drains,
        lives=reaper.lives,
        presses=load.presses,
        clears=load.clears,
        asked=load.asked,
        answered=load.answered,
        stall=pulse.longest,
    )


async def _settled(
    scene: Scene, plan: Plan, witness: Witness, load: Load, until: datetime, pulse: Pulse
) -> Verdict:
    """Once everything is there that was due, or nobody waits any longer; then a lease for what is doubled."""
    end = until + timedelta(seconds=scene.settle)

    def judge() -> Verdict:
        return Judge(
            plan=plan,
            witness=witness,
            until=until,
            now=CLOCK.now(),
            lease=scene.lease,
            stall=pulse.longest,
        ).verdict()

    while (found := judge()).incomplete and CLOCK.now() < end:
        before = found.incomplete
        await CLOCK.sleep(0.5)
        if judge().incomplete < before:  # it goes on, however slowly
            end = max(end, CLOCK.now() + timedelta(seconds=scene.settle / 3))
    if not found.incomplete:
        await load.everybody_awake()
    await CLOCK.sleep(scene.lease + 1)
    return judge()


async def _progress(scene: Scene, reaper: Reaper, load: Load, witness: Witness, tell: Tell) -> None:
    began = CLOCK.monotonic()
    while True:
        await CLOCK.sleep(PROGRESS)
        others = sum(reaper.count.values()) - reaper.count[Death.KILL]
        pages = sum(len(pages) for pages in witness.pages.values())
        tell(
            f"{scene.name}: {CLOCK.monotonic() - began:4.0f} s, {reaper.count[Death.KILL]} of {scene.kills} "
            f"killed, {others} other deaths, {len(witness.raised)} incidents, {pages} pages"
        )
