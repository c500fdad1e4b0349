"""Examples of messages, and what the parsers make of them, as JSON.

`python -m tests.unit.alerts.golden` writes what the parsers say beside every example that has nothing beside
it yet: read it before you commit it.
"""

import json
from pathlib import Path

from bot.domain.alert import Alert
from handlers.alerts import SlackMessage, parse, read_event

PAYLOADS = Path(__file__).parents[2] / "payloads"
EXPECTED = ".expected.json"


def examples() -> list[Path]:
    """Every example of every source, except what is expected of it."""
    return sorted(path for path in PAYLOADS.glob("*/*.json") if not path.name.endswith(EXPECTED))


def message(name: str) -> SlackMessage:
    """The message of an example such as `alertmanager/firing`."""
    found = read_event(json.loads((PAYLOADS / f"{name}.json").read_text()))
    assert found is not None
    return found


def alerts(name: str) -> list[Alert]:
    """The alerts of an example, its source found out."""
    return parse(message(name))


def written(alert: Alert) -> dict[str, object]:
    """An alert as an expected result writes it down."""
    return {
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "state": alert.state.value,
        "title": alert.title,
        "severity": alert.severity.value if alert.severity else None,
        "description": alert.description,
        "labels": dict(alert.labels),
        "links": [[link.label, link.url] for link in alert.links],
        "at": alert.at.isoformat() if alert.at else None,
        "origin": [alert.origin.channel, alert.origin.ts] if alert.origin else None,
        "confidence": alert.confidence,
    }


def placed(alert: Alert) -> dict[str, object]:
    """An alert as it is written down, with the places where its parts were read."""
    return {**written(alert), "parser": alert.parser, "places": dict(alert.places)}


def main() -> None:
    """Write what is missing."""
    for path in examples():
        beside = path.with_name(path.stem + EXPECTED)
        if not beside.exists():
            found = [placed(alert) for alert in alerts(f"{path.parent.name}/{path.stem}")]
            beside.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
