"""Processes of a measurement: the sandbox's Slack, the real bot, and what they are compared with."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from urllib.error import URLError
from urllib.request import urlopen

from bot.sandbox.slack.seed import BOT_TOKEN, SIGNING_SECRET
from bot.store.schema import migrate

CONFIGURATION = """
people:
  ann: {name: Ann Lee, slack: U0ANNLEE001, zone: Europe/London}
  bob: {name: Bob Ray, slack: U0BOBRAY001, zone: Europe/London}
ladders:
  payments:
    rounds: 3
    rungs:
      - {targets: [{person: ann}], wait: 30m}
      - {targets: [{person: bob}], wait: 30m}
services:
  checkout: {name: Checkout, channel: "#incidents", ladder: payments}
channels:
  - channel: "#alerts"
defaults: {service: checkout, severity: sev2, limit: none, limits: {slack: none, email: none}}
authority: {declares: none}
"""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A process that says in one line of JSON where it is."""

    process: subprocess.Popen[str]
    said: Mapping[str, str]


@contextmanager
def child(module: str, *arguments: str) -> Iterator[Child]:
    """`python -m module`; it ends when its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Child(process=process, said=json.loads(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def result(module: str, *arguments: str) -> dict[str, object]:
    """What `python -m module` writes into the file that is its last argument."""
    with NamedTemporaryFile() as file:
        subprocess.run([sys.executable, "-m", module, *arguments, file.name], check=True)
        answer: dict[str, object] = json.loads(file.read())
    return answer


@contextmanager
def bot(
    folder: Path,
    database: str,
    api: str,
    *,
    module: str = "bot",
    arguments: tuple[str, ...] = ("run",),
    configuration: str = CONFIGURATION,
) -> Iterator[tuple[str, int]]:
    """The real bot over HTTP, as `tocsin run` starts it: its address and its process."""
    migrate(database)
    url, environment = settings(folder, database, api, configuration)
    log = (folder / "bot.log").open("w")
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], env=environment, stderr=log)
    try:
        _wait_until_ready(url, process, folder / "bot.log")
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def settings(
    folder: Path, database: str, api: str, configuration: str = CONFIGURATION
) -> tuple[str, dict[str, str]]:
    """The address that a bot will have, and its environment."""
    folder.mkdir()
    (folder / "tocsin.yaml").write_text(configuration)
    port = _free_port()
    return f"http://127.0.0.1:{port}", environment(folder, database, api, port)


def environment(folder: Path, database: str, api: str, port: int) -> dict[str, str]:
    """The environment of a bot, and of commands that talk to it."""
    return os.environ | {
        "TOCSIN_CONFIG": str(folder / "tocsin.yaml"),
        "TOCSIN_DATA_DIR": str(folder),
        "TOCSIN_DATABASE_URL": database,
        "TOCSIN_SLACK__MODE": "http",
        "TOCSIN_SLACK__API_URL": api,
        "TOCSIN_SLACK__BOT_TOKEN": BOT_TOKEN,
        "TOCSIN_SLACK__SIGNING_SECRET": SIGNING_SECRET,
        "TOCSIN_HTTP__PORT": str(port),
        "TOCSIN_INTAKE__REQUESTS_PER_MINUTE": "100000000",
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{url}/readyz", timeout=5):
                return
        except (URLError, OSError):
            _pause(process)
    raise SystemExit(f"the bot did not start:\n{log.read_text()[-3000:]}")


def _pause(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(0.05)
    except subprocess.TimeoutExpired:
        return
