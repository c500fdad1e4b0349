"""Providers: people are told when one by which they are paged stays away, by the ways that are left."""

from collections.abc import Sequence
from typing import Protocol

from bot.ports import Alarms

OURS = ("token", "auth", "account_inactive", "scope", "org_login", "enterprise_is_restricted", "smtp_535")
"""Reasons that only somebody of ours can mend: they are told at once."""


class Circuit(Protocol):
    """A provider's circuit breaker."""

    @property
    def provider(self) -> str:
        """Its name."""
        ...

    @property
    def reason(self) -> str | None:
        """Why it is open; None while it is closed."""
        ...


class Providers:
    """Looks at the circuits every half minute. One that is open at two looks is an alarm."""

    def __init__(self, circuits: Sequence[Circuit], alarms: Alarms) -> None:
        self._circuits = circuits
        self._alarms = alarms
        self._open: set[str] = set()

    async def look(self) -> None:
        """Raise and clear what the circuits say now."""
        for circuit in self._circuits:
            kind, reason = f"provider: {circuit.provider}", circuit.reason
            if reason is None:
                self._open.discard(circuit.provider)
                self._alarms.cleared(kind)
            elif circuit.provider in self._open or any(word in reason for word in OURS):
                self._alarms.raised(kind, _words(circuit.provider, reason))
            if reason is not None:
                self._open.add(circuit.provider)


def _words(provider: str, reason: str) -> str:
    ours = any(word in reason for word in OURS)
    remedy = "Give it a new token; see tocsin check --online." if ours else "It is probed every 15 s."
    without = "Tickets wait" if provider == "jira" else f"Pages by {provider} wait; other ways are used"
    return f"{provider} refuses us or is away ({reason}). {without}. {remedy}"
