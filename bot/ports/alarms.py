"""The alarms' ports: what an operator must know although nothing else of Tocsin may work."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class Alarms(Protocol):
    """What is wrong with Tocsin itself. Both calls return at once; the telling comes afterwards."""

    def raised(self, kind: str, text: str) -> None:
        """It is wrong, or still so. `kind` names one sort of trouble: it is told once an hour at most.

        `text` is a sentence for people, with what to do; a newer one replaces it.
        """
        ...

    def cleared(self, kind: str) -> None:
        """It is well again, or never was otherwise; told to those who were told of the trouble."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Who took it, and who did not (with the reason); both name places such as `slack C024BE91L`."""

    taken: Sequence[str] = ()
    failed: Sequence[str] = ()


class OutOfBand(Protocol):
    """Tells people by ways that need neither the database nor the outbox. Never raises."""

    async def tell(self, subject: str, text: str, *, loud: bool = True) -> Told:
        """Tell every address of the settings, all at once, each within ten seconds.

        `loud`: in a channel everybody is mentioned.
        Nobody looks whether it arrived before: whoever calls again tells again.
        """
        ...


class LastResort(Protocol):
    """Pages people by ways that need neither the database nor the outbox. Never raises."""

    async def page(self, subject: str, text: str, *, slack: Sequence[str], email: Sequence[str]) -> Told:
        """Tell these users, channels and mailboxes of an incident, all at once, each within ten seconds.

        Nobody looks whether it arrived before: whoever calls again tells again.
        """
        ...
