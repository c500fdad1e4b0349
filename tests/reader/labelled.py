"""Messages with labels: what a person who reads them would say they are."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handlers.alerts import SlackMessage, read_event
from handlers.alerts.posted import read_posted

HERE = Path(__file__).parent
PAYLOADS = HERE.parent / "payloads"
EXPECTED = ".expected.json"
NONE = "none"
Label = Mapping[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """An alert in a message of `source`; `state` is firing, cleared, or none for a message that is no alert.

    A message that tells of several has a label for each. `thing`: equal for one and the same thing; an empty
    one says nothing. `severity` is None when the message names none, and empty when the label does not say.
    """

    source: str
    name: str
    message: SlackMessage
    state: str
    severity: str | None
    thing: str


def ours() -> list[Labelled]:
    """Those of this repository: the examples of known sources, and bots that only exist here."""
    return [*_examples(), *_bots()]


def folder(path: Path, labels: Path) -> list[Labelled]:
    """Any folder's `<source>/<name>.json`. `labels` maps `<source>/<name>` to state, severity and thing.

    Of a message that tells of several alerts it is a list of these.
    """
    told: Mapping[str, Label | list[Label]] = json.loads(labels.read_text())
    found = []
    for name, label in told.items():
        message = read_posted(json.loads((path / f"{name}.json").read_text()))
        if message is None:
            raise SystemExit(f"{name} is no message")
        found += _labelled(
            name.split("/", 1)[0], name, message, label if isinstance(label, list) else [label]
        )
    return found


def _examples() -> Iterator[Labelled]:
    """What an exact parser is expected to make of an example is its label; the generic ones' is a guess."""
    for path in sorted(PAYLOADS.glob(f"*/*{EXPECTED}")):
        source, name = path.parent.name, path.name.removesuffix(EXPECTED)
        message = read_event(json.loads((path.parent / f"{name}.json").read_text()))
        assert message is not None
        alerts: list[Mapping[str, Any]] = json.loads(path.read_text())
        if source != "generic":
            yield from _labelled(source, f"{source}/{name}", message, _labels(alerts))


def _labels(alerts: list[Mapping[str, Any]]) -> list[Label]:
    """Of each alert; of several only the exact parser knows which is which, so they are no named things."""
    sole = len(alerts) == 1
    return [
        {
            "state": str(alert["state"]),
            "severity": str(alert["severity"]) if alert["severity"] else None,
            "thing": str(alert["fingerprint"]) if sole else "",
        }
        for alert in alerts
    ] or [{"state": NONE}]


def _bots() -> Iterator[Labelled]:
    for path in sorted((HERE / "bots").glob("*.json")):
        for number, told in enumerate(json.loads(path.read_text())):
            message = read_posted({"bot_id": f"B{path.stem}", **told["message"]}, f"C{path.stem}")
            assert message is not None, f"{path.stem} {number}"
            yield from _labelled(path.stem, f"{path.stem}/{number}", message, told.get("alerts") or [told])


def _labelled(source: str, name: str, message: SlackMessage, labels: list[Label]) -> list[Labelled]:
    return [
        Labelled(
            source=source,
            name=name,
            message=message,
            state=str(label["state"]),
            severity=label.get("severity"),
            thing=str(label.get("thing") or ""),
        )
        for label in labels
    ]
