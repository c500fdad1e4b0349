"""What `tocsin.yaml` says of observables: one's own networks and domains, which are nothing to remember."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import Field, PlainValidator

from bot.config.problem import printable
from bot.config.section import Section
from bot.config.values import Shape, text, wrong
from bot.domain.observable import Own, own_of

DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.){0,20}[a-z][a-z0-9-]{1,62}")


@dataclass(frozen=True, slots=True)
class Mine:
    """A network, or a domain."""

    network: IPv4Network | IPv6Network | None = None
    domain: str = ""


def _mine(value: object) -> Mine:
    written = text(value, "`10.0.0.0/8` or `example.com`").strip().lower()
    try:
        return Mine(network=ip_network(written))
    except ValueError:
        domain = written.removeprefix("*.").strip(".")
    if "/" in written or ":" in written or written.replace(".", "").isdigit():
        wrong(
            f"`{printable(written)}` is no network",
            "Write its first address and its length: `10.0.0.0/8`, `2001:db8::/32`.",
        )
    if not DOMAIN.fullmatch(domain):
        wrong(f"`{printable(written)}` is no domain", "Write a network or a domain, such as `example.com`.")
    return Mine(domain=domain)


OwnOne = Annotated[
    Mine, PlainValidator(_mine), Shape("a network such as `10.0.0.0/8`, or a domain with all below it")
]


class ObservablesSection(Section):
    """Addresses, domains, hashes, accounts, URLs and CVEs that alerts name, and that cards compare."""

    own: list[OwnOne] = Field(
        default_factory=list,
        max_length=1000,
        description="What is one's own, and is not remembered: networks, and domains with all below them.",
    )


def own(section: ObservablesSection) -> Own:
    """The domain's."""
    return own_of(
        (each.network for each in section.own if each.network is not None),
        (each.domain for each in section.own if each.domain),
    )
