"""What makes an alert of a message: its fingerprint, its moment and the shortening of its words."""

import hashlib
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from bot.domain.alert import Link
from handlers.alerts.figures import OPAQUE_ID, lasting, looks_like_a_host, without_moments
from handlers.alerts.reading import Attachment, SlackMessage

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_TITLE = 200
MAX_DESCRIPTION = 3_000
MAX_LABEL = 200
NUMBERED = re.compile(r"-?[0-9]+$")
NAME_WITH_NUMBER = re.compile(r"(?=.*[g-z])[a-z][\w.-]{0,80}(?::[0-9]{1,5})?|[a-z]{2,20}-?[0-9]{1,4}")
BETWEEN = re.compile(r"[\s\[\]()/=|,;\"']+")
NUMBERED_NAME = re.compile(r"[^\s#]*#[0-9][0-9a-z./]*")
ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?::[0-9]{1,5})?")


def digest(*parts: object) -> str:
    """A fingerprint of parts, in which the borders between them count."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


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


def steady(text: str, *, ids: bool = False) -> str:
    """A text without what differs each time that it is said: times, numbers that measure, long ids.

    `ids` keeps those: where it is not known what an id is of, two are two things.
    """
    lowered = without_moments(text.casefold())
    said = BETWEEN.split(lowered) if ids else lowered.split()
    kept = (word for word in said if not any(char.isdigit() for char in word) or _names(word, ids=ids))
    return " ".join([*kept, *(word for word in lasting(said, chosen=ids) if NUMBERED_NAME.fullmatch(word))])


def home(channel: str, *addresses: str) -> str:
    """What tells one installation from another: the host of the first address that has one, else the channel.

    Replicas of one cluster are the same installation.
    """
    hosts = (_host(address) for address in addresses)
    return next((installation(host) for host in hosts if host), f"#{channel}")


def _names(word: str, *, ids: bool) -> bool:
    """Whether a word with digits names something: `web-1` and `10.0.0.7` do, `93%` and `4711` do not."""
    bare = word.strip(".,;:!?()[]{}'\"")
    if NAME_WITH_NUMBER.fullmatch(bare) or ADDRESS.fullmatch(bare):
        return True
    return ids and (looks_like_a_host(bare) or (bool(OPAQUE_ID.fullmatch(bare)) and not bare.isdigit()))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
