"""Orders about what is kept quiet: what somebody asked for in words, understood but not yet done."""

from dataclasses import dataclass, field

from bot.domain.silence import SilenceKind
from bot.service import OnlyMine, Reference
from handlers.spans import Span


@dataclass(frozen=True, kw_only=True, slots=True)
class SilenceForm:
    """Open the form; with an incident its labels stand in it."""

    kind: SilenceKind = SilenceKind.SILENCE
    which: Reference = field(default_factory=OnlyMine)


@dataclass(frozen=True, kw_only=True, slots=True)
class SilenceNow:
    """Keep it quiet at once: an incident's alerts, those of a service, or those for which conditions hold."""

    span: Span
    kind: SilenceKind = SilenceKind.SILENCE
    which: Reference = field(default_factory=OnlyMine)
    conditions: tuple[str, ...] = ()
    service: str = ""
    sev1: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuiet:
    """Show what is kept quiet, and until when."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndSilence:
    """End it now; `mark` is the end of its id, as the list shows it. Without one the caller's newest."""

    mark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApproveSilence:
    """Let it keep sev1 quiet as well."""

    mark: str


QuietWanted = SilenceForm | SilenceNow
QuietOrder = QuietWanted | ListQuiet | EndSilence | ApproveSilence
