"""Parsed: what was read out of a message or a webhook, each part with the place where it stood."""

from collections.abc import Iterator, Mapping

from bot.domain.alert import Alert
from bot.render.escape import one_line

INDENT = "    "
WIDTH = 12


def lines(alert: Alert, number: int) -> Iterator[str]:
    """One alert, a line each part; further lines are indented. Fit for a terminal."""
    severity = alert.severity.value if alert.severity else "no severity"
    yield f"{number}. {alert.state.value.upper()} {severity}: {one_line(alert.title, 200)}"
    yield _part("source", f"{alert.source}, {sureness(alert)}")
    for name, value in _parts(alert):
        yield _part(name, value, place_of(alert, name))
    for place, why in alert.odd.items():
        yield _part("unread", f"{one_line(place, 200) or 'the document'}: {one_line(why, 400)}")


def sureness(alert: Alert) -> str:
    """Who read it, and how sure that is."""
    by = f"read by {one_line(alert.parser, 120)}, " if alert.parser else ""
    return f"{by}{'exact' if alert.confidence == 1 else f'confidence {alert.confidence:.2f}'}"


def place_of(alert: Alert, part: str) -> str:
    """Where a part was read; empty for what was made of other parts, or of nothing."""
    return alert.places.get(part) or alert.places.get(part.partition(".")[0], "")


def document(alert: Alert) -> dict[str, object]:
    """The same for machines."""
    return {
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "state": alert.state.value,
        "severity": alert.severity.value if alert.severity else None,
        "title": alert.title,
        "description": alert.description,
        "labels": dict(alert.labels),
        "links": [{"label": link.label, "url": link.url} for link in alert.links],
        "at": alert.at.isoformat() if alert.at else None,
        "confidence": alert.confidence,
        "parser": alert.parser or None,
        "places": dict(alert.places),
        "unread": [{"field": place, "why": why} for place, why in alert.odd.items()],
    }


def _parts(alert: Alert) -> Iterator[tuple[str, str]]:
    yield "title", one_line(alert.title, 200)
    yield "state", alert.state.value
    yield "severity", alert.severity.value if alert.severity else "not told"
    yield "fingerprint", one_line(alert.fingerprint, 200)
    if alert.at:
        yield "at", f"{alert.at:%Y-%m-%d %H:%M:%S %Z}"
    if alert.description:
        yield "description", one_line(alert.description, 300)
    yield from _labels(alert.labels)
    for link in alert.links:
        yield f"links.{one_line(link.label, 80)}", one_line(link.url, 300)


def _labels(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in sorted(labels):
        yield f"labels.{one_line(name, 80)}", one_line(labels[name], 200)


def _part(name: str, value: str, place: str = "") -> str:
    where = f"   ← {one_line(place, 200)}" if place else ""
    return f"{INDENT}{name:<{WIDTH}} {value}{where}"
