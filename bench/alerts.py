"""Alerts by webhook, up to the answer after the commit, beside Alertmanager: `python -m bench.alerts`.

Each unique alert leads to an incident with its card and its ladder; a repeat is counted. Cards go to the
local Slack meanwhile, as fast as its limits allow; ladders begin an hour later. Alertmanager (Debian:
prometheus-alertmanager) keeps alerts in memory; it is measured when it only groups them, and when each is a
group with a notification of its own. `--memory N` then posts so many unique alerts in batches and tells what
the process holds.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from urllib.error import URLError
from urllib.request import urlopen

from bench import processes
from bench.alert_load import SHAPES
from bench.databases import KINDS, Databases, databases
from bench.figures import Spread, median_run
from bench.machine import resident
from bench.processes import bot, child, result
from bench.report import Finding, Report, arguments, late

RUNS = 3
WARM_UP, SECONDS = 2.0, 5.0
CONNECTIONS = (8, 64)
PROGRAM = "prometheus-alertmanager"

LATER = processes.CONFIGURATION.replace("    rounds: 3\n", "    rounds: 3\n    delay: 1h\n")

ROUTES = {
    "Alertmanager, which groups them": "group_by: [team]",
    "Alertmanager, which notifies of each": "group_by: ['...']",
}
QUIET = """
route: {{receiver: nobody, {group}, group_wait: 1s, group_interval: 1m, repeat_interval: 4h}}
receivers:
  - name: nobody
    webhook_configs: [{{url: "http://127.0.0.1:9/", send_resolved: false}}]
"""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """How many alerts were taken in which time, and how long a request took."""

    alerts: int
    seconds: float
    spread: Spread

    @property
    def each_second(self) -> float:
        """The rate."""
        return self.alerts / self.seconds


def measured(url: str, token: str, shape: str, connections: int, seconds: float) -> Rate:
    """One run; every answer must be right."""
    found = result("bench.alert_load", url, token, shape, str(connections), str(seconds))
    if found["failed"]:
        raise SystemExit(f"{found['failed']} were not taken as they should be: {found['bad']}")
    took, whole = found["seconds"], found["took"]
    assert isinstance(took, list)
    assert isinstance(whole, float)
    return Rate(alerts=len(took) * SHAPES[shape], seconds=whole, spread=Spread.of(took))


def rows(name: str, url: str, token: str, pid: int, seconds: float) -> Iterator[Finding]:
    """A row for each shape and number of connections: the median run by rate, after one to warm up."""
    for shape in SHAPES:
        measured(url, token, shape, 8, min(WARM_UP, seconds))
        for connections in CONNECTIONS:
            runs = [measured(url, token, shape, connections, seconds) for _ in range(RUNS)]
            run = median_run(runs, lambda one: one.each_second)
            yield {
                "what": name,
                "shape": shape,
                "connections": connections,
                "alerts_rate": run.each_second,
                **late(run.spread),
                "resident_mb": resident(pid)[0],
            }


def growth(name: str, url: str, token: str, pid: int, alerts: int) -> Iterator[Finding]:
    """What the process holds after each fifth of so many unique alerts."""
    posted = 0
    for _ in range(5):
        goal = posted + alerts / 5
        while posted < goal:
            posted += measured(url, token, "batches, unique", 8, 5.0).alerts
        yield {"what": name, "shape": "so many in all", "alerts": posted, "resident_mb": resident(pid)[0]}


def of_tocsin(where: Databases, kind: str, given: Mapping[str, int]) -> Iterator[Finding]:
    """The real bot on one kind of database."""
    with child("bench.slack") as slack:
        address = where.fresh("sqlite" if kind == "sqlite" else "postgresql")
        folder = where.folder / f"bot-{kind}"
        with bot(folder, address, slack.said["api"], configuration=LATER) as (url, pid):
            token = _token(folder, address, slack.said["api"], int(url.rpartition(":")[2]))
            yield from rows(f"Tocsin, {kind}", url, token, pid, given["seconds"])
            if given["memory"]:
                yield from growth(f"Tocsin, {kind}", url, token, pid, given["memory"])


def _token(folder: Path, database: str, api: str, port: int) -> str:
    """From the bot that runs, as its owner gets it."""
    environment = processes.environment(folder, database, api, port)
    command = [sys.executable, "-m", "bot", "integration", "add", "generic", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    token: str = json.loads(done.stdout)["token"]
    return token


def of_alertmanager(where: Databases, given: Mapping[str, int]) -> Iterator[Finding]:
    """Both ways to have it; a row that says so when it is not installed."""
    program = which(PROGRAM)
    if program is None:
        yield {"what": f"Alertmanager is not installed: apt-get install {PROGRAM}"}
        return
    for name, group in ROUTES.items():
        with alertmanager(program, where.folder, group) as (url, pid):
            yield from rows(name, url, "", pid, given["seconds"])


@contextmanager
def alertmanager(program: str, folder: Path, group: str) -> Iterator[tuple[str, int]]:
    """One that runs alone, on a port of its own: its address and its process."""
    file = folder / "alertmanager.yml"
    file.write_text(QUIET.format(group=group))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    options = [
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        "--cluster.listen-address=",
    ]
    command = [program, *options, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    with (folder / "alertmanager.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
        try:
            _wait_for(f"{url}/-/ready", process)
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError):
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
    raise SystemExit(f"{url} does not answer")


def main() -> None:
    """Print the table; arguments choose among sqlite, postgresql and alertmanager."""
    parser = arguments(__doc__)
    parser.add_argument("only", nargs="*")
    parser.add_argument("--seconds", type=int, default=int(SECONDS), help="of each run")
    parser.add_argument(
        "--memory", type=int, default=0, metavar="ALERTS", help="and what so many leave behind"
    )
    given = parser.parse_args(sys.argv[1:])
    options = {"seconds": given.seconds, "memory": given.memory}
    with databases() as where:
        title = f"Alerts by webhook, {given.seconds} s each; median of {RUNS} by rate"
        report = Report(title=title, postgres=where.postgres)
        for kind in (kind for kind in KINDS if not given.only or kind in given.only):
            report.take(of_tocsin(where, kind, options))
        if not given.only or "alertmanager" in given.only:
            report.take(of_alertmanager(where, options))
        report.end(given.json)


if __name__ == "__main__":
    main()
