"""What `tocsin.yaml` may say about webhooks; their secrets come from the environment."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator

from bot.config.section import Section
from bot.config.values import LONGEST_ADDRESS, Shape, text, wrong
from bot.domain.webhook import Webhook


def _address(value: object) -> str:
    """`https://…`; `http://` inside the network alone, for what is told are the troubles of a company."""
    url = text(value, "`https://pager.example.com/tocsin`").strip()
    try:
        parts = urlsplit(url)
        host, fine = parts.hostname or "", parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        host, fine = "", False
    if not (fine and host) or not url.isprintable() or " " in url or len(url) > LONGEST_ADDRESS:
        wrong("it is no address of a webhook", "Write it as `https://pager.example.com/tocsin`.")
    if parts.username is not None or parts.password is not None:
        wrong("the address has a user name in it", "Requests are signed: see docs/webhooks.md.")
    if parts.scheme == "http" and not _inside(host):
        wrong("what it is told would travel readable", "Write it with `https://`.")
    return url


def _inside(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith((".internal", ".local", ".localhost"))


Address = Annotated[
    str, PlainValidator(_address), Shape("an address, `https://…` (`http://` inside the network)")
]


class WebhookSection(Section):
    """A machine that ladders may page. What it is sent, and how it is signed: docs/webhooks.md."""

    url: Address = Field(description="Where it listens.")


def webhook(name: str, section: WebhookSection) -> Webhook:
    """One webhook."""
    return Webhook(name=name, url=section.url)
