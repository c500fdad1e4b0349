"""Whatever comes in whatever order, in groups and storms: what fires stands in one open incident."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.alert import Alert, AlertState, Severity
from bot.domain.effects import Lane, PagePerson
from bot.domain.route import Handling, Limit
from bot.ports import Store, Tx
from tests.examples import MINUTE
from tests.store.test_alert_groups import SECOND, Scene, of

HOSTS = [f"h{number}" for number in range(40)]
LIMIT = Limit(most=4, per=MINUTE, route="r")
WAYS = {
    "alone": Handling(limit=LIMIT),
    "grouped": Handling(group_by=("rack",), group_wait=20 * SECOND, group_interval=MINUTE, limit=LIMIT),
    "said again": Handling(group_by=("rack",), repeat_interval=5 * MINUTE),
}


def told(chance: random.Random, host: str) -> Alert:
    severity = chance.choice([Severity.SEV1, Severity.SEV2, Severity.SEV3])
    state = chance.choice([AlertState.FIRING, AlertState.FIRING, AlertState.CLEARED])
    return replace(of(host, state, severity), labels={"rack": f"r{int(host[1:]) % 5}", "alertname": "Down"})


async def claimed(scene: Scene) -> Counter[str]:
    """Keys of the pages that go out now, with how often they did."""

    def work(tx: Tx) -> Counter[str]:
        claims = tx.claim(Lane.PAGE, scene.clock.now(), scene.clock.monotonic(), 10_000, timedelta(days=1))
        return Counter(claim.effect.key for claim in claims if isinstance(claim.effect, PagePerson))

    return await scene.store.write(work)


@pytest.mark.row("F83")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("way", WAYS)
async def test_what_fires_stands_in_one_open_incident_and_pages_go_out_once(
    store: Store, way: str, seed: int
) -> None:
    chance, scene, firing, pages = (
        random.Random(f"{way}{seed}"),
        Scene(store, WAYS[way]),
        set[str](),
        Counter[str](),
    )

    for _ in range(14):
        batch = [told(chance, host) for host in chance.sample(HOSTS, chance.randint(1, 25))]
        taken = await scene.told(*batch)
        assert len(taken) == len(batch)
        for each in batch:
            (firing.add if each.state is AlertState.FIRING else firing.discard)(each.fingerprint)
        await scene.later(timedelta(seconds=chance.choice([1, 10, 30, 70])))
        pages += await claimed(scene)
        await _stands(scene, firing)

    assert set(pages.values()) <= {1}


async def _stands(scene: Scene, firing: set[str]) -> None:
    opened = {each.id: each for each in await scene.open()}
    known = await scene.store.read(lambda tx: tx.standings([("alertmanager", host) for host in HOSTS]))
    assert {each.alert.fingerprint for each in known.values() if each.firing} == firing
    quiet = {each.alert.fingerprint for each in known.values() if each.muted_by is not None}
    where = Counter(each.incident for each in known.values() if each.firing and each.muted_by is None)
    assert set(where) <= set(opened), "every alert that fires, and that nothing keeps quiet, has an open one"
    if not quiet:
        assert {key: found.alerts.firing for key, found in opened.items() if found.alerts.firing} == where
