"""Processes that die for minutes or for a night: `python -m tests.chaos --help`, or `make chaos`."""

import argparse
import asyncio
import json
import logging
import os
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.chaos.child import LEASE
from tests.chaos.report import document, sentence, together, written
from tests.chaos.scene import Played, Scene, play
from tests.postgres import Cluster, Run, find_binaries

LAP = 400
"""So many kills in one lap at most: then the world begins anew, so that a night needs no more memory."""

SHARES = {"sqlite": (1.0, 0.0, 0.0), "postgres": (0.0, 0.75, 0.25), "both": (0.35, 0.5, 0.15)}
"""How the kills are shared: SQLite, PostgreSQL, PostgreSQL that is stopped hard every five seconds."""


def main() -> int:
    """Play, tell, and answer how many things failed that must not."""
    options = _options()
    logging.getLogger("aiohttp").setLevel(logging.CRITICAL)  # clients of the sandbox die on purpose
    run, alive = Run.begin()
    folder = Path(tempfile.mkdtemp(prefix="tocsin-chaos-"))
    try:
        played = asyncio.run(_laps(options, run, folder))
    finally:
        run.end()
        os.close(alive)
    scenes = list(played.values())
    _say(f"\n{written(scenes)}\n")
    if options.json:
        told = [document(scene) for scene in [*scenes, together(scenes)]]
        options.json.write_text(json.dumps({"seed": options.seed, "scenes": told}, indent=2) + "\n")
    failed = any(scene.failures for scene in scenes)
    if failed:
        _say(f"What the processes said is in {folder}; SEED={options.seed} draws the same deaths again.")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return int(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "--kills", type=int, default=300, help="kills -9 in all, over as many laps as it takes"
    )
    parser.add_argument("--database", choices=list(SHARES), default="both")
    parser.add_argument("--replicas", type=int, default=3, help="processes on PostgreSQL")
    parser.add_argument("--mean", type=float, default=0.4, help="seconds that a process lives, on average")
    parser.add_argument("--lease", type=float, default=LEASE, help="seconds; in earnest it is 15")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between alerts")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--json", type=Path, help="write the figures into this file too")
    return parser.parse_args()


async def _laps(options: argparse.Namespace, run: Run, folder: Path) -> dict[str, Played]:
    """Scene after scene until enough were killed; those of one name are counted together."""
    found: defaultdict[str, Played] = defaultdict(lambda: Played(name=""))
    left, lap = options.kills, 0
    while left > 0:
        kills, lap = min(left, LAP), lap + 1
        left -= kills
        for number, scene in enumerate(_scenes(options, run, kills, options.seed + lap)):
            room = folder / f"{lap:03d}-{number}"
            room.mkdir()
            played = await play(scene, room, _say)
            found[scene.name] = replace(found[scene.name], name=scene.name)
            found[scene.name].add(played)
            _say(f"{scene.name}: {sentence(played)}")
            if not played.failures:
                shutil.rmtree(room)
    return dict(found)


def _scenes(options: argparse.Namespace, run: Run, kills: int, seed: int) -> Iterator[Scene]:
    plain, replicated, crashing = (round(kills * share) for share in SHARES[options.database])
    pattern = Scene(
        name="", database=None, mean=options.mean, lease=options.lease, seed=seed, every=options.every
    )
    if plain:
        yield replace(pattern, name="SQLite", kills=plain)
    if replicated + crashing == 0:
        return
    binaries = find_binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL is missing: apt-get install postgresql, or DATABASE=sqlite.")
    many = replace(pattern, replicas=options.replicas)
    name = f"PostgreSQL x{options.replicas}"
    if replicated:
        with _cluster(run.private(binaries)) as cluster:
            yield replace(many, name=name, database=cluster.url(cluster.create_database()), kills=replicated)
    if crashing:
        with _cluster(run.private(binaries)) as cluster:
            database = cluster.url(cluster.create_database())
            yield replace(many, name=f"{name}, crashing", database=database, kills=crashing, crashing=cluster)


class _cluster:  # noqa: N801 - reads as a word: `with _cluster(...)`
    """A database server of one scene; it goes with the scene."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def __enter__(self) -> Cluster:
        return self._cluster

    def __exit__(self, *_: object) -> None:
        self._cluster.remove()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
