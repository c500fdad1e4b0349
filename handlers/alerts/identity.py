"""What makes an alert of a message: its fingerprint, its moment and the shortening of its words."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.alert import Link
from handlers.alerts.reading import Attachment, SlackMessage

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TITLE = 200
MAX_DESCRIPTION = 3_000
MAX_LABEL = 200
NUMBERED = re.compile(r"-?[0-9]+$")


def digest(*parts: object) -> str:
    """A fingerprint of parts, in which the borders between them count."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:32]


def moment(message: SlackMessage) -> datetime | None:
    """When the message came to be as it is, by Slack's clock; None for a number that is no time.

    Times that stand in an alert's words are shown as they stand and never calculated with: sources write
    seconds, thousandths and billionths of them, local times, and seconds that clocks do not have.
    """
    seconds, _, parts = message.at.partition(".")
    try:
        return EPOCH + timedelta(seconds=int(seconds), microseconds=int(f"{parts:0<6}"[:6]))
    except (ValueError, OverflowError):
        return None


def shortened(text: str, limit: int) -> str:
    """At most so many characters; an ellipsis says that there was more."""
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def titled(text: str) -> str:
    """One line, without the marks that Slack draws as bold or code."""
    return shortened(" ".join(text.replace("*", "").replace("`", "").split()), MAX_TITLE)


def installation(host: str) -> str:
    """A host without the number of its replica: `alertmanager-0` and `alertmanager-1` are one cluster."""
    first, dot, rest = host.casefold().partition(".")
    return NUMBERED.sub("", first) + dot + rest


def relabelled(links: tuple[Link, ...], part: Attachment, label: str) -> tuple[Link, ...]:
    """The links, of which the title's says where it leads instead of repeating the title."""
    return tuple(replace(link, label=label) if link.url == part.title_link else link for link in links)
