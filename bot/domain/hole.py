"""A hole: a time to come at which a ladder would find nobody where somebody is expected."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.alert import Severity
from bot.domain.ids import LadderId, ServiceId


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What an incident that begins then would find.

    `missing` are those for whom nobody is there; `first` is who is reached first, and `after` how long that
    takes. `ladder` is false when the ladder's own rounds reach nobody.
    """

    missing: tuple[str, ...] = ()
    first: str | None = None
    after: timedelta | None = None
    ladder: bool = True

    @property
    def hole(self) -> bool:
        """Whether somebody should know of it beforehand."""
        return bool(self.missing) or not self.ladder


@dataclass(frozen=True, kw_only=True, slots=True)
class Hole:
    """From `since` (included) to `until` (excluded) incidents of these severities would find that.

    `finding` is that of the moment at which people would wait longest. `open`: it goes on when the time that
    was looked at ends. `zone` is that of the ladder's first schedule.
    """

    service: ServiceId
    name: str
    channel: str
    ladder: LadderId
    severities: tuple[Severity, ...]
    zone: str
    since: datetime
    until: datetime
    finding: Finding
    open: bool = False


def joined(holes: Iterable[Hole]) -> list[Hole]:
    """Those that differ in nothing but their severities as one, each in its place among the others."""
    found: dict[Hole, list[Severity]] = {}
    for hole in holes:
        found.setdefault(replace(hole, severities=()), []).extend(hole.severities)
    order = list(Severity)
    return [
        replace(hole, severities=tuple(sorted(severities, key=order.index)))
        for hole, severities in found.items()
    ]
