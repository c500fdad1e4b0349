"""Examples of deliveries, and what the parsers make of them, as JSON.

An example is `NAME.json`, a body, or `NAME.http`, a request with its headers.
`python -m tests.unit.webhooks.golden` writes what the parsers say beside every example that has nothing
beside it yet: read it before you commit it.
"""

import json
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from bot.domain.alert import Alert
from handlers.webhooks.delivery import Delivery
from handlers.webhooks.loading import receive
from handlers.webhooks.sources import SOURCES
from tests.unit.alerts import golden

PAYLOADS = golden.PAYLOADS / "webhooks"
EXPECTED = golden.EXPECTED


def examples() -> list[Path]:
    """Every example of every source."""
    found = [*PAYLOADS.glob("*/*.json"), *PAYLOADS.glob("*/*.http")]
    return sorted(path for path in found if not path.name.endswith(EXPECTED))


def beside(path: Path) -> Path:
    """The file that says what an example becomes."""
    return path.with_name(path.stem + EXPECTED)


def named(path: Path) -> str:
    """`grafana/firing`, as tests speak of an example."""
    return f"{path.parent.name}/{path.stem}"


def delivery(path: Path) -> Delivery:
    """An example as it arrives."""
    raw = path.read_bytes()
    if path.suffix != ".http":
        return receive(raw, {"content-type": "application/json"})
    head, _, body = raw.partition(b"\n\n")
    request, *lines = head.decode().split("\n")
    headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return receive(body.removesuffix(b"\n"), headers, dict(parse_qsl(urlsplit(request.split()[1]).query)))


def alerts(name: str) -> list[Alert]:
    """The alerts of an example such as `grafana/firing`."""
    [path] = [path for path in examples() if named(path) == name]
    return SOURCES[path.parent.name](delivery(path))


def written(alert: Alert) -> dict[str, object]:
    """An alert as an expected result writes it down: with the places where its parts were read."""
    return {**golden.written(alert), "parser": alert.parser, "places": dict(alert.places)}


def main() -> None:
    """Write what is missing."""
    for path in examples():
        if not beside(path).exists():
            found = [written(alert) for alert in SOURCES[path.parent.name](delivery(path))]
            beside(path).write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
