"""Messages as Alertmanager's default template posts them."""

from bot.sandbox.slack.shapes import Json

_SITE = "http://alertmanager.example.org/#/alerts?receiver=slack"


def firing(name: str = "ApiErrorRateHigh", labels: str = "checkout prod-eu critical") -> Json:
    """An alert that fires."""
    return _message(f"[FIRING:1] {name} ({labels})", "danger")


def cleared(name: str = "ApiErrorRateHigh", labels: str = "checkout prod-eu critical") -> Json:
    """The same alert when it is over."""
    return _message(f"[RESOLVED] {name} ({labels})", "good")


def _message(title: str, colour: str) -> Json:
    attachment = {
        "title": title,
        "title_link": _SITE,
        "text": "",
        "fallback": f"{title} | {_SITE}",
        "callback_id": "",
        "footer": "",
        "color": colour,
        "mrkdwn_in": ["fallback", "pretext", "text"],
    }
    return {"username": "Alertmanager", "attachments": [attachment]}
