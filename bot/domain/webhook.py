"""Webhooks: machines that are told like people are paged."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Webhook:
    """A machine, by its name in the configuration, and where it listens."""

    name: str
    url: str


def in_variable(name: str) -> str:
    """A webhook's name as it stands in the name of a variable of the environment."""
    return re.sub("[^a-z0-9]", "_", name.lower())
