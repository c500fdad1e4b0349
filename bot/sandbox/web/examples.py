"""Alert messages to post by a press: as Alertmanager's and Grafana's default templates write them."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sandbox.slack.shapes import Json

ALERTS = "#alerts"
_ALERTMANAGER = "http://alertmanager.example.org/#/alerts?receiver=slack"
_GRAFANA = "https://grafana.example.org/alerting/grafana"


@dataclass(frozen=True, kw_only=True)
class Example:
    """One alert that can fire and be over; `by` is the integration that posts it."""

    title: str
    by: str
    firing: Json
    cleared: Json


def examples() -> Mapping[str, Example]:
    """What the panel offers, by name."""
    return {
        "errors": _alertmanager("ApiErrorRateHigh", "checkout prod-eu critical"),
        "disk": _alertmanager("DiskAlmostFull", "/var/lib db-2 prod-eu warning"),
        "latency": _grafana("Payment latency", "Shop", {"service": "payments", "severity": "critical"}),
    }


def by_hand(words: str) -> Json:
    """What a small script of one's own would post."""
    return {"username": "My monitor", "icon_emoji": ":satellite:", "text": words}


def _alertmanager(name: str, labels: str) -> Example:
    def message(state: str, colour: str) -> Json:
        title = f"[{state}] {name} ({labels})"
        attachment: Json = {
            "title": title,
            "title_link": _ALERTMANAGER,
            "text": "",
            "fallback": f"{title} | {_ALERTMANAGER}",
            "callback_id": "",
            "footer": "",
            "color": colour,
            "mrkdwn_in": ["fallback", "pretext", "text"],
        }
        return {"username": "Alertmanager", "attachments": [attachment]}

    return Example(
        title=name,
        by="Alertmanager",
        firing=message("FIRING:1", "danger"),
        cleared=message("RESOLVED", "good"),
    )


def _grafana(name: str, folder: str, labels: Mapping[str, str]) -> Example:
    told = {"alertname": name, "grafana_folder": folder, **labels}

    def message(state: str, heading: str, colour: str) -> Json:
        title = f"[{state}] {name} {folder} ({' '.join(labels.values())})"
        lines = [f" - {key} = {value}" for key, value in told.items()]
        text = "\n".join(
            [
                f"**{heading}**",
                "",
                "Value: A=1.8, C=1",
                "Labels:",
                *lines,
                "Annotations:",
                " - summary = Half of all payments take longer than 1.5 s",
                f"Source: {_GRAFANA}/latency/view?orgId=1",
                f"Silence: https://grafana.example.org/alerting/silence/new?alertmanager=grafana&id={folder}",
                "",
            ]
        )
        attachment: Json = {
            "title": title,
            "title_link": "https://grafana.example.org/alerting/list",
            "text": text,
            "fallback": title,
            "footer": "Grafana v11.6.0",
            "footer_icon": "https://grafana.com/static/assets/img/fav32.png",
            "color": colour,
        }
        return {"attachments": [attachment]}

    return Example(
        title=name,
        by="Grafana",
        firing=message("FIRING:1", "Firing", "#D63232"),
        cleared=message("RESOLVED:1", "Resolved", "#36a64f"),
    )
